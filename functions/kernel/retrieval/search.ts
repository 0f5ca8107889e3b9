import type { Statement, Tenant } from "../../../db/client.ts";
import type { CorpusName, Viewer } from "../../../db/corpora.ts";
import type { Filter } from "../../../db/filter.ts";
import {
  type Answer,
  answerOf,
  type Hit,
  hybridSearch,
  lookAhead,
  type Question,
  type SearchAhead,
  type SearchMode,
} from "../../../db/search.ts";
import {
  cacheEmbeddings,
  clearVectors,
  DOCUMENT_KIND,
  entriesWithoutVector,
  indexEntries,
  savedOf,
  saveVectors,
  textsNotCached,
  vectorsFromCache,
} from "../../../db/search-entries.ts";
import type { Ai, Purpose } from "../ai/gateway.ts";
import { hashOf } from "../auth/hash.ts";
import { describe } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { log } from "../log.ts";
import { ANALYZER_VERSION, analyzeEntry } from "./analyzer.ts";
import { languageDetector } from "./language.ts";
import { namesOf } from "./names.ts";
import { collapse } from "./near-duplicates.ts";
import { parseQuery } from "./query-language.ts";
import { readQuestion } from "./question.ts";

export type SearchInput = {
  /** Of this search: its row in the log, and what feedback names. */
  id: string;
  query: string;
  /** `operators`: quoted phrases and `-word` mean something; `plain`: a question of somebody who knows no such language. */
  syntax: "operators" | "plain";
  /** Earlier questions of the same conversation, which the query may only hint at ("and how much is it?"). */
  earlier?: readonly string[];
  mode: SearchMode;
  corpora: readonly CorpusName[];
  viewer: Viewer;
  filter?: Filter;
  assignedTo?: string;
  chatbotId?: string;
  lexicalShare?: number;
  threshold?: number;
  /** Undefined as the organization's settings say. */
  rerank?: boolean;
  neighbours?: number;
  limit: number;
  explain?: boolean;
  purpose: Purpose;
  /** A statement that is run with the search, of the question as it is embedded; its result is `beside`. */
  beside?: (asked: EmbeddedQuestion) => Statement;
  /** Whether a model made it of what was asked. */
  isRewritten?: boolean;
  /** What the statement of `ahead` said of this query. */
  ahead?: SearchAhead;
};

export type Found = Omit<Extract<Answer, { ready: true }>, "hits" | "ready"> & {
  hits: (Hit & { duplicates: Hit[]; rerankScore: number | null })[];
  /** What was looked for: the query without its operators. */
  text: string;
  /** What the search had to do without, for a model did not answer. */
  degraded: ("embedding" | "rerank")[];
  /** What the statement of that name found. */
  beside: unknown;
};

/** As `corpora.ts` reads it. A `version` comes with an entry that another transaction wrote: if it changed since, it is left alone. */
export type NewEntry = {
  entryId: string;
  sourceId: string;
  version?: string;
  title: string;
  context: string;
  content: string;
  /** Null to have it detected. */
  language: string | null;
};

/** A question's embedding by the model that searches ask: by its hash in the cache, or itself. */
export type EmbeddedQuestion = Pick<Question, "textHash" | "vector">;

