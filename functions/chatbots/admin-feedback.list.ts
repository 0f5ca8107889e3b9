import * as z from "zod";
import { listAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { ADMIN_FEEDBACK_SEVERITIES, ADMIN_FEEDBACK_STATUSES, ADMIN_FEEDBACK_TYPES } from "../../db/words.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { AdminFeedbackReply } from "./admin-feedback.ts";

export const listAllAdminFeedback = endpoint({
  name: "admin-feedback.list",
  method: "get",
  path: "/v1/admin-feedback",
  scope: "chatbots:read",
  summary: "What people of the organization said of its chatbots, the newest first",
  query: z.object({
    ...pageQuery,
    chatbotId: id("chatbot").optional(),
    status: z.enum(ADMIN_FEEDBACK_STATUSES).optional(),
    feedbackType: z.enum(ADMIN_FEEDBACK_TYPES).optional(),
    severity: z.enum(ADMIN_FEEDBACK_SEVERITIES).optional(),
  }),
  reply: replies(pageOf(AdminFeedbackReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listAdminFeedback(ctx, filter, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
