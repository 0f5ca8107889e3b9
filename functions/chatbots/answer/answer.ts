import type { Citation, TokenUsage } from "../../../db/json.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import { finishAnswer, saveProgress } from "../../../db/queries/chatbots/turn.ts";
import type { Purpose } from "../../kernel/ai/gateway.ts";
import type { Ctx } from "../../kernel/context.ts";
import { describe, toApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { log } from "../../kernel/log.ts";
import { systemPrompt, turnsOf, withinWindow } from "./prompt.ts";
import { QuoteFilter, type Source } from "./quotes.ts";

const DEFAULT_FALLBACK = "I could not find an answer to this in the documents.";
const EARLIER_QUESTIONS = 2;

export type AnswerTurn = {
  chatbot: Chatbot;
  answerId: string;
  conversationId: string;
  question: string;
  endUserId?: string;
  history: readonly { role: string; content: string }[];
};

export type FinalAnswer = {
  content: string;
  citations: Citation[];
  /** False when the sources do not hold the answer and the fallback was said. */
  answered: boolean;
  usage: Required<TokenUsage>;
};

export type AnswerEvent =
  | {
      type: "sources";
      sources: { documentId: string; chunkId: string; title: string; page: number | null; score: number }[];
    }
  | { type: "delta"; text: string }
  | { type: "completed"; answer: FinalAnswer };

/**
 * Retrieves, generates, verifies, and stores the answer in its row, whatever happens: completed, interrupted with what was
 * said, or failed. Throws after storing it when the model fails.
 */
export async function* answerQuestion(ctx: Ctx, turn: AnswerTurn, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  const started = Date.now();
  const { chatbot, answerId } = turn;
  const said = new SpokenAnswer(ctx, answerId);
  const model = chatbot.llmModel;
  let usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  const ended = { model, processingTimeMs: 0 };
  let finished = false;
  const finish = async (end: Parameters<typeof finishAnswer>[2]) => {
    finished = true;
    ended.processingTimeMs = Date.now() - started;
    await finishAnswer(ctx, answerId, { ...ended, ...end, tokenUsage: usage }, ctx.ai.pending(ctx));
  };
  try {
    const purpose = purposeOf(turn);
    const hits = chatbot.ragEnabled ? await retrieve(ctx, turn, purpose) : [];
    yield { type: "sources", sources: hits.map(({ content: _, ...hit }) => hit) };
    const sources = withinWindow(hits, chatbot.contextWindow);
    if (chatbot.ragEnabled && sources.length > 0) {
      const filter = new QuoteFilter(sources);
      for await (const event of speak(ctx, turn, sources, purpose, signal)) {
        if (event.type === "usage") usage = event.usage;
        else yield* said.say(filter.push(event.text), filter.citations);
      }
      yield* said.say(filter.end(), filter.citations);
    } else if (!chatbot.ragEnabled) {
      for await (const event of speak(ctx, turn, [], purpose, signal)) {
        if (event.type === "usage") usage = event.usage;
        else yield* said.say(event.text, []);
      }
    }
    const answered = said.content.trim() !== "";
    if (!answered) yield* said.say(chatbot.fallbackMessage ?? DEFAULT_FALLBACK, []);
    const { content, citations } = said;
    await finish({ content, citations, answered, status: "completed" });
    yield { type: "completed", answer: { content, citations, answered, usage } };
  } catch (error) {
    const { code, message: detail } = toApiError(error, ctx.requestId);
    const { content, citations } = said;
    await finish({ content, citations, status: content ? "interrupted" : "failed", error: { code, detail } });
    throw error;
  } finally {
    // Whoever read this stopped reading: what was said stays.
    if (!finished) await finish({ content: said.content, citations: said.citations, status: "interrupted" });
  }
}

const purposeOf = ({ chatbot, conversationId, answerId, endUserId }: AnswerTurn): Purpose => ({
  task: "answer",
  chatbotId: chatbot.id,
  conversationId,
  messageId: answerId,
  endUserId,
});

async function retrieve(ctx: Ctx, { chatbot, question, history }: AnswerTurn, purpose: Purpose) {
  const { languages } = await ctx.identify();
  const earlier = history.filter(({ role }) => role === "user").map(({ content }) => content);
  const hits = await ctx.search.find({
    query: question,
    earlier: earlier.slice(-EARLIER_QUESTIONS),
    mode: "hybrid",
    corpora: ["document_chunk"],
    filter: { chatbotId: chatbot.id, ...chatbot.knowledgeBaseFilter },
    limit: chatbot.retrievalK,
    languages,
    purpose: { ...purpose, task: "embed" },
  });
  return hits
    .filter(({ score }) => score >= chatbot.scoreThreshold)
    .map(({ id, sourceId, title, page, content, score }): Source & { score: number } => ({
      documentId: sourceId,
      chunkId: id,
      title,
      page,
      score,
      content,
    }));
}

const speak = (
  ctx: Ctx,
  { chatbot, question, history }: AnswerTurn,
  sources: Source[],
  purpose: Purpose,
  signal: AbortSignal,
) => {
  const { maxTokens = LIMITS.answerTokensMax, temperature, topP } = chatbot.modelConfig;
  const turns = turnsOf(question, sources, history, chatbot.contextWindow);
  return ctx.ai.converse(
    { model: chatbot.llmModel, system: systemPrompt(chatbot), turns, maxTokens, temperature, topP, signal },
    purpose,
  );
};

/** What has been said, stored every other second, text or not, so that a crash keeps it and nobody else ends it. */
class SpokenAnswer {
  content = "";
  citations: Citation[] = [];
  private readonly ctx: Ctx;
  private readonly id: string;
  private stored = Date.now();

  constructor(ctx: Ctx, id: string) {
    this.ctx = ctx;
    this.id = id;
  }

  *say(text: string, citations: readonly Citation[]): Generator<AnswerEvent> {
    this.content += text;
    this.citations = [...citations];
    if (Date.now() - this.stored > LIMITS.answerCheckpointMs) this.store();
    if (text) yield { type: "delta", text };
  }

  private store() {
    const { content, citations, ctx, id } = this;
    this.stored = Date.now();
    saveProgress(ctx, id, { content, citations }, LIMITS.answerLeaseSeconds).catch((error) =>
      log("warn", "progress was not stored", { requestId: ctx.requestId, messageId: id, error: describe(error) }),
    );
  }
}
