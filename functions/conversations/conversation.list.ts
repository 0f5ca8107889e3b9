import * as z from "zod";
import { listConversations } from "../../db/queries/conversations/conversation.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { ConversationReply, conversationFilter, toReply } from "./conversation.ts";

export const listAllConversations = endpoint({
  name: "conversation.list",
  method: "get",
  path: "/v1/conversations",
  scope: "conversations:read",
  summary: "Conversations, the newest first",
  query: z.object({
    ...pageQuery,
    ...conversationFilter,
  }),
  reply: replies(pageOf(ConversationReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listConversations(ctx, filter, afterCursor(cursor), limit);
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
