import { chunkBlocks } from "../../functions/chatbots/extraction/chunk.ts";
import { extract } from "../../functions/chatbots/extraction/extract.ts";
import { analyzeEntry, analyzeQuestion } from "../../functions/kernel/retrieval/analyzer.ts";
import { type DetectLanguage, languageDetector } from "../../functions/kernel/retrieval/language.ts";
import type { BeirQuery, BeirSet } from "./beir.ts";
import { uploadsOf } from "./fields.ts";

const [K1, B] = [0.9, 0.4];
const LANGUAGE_SAMPLE_CHARS = 5_000;

export type Embed = (text: string) => Promise<Float32Array>;
type Chunk = { document: string; conversation?: string; text: string; language: string };
type Posting = { chunk: number; weight: number };
/** Everything a query says of every chunk in its scope: exact, where a search shows the best. */
export type Scores = {
  chunks: Int32Array;
  /** BM25 ÷ `bound`. */
  lexical: Float64Array;
  /** Cosine, as it is. */
  vector: Float64Array;
  /** The greatest BM25 score that the query can reach. */
  bound: number;
  /** Terms of the query that the corpus has, and the weight of those as a share of what it would be were they all as rare as can be. */
  known: number;
};

/**
 * The same chunks, terms and vectors as the worker makes, without worker and database: an experiment can then look at all
 * scores of all chunks. It shares the code of the worker but not that of the database.
 */
export async function openOffline({ documents }: Pick<BeirSet, "documents">, embed: Embed) {
  const detect = await languageDetector();
  const chunks: Chunk[] = [];
  for (const { id, title, text, conversation } of documents)
    for (const upload of uploadsOf({ title, text })) chunks.push(...(await chunksOf(upload, id, detect, conversation)));
  const languages = [...new Set(chunks.map(({ language }) => language))].sort();
  const vectors = await Promise.all(chunks.map(({ text }) => embed(text)));
  const postings = indexOf(chunks);
  const all = Int32Array.from(chunks.keys());
  const scopes = Map.groupBy(all, (chunk) => chunks[chunk]!.conversation);

  async function ask({ text, conversation }: BeirQuery): Promise<Scores> {
    const scope =
      conversation !== undefined && scopes.has(conversation) ? Int32Array.from(scopes.get(conversation)!) : all;
    const sums = new Float64Array(chunks.length);
    let [bound, rarest] = [0, 0];
    for (const [term, frequency] of analyzeQuestion(text, languages)) {
      const list = postings.get(term) ?? [];
      rarest += frequency * idf(chunks.length, 0);
      if (list.length === 0) continue;
      const weight = frequency * idf(chunks.length, list.length);
      bound += weight;
      for (const posting of list) sums[posting.chunk]! += weight * posting.weight;
    }
    const asked = await embed(text);
    return {
      chunks: scope,
      lexical: Float64Array.from(scope, (chunk) => (bound > 0 ? sums[chunk]! / bound : 0)),
      vector: Float64Array.from(scope, (chunk) => dot(asked, vectors[chunk]!)),
      bound,
      known: rarest > 0 ? bound / rarest : 0,
    };
  }
  return { ask, documentOf: (chunk: number) => chunks[chunk]!.document, chunkCount: chunks.length, languages };
}

async function chunksOf(
  { title, text }: { title: string; text: string },
  document: string,
  detect: DetectLanguage,
  conversation?: string,
) {
  const bytes = new TextEncoder().encode(text);
  const extracted = await extract(bytes, { mimeType: "text/plain", filename: `${title}.txt`.slice(0, 500) });
  const pieces = chunkBlocks(extracted.blocks);
  const sample = pieces
    .map((piece) => piece.text)
    .join("\n")
    .slice(0, LANGUAGE_SAMPLE_CHARS);
  const language = detect(sample, extracted.language);
  return pieces.map((piece) => ({
    document,
    conversation,
    language,
    text: [title, piece.context, piece.text].filter(Boolean).join("\n"),
  }));
}

function indexOf(chunks: readonly Chunk[]): Map<number, Posting[]> {
  const entries = chunks.map(({ text, language }) => analyzeEntry(text, language));
  const average = entries.reduce((sum, { length }) => sum + length, 0) / entries.length;
  const postings = new Map<number, Posting[]>();
  for (const [chunk, { length, terms }] of entries.entries())
    for (const [term, count] of terms) {
      const weight = count / (count + K1 * (1 - B + (B * length) / average));
      const list = postings.get(term);
      if (list) list.push({ chunk, weight });
      else postings.set(term, [{ chunk, weight }]);
    }
  return postings;
}

const idf = (entries: number, having: number) => Math.log(1 + (entries - having + 0.5) / (having + 0.5));

const dot = (a: Float32Array, b: Float32Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