export type Search = {
  /** The statement that looks up, with whatever is asked of the database before, what a search for this question needs to know first. */
  ahead(query: string, corpora: readonly CorpusName[]): Promise<[Statement]>;
  /** One request to the database; a second one when the question's embedding is not cached, or a language is new to this isolate. */
  find(input: SearchInput): Promise<Found>;
  /** The statement that makes entries findable by words at once; `embedWaiting` makes them findable by meaning. */
  index(corpus: CorpusName, entries: readonly NewEntry[]): Promise<[Statement]>;
  /** The statement after which a changed source's entries wait for their embedding again. */
  forgetVectors(corpus: CorpusName, sourceId: string): Statement;
  /** Embeds a question as a search does. One that stands alone is in the cache then, any other is not kept. */
  embedQuestion(
    question: string,
    earlier: readonly string[],
    purpose: Purpose,
    deadlineMs?: number,
  ): Promise<EmbeddedQuestion>;
  /** Embeds texts before they are entries, at most `textsEmbeddedAhead` of those whose embedding is not in the cache, by their hashes. */
  embedAhead(texts: ReadonlyMap<string, string>): Promise<{ embedded: number; waiting: number }>;
  /** The statement that gives a source's entries the vectors of their texts that are in the cache, at most so many. */
  reuseVectors(corpus: CorpusName, sourceId: string, limit: number): Statement;
  /** Embeds the next entries of a source with each of the organization's models, at most `chunksPerEmbeddingJob`, and says how many still wait. */
  embedWaiting(corpus: CorpusName, sourceId: string): Promise<number>;
  /** The same of all that no other job embeds. */
  embedIdle(corpus: CorpusName): Promise<number>;
  /** The same of a whole corpus, for one of the organization's models. */
  embedCorpus(corpus: CorpusName, model: string): Promise<number>;
};

/** The same text asked and stored is not the same embedding, in some models. */
const QUESTION_KIND = "query";
const QUESTION_CACHE_DAYS = 30;
const DOCUMENT_CACHE_DAYS = 7;
/** Results that may repeat others, beyond those that are wanted. */
const SPARE_RESULTS = 20;
/** A language that appears meanwhile is a reason to ask again; not for ever. */
const ASKED_MAX = 4;

/**
 * The languages of an organization's texts, by who asks: a question is read in each before the database is asked, which
 * says whether they were right. A guess that is checked, so it may be old or empty.
 */
const knownLanguages = new Map<string, readonly string[]>();
const KNOWN_MAX = 10_000;

/** `askedBy` tells callers apart, and is known before the database is asked. */
export function openSearch(tenant: Tenant, ai: Ai, askedBy: string): Search {
  return {
    ahead: async (query, corpora) => [lookAhead(tenant, corpora, await cachedQuestion(query))],
    async find({ rerank, ...rest }) {
      const input = { ...rest, rerank: rerank ?? rest.ahead?.rerank };
      const enough = Math.min(input.limit + SPARE_RESULTS, 2 * input.limit);
      const many = Math.max(enough, LIMITS.rerankedMin);
      let found = await ask(
        tenant,
        ai,
        askedBy,
        input,
        input.rerank ? many : enough,
        input.rerank === undefined && enough < many,
      );
      const wantsRerank = input.rerank ?? found.strategies.some(({ rerank }) => rerank);
      // The organization's own setting is learnt with the first answer.
      if (wantsRerank && !input.rerank && enough < many && found.degraded.length === 0)
        found = await ask(tenant, ai, askedBy, input, many, false);
      const { hits, degraded, ...answer } = found;
      const ranked = hits.map((hit) => ({ ...hit, rerankScore: null as number | null }));
      if (wantsRerank && ranked.length > 1) {
        try {
          const texts = ranked.map(({ title, context, content }) => entryText(title, context, content));
          const scores = await ai.rerank(answer.text, texts, input.purpose);
          for (const [index, hit] of ranked.entries()) hit.rerankScore = scores[index]!;
          ranked.sort((a, b) => b.rerankScore! - a.rerankScore!);
        } catch (error) {
          log("warn", "searched without reranking", { error: describe(error) });
          degraded.push("rerank");
        }
      }
      return { ...answer, degraded, hits: collapse(ranked).slice(0, input.limit) };
    },
    async index(corpus, entries) {
      const detect = entries.every(({ language }) => language) ? undefined : await languageDetector();
      const texts = entries.map(({ title, context, content, language, ...entry }) => {
        const text = entryText(title, context, content);
        return { ...entry, text, language: language ?? detect!(text) };
      });
      const names = new Map(texts.flatMap(({ text, language }) => [...namesOf(text, language)]));
      const analyzed = texts.map(({ text, ...entry }) => ({ ...entry, ...analyzeEntry(text, entry.language) }));
      return [indexEntries(tenant, corpus, analyzed, names, ANALYZER_VERSION)]; // a promise of a statement would run it
    },
    forgetVectors: (corpus, sourceId) => clearVectors(tenant, corpus, sourceId),
    async embedAhead(texts) {
      const { model, missing } = await textsNotCached(tenant, [...texts.keys()]);
      const some = missing.slice(0, LIMITS.textsEmbeddedAhead);
      // Kept some at a time, that an outage loses few which were paid for.
      for (let from = 0; from < some.length; from += LIMITS.chunksPerEmbeddingJob) {
        const hashes = some.slice(from, from + LIMITS.chunksPerEmbeddingJob);
        const wanted = hashes.map((textHash) => texts.get(textHash)!);
        const vectors = await ai.embed(wanted, { task: "embed" }, { model, input: DOCUMENT_KIND });
        const rows = hashes.map((textHash, index) => ({ textHash, embedding: vectors[index]! }));
        await tenant.batch([cacheEmbeddings(tenant, model, rows, DOCUMENT_CACHE_DAYS), ...ai.pending(tenant)]);
      }
      return { embedded: some.length, waiting: missing.length - some.length };
    },
    async embedQuestion(question, earlier, purpose, deadlineMs) {
      const isAlone = earlier.length === 0;
      const textHash = await cachedQuestion(question);
      const { model, missing } = await textsNotCached(tenant, isAlone ? [textHash] : []);
      if (isAlone && missing.length === 0) return { textHash, vector: null };
      const options = { model, input: QUESTION_KIND, deadlineMs } as const;
      const [embedding] = await ai.embed([askedText(question, earlier)], purpose, options);
      if (!isAlone) return { textHash: null, vector: { model, embedding: embedding! } };
      const rows = [{ textHash, embedding: embedding! }];
      const saving = cacheEmbeddings(tenant, model, rows, QUESTION_CACHE_DAYS, purpose.messageId);
      await tenant.batch([saving, ...ai.pending(tenant)]);
      return { textHash, vector: null };
    },
    reuseVectors: (corpus, sourceId, limit) => vectorsFromCache(tenant, corpus, { sourceId }, limit),
    embedWaiting: (corpus, sourceId) => embed(tenant, ai, corpus, { sourceId }),
    embedIdle: (corpus) => embed(tenant, ai, corpus, { idle: true }),
    embedCorpus: (corpus, model) => embed(tenant, ai, corpus, { model }),
  };
}

