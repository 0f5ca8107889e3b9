import type { Viewer } from "../../../db/corpora.ts";
import type { Citation, JsonObject, MessageError } from "../../../db/json.ts";
import type { Attached } from "../../../db/queries/chatbots/attachment.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import type { SearchAhead } from "../../../db/search.ts";
import type { REFUSAL_REASONS, Task } from "../../../db/words.ts";
import { NO_USAGE, type Turn, type Usage } from "../../kernel/ai/converse.ts";
import type { Purpose } from "../../kernel/ai/gateway.ts";
import { countTokens } from "../../kernel/ai/tokens.ts";
import type { Ctx } from "../../kernel/context.ts";
import { toApiError } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { languageDetector } from "../../kernel/retrieval/language.ts";
import { passagesFor } from "./attached.ts";
import { type Curated, curatedFor, lookingForCurated } from "./curated.ts";
import { defaultFallback } from "./fallback.ts";
import { LinkFilter } from "./links.ts";
import { maskPersonalData, maskTextsIn } from "./personal-data.ts";
import {
  ATTACHED_SHARE,
  repairTurns,
  type Said,
  sourcesBudget,
  systemPrompt,
  turnsOf,
  withinBudget,
} from "./prompt.ts";
import { Proven } from "./proven.ts";
import type { Source } from "./quotes.ts";
import { leansOnHistory, rewriteQuestion } from "./rewrite.ts";
import { Saying } from "./saying.ts";
import { smallTalkOf, smallTalkReply } from "./small-talk.ts";
import { blockedTopicIn } from "./topics.ts";
import { PROMPT_REVISION, Trace, traced } from "./trace.ts";

