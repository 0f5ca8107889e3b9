import { chatbotCalled } from "../../db/queries/chatbots/chatbot.ts";
import { listUrls } from "../../db/queries/chatbots/web-source.ts";
import { NO_USAGE } from "../kernel/ai/converse.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, json, type StreamEvent, streams } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { type AnswerTurn, answerQuestion } from "./answer/answer.ts";
import type { FinalAnswer } from "./answer/respond.ts";
import { answeredBefore, beginAnswer, type HeldTurn, inOrder } from "./answer/turn.ts";
import {
  askedIn,
  ChatCompletion,
  ChatCompletionBody,
  ChatCompletionChunk,
  type Chunk,
  formsOf,
  type Urls,
} from "./chat-completion.ts";
import { modelNotFound } from "./openai.ts";

export const createChatCompletion = endpoint({
  name: "chat-completion.create",
  method: "post",
  path: "/v1/chat/completions",
  scope: "chatbots:answer",
  dialect: "openai",
  summary: "Ask a chatbot as clients of OpenAI do",
  description:
    "The same answer as `message.send` gives, in OpenAI's form: point a client's `base_url` to `/v1` and give it an API key. Question " +
    "and answer are stored as a conversation. A stream ends with `data: [DONE]`; one that breaks off ends with an `error` instead. " +
    "Other fields of OpenAI's are taken and change nothing.",
  body: json(ChatCompletionBody),
  reply: streams(ChatCompletion, { chunk: ChatCompletionChunk }),
  endUser: ({ body }) => body.user ?? undefined,
  example: async (fixtures) => ({
    body: { model: await fixtures.chatbot(), messages: [{ role: "user", content: "How long is the warranty?" }] },
  }),
  async replay(ctx, { resultId, body }) {
    const made = await answeredBefore(ctx, resultId);
    if (!made) return undefined;
    if (made.handledBy === "human") return held(body, made);
    const forms = formsOf(body, resultId, made.conversationId);
    const urls = await urlsOf(ctx, made.answer);
    const chunks = [forms.role(), forms.text(made.answer.content), ...forms.ending(made.answer, urls)];
    return body.stream ? replayed(chunks) : forms.whole(made.answer, urls);
  },
  async run(ctx, { body, signal, resultId }) {
    const turn = await begin(ctx, resultId, body, signal);
    if (turn.handledBy === "human") return held(body, turn);
    if (body.stream) return tell(ctx, turn, body, signal);
    for await (const event of answerQuestion(ctx, turn, signal))
      if (event.type === "completed")
        return formsOf(body, resultId, turn.conversationId).whole(event.answer, await urlsOf(ctx, event.answer));
    throw new Error("an answer ended without an end");
  },
});

async function begin(
  ctx: Ctx,
  answerId: string,
  body: ChatCompletionBody,
  signal: AbortSignal,
): Promise<(AnswerTurn & { handledBy: "bot" }) | HeldTurn> {
  const { question, history, instructions } = askedIn(body.messages);
  const begun = await beginAnswer(ctx, answerId, {
    chatbotId: chatbotCalled(body.model),
    content: question,
    conversationId: body.conversation_id ?? undefined,
    endUser: body.user ?? undefined,
    history,
    instructions,
    answerTokensMax: tokensOf(body),
    refuse: (why) =>
      modelNotFound(
        why === undefined
          ? `There is no chatbot with the id or slug ${body.model}.`
          : `The chatbot ${body.model} ${why}`,
      ),
  });
  if (begun.handledBy === "human") return begun;
  const turn = await inOrder(ctx, begun, signal);
  return { ...turn, chatbot: { ...turn.chatbot, modelConfig: configOf(turn.chatbot, body) } };
}

const ANSWER_TOKENS_MAX = 1_000_000;
const tokensOf = (body: ChatCompletionBody) => body.max_completion_tokens ?? body.max_tokens ?? ANSWER_TOKENS_MAX;

/** A caller may ask for less than the chatbot may say, never for more. */
function configOf({ modelConfig }: AnswerTurn["chatbot"], body: ChatCompletionBody) {
  const { temperature, top_p: topP } = body;
  return {
    ...modelConfig,
    maxTokens: Math.min(modelConfig.maxTokens ?? LIMITS.answerTokensMax, tokensOf(body)),
    ...(typeof temperature === "number" && { temperature: Math.min(1, temperature) }),
    ...(typeof topP === "number" && { topP }),
  };
}

async function urlsOf(ctx: Ctx, { citations }: FinalAnswer): Promise<Urls> {
  const cited = [...new Set(citations.flatMap(({ documentId }) => documentId ?? []))];
  return cited.length === 0 ? new Map() : listUrls(ctx, cited);
}

const told = (chunk: Chunk): StreamEvent => ({ event: "chunk", data: chunk });

async function* tell(
  ctx: Ctx,
  turn: AnswerTurn,
  body: ChatCompletionBody,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const forms = formsOf(body, turn.answerId, turn.conversationId);
  yield told(forms.role());
  for await (const event of answerQuestion(ctx, turn, signal)) {
    if (event.type === "delta") yield told(forms.text(event.text));
    if (event.type === "completed") yield* forms.ending(event.answer, await urlsOf(ctx, event.answer)).map(told);
  }
}

/** A person will answer: nothing is said here. */
function held(body: ChatCompletionBody, { conversationId, questionId }: HeldTurn) {
  const forms = formsOf(body, questionId, conversationId, "human");
  const nothing = { content: "", citations: [], answered: false, usage: NO_USAGE, isCut: false, curatedAnswerId: null };
  const none: Urls = new Map();
  return body.stream ? replayed([forms.role(), ...forms.ending(nothing, none)]) : forms.whole(nothing, none);
}

async function* replayed(chunks: readonly Chunk[]): AsyncGenerator<StreamEvent> {
  yield* chunks.map(told);
}
