import * as z from "zod";
import { HANDLERS, MESSAGE_STATUSES } from "../../db/words.ts";
import { NO_USAGE } from "../kernel/ai/converse.ts";
import { CitationReply } from "../kernel/citation.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, id, name, type StreamEvent, streams, text } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { answerQuestion } from "./answer/answer.ts";
import type { FinalAnswer } from "./answer/respond.ts";
import { answeredBefore, type BegunAnswer, type HeldTurn, inOrder } from "./answer/turn.ts";

const Usage = z.object({ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count });

export const AnswerReply = z
  .object({
    conversationId: id("conversation"),
    handledBy: z
      .enum(HANDLERS)
      .meta({ description: "`human`: a person has taken the conversation over, and will answer in it" }),
    questionId: id("message that was asked; `replaces` takes it"),
    message: z
      .object({
        id: id("message"),
        status: z.enum(MESSAGE_STATUSES),
        content: text(100_000),
        citations: z.array(CitationReply).max(LIMITS.citationsMax),
        answered: z
          .boolean()
          .meta({ description: "False when the documents do not hold the answer and the fallback message was said" }),
        curatedAnswerId: id("curated answer")
          .nullable()
          .meta({ description: "Of the answer that people wrote for this question, if it was said, word for word" }),
      })
      .nullable()
      .meta({ description: "Null where a person is to answer" }),
    usage: Usage,
  })
  .meta({ id: "Answer" });

/** A chunk that was found, as it is told of. */
export const FoundChunk = z.object({
  documentId: id("document"),
  chunkId: id("chunk"),
  title: name,
  page: count.nullable(),
});

const events = {
  "message.created": z.object({ conversationId: id("conversation"), messageId: id("message") }),
  sources: z.object({
    sources: z.array(FoundChunk.extend({ score: z.number().min(0).max(1) })).max(50),
  }),
  delta: z.object({ text: text(100_000) }),
  "message.completed": AnswerReply,
  error: z.object({}).meta({
    description: "A problem, as in application/problem+json; what was said before it stays, marked as interrupted",
  }),
};

/** How an answer is told, whole or while it is written: by every endpoint that gives one. */
export const answering = streams(AnswerReply, events);

export const refuse = (why?: string) =>
  why === undefined ? notFound("chatbot") : new ApiError("CONFLICT", `This chatbot ${why}`);

/** A turn that was begun, answered as the caller asked. */
export async function told(ctx: Ctx, turn: BegunAnswer | HeldTurn, signal: AbortSignal, asStream = false) {
  const events = turn.handledBy === "human" ? replayed(heldReply(turn)) : tell(ctx, turn, signal);
  if (asStream) return events;
  for await (const { event, data } of events)
    if (event === "message.completed") return data as z.input<typeof AnswerReply>;
  throw new Error("an answer ended without an end");
}

/** What the same request was answered; undefined where that was nothing, and it is to be taken up again. */
export async function toldBefore(ctx: Ctx, resultId: string, asStream = false) {
  const made = await answeredBefore(ctx, resultId);
  if (!made) return undefined;
  const reply =
    made.handledBy === "human" ? heldReply(made) : toReply({ ...made, answerId: resultId }, made.answer, made.status);
  return asStream ? replayed(reply) : reply;
}

async function* tell(ctx: Ctx, turn: BegunAnswer, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { conversationId, answerId } = turn;
  yield { event: "message.created", data: { conversationId, messageId: answerId } };
  for await (const event of answerQuestion(ctx, await inOrder(ctx, turn, signal), signal)) {
    if (event.type === "sources") yield { event: "sources", data: { sources: event.sources } };
    else if (event.type === "delta") yield { event: "delta", data: { text: event.text } };
    else yield { event: "message.completed", data: toReply(turn, event.answer, "completed") };
  }
}

/** A repeated stream is its stored message, in one delta; one that a person is to answer is its end alone. */
async function* replayed(reply: z.input<typeof AnswerReply>): AsyncGenerator<StreamEvent> {
  const { conversationId, message } = reply;
  if (message) {
    yield { event: "message.created", data: { conversationId, messageId: message.id } };
    yield { event: "delta", data: { text: message.content } };
  }
  yield { event: "message.completed", data: reply };
}

const heldReply = ({ conversationId, questionId }: HeldTurn) => ({
  conversationId,
  handledBy: "human" as const,
  questionId,
  message: null,
  usage: NO_USAGE,
});

const toReply = (
  { conversationId, questionId, answerId }: Pick<BegunAnswer, "conversationId" | "questionId" | "answerId">,
  { content, citations, answered, curatedAnswerId, usage }: FinalAnswer,
  status: (typeof MESSAGE_STATUSES)[number],
) => ({
  conversationId,
  handledBy: "bot" as const,
  questionId,
  message: { id: answerId, status, content, citations, answered, curatedAnswerId },
  usage,
});
