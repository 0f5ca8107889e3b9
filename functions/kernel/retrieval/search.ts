import type { Statement, Tenant } from "../../../db/client.ts";
import type { CorpusName, SearchFilter } from "../../../db/corpora.ts";
import {
  clearVectors,
  entriesWithoutVector,
  type Hit,
  hybridSearch,
  indexEntries,
  saveVectors,
} from "../../../db/search.ts";
import type { Ai, Purpose } from "../ai/gateway.ts";
import { LIMITS } from "../limits.ts";
import { ANALYZER_VERSION, analyzeEntry, analyzeQuestion } from "./analyzer.ts";

/** How much a word of an earlier turn counts beside one of the question itself. */
const EARLIER_TURN_WEIGHT = 0.3;

export type SearchMode = "hybrid" | "lexical" | "vector";
export type SearchInput = {
  query: string;
  /** Earlier questions of the same conversation, which the query may only hint at ("and how much is it?"). */
  earlier?: readonly string[];
  mode: SearchMode;
  corpora: readonly CorpusName[];
  filter?: SearchFilter;
  limit: number;
  /** The languages that the tenant's texts have. */
  languages: readonly string[];
  purpose: Purpose;
};

export type NewEntry = { entryId: string; sourceId: string; language: string; text: string };

export type Search = {
  /** Embeds the question, then asks the database once. */
  find(input: SearchInput): Promise<Hit[]>;
  /** The statement that makes entries findable by words at once; `embedWaiting` makes them findable by meaning. */
  index(corpus: CorpusName, entries: readonly NewEntry[]): Statement;
  /** The statement after which a changed source's entries wait for their embedding again. */
  forgetVectors(corpus: CorpusName, sourceId: string): Statement;
  /** Embeds the next entries of a source, at most `chunksPerEmbeddingJob`, and says how many still wait. */
  embedWaiting(corpus: CorpusName, sourceId: string): Promise<number>;
};

export function openSearch(tenant: Tenant, ai: Ai): Search {
  return {
    async find({ query, earlier = [], mode, corpora, filter, limit, languages, purpose }) {
      const terms = mode === "vector" ? new Map<number, number>() : termsOf(query, earlier, languages);
      const text = [...earlier, query].join("\n").slice(-LIMITS.embeddingCharsMax);
      const [vector = null] = mode === "lexical" || !text.trim() ? [] : await ai.embed([text], purpose);
      return hybridSearch(tenant, { corpora, terms, vector, model: ai.embeddingModel, filter, limit });
    },
    index(corpus, entries) {
      const analyzed = entries.map(({ text, ...entry }) => ({ ...entry, ...analyzeEntry(text, entry.language) }));
      return indexEntries(tenant, corpus, analyzed, ANALYZER_VERSION);
    },
    forgetVectors: (corpus, sourceId) => clearVectors(tenant, corpus, sourceId),
    async embedWaiting(corpus, sourceId) {
      const limit = LIMITS.chunksPerEmbeddingJob;
      const entries = await entriesWithoutVector(tenant, corpus, sourceId, ai.embeddingModel, limit);
      if (entries.length === 0) return 0;
      const texts = entries.map(({ title, context, content }) => [title, context, content].filter(Boolean).join("\n"));
      const vectors = await ai.embed(texts, { task: "embed" });
      const rows = entries.map(({ id, version }, index) => ({
        entryId: id,
        sourceId,
        version,
        embedding: vectors[index]!,
      }));
      const saving = saveVectors(tenant, corpus, ai.embeddingModel, rows);
      const [{ rowCount: embedded }] = await tenant.batch([saving, ...ai.pending(tenant)]);
      return entries[0]!.waiting - embedded;
    },
  };
}

function termsOf(query: string, earlier: readonly string[], languages: readonly string[]) {
  const terms = new Map(analyzeQuestion(query, languages));
  for (const turn of earlier)
    for (const [term, frequency] of analyzeQuestion(turn, languages))
      if (!terms.has(term)) terms.set(term, frequency * EARLIER_TURN_WEIGHT);
  return terms;
}
