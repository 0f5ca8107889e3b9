import * as z from "zod";
import { findAdminFeedback, rejectAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { endpoint, json, replies, words } from "../kernel/endpoint.ts";
import { AdminFeedbackReply, adminFeedbackParams } from "./admin-feedback.ts";

export const rejectFeedback = endpoint({
  name: "admin-feedback.reject",
  method: "post",
  path: "/v1/admin-feedback/{feedbackId}/reject",
  scope: "chatbots:write",
  summary: "Change nothing because of feedback",
  params: adminFeedbackParams,
  body: json(z.object({ reason: words(2_000).optional() })),
  reply: replies(AdminFeedbackReply),
  example: async (fixtures) => ({
    params: { feedbackId: await fixtures.adminFeedback() },
    body: { reason: "It is right." },
  }),
  replay: (ctx, { params: { feedbackId } }, state) =>
    state === "done" ? findAdminFeedback(ctx, feedbackId) : Promise.resolve(undefined),
  run: (ctx, { params: { feedbackId }, body: { reason } }) =>
    rejectAdminFeedback(ctx, feedbackId, reason, ctx.emit("admin-feedback.rejected", feedbackId)),
});
