import type { Viewer } from "../../../db/corpora.ts";
import type { Citation, MessageError } from "../../../db/json.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import type { Task } from "../../../db/words.ts";
import { NO_USAGE, type Usage } from "../../kernel/ai/converse.ts";
import type { Purpose } from "../../kernel/ai/gateway.ts";
import type { Ctx } from "../../kernel/context.ts";
import { toApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { type Curated, curatedFor, lookingForCurated } from "./curated.ts";
import { type Said, systemPrompt, turnsOf, withinWindow } from "./prompt.ts";
import { QuoteFilter, type Source } from "./quotes.ts";

const DEFAULT_FALLBACK = "I could not find an answer to this in the documents.";

/** What is to be answered, and by which configuration of a chatbot: its own, or one that is tried. */
export type Question = {
  chatbot: Chatbot;
  /** Of the answer: by it the search and the model calls are found again. */
  answerId: string;
  conversationId?: string;
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
  /** Of what people wrote for this question, if that was said; then no model was asked. */
  curatedAnswerId: string | null;
};

export type AnswerEvent =
  | {
      type: "sources";
      sources: { documentId: string; chunkId: string; title: string; page: number | null; score: number }[];
    }
  /** With the citations of all that was said so far. */
  | { type: "delta"; text: string; citations: readonly Citation[] }
  /** With the model that said it, and why none was asked where a budget did not hold it. */
  | { type: "completed"; answer: FinalAnswer; model: string | null; error?: MessageError };

/** Retrieves, generates and verifies, and stores nothing of it. Ends with `completed`, or throws when the model fails. */
export async function* respond(ctx: Ctx, turn: Question, signal: AbortSignal): AsyncGenerator<AnswerEvent> {
  const { chatbot } = turn;
  const said = new Saying(chatbot.llmModel);
  const { hits, curated } = chatbot.ragEnabled ? await retrieve(ctx, turn) : await withoutRetrieval(ctx, turn);
  yield { type: "sources", sources: hits.map(({ content: _, sourceId: __, ...hit }) => hit) };
  if (curated) return yield* repeat(curated, said);
  const error = yield* speakWithinBudget(ctx, turn, withinWindow(hits, chatbot.contextWindow), said, signal);
  const answered = said.content.trim() !== "";
  if (!answered) yield* said.say(chatbot.fallbackMessage ?? DEFAULT_FALLBACK, []);
  const { content, citations, usage, model, isCut } = said;
  yield {
    type: "completed",
    answer: { content, citations: [...citations], answered, usage, isCut: answered && isCut, curatedAnswerId: null },
    model,
    error,
  };
}

/** Says what people wrote, word for word. */
function* repeat({ content, citations, curatedAnswerId }: Curated, said: Saying): Generator<AnswerEvent> {
  yield* said.say(content, citations);
  const answer = { content, citations, answered: true, usage: NO_USAGE, isCut: false, curatedAnswerId };
  yield { type: "completed", answer, model: null };
}

/** Why no model was asked, when a budget does not hold it: whoever asks gets the fallback message, and the message's row says why. */
async function* speakWithinBudget(
  ...[ctx, turn, sources, said, signal]: Parameters<typeof speak>
): AsyncGenerator<AnswerEvent, MessageError | undefined> {
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
  turn: Question,
  sources: readonly Source[],
  said: Saying,
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

const purposeOf = ({ chatbot, conversationId, answerId, endUserId }: Question, task: Task): Purpose => ({
  task,
  chatbotId: chatbot.id,
  conversationId,
  messageId: answerId,
  endUserId,
});

async function retrieve(ctx: Ctx, turn: Question) {
  const { chatbot, question, history } = turn;
  const earlier = history.filter(({ role }) => role === "user").map(({ content }) => content);
  const { hits, beside } = await ctx.search.find({
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
    beside: await lookingForCurated(ctx, chatbot.id, question),
  });
  const sources = hits.map(({ id, sourceId, title, page, content, relevance, rerankScore }) => ({
    documentId: sourceId,
    sourceId,
    chunkId: id,
    title,
    page,
    score: rerankScore ?? relevance,
    content,
  }));
  return { hits: sources, curated: curatedFor(question, beside) };
}

/** Nothing is embedded then, so only the same words are known again. */
async function withoutRetrieval(ctx: Ctx, { chatbot, question }: Question) {
  const looking = await lookingForCurated(ctx, chatbot.id, question);
  const [found] = await ctx.batch([looking({ textHash: null, vector: null })]);
  return { hits: [], curated: curatedFor(question, found) };
}

/** What this chatbot answers from, and for whom: an end user, whoever relays the question. */
const scopeOf = ({ chatbot: { id, documentScope, knowledgeBaseFilter }, endUserId }: Question) => ({
  filter: knowledgeBaseFilter,
  viewer: { audience: "public", endUserId } satisfies Viewer,
  assignedTo: documentScope === "assigned" ? id : undefined,
});

/** What has been said, and what it took. */
class Saying {
  content = "";
  citations: readonly Citation[] = [];
  usage: Usage = NO_USAGE;
  model: string | null;
  isCut = false;

  constructor(model: string | null) {
    this.model = model;
  }

  *say(text: string, citations: readonly Citation[]): Generator<AnswerEvent> {
    if (!text) return;
    this.content += text;
    this.citations = [...citations];
    yield { type: "delta", text, citations: this.citations };
  }
}
