import * as z from "zod";
import { findAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { findEval, insertEval } from "../../db/queries/chatbots/eval.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { adminFeedbackParams, suggestionNumbers, wantedOf } from "./admin-feedback.ts";
import { EvalReply, toReply } from "./eval.ts";

export const previewAdminFeedback = endpoint({
  name: "admin-feedback.preview",
  method: "post",
  path: "/v1/admin-feedback/{feedbackId}/preview",
  scope: "chatbots:write",
  summary: "Try suggestions on the golden questions",
  description:
    "Begins an eval of the chatbot with these changes, which are not applied. `GET /v1/evals/{evalId}` compares it with the one before, and the " +
    "chatbot's gate takes it for an eval of exactly this configuration.",
  params: adminFeedbackParams,
  body: json(z.object({ suggestions: suggestionNumbers })),
  reply: replies(EvalReply, 202),
  example: async (fixtures) => ({
    params: { feedbackId: await fixtures.analyzedFeedback() },
    body: { suggestions: [0] },
  }),
  async replay(ctx, { resultId }) {
    const made = await findEval(ctx, resultId);
    return made && toReply(made);
  },
  async run(ctx, { params: { feedbackId }, body: { suggestions }, resultId }) {
    const feedback = await findAdminFeedback(ctx, feedbackId);
    if (!feedback) throw notFound("admin feedback");
    const { chatbotId } = feedback;
    const { change } = wantedOf(feedback, suggestions);
    if (Object.keys(change).length === 0) {
      const errors = [{ path: "suggestions", message: "change nothing of the configuration" }];
      throw new ApiError("INVALID", "There is nothing to preview.", { errors });
    }
    const run = { id: resultId, chatbotId, change, questionsMax: LIMITS.evalQuestionsMax };
    return toReply(await insertEval(ctx, run, ctx.emit("eval.created", resultId, { chatbotId, feedbackId })));
  },
});
