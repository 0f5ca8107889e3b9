import * as z from "zod";
import { newId } from "../../db/columns.ts";
import type { Suggestion } from "../../db/json.ts";
import { applyAdminFeedback, findAdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { AdminFeedbackReply, adminFeedbackParams, suggestionNumbers, wantedOf } from "./admin-feedback.ts";
import { changing, SAY_WHY, saysWhy } from "./chatbot.ts";
import { languageOf, wordingsOf } from "./curated-answer.ts";

export const applyFeedback = endpoint({
  name: "admin-feedback.apply",
  method: "post",
  path: "/v1/admin-feedback/{feedbackId}/apply",
  scope: "chatbots:write",
  summary: "Apply suggestions",
  description:
    "As one revision of the chatbot, with the `reason`, and as published curated answers: all of it or nothing. Its configuration before and " +
    "after stands with the feedback, and a week later what became of its answers. Of two who apply it at once one gets 409, as does whoever " +
    "the chatbot's gate refuses.",
  params: adminFeedbackParams,
  body: json(z.object({ suggestions: suggestionNumbers, ...changing }).refine(saysWhy, SAY_WHY)),
  reply: replies(AdminFeedbackReply),
  example: async (fixtures) => ({
    params: { feedbackId: await fixtures.analyzedFeedback() },
    body: { suggestions: [0], reason: "They complained." },
  }),
  replay: (ctx, { params: { feedbackId } }, state) =>
    state === "done" ? findAdminFeedback(ctx, feedbackId) : Promise.resolve(undefined),
  async run(ctx, { params: { feedbackId }, body: { suggestions, reason, ifRevision, force } }) {
    const feedback = await findAdminFeedback(ctx, feedbackId);
    if (!feedback) throw notFound("admin feedback");
    const { chatbotId } = feedback;
    const { wanted, change } = wantedOf(feedback, suggestions);
    const curated = await Promise.all(wanted.flatMap((suggestion) => curatedOf(suggestion, feedback)));
    const curatedAnswerIds = curated.map(({ answer }) => answer.id);
    const said = {
      reason:
        reason ??
        wanted
          .map((suggestion) => suggestion.reason)
          .join(" ")
          .slice(0, 2_000),
      ifRevision,
      force,
    };
    const emits = [
      ...(Object.keys(change).length > 0 ? ctx.emit("chatbot.updated", chatbotId, { changed: [], feedbackId }) : []),
      ...curatedAnswerIds.flatMap((id) => ctx.emit("curated-answer.created", id, { chatbotId, feedbackId })),
      ...ctx.emit("admin-feedback.applied", feedbackId, { chatbotId, suggestions }),
    ];
    const applied = { suggestions, change, curatedAnswerIds };
    const most = LIMITS.curatedAnswersMax;
    return applyAdminFeedback(ctx, { id: feedbackId, chatbotId }, applied, curated, { ...said, most }, emits);
  },
});

/** What the question repeats of a conversation goes with that. */
function curatedOf(
  suggestion: Suggestion,
  { chatbotId, conversationId }: { chatbotId: string; conversationId: string | null },
) {
  if (suggestion.type !== "curated_answer") return [];
  const { question, answer } = suggestion.curatedAnswer;
  const make = async () => ({
    answer: {
      id: newId(),
      chatbotId,
      status: "published" as const,
      answer,
      language: await languageOf(`${question} ${answer}`),
    },
    asked: await wordingsOf([question], conversationId),
  });
  return [make()];
}