/** What is to be answered, and by which configuration of a chatbot: its own, or one that is tried. */
export type Question = {
  chatbot: Chatbot;
  /** Of the answer: by it the search and the model calls are found again. */
  answerId: string;
  conversationId?: string;
  question: string;
  endUserId?: string;
  history: readonly Said[];
  /** Where it is asked, such as the page: data. */
  context?: JsonObject;
  /** What came with it, and with the questions before it, and what that says. */
  attachments?: readonly Attached[];
  /** What the application that relays the question adds to it. */
  instructions?: string;
  /** What the request that stored the question looked up for its search. */
  ahead?: SearchAhead;
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
  /** With the model that said it, why none was asked where a budget did not hold it, and how it came about. */
  | { type: "completed"; answer: FinalAnswer; model: string | null; error?: MessageError; trace: Trace };

type Refusal = (typeof REFUSAL_REASONS)[number];
type Hit = Extract<Source, { chunkId: string }> & { sourceId: string; score: number };
/** With what the curated answers hold for it, where the question stands alone. */
type Found = { hits: Hit[]; beside: unknown; standing: string | undefined };

/**
 * Retrieves, generates and verifies, and stores nothing of it. Ends with `completed`, or throws when a model fails; how far it came stands in
 * the trace.
 */
export async function* respond(
  ctx: Ctx,
  asked: Question,
  signal: AbortSignal,
  trace: Trace = new Trace(),
): AsyncGenerator<AnswerEvent> {
  const question = masked(asked, trace);
  const { chatbot } = question;
  const said = new Saying(chatbot);
  const smallTalk = hasFiles(question) ? undefined : smallTalkOf(question.question);
  let refusal: Refusal | undefined;
  let error: MessageError | undefined;
  let language: string | null = null;
  let curated: Curated | undefined;
  if (smallTalk) {
    trace.note({ step: "small_talk", ...smallTalk });
    yield { type: "sources", sources: [] };
    yield* said.say(greetingOf(chatbot, smallTalk), []);
  } else {
    const detecting = detectLanguage(question, trace);
    detecting.catch(() => undefined); // awaited below, unless something else fails before
    if (hasBlockedTopics(question) && blockedIn(question.question, "question", question, await detecting, trace)) {
      refusal = "blocked_topic";
      yield { type: "sources", sources: [] };
    } else {
      const found = chatbot.ragEnabled
        ? retrieve(ctx, question, detecting, signal, trace)
        : withoutRetrieval(ctx, question);
      const { hits, beside, standing } = await found;
      curated = standing === undefined || hasFiles(question) ? undefined : curatedFor(standing, beside);
      yield { type: "sources", sources: hits.map(({ content: _, sourceId: __, ...hit }) => hit) };
      const sources = await sourcesOf(question, standing, hits, trace);
      language = await detecting;
      if (curated) yield* repeat(curated, said, trace);
      else if ((chatbot.ragEnabled || hasFiles(question)) && sources.length === 0) refusal = "no_evidence";
      else
        ({ refusal, error } = yield* speakWithinBudget(ctx, { ...question, language }, sources, said, signal, trace));
    }
  }
  language ??= smallTalk?.language ?? (await detectLanguage(question));
  if (refusal === undefined && blockedIn(said.content, "answer", question, language, trace)) refusal = "blocked_topic";
  if (refusal === undefined) yield* said.release();
  else {
    trace.note({ step: "refuse", reason: refusal });
    const { blockedMessage } = chatbot.safety;
    const instead = refusal === "blocked_topic" && blockedMessage ? blockedMessage : chatbot.fallbackMessage;
    yield* said.refuse(instead ?? defaultFallback(language));
  }
  const answered = refusal === undefined;
  const { content, citations, usage, model, isCut } = said;
  yield {
    type: "completed",
    answer: {
      content,
      citations: [...citations],
      answered,
      usage,
      isCut: answered && isCut,
      curatedAnswerId: (answered && curated?.curatedAnswerId) || null,
    },
    model,
    error,
    trace,
  };
}

/** What people write, as it is stored and shown to models; what documents say stays. */
function masked(asked: Question, trace: Trace): Question {
  if (asked.chatbot.safety.personalData !== "mask") return asked;
  const step = trace.begin();
  const counts: Record<string, number> = {};
  const mask = (text: string) => {
    const { text: result, masked } = maskPersonalData(text);
    for (const [kind, count] of Object.entries(masked)) counts[kind] = (counts[kind] ?? 0) + count;
    return result;
  };
  const question = {
    ...asked,
    question: mask(asked.question),
    history: asked.history.map(({ role, content }) => ({ role, content: role === "user" ? mask(content) : content })),
    context: asked.context && maskTextsIn(asked.context, mask),
    instructions: asked.instructions && mask(asked.instructions),
    attachments: [], // taken before the chatbot masked
  };
  step.end({ step: "mask", masked: counts });
  // A question that was looked up as it was written is another one now.
  return question.question === asked.question || !asked.ahead
    ? question
    : { ...question, ahead: { ...asked.ahead, isCached: false } };
}

const greetingOf = (chatbot: Chatbot, smallTalk: Parameters<typeof smallTalkReply>[0]) =>
  (smallTalk.kind === "greeting" ? chatbot.welcomeMessage : null) ?? smallTalkReply(smallTalk);

/** A code that no text is in: what the detector says of one that could be in any language. */
const UNDECIDED = "zz";

/** Of the question, or where that says too little of what the person wrote before; null where nothing tells. */
async function detectLanguage({ question, history }: Question, trace?: Trace): Promise<string | null> {
  const step = trace?.begin();
  const detect = await languageDetector();
  const before = history.filter(({ role }) => role === "user").map(({ content }) => content);
  const found = [question, ...before.reverse()]
    .map((text) => detect(text, UNDECIDED))
    .find((code) => code !== UNDECIDED);
  step?.end({ step: "detect_language", language: found ?? null });
  return found ?? null;
}

const hasBlockedTopics = ({ chatbot }: Question) => (chatbot.safety.blockedTopics ?? []).length > 0;

/** Whether a text is of a topic of which this chatbot does not speak. */
function blockedIn(
  text: string,
  of: "question" | "answer",
  { chatbot, ahead }: Question,
  language: string | null,
  trace: Trace,
): boolean {
  const languages = [...new Set([language ?? "en", "en", ...(ahead?.languages ?? [])])];
  const topic = blockedTopicIn(text, chatbot.safety.blockedTopics ?? [], languages);
  if (topic !== undefined) trace.note({ step: "blocked_topic", of, topic });
  return topic !== undefined;
}

const purposeOf = ({ chatbot, conversationId, answerId, endUserId }: Question, task: Task): Purpose => ({
  task,
  chatbotId: chatbot.id,
  conversationId,
  messageId: answerId,
  endUserId,
});

/** Who is told: an end user, whoever relays the question. */
const viewerOf = ({ endUserId }: Question): Viewer => ({ audience: "public", endUserId });

/** Says what people wrote, word for word; no model is asked. */
function* repeat({ content, citations, ...curated }: Curated, said: Saying, trace: Trace): Generator<AnswerEvent> {
  trace.note({ step: "curated", ...curated });
  said.model = null;
  yield* said.say(content, citations);
}

/** Nothing is embedded then, so only the same words are known again. */
async function withoutRetrieval(ctx: Ctx, { chatbot, question }: Question): Promise<Found> {
  const looking = await lookingForCurated(ctx, chatbot.id, question);
  const [beside] = await ctx.batch([looking({ textHash: null, vector: null })]);
  return { hits: [], beside, standing: question };
}

/**
 * The chunks for a question that stands alone, or for one that leans on what was said before: rewritten, or where no model changed
 * anything with the questions before it.
 */
async function retrieve(
  ctx: Ctx,
  asked: Question,
  detecting: Promise<string | null>,
  signal: AbortSignal,
  trace: Trace,
): Promise<Found> {
  const { chatbot, question, history, ahead } = asked;
  const leans = history.length > 0 && leansOnHistory(question, await detecting);
  const purpose = purposeOf(asked, "rewrite");
  const made =
    leans && chatbot.rewriteFollowUps
      ? await rewriteQuestion(ctx, { question, history, purpose, signal }, trace)
      : undefined;
  const rewritten = made === question.trim() ? undefined : made;
  const step = trace.begin();
  const earlier = leans && rewritten === undefined ? questionsIn(history).slice(-LIMITS.earlierQuestionsMax) : [];
  const query = rewritten ?? question;
  const isAsAsked = query === question && earlier.length === 0;
  const standing = earlier.length === 0 ? query : undefined;
  const { hits, degraded, beside } = await ctx.search.find({
    id: asked.answerId, // by which it is found again, to be erased with what was said
    query,
    syntax: "plain",
    earlier,
    mode: "hybrid",
    corpora: ["document_chunk"],
    filter: chatbot.knowledgeBaseFilter,
    viewer: viewerOf(asked),
    assignedTo: chatbot.documentScope === "assigned" ? chatbot.id : undefined,
    chatbotId: chatbot.id,
    threshold: chatbot.scoreThreshold || undefined,
    limit: chatbot.retrievalK,
    purpose: purposeOf(asked, "embed"),
    ahead: isAsAsked || !ahead ? ahead : { ...ahead, isCached: false },
    beside: standing === undefined ? undefined : await lookingForCurated(ctx, chatbot.id, standing),
    isRewritten: rewritten !== undefined,
  });
  const found = hits.map(({ id, sourceId, title, page, content, relevance, rerankScore }) => ({
    documentId: sourceId,
    sourceId,
    chunkId: id,
    title,
    page,
    score: rerankScore ?? relevance,
    content,
  }));
  step.end({
    step: "retrieve",
    query: traced(query),
    earlierQuestions: earlier.length,
    degraded,
    chunks: found.map(({ chunkId, documentId, title, page, score }) => ({
      chunkId,
      documentId,
      title,
      page,
      score,
      isUsed: false,
    })),
  });
  return { hits: found, beside, standing };
}

const questionsIn = (history: readonly Said[]) =>
  history.filter(({ role }) => role === "user").map(({ content }) => content);

/** Whether a file came with this very question: it is answered from that, whatever it says and whatever people wrote for it. */
export const hasFiles = ({ attachments = [] }: Pick<Question, "attachments">) => attachments.some(({ isOwn }) => isOwn);

/** What the model is shown: of files first, then of what was found. Without retrieval files of other questions were said with these. */
async function sourcesOf(
  asked: Question,
  standing: string | undefined,
  hits: readonly Hit[],
  trace: Trace,
): Promise<Source[]> {
  const { chatbot, question, attachments = [] } = asked;
  const files = chatbot.ragEnabled ? attachments : attachments.filter(({ isOwn }) => isOwn);
  const budget = sourcesBudget(chatbot.contextWindow);
  const step = trace.begin();
  const attached = await passagesFor(standing ?? question, files, hits.length > 0 ? budget * ATTACHED_SHARE : budget);
  if (files.length > 0)
    step.end({
      step: "attachments",
      files: files.map(({ id, passages }) => ({
        attachmentId: id,
        passages: passages.length,
        shown: attached.filter(({ attachmentId }) => attachmentId === id).length,
      })),
    });
  const found = withinBudget(hits, budget - tokensOf(attached));
  const sources = [...attached, ...found];
  if (chatbot.ragEnabled || files.length > 0) noteSources(trace, chatbot, hits, sources);
  return sources;
}

const tokensOf = (sources: readonly Source[]) => sources.reduce((sum, { content }) => sum + countTokens(content), 0);

/** Whether there is anything to answer from, and what of it fits. */
function noteSources(trace: Trace, chatbot: Chatbot, hits: readonly Hit[], used: readonly Source[]) {
  const retrieved = trace.steps.find((step) => step.step === "retrieve");
  const ids = new Set(used.map(({ chunkId }) => chunkId));
  if (retrieved) for (const chunk of retrieved.chunks) chunk.isUsed = ids.has(chunk.chunkId);
  const topScore = hits.length > 0 ? Math.max(...hits.map(({ score }) => score)) : null;
  trace.note({ step: "evidence", isEnough: used.length > 0, topScore, threshold: chatbot.scoreThreshold });
  const budgetTokens = sourcesBudget(chatbot.contextWindow);
  trace.note({ step: "pack", budgetTokens, chunks: used.length, tokens: tokensOf(used) });
}

type Spoken = { refusal?: Refusal; error?: MessageError };

/** Why no model was asked, when a budget does not hold it: whoever asks gets the fallback message, and the message's row says why. */
async function* speakWithinBudget(
  ...[ctx, asked, sources, said, signal, trace]: Parameters<typeof speak>
): AsyncGenerator<AnswerEvent, Spoken> {
  try {
    return { refusal: yield* speak(ctx, asked, sources, said, signal, trace) };
  } catch (error) {
    const { code, message: detail } = toApiError(error, ctx.requestId);
    if (code !== "BUDGET_EXCEEDED") throw error;
    return { refusal: said.hasSaid ? undefined : "budget", error: { code, detail } };
  }
}

/**
 * The model's words, of which only those pass that a source bears out; without retrieval there is nothing to bear them out. A model
 * that proves nothing of what it says is asked once more: nobody has heard anything yet.
 */
async function* speak(
  ctx: Ctx,
  asked: Question & { language: string | null },
  sources: readonly Source[],
  said: Saying,
  signal: AbortSignal,
  trace: Trace,
): AsyncGenerator<AnswerEvent, Refusal | undefined> {
  const { chatbot } = asked;
  const turns = turnsOf(asked, sources, asked.language);
  const system = systemPrompt(asked, sources);
  if (sources.length === 0) {
    yield* listen(
      ctx,
      asked,
      { system, turns, attempt: 1 },
      new LinkFilter([chatbot.systemPrompt]),
      said,
      signal,
      trace,
    );
    return said.hasSaid ? undefined : "nothing_proven";
  }
  for (const attempt of [1, 2]) {
    const step = trace.begin();
    const heard = new Proven(ctx, sources, viewerOf(asked), chatbot.systemPrompt);
    const prompt = { system, turns: attempt === 1 ? turns : repairTurns(turns), attempt };
    yield* listen(ctx, asked, prompt, heard, said, signal, trace);
    const { quotes } = heard;
    step.end({
      step: "verify",
      ...quotes.counts,
      dropped: quotes.dropped.map(({ quote, reason }) => ({
        quote: traced(quote, LIMITS.tracedQuoteCharsMax),
        reason,
      })),
      removedLinks: heard.links.removed,
    });
    if (quotes.supportedShare !== undefined) ctx.ai.rate(asked.answerId, quotes.supportedShare);
    if (said.hasSaid) return undefined;
    if (quotes.saidUnknown) return "model_found_none";
  }
  return "nothing_proven";
}

/** What a model says, as a filter lets it pass. */
async function* listen(
  ctx: Ctx,
  asked: Question,
  { system, turns, attempt }: { system: string; turns: Turn[]; attempt: number },
  filter: Proven | LinkFilter,
  said: Saying,
  signal: AbortSignal,
  trace: Trace,
): AsyncGenerator<AnswerEvent> {
  const { chatbot } = asked;
  const { maxTokens = LIMITS.answerTokensMax, temperature, topP } = chatbot.modelConfig;
  const prompt = { model: chatbot.llmModel, system, turns, maxTokens, temperature, topP, signal };
  const step = trace.begin();
  const began = performance.now();
  let raw = "";
  let firstTokenMs: number | null = null;
  let usage: Usage = NO_USAGE;
  try {
    for await (const event of ctx.ai.converse(prompt, purposeOf(asked, "answer"))) {
      if (event.type === "usage") {
        ({ usage, model: said.model, isCut: said.isCut } = event);
        said.add(event.usage);
        continue;
      }
      firstTokenMs ??= Math.round(performance.now() - began);
      raw += event.text;
      yield* said.say(await filter.push(event.text), citationsOf(filter));
      if (said.isFull) return;
    }
    yield* said.say(await filter.end(), citationsOf(filter));
  } finally {
    step.end({
      step: "generate",
      attempt,
      promptRevision: PROMPT_REVISION,
      firstTokenMs,
      said: traced(raw),
      model: said.model,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
    });
  }
}

const citationsOf = (filter: Proven | LinkFilter) => (filter instanceof Proven ? filter.citations : []);
