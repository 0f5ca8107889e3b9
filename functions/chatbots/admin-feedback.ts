import * as z from "zod";
import type { ChatbotConfiguration, Suggestion } from "../../db/json.ts";
import type { AdminFeedback } from "../../db/queries/chatbots/admin-feedback.ts";
import { ADMIN_FEEDBACK_SEVERITIES, ADMIN_FEEDBACK_STATUSES, ADMIN_FEEDBACK_TYPES } from "../../db/words.ts";
import { count, id, instant, integer, text, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { Configuration, revisionNumber } from "./chatbot.ts";

export const adminFeedbackParams = z.object({ feedbackId: id("admin feedback") });

export const feedbackFields = {
  chatbotId: id("chatbot"),
  conversationId: id("conversation").optional(),
  messageId: id("message").optional().meta({ description: "Of the answer that it is about" }),
  feedbackText: words(LIMITS.feedbackCharsMax).meta({ description: "What is wrong" }),
  feedbackType: z.enum(ADMIN_FEEDBACK_TYPES),
  severity: z.enum(ADMIN_FEEDBACK_SEVERITIES),
  context: words(LIMITS.feedbackCharsMax)
    .optional()
    .meta({ description: "What more one should know, as the right answer" }),
};

const reason = words(2_000);
const { systemPrompt, scoreThreshold, retrievalK, knowledgeBaseFilter } = Configuration.shape;
const question = words(LIMITS.curatedQuestionCharsMax);
const answer = words(LIMITS.textCharsMax);

/** Each as a PATCH of the chatbot takes it. */
export const SuggestionSchema = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("prompt_edit"), reason, change: z.strictObject({ systemPrompt }) }),
    z.object({ type: z.literal("threshold"), reason, change: z.strictObject({ scoreThreshold }) }),
    z.object({ type: z.literal("retrieval_k"), reason, change: z.strictObject({ retrievalK }) }),
    z.object({ type: z.literal("filter"), reason, change: z.strictObject({ knowledgeBaseFilter }) }),
    z.object({
      type: z.literal("missing_document"),
      reason,
      document: z.strictObject({ title: words(LIMITS.nameCharsMax), about: reason }),
    }),
    z.object({ type: z.literal("curated_answer"), reason, curatedAnswer: z.strictObject({ question, answer }) }),
  ])
  .meta({ id: "Suggestion" });

const Side = z.object({
  answers: count,
  refused: count,
  thumbsUp: count.meta({ description: "Judgments of these answers" }),
  thumbsDown: count,
  rated: count.meta({ description: "Conversations with a satisfaction" }),
  meanSatisfaction: z.number().min(1).max(5).nullable(),
});

const snapshot = Configuration.nullable();

export const AdminFeedbackReply = z
  .object({
    id: id("admin feedback"),
    ...feedbackFields,
    conversationId: id("conversation").nullable(),
    messageId: id("message").nullable(),
    feedbackText: text(LIMITS.feedbackCharsMax).meta({
      description: "Empty once the conversation that it is about is gone",
    }),
    context: text(LIMITS.feedbackCharsMax).nullable(),
    status: z.enum(ADMIN_FEEDBACK_STATUSES),
    analysisResults: z
      .object({
        summary: text(LIMITS.feedbackCharsMax),
        dropped: z.array(text(1_000)).max(LIMITS.suggestionsMax).meta({
          description: "Why suggestions of the model are not shown: they would be refused, or change nothing",
        }),
      })
      .nullable(),
    suggestedImprovements: z.array(SuggestionSchema).max(LIMITS.suggestionsMax),
    appliedChanges: z
      .object({
        suggestions: z.array(count).max(LIMITS.suggestionsMax),
        change: z.object(Configuration.shape).partial(),
        curatedAnswerIds: z.array(id("curated answer")).max(LIMITS.suggestionsMax),
      })
      .nullable(),
    beforeSnapshot: snapshot,
    afterSnapshot: snapshot,
    appliedRevision: revisionNumber.nullable(),
    impactMetrics: z
      .object({ days: count, measuredAt: text(50), before: Side, after: Side })
      .nullable()
      .meta({
        description: "Of as many days before it was applied and after; what became of five answers says little",
      }),
    reason: text(20_000).nullable().meta({ description: "Why it could not be analyzed, or was rejected" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    processedBy: text(255).nullable(),
    processedAt: instant.nullable(),
    appliedAt: instant.nullable(),
    revertedAt: instant.nullable(),
  })
  .meta({ id: "AdminFeedback" });

/** The numbers of suggestions that one wants. */
export const suggestionNumbers = z
  .array(integer(0, LIMITS.suggestionsMax - 1))
  .min(1)
  .max(LIMITS.suggestionsMax)
  .meta({ description: "Which of `suggestedImprovements`, the first is 0" });

/** Of the suggestions that are wanted those that change the configuration, as one change. Refuses what is not there or contradicts itself. */
export function wantedOf(
  { suggestedImprovements }: AdminFeedback,
  numbers: readonly number[],
): { wanted: Suggestion[]; change: Partial<ChatbotConfiguration> } {
  const refuse = (index: number, message: string) =>
    new ApiError("INVALID", "These suggestions cannot be taken together.", {
      errors: [{ path: `suggestions.${index}`, message }],
    });
  const change: Partial<ChatbotConfiguration> = {};
  const wanted = numbers.map((number, index) => {
    const suggestion = suggestedImprovements[number];
    if (!suggestion) throw refuse(index, "is none of the suggestions");
    if (numbers.indexOf(number) < index) throw refuse(index, "is named twice");
    if (suggestion.type === "missing_document")
      throw refuse(index, "is a document that somebody has to write and upload");
    if ("change" in suggestion) {
      if (Object.keys(suggestion.change).some((field) => field in change))
        throw refuse(index, "changes what another changes");
      Object.assign(change, suggestion.change);
    }
    return suggestion;
  });
  return { wanted, change };
}
