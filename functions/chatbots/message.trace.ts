import * as z from "zod";
import { findTrace } from "../../db/queries/chatbots/turn.ts";
import { REFUSAL_REASONS } from "../../db/words.ts";
import { count, endpoint, id, instant, name, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

const share = z.number().min(0).max(1);
const call = { model: text(200).nullable(), inputTokens: count, outputTokens: count };
const word = text(50);

const step = <N extends string, S extends z.ZodRawShape>(name: N, shape: S) =>
  z.object({
    step: z.literal(name),
    atMs: count.meta({ description: "After the question was stored" }),
    durationMs: count,
    ...shape,
  });

const TraceStep = z.discriminatedUnion("step", [
  step("mask", {
    masked: z
      .object({ EMAIL: count, IBAN: count, CARD: count, NATIONAL_ID: count, PHONE: count })
      .partial()
      .meta({ description: "How much personal data of each kind was masked in what people wrote" }),
  }),
  step("detect_language", { language: word.nullable() }),
  step("small_talk", { kind: word, language: word }),
  step("blocked_topic", { of: z.enum(["question", "answer"]), topic: text(200) }),
  step("rewrite", {
    question: text(LIMITS.tracedCharsMax),
    rewritten: text(LIMITS.rewriteCharsMax).nullable(),
    failure: text(LIMITS.tracedQuoteCharsMax).nullable().meta({
      description: "Why there is none: then the questions before were searched with",
    }),
    ...call,
  }),
  step("retrieve", {
    query: text(LIMITS.tracedCharsMax),
    earlierQuestions: count,
    degraded: z.array(word).max(10).meta({ description: "Models that the search had to do without" }),
    chunks: z
      .array(
        z.object({
          chunkId: id("chunk"),
          documentId: id("document"),
          title: name,
          page: count.nullable(),
          score: share,
          isUsed: z.boolean().meta({ description: "Whether the model was shown it" }),
        }),
      )
      .max(50),
  }),
  step("curated", {
    curatedAnswerId: id("curated answer"),
    wording: text(LIMITS.curatedQuestionCharsMax).meta({ description: "Of it, the one that asks the same" }),
    similarity: z.number().min(-1).max(1).nullable().meta({ description: "Cosine; null where the words are the same" }),
  }),
  step("attachments", {
    files: z
      .array(
        z.object({
          attachmentId: id("attachment"),
          passages: count,
          shown: count.meta({ description: "Of its passages, those that the model was shown" }),
        }),
      )
      .max(LIMITS.attachmentsMax),
  }),
  step("evidence", { isEnough: z.boolean(), topScore: share.nullable(), threshold: share }),
  step("pack", { budgetTokens: count, chunks: count, tokens: count }),
  step("generate", {
    attempt: count,
    promptRevision: count.meta({ description: "Of the platform's own words in the prompt" }),
    firstTokenMs: count.nullable(),
    said: text(LIMITS.tracedCharsMax).meta({ description: "What the model said, before it was verified" }),
    ...call,
  }),
  step("verify", {
    quotes: count,
    supported: count,
    reanchored: count.meta({ description: "Quotes that stood in another source than the one they named" }),
    dropped: z
      .array(
        z.object({
          quote: text(LIMITS.tracedQuoteCharsMax),
          reason: z.enum(["not_in_source", "source_gone", "says_nothing"]),
        }),
      )
      .max(LIMITS.citationsMax),
    removedLinks: count,
  }),
  step("refuse", { reason: z.enum(REFUSAL_REASONS) }),
]);

export const getMessageTrace = endpoint({
  name: "message.trace",
  method: "get",
  path: "/v1/messages/{messageId}/trace",
  scope: "conversations:read",
  summary: "How an answer came about",
  description:
    "Each step with what came in and out of it, its time, the model and its tokens, the chunks with their scores and which of them the model was " +
    "shown. A trace goes with its message, and is not archived with it: of messages that are in the archive there is none (404).",
  params: z.object({ messageId: id("message") }),
  reply: replies(
    z
      .object({ messageId: id("message"), durationMs: count, steps: z.array(TraceStep).max(100), createdAt: instant })
      .meta({ id: "MessageTrace" }),
  ),
  example: async (fixtures) => ({ params: { messageId: await fixtures.message() } }),
  async run(ctx, { params: { messageId } }) {
    const trace = await findTrace(ctx, messageId);
    if (!trace) throw notFound(trace === null ? "trace" : "message");
    return trace;
  },
});
