import * as z from "zod";
import { listChatbots } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { ChatbotReply } from "./chatbot.ts";

export const listAllChatbots = endpoint({
  name: "chatbot.list",
  method: "get",
  path: "/v1/chatbots",
  scope: "chatbots:read",
  summary: "Chatbots, the newest first",
  query: z.object(pageQuery),
  reply: replies(pageOf(ChatbotReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listChatbots(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
