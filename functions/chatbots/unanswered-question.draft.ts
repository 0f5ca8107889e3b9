import { findAsking, saveDraft } from "../../db/queries/chatbots/unanswered-question.ts";
import { ApiError } from "../kernel/errors.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { tryOut } from "./unanswered-question.ts";

/** Nothing is too far, and more is read than for an answer. */
const WIDER = { scoreThreshold: 0.001, retrievalKMin: 12 };
const NEAREST_MAX = 5;

/** Writes what could be answered, by the pipeline that answers: of its quotes each was found in its source, and where there is no such there is no draft. */
export const draftUnanswered = job({
  kind: "unanswered-question.draft",
  async run(ctx, questionId) {
    const asking = await findAsking(ctx, questionId, LIMITS.earlierQuestionsMax);
    if (!asking || asking.drafted) return [];
    const { scoreThreshold, retrievalKMin } = WIDER;
    const chatbot = {
      ...asking.chatbot,
      ragEnabled: true,
      scoreThreshold,
      retrievalK: Math.max(asking.chatbot.retrievalK, retrievalKMin),
    };
    const { completed, sources } = await tryOut(ctx, { ...asking, chatbot });
    if (completed.error) throw new ApiError("BUDGET_EXCEEDED", completed.error.detail);
    const { answered, content, citations } = completed.answer;
    const nearest = sources.slice(0, NEAREST_MAX).map(({ score, ...source }) => ({ ...source, relevance: score }));
    const draft = answered ? { content, citations, nearest } : { content: null, citations: [], nearest };
    const { id: chatbotId } = chatbot;
    return [
      saveDraft(ctx, questionId, draft),
      ...ctx.emit("unanswered-question.drafted", questionId, { chatbotId, answered }, { category: "system" }),
    ];
  },
  failed: (ctx, questionId, reason) =>
    ctx.emit("unanswered-question.not_drafted", questionId, { reason }, { category: "error", severity: "error" }),
});
