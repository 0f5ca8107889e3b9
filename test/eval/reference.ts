import type { BeirDocument, BeirQuery } from "./beir.ts";
import type { Run } from "./metrics.ts";
import { porterStem } from "./porter.ts";

const [K1, B] = [0.9, 0.4];
const FOUND_MAX = 100;
/** Lucene's default list of English. */
const STOP_WORDS = new Set(
  `a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was
   will with`.split(/\s+/),
);
const WORD = /[\p{L}\p{N}_]+(?:['’.][\p{L}\p{N}_]+)*/gu;
/** Scripts that write no space between words; the share of the letters from which a set counts as such. */
const UNSPACED = { ja: /\p{Script=Hiragana}|\p{Script=Katakana}/gu, zh: /\p{Script=Han}/gu, th: /\p{Script=Thai}/gu };
const UNSPACED_SHARE = 0.2;
const SAMPLE_DOCUMENTS = 200;

type Analyze = (text: string) => string[];
type Posting = { document: number; count: number };

/**
 * The yardstick: BM25 as Anserini runs it, title and text together, written without any code of Edgelore. Words are
 * Porter-stemmed English without stop words, or those of `Intl.Segmenter` where the documents are Japanese, Chinese or Thai.
 */
export function referenceRun(documents: readonly BeirDocument[], queries: readonly BeirQuery[]): Run {
  const analyze = analyzerFor(documents);
  const indexes = new Map<string | undefined, Index>();
  const indexFor = (scope: string | undefined): Index => {
    const known = indexes.get(scope);
    if (known) return known;
    const members = scope === undefined ? documents : documents.filter(({ conversation }) => conversation === scope);
    const made = indexOf(members, analyze);
    indexes.set(scope, made);
    return made;
  };
  const scopes = new Set(documents.map(({ conversation }) => conversation));
  return new Map(
    queries.map(({ id, text, conversation }) => [
      id,
      indexFor(scopes.has(conversation) ? conversation : undefined)(text),
    ]),
  );
}

type Index = (query: string) => string[];

function indexOf(documents: readonly BeirDocument[], analyze: Analyze): Index {
  const postings = new Map<string, Posting[]>();
  const lengths = documents.map(({ title, text }, document) => {
    const terms = analyze(title ? `${title} ${text}` : text);
    for (const [term, { length: count }] of Map.groupBy(terms, (term) => term)) {
      const posting = { document, count };
      const list = postings.get(term);
      if (list) list.push(posting);
      else postings.set(term, [posting]);
    }
    return terms.length;
  });
  const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;

  return (query) => {
    const scores = new Map<number, number>();
    for (const term of analyze(query)) {
      const list = postings.get(term) ?? [];
      const idf = Math.log(1 + (lengths.length - list.length + 0.5) / (list.length + 0.5));
      for (const { document, count } of list) {
        const weight = count / (count + K1 * (1 - B + (B * lengths[document]!) / average));
        scores.set(document, (scores.get(document) ?? 0) + idf * weight);
      }
    }
    const best = [...scores].sort(([a, x], [b, y]) => y - x || a - b).slice(0, FOUND_MAX);
    return best.map(([document]) => documents[document]!.id);
  };
}

function analyzerFor(documents: readonly BeirDocument[]): Analyze {
  const step = Math.ceil(documents.length / SAMPLE_DOCUMENTS);
  const sample = documents
    .filter((_, i) => i % step === 0)
    .map(({ title, text }) => `${title} ${text.slice(0, 1_000)}`);
  const letters = sample.join(" ").match(/\p{L}/gu)?.length ?? 0;
  const language = Object.entries(UNSPACED).find(
    ([, script]) => (sample.join(" ").match(script)?.length ?? 0) > letters * UNSPACED_SHARE,
  )?.[0];
  return language === undefined ? english : segmented(language);
}

function english(text: string): string[] {
  const words = (text.normalize("NFKC").toLowerCase().match(WORD) ?? []).map((word) => word.replace(/['’]s$/, ""));
  return words.filter((word) => !STOP_WORDS.has(word)).map(porterStem);
}

function segmented(language: string): Analyze {
  const segmenter = new Intl.Segmenter(language, { granularity: "word" });
  // NFKC would take Thai's sara am apart.
  const form = language === "th" ? "NFC" : "NFKC";
  return (text) => {
    const words: string[] = [];
    for (const { segment, isWordLike } of segmenter.segment(text.normalize(form).toLowerCase()))
      if (isWordLike) words.push(segment);
    return words;
  };
}