async function embed(
  tenant: Tenant,
  ai: Ai,
  corpus: CorpusName,
  of: { sourceId: string } | { model: string } | { idle: true },
) {
  const { chunksPerEmbeddingJob, cachedChunksPerEmbeddingJob } = LIMITS;
  const entries = await entriesWithoutVector(tenant, corpus, of, chunksPerEmbeddingJob, cachedChunksPerEmbeddingJob);
  const [first] = entries;
  if (!first) return 0;
  let vectors: number[][];
  try {
    const texts = entries.map(({ text }) => text);
    vectors = await ai.embed(texts, { task: "embed" }, { model: first.model, input: DOCUMENT_KIND });
  } catch (error) {
    // A document does not fail for a model that no search asks: who switches to it is told what is missing, and it is embedded then.
    if (first.asked || !("sourceId" in of)) throw error;
    log("warn", "embedded without the other model", { model: first.model, error: describe(error) });
    return 0;
  }
  const rows = entries.map(({ id, sourceId, version, textHash }, index) => ({
    entryId: id,
    sourceId,
    version,
    textHash,
    embedding: vectors[index]!,
  }));
  const saving = saveVectors(tenant, corpus, first.model, rows, DOCUMENT_CACHE_DAYS);
  const [saved] = await tenant.batch([saving, ...ai.pending(tenant)]);
  return first.waiting - savedOf(saved);
}

/** What is indexed, embedded and reranked of an entry. */
const entryText = (...parts: string[]) => parts.filter(Boolean).join("\n");

/** An entry's text as it is embedded, and how the cache knows it: a bytea literal. */
export async function embeddedText({ title, context, content }: Pick<NewEntry, "title" | "context" | "content">) {
  const text = entryText(title, context, content);
  return { text, textHash: await hashOf(`${DOCUMENT_KIND}\n${text}`) };
}

