import * as z from "zod";
import { listFeedback } from "../../db/queries/conversations/feedback.ts";
import { FEEDBACK_AUTHORS } from "../../db/words.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { FeedbackReply, thumbs, toReply } from "./message-feedback.ts";

export const listMessageFeedback = endpoint({
  name: "message-feedback.list",
  method: "get",
  path: "/v1/message-feedback",
  scope: "conversations:read",
  summary: "What people said of answers, the newest first",
  query: z.object({
    ...pageQuery,
    chatbotId: id("chatbot").optional(),
    conversationId: id("conversation").optional(),
    messageId: id("message").optional(),
    thumbs: thumbs.optional(),
    authorKind: z.enum(FEEDBACK_AUTHORS).optional(),
  }),
  reply: replies(pageOf(FeedbackReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listFeedback(ctx, filter, afterCursor(cursor), limit);
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
