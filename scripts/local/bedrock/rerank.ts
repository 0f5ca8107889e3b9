import type { Embedder } from "./embedding.ts";
import { checkBody, integerFrom, list, text } from "./schema.ts";
import { sentences } from "./sentences.ts";
import { countTokens } from "./tokens.ts";
import { latinShare, terms } from "./words.ts";

const documentsMax = 1000;
const meaningShare = 0.5;
const usualTerms = 120;

const required = { query: text(), documents: list(text(), 1, documentsMax) };
const optional = { top_n: integerFrom(1) };
const cohere = {
  required: { ...required, api_version: integerFrom(2) },
  optional: { ...optional, max_tokens_per_doc: integerFrom(1) },
};
export const rerankModels = new Map([
  ["cohere.rerank-v3-5:0", cohere],
  ["amazon.rerank-v1:0", { required, optional }],
]);

type Body = { query: string; documents: string[]; top_n?: number };

/** Rerank by InvokeModel: its requests, responses and refusals. */
export async function rerankDocuments(embedder: Embedder, modelId: string, body: Record<string, unknown>) {
  const model = rerankModels.get(modelId)!;
  checkBody(body, model.required, model.optional);
  const { query, documents, top_n = documents.length } = body as Body;
  const scores = await judge(embedder, query, documents);
  const results = scores
    .map((relevance_score, index) => ({ index, relevance_score }))
    .sort((a, b) => b.relevance_score - a.relevance_score || a.index - b.index)
    .slice(0, top_n);
  return { answer: { results }, inputTokens: documents.reduce((sum, each) => sum + countTokens(query + each), 0) };
}

/**
 * How often a document has the query's words, as BM25 counts them, and the share of them in its best sentence; where
 * the encoder can read the query, also what that sentence means: one of each document, since it reads 50 a second.
 * The words alone, on BM25's first 20 of mtRAG: nDCG@10 0.557, by the plain share of them 0.482, BM25's own 0.520.
 */
async function judge(embedder: Embedder, query: string, documents: string[]): Promise<number[]> {
  const asked = [...new Set(terms(query))];
  const mean = (worth: (term: string) => number) =>
    asked.reduce((sum, term) => sum + worth(term), 0) / Math.max(1, asked.length);
  const judged = documents.map((document) => {
    const counts = new Map<string, number>();
    const held = terms(document);
    for (const term of held) counts.set(term, (counts.get(term) ?? 0) + 1);
    const saturation = 0.9 * (0.6 + (0.4 * held.length) / usualTerms);
    const often = mean((term) => (counts.get(term) ?? 0) / ((counts.get(term) ?? 0) + saturation));
    const best = sentences(document)
      .map((sentence) => ({ sentence, found: new Set(terms(sentence)) }))
      .map(({ sentence, found }) => ({ sentence, share: mean((term) => (found.has(term) ? 1 : 0)) }))
      .reduce((a, b) => (b.share > a.share ? b : a), { sentence: document.slice(0, 500), share: 0 });
    return { sentence: best.sentence, words: (often + best.share) / 2 };
  });
  const weight = embedder.similarity ? meaningShare * latinShare(query) : 0;
  if (weight === 0) return judged.map(({ words }) => words);
  const cosines = await embedder.similarity!(
    query,
    judged.map(({ sentence }) => sentence),
  );
  return judged.map(({ words, sentence }, i) => {
    const meaning = Math.max(0, cosines[i]!) * latinShare(sentence);
    return Math.min(1, words * (1 - weight) + meaning * weight);
  });
}
