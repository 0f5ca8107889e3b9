import * as z from "zod";
import { listConversations } from "../../db/queries/conversations/conversation.ts";
import { CONVERSATION_STATUSES } from "../../db/words.ts";
import { endpoint, id, replies, text } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { ConversationReply, toReply } from "./conversation.ts";

export const listAllConversations = endpoint({
  name: "conversation.list",
  method: "get",
  path: "/v1/conversations",
  scope: "conversations:read",
  summary: "Conversations, the newest first",
  query: z.object({
    ...pageQuery,
    chatbotId: id("chatbot").optional(),
    endUserId: text(255, 1).optional(),
    status: z.enum(CONVERSATION_STATUSES).optional(),
  }),
  reply: replies(pageOf(ConversationReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listConversations(ctx, filter, afterCursor(cursor), limit);
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
