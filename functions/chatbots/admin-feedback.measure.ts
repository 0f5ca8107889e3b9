import { measureImpact } from "../../db/queries/chatbots/admin-feedback.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Counts what became of a chatbot's answers before and after feedback was applied: a week later, or when it was reverted. */
export const measureFeedback = job({
  kind: "admin-feedback.measure",
  run: async (ctx, feedbackId) => [
    measureImpact(ctx, feedbackId, LIMITS.impactDays),
    ...ctx.emit("admin-feedback.measured", feedbackId, {}, { category: "system" }),
  ],
  failed: (ctx, feedbackId, reason) =>
    ctx.emit("admin-feedback.not_measured", feedbackId, { reason }, { category: "error", severity: "error" }),
});
