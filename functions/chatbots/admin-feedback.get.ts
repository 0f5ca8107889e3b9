import { findAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { AdminFeedbackReply, adminFeedbackParams } from "./admin-feedback.ts";

export const getAdminFeedback = endpoint({
  name: "admin-feedback.get",
  method: "get",
  path: "/v1/admin-feedback/{feedbackId}",
  scope: "chatbots:read",
  summary: "Feedback, what is suggested because of it, and what became of that",
  params: adminFeedbackParams,
  reply: replies(AdminFeedbackReply),
  example: async (fixtures) => ({ params: { feedbackId: await fixtures.adminFeedback() } }),
  async run(ctx, { params: { feedbackId } }) {
    const found = await findAdminFeedback(ctx, feedbackId);
    if (!found) throw notFound("admin feedback");
    return found;
  },
});
