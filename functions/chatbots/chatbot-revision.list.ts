import * as z from "zod";
import { listRevisions } from "../../db/queries/chatbots/chatbot-revision.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterNumber, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chatbotParams } from "./chatbot.ts";
import { RevisionReply } from "./chatbot-revision.ts";

export const listChatbotRevisions = endpoint({
  name: "chatbot-revision.list",
  method: "get",
  path: "/v1/chatbots/{chatbotId}/revisions",
  scope: "chatbots:read",
  summary: "A chatbot's revisions, the newest first",
  description: "Who changed its configuration, when, which fields and why. Only the chatbot's deletion deletes them.",
  params: chatbotParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(RevisionReply)),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params: { chatbotId }, query: { limit, cursor } }) {
    const rows = await listRevisions(ctx, chatbotId, cursor === undefined ? undefined : afterNumber(cursor), limit);
    if (!rows) throw notFound("chatbot");
    return page(rows, limit, ({ number }) => String(number));
  },
});
