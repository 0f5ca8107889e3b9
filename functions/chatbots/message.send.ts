import * as z from "zod";
import { CHANNELS, MESSAGE_STATUSES } from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import type { Ctx } from "../kernel/context.ts";
import {
  count,
  endpoint,
  endUserName,
  id,
  json,
  name,
  type StreamEvent,
  streams,
  text,
  words,
} from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { type AnswerTurn, answerQuestion } from "./answer/answer.ts";
import type { FinalAnswer } from "./answer/respond.ts";
import { answeredBefore, beginAnswer } from "./answer/turn.ts";
import { chatbotParams } from "./chatbot.ts";

const Usage = z.object({ inputTokens: count, outputTokens: count, cacheReadTokens: count, cacheWriteTokens: count });

export const AnswerReply = z
  .object({
    conversationId: id("conversation"),
    message: z.object({
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
    }),
    usage: Usage,
  })
  .meta({ id: "Answer" });

const events = {
  "message.created": z.object({ conversationId: id("conversation"), messageId: id("message") }),
  sources: z.object({
    sources: z
      .array(
        z.object({
          documentId: id("document"),
          chunkId: id("chunk"),
          title: name,
          page: count.nullable(),
          score: z.number().min(0).max(1),
        }),
      )
      .max(50),
  }),
  delta: z.object({ text: text(100_000) }),
  "message.completed": AnswerReply,
  error: z.object({}).meta({
    description: "A problem, as in application/problem+json; what was said before it stays, marked as interrupted",
  }),
};

export const sendMessage = endpoint({
  name: "message.send",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/messages",
  scope: "chatbots:answer",
  summary: "Ask a chatbot",
  description:
    "The answer as one JSON document, or with `stream` as server-sent events while it is written. Each quote in it was found, " +
    "letter by letter, in the chunk that its citation names. The question is stored before anything is generated; when the " +
    "reader leaves, the answer is written to its end for 25 s. An `active` chatbot answers everybody who may ask; one that is a " +
    "`draft`, as each new one, or `testing` answers those who may change it (members from editor up, keys with `chatbots:write`), " +
    "so a key that the public's questions come with should have `chatbots:answer` alone; `inactive` and `maintenance` answer nobody: 409.",
  params: chatbotParams,
  body: json(
    z.object({
      content: words(LIMITS.questionCharsMax),
      conversationId: id("conversation")
        .optional()
        .meta({ description: "Goes on with it, also when it had expired; without, a conversation begins" }),
      endUser: endUserName.optional().meta({ description: "Who asks, as you name them" }),
      channel: z.enum(CHANNELS).optional(),
      stream: z.boolean().optional(),
    }),
  ),
  reply: streams(AnswerReply, events),
  endUser: ({ body }) => body.endUser,
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { content: "How long is the warranty?" },
  }),
  async replay(ctx, { resultId, body }) {
    const made = await answeredBefore(ctx, resultId);
    if (!made) return undefined;
    const reply = toReply(made.conversationId, resultId, made.answer, made.status);
    return body.stream ? replayed(reply) : reply;
  },
  async run(ctx, { params: { chatbotId }, body, signal, resultId }) {
    const refuse = (why?: string) =>
      why === undefined ? notFound("chatbot") : new ApiError("CONFLICT", `This chatbot ${why}`);
    const turn = await beginAnswer(ctx, resultId, { ...body, chatbotId, refuse });
    const told = tell(ctx, turn, signal);
    if (body.stream) return told;
    for await (const { event, data } of told)
      if (event === "message.completed") return data as z.input<typeof AnswerReply>;
    throw new Error("an answer ended without an end");
  },
});

async function* tell(ctx: Ctx, turn: AnswerTurn, signal: AbortSignal): AsyncGenerator<StreamEvent> {
  const { conversationId, answerId } = turn;
  yield { event: "message.created", data: { conversationId, messageId: answerId } };
  for await (const event of answerQuestion(ctx, turn, signal)) {
    if (event.type === "sources") yield { event: "sources", data: { sources: event.sources } };
    else if (event.type === "delta") yield { event: "delta", data: { text: event.text } };
    else yield { event: "message.completed", data: toReply(conversationId, answerId, event.answer, "completed") };
  }
}

/** A repeated stream is its stored message, in one delta. */
async function* replayed(reply: z.input<typeof AnswerReply>): AsyncGenerator<StreamEvent> {
  yield { event: "message.created", data: { conversationId: reply.conversationId, messageId: reply.message.id } };
  yield { event: "delta", data: { text: reply.message.content } };
  yield { event: "message.completed", data: reply };
}

const toReply = (
  conversationId: string,
  messageId: string,
  { content, citations, answered, usage, curatedAnswerId }: FinalAnswer,
  status: (typeof MESSAGE_STATUSES)[number],
) => ({ conversationId, message: { id: messageId, status, content, citations, answered, curatedAnswerId }, usage });
