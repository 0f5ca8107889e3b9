import type { Viewer } from "../../../db/corpora.ts";
import type { Citation } from "../../../db/json.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import {
  type AnswerState,
  type FinishedAnswer,
  finishAnswer,
  saveProgress,
} from "../../../db/queries/chatbots/turn.ts";
import type { Task } from "../../../db/words.ts";
import { NO_USAGE, type Usage } from "../../kernel/ai/converse.ts";
import type { Purpose } from "../../kernel/ai/gateway.ts";
import type { Ctx } from "../../kernel/context.ts";
import { describe, toApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { log } from "../../kernel/log.ts";
import { telling } from "../../kernel/telling.ts";
import { type Said, systemPrompt, turnsOf, withinWindow } from "./prompt.ts";
import { QuoteFilter, type Source } from "./quotes.ts";

const DEFAULT_FALLBACK = "I could not find an answer to this in the documents.";

export type AnswerTurn = {
  chatbot: Chatbot;
  answerId: string;
  conversationId: string;
  question: string;
  endUserId?: string;
  history: readonly Said[];
  /** What the application that relays the question adds to it. */
  instructions?: string;
};

export type FinalAnswer = {
  content: string;
  citations: Citation[];
  /** False when the sources do not hold the answer and the fallback was said. */
  answered: boolean;
  usage: Usage;
  /** Whether more would have been said. */
  isCut: boolean;
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
  const said = new SpokenAnswer(ctx, turn);
  try {
    const hits = turn.chatbot.ragEnabled ? await retrieve(ctx, turn) : [];
    yield { type: "sources", sources: hits.map(({ content: _, sourceId: __, ...hit }) => hit) };
    const error = yield* speakWithinBudget(ctx, turn, withinWindow(hits, turn.chatbot.contextWindow), said, signal);
    const answered = said.content.trim() !== "";
    if (!answered) yield* said.say(turn.chatbot.fallbackMessage ?? DEFAULT_FALLBACK, []);
    await said.finish({ answered, status: "completed", error });
    const { content, citations, usage } = said;
    yield { type: "completed", answer: { content, citations, answered, usage, isCut: answered && said.isCut } };
  } catch (error) {
    const { code, message: detail } = toApiError(error, ctx.requestId);
    await said.finish({ status: said.content ? "interrupted" : "failed", error: { code, detail } });
    throw error;
  } finally {
    await said.finish({ status: "interrupted" }); // whoever read this stopped reading
  }
}

/** Why no model was asked, when a budget does not hold it: whoever asks gets the fallback message, and the message's row says why. */
async function* speakWithinBudget(
  ...[ctx, turn, sources, said, signal]: Parameters<typeof speak>
): AsyncGenerator<AnswerEvent, FinishedAnswer["error"]> {
  try {
    yield* speak(ctx, turn, sources, said, signal);
  } catch (error) {
    const { code, message: detail } = toApiError(error, ctx.requestId);
    if (code !== "BUDGET_EXCEEDED") throw error;
    return { code, detail };
  }
}

/** The model's words, of which only those pass that a source bears out; without retrieval there is nothing to bear them out. */
async function* speak(
  ctx: Ctx,
  turn: AnswerTurn,
  sources: readonly Source[],
  said: SpokenAnswer,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const { chatbot } = turn;
  if (chatbot.ragEnabled && sources.length === 0) return;
  const filter = chatbot.ragEnabled ? new QuoteFilter(sources) : undefined;
  const { maxTokens = LIMITS.answerTokensMax, temperature, topP } = chatbot.modelConfig;
  const prompt = {
    model: chatbot.llmModel,
    system: systemPrompt(turn),
    turns: turnsOf(turn, sources),
    maxTokens,
    temperature,
    topP,
    signal,
  };
  for await (const event of ctx.ai.converse(prompt, purposeOf(turn, "answer"))) {
    if (event.type === "usage") ({ usage: said.usage, model: said.model, isCut: said.isCut } = event);
    else yield* said.say(filter ? filter.push(event.text) : event.text, filter?.citations ?? []);
  }
  if (!filter) return;
  yield* said.say(filter.end(), filter.citations);
  if (filter.supportedShare !== undefined) ctx.ai.rate(turn.answerId, filter.supportedShare);
}

const purposeOf = ({ chatbot, conversationId, answerId, endUserId }: AnswerTurn, task: Task): Purpose => ({
  task,
  chatbotId: chatbot.id,
  conversationId,
  messageId: answerId,
  endUserId,
});

async function retrieve(ctx: Ctx, turn: AnswerTurn) {
  const { chatbot, question, history } = turn;
  const earlier = history.filter(({ role }) => role === "user").map(({ content }) => content);
  const { hits } = await ctx.search.find({
    id: turn.answerId, // by which it is found again, to be erased with what was said
    query: question,
    syntax: "plain",
    earlier: earlier.slice(-LIMITS.earlierQuestionsMax),
    mode: "hybrid",
    corpora: ["document_chunk"],
    ...scopeOf(turn),
    chatbotId: chatbot.id,
    threshold: chatbot.scoreThreshold || undefined,
    limit: chatbot.retrievalK,
    purpose: purposeOf(turn, "embed"),
  });
  return hits.map(({ id, sourceId, title, page, content, relevance, rerankScore }) => ({
    documentId: sourceId,
    sourceId,
    chunkId: id,
    title,
    page,
    score: rerankScore ?? relevance,
    content,
  }));
}

/** What this chatbot answers from, and for whom: an end user, whoever relays the question. */
const scopeOf = ({ chatbot: { id, documentScope, knowledgeBaseFilter }, endUserId }: AnswerTurn) => ({
  filter: knowledgeBaseFilter,
  viewer: { audience: "public", endUserId } satisfies Viewer,
  assignedTo: documentScope === "assigned" ? id : undefined,
});

/** What has been said and its row: stored again and again, so that a crash keeps it, and ended once. */
class SpokenAnswer {
  content = "";
  citations: Citation[] = [];
  usage: Usage = NO_USAGE;
  model: string | null;
  isCut = false;
  private readonly ctx: Ctx;
  private readonly turn: AnswerTurn;
  private readonly started = Date.now();
  private readonly heartbeat = setInterval(() => this.store(), LIMITS.answerCheckpointMs);
  private isFinished = false;

  constructor(ctx: Ctx, turn: AnswerTurn) {
    this.ctx = ctx;
    this.turn = turn;
    this.model = turn.chatbot.llmModel;
  }

  *say(text: string, citations: readonly Citation[]): Generator<AnswerEvent> {
    if (!text) return;
    this.content += text;
    this.citations = [...citations];
    yield { type: "delta", text };
  }

  /** The first end is the end. */
  async finish(end: Pick<FinishedAnswer, "status" | "answered" | "error">): Promise<void> {
    if (this.isFinished) return;
    this.isFinished = true;
    clearInterval(this.heartbeat);
    const { ctx, turn, model, usage: tokenUsage } = this;
    const processingTimeMs = Date.now() - this.started;
    const answer = { ...this.state(), tokenUsage, model, processingTimeMs, ...end };
    await telling(() => finishAnswer(ctx, turn.answerId, answer, ctx.ai.pending(ctx)));
  }

  private state(): AnswerState {
    const { content, citations } = this;
    return { content, citations, chatbotRevision: this.turn.chatbot.revision };
  }

  /** Nobody waits for it, and it never overwrites the end. */
  private store() {
    const { ctx, turn } = this;
    saveProgress(ctx, turn.answerId, this.state(), LIMITS.answerLeaseSeconds).catch((error) =>
      log("warn", "progress was not stored", {
        requestId: ctx.requestId,
        messageId: turn.answerId,
        error: describe(error),
      }),
    );
  }
}