/** Asks until the question was read in the right languages and its embedding is there. */
async function ask(tenant: Tenant, ai: Ai, askedBy: string, input: SearchInput, limit: number, mayAskAgain: boolean) {
  const { query, earlier = [], mode, purpose } = input;
  const parsed = input.syntax === "operators" ? parseQuery(query) : plain(query);
  const text = askedText(parsed.text, earlier);
  const degraded: Found["degraded"] = [];
  // An erasure finds what is kept by what somebody said: not what was made of it, or was said with other things.
  const isAlone = earlier.length === 0 && !input.isRewritten;
  const question: Omit<Question, keyof ReturnType<typeof readQuestion>> = {
    ...input,
    queryHash: await questionHash(query, earlier),
    messageId: purpose.messageId,
    textHash: mode === "lexical" || !text.trim() ? null : await askedHash(text),
    vector: null,
    neighbours: input.neighbours ?? 0,
    limit,
    mayAskAgain,
    explain: input.explain ?? false,
  };
  let languages: readonly string[] = input.ahead?.languages ?? knownLanguages.get(askedBy) ?? [];
  let saving: Statement[] = [];
  const embed = async (model: string) => {
    try {
      const options = { model, input: QUESTION_KIND, deadlineMs: LIMITS.questionEmbeddingDeadlineMs } as const;
      const [vector] = await ai.embed([text], purpose, options);
      question.vector = { model, embedding: vector! };
      const embedded = { textHash: question.textHash!, embedding: vector! };
      if (isAlone) saving = [cacheEmbeddings(tenant, model, [embedded], QUESTION_CACHE_DAYS, purpose.messageId)];
    } catch (error) {
      if (mode === "vector") throw error;
      log("warn", "searched by words alone", { error: describe(error) });
      question.textHash = null;
      degraded.push("embedding");
    }
  };
  if (input.ahead && !input.ahead.isCached && question.textHash !== null) await embed(input.ahead.model);
  for (let asked = 0; asked < ASKED_MAX; asked++) {
    const read = readQuestion(parsed, earlier, mode, languages);
    // Without the ledger's row, which is written once the answer is out: a search must not fail for it.
    const also = input.beside ? [input.beside(question)] : [];
    const search = [hybridSearch(tenant, { ...question, ...read }), ...also];
    const [result, beside] = await tenant.batch([...search, ...saving]).catch(async (error) => {
      await keepPaid(tenant, saving);
      throw error;
    });
    const answer = answerOf(result);
    remember(askedBy, answer.languages);
    if (answer.ready) return { ...answer, text: parsed.text, degraded, beside };
    languages = answer.languages;
    saving = [];
    if (answer.embeddingMissing) await embed(answer.model);
  }
  throw new Error("the organization's languages change faster than a question is asked");
}

/** An embedding that was paid for is kept where the search failed for which it was made: whoever asks again pays it no more. */
async function keepPaid(tenant: Tenant, saving: Statement[]): Promise<void> {
  if (saving.length === 0) return;
  await tenant.batch(saving).catch((error) => log("warn", "an embedding is lost", { error: describe(error) }));
}

const plain = (text: string) => ({ text, phrases: [], excluded: { words: [], phrases: [] } });

/** What is embedded of a question, and how the cache knows it. */
const askedText = (text: string, earlier: readonly string[]) =>
  [...earlier, text].join("\n").slice(-LIMITS.embeddingCharsMax);
const askedHash = (text: string) => hashOf(`${QUESTION_KIND}\n${text}`);

/** How the cache knows what a chatbot was asked: a bytea literal. */
export const cachedQuestion = (question: string) => askedHash(askedText(question, []));

/** How the log knows what was asked, with the earlier questions that it was asked after. */
export const questionHash = (query: string, earlier: readonly string[] = []) => hashOf([...earlier, query].join("\n"));

function remember(askedBy: string, languages: readonly string[]) {
  if (knownLanguages.size >= KNOWN_MAX) knownLanguages.clear();
  knownLanguages.set(askedBy, languages);
}
