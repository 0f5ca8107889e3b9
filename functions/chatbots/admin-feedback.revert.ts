import * as z from "zod";
import { findAdminFeedback, revertAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { AdminFeedbackReply, adminFeedbackParams } from "./admin-feedback.ts";
import { changing, SAY_WHY, saysWhy } from "./chatbot.ts";

export const revertFeedback = endpoint({
  name: "admin-feedback.revert",
  method: "post",
  path: "/v1/admin-feedback/{feedbackId}/revert",
  scope: "chatbots:write",
  summary: "Take back what was applied because of feedback",
  description:
    "As a new revision, in which what was changed is as before; curated answers that it made are drafts again. 409 when the chatbot was changed " +
    "since, unless `onlyTheseFields`: then the later changes of other fields stay. The feedback is `completed` again, and can be applied again.",
  params: adminFeedbackParams,
  body: json(z.object({ onlyTheseFields: z.boolean().optional(), ...changing }).refine(saysWhy, SAY_WHY)),
  reply: replies(AdminFeedbackReply),
  example: async (fixtures) => ({ params: { feedbackId: await fixtures.appliedFeedback() }, body: {} }),
  replay: (ctx, { params: { feedbackId } }, state) =>
    state === "done" ? findAdminFeedback(ctx, feedbackId) : Promise.resolve(undefined),
  async run(ctx, { params: { feedbackId }, body: { onlyTheseFields = false, ...said } }) {
    const feedback = await findAdminFeedback(ctx, feedbackId);
    if (!feedback) throw notFound("admin feedback");
    if (feedback.status !== "applied") throw new ApiError("CONFLICT", "This feedback is not applied.");
    const { chatbotId } = feedback;
    const emits = [
      ...ctx.emit("chatbot.updated", chatbotId, { changed: [], feedbackId }),
      ...ctx.emit("admin-feedback.reverted", feedbackId, { chatbotId }),
    ];
    return revertAdminFeedback(ctx, feedback, { onlyTheseFields, ...said }, emits);
  },
});
