import * as z from "zod";
import type { Asking } from "../../db/queries/chatbots/unanswered-question.ts";
import { UNANSWERED_QUESTION_STATUSES, UNANSWERED_REASONS } from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, id, instant, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { type AnswerEvent, respond } from "./answer/respond.ts";
import { FoundChunk } from "./answering.ts";

export const unansweredQuestionParams = z.object({
  chatbotId: id("chatbot"),
  unansweredQuestionId: id("unanswered question"),
});

const said = text(LIMITS.questionCharsMax);

const Draft = z
  .object({
    content: text(100_000).nullable().meta({ description: "Null where nothing near it answers it" }),
    citations: z.array(CitationReply).max(LIMITS.citationsMax),
    nearest: z
      .array(FoundChunk.extend({ relevance: z.number().min(0).max(1) }))
      .max(20)
      .meta({ description: "What the documents hold that is nearest to it" }),
  })
  .meta({ id: "DraftAnswer" });

export const UnansweredQuestionReply = z
  .object({
    id: id("unanswered question"),
    chatbotId: id("chatbot"),
    status: z.enum(UNANSWERED_QUESTION_STATUSES),
    question: said.meta({ description: "In the words of whoever asked first" }),
    timesAsked: count,
    firstAskedAt: instant,
    lastAskedAt: instant,
    languages: z.array(text(20)).max(200),
    examples: z
      .array(
        z.object({
          messageId: id("answer"),
          conversationId: id("conversation"),
          question: said,
          reason: z.enum(UNANSWERED_REASONS),
          language: text(20),
          askedAt: instant,
        }),
      )
      .max(20)
      .meta({ description: "The last ones who asked it" }),
    draft: Draft.nullable().meta({ description: "Written in the background; null until then" }),
    draftedAt: instant.nullable(),
    curatedAnswerId: id("curated answer").nullable().meta({ description: "Of the answer that was made for it" }),
    retestAnswered: z.boolean().nullable().meta({ description: "Whether it was answered when it was tried last" }),
    retestedAt: instant.nullable(),
    resolvedBy: text(255).nullable(),
    resolvedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: "UnansweredQuestion" });

export type Completed = Extract<AnswerEvent, { type: "completed" }>;
type Sources = Extract<AnswerEvent, { type: "sources" }>["sources"];

/**
 * What a chatbot would say to a question that was asked before. Of it stands what it cost, with the first answer: what is searched is
 * logged once for each answer, and that was done.
 */
export async function tryOut(
  ctx: Ctx,
  { chatbot, question, earlier, messageId, conversationId }: Asking,
): Promise<{ completed: Completed; sources: Sources }> {
  const history = earlier.map((content) => ({ role: "user", content }));
  const asked = { chatbot, answerId: messageId, conversationId, question, history };
  let sources: Sources = [];
  for await (const event of respond(ctx, asked, AbortSignal.timeout(LIMITS.modelDeadlineMs))) {
    if (event.type === "sources") sources = event.sources;
    if (event.type === "completed") return { completed: event, sources };
  }
  throw new Error("an answer ended without an end");
}
