import { openEmbedder } from "../../scripts/local/bedrock/embedding.ts";
import { readBeir } from "./beir.ts";
import { figuresOf } from "./metrics.ts";
import { openOffline, type Scores } from "./offline.ts";

/**
 * How words and meaning are best put together: `node test/eval/fusion.ts DIR…` prints nDCG@10 of each half and of each rule for
 * sets in BEIR layout. It has all scores at hand, without worker and database, so a rule is a line here before it is one of SQL.
 */

/** A candidate as SQL sees it: both its scores, and its place in each list, null when it is not among the first. */
type Candidate = {
  document: string;
  lexical: number;
  vector: number;
  lexicalRank: number | null;
  vectorRank: number | null;
};
type Rule = (candidates: readonly Candidate[]) => number[];

const NOT_FOUND = -Infinity;
const CANDIDATES = 60;
const DIMENSIONS = 1_024;
const CACHE = ".local/eval-embeddings";
const VECTOR_WEIGHT = 0.4;
const AGREEMENT_MIN = 0.05;

const RULES: Record<string, Rule> = {
  lexical: (all) => all.map(({ lexical, lexicalRank }) => (lexicalRank === null ? NOT_FOUND : lexical)),
  vector: (all) => all.map(({ vector, vectorRank }) => (vectorRank === null ? NOT_FOUND : vector)),
  "convex 0.4": convex(0.4),
  "convex 0.8": convex(0.8),
  "convex 0.9": convex(0.9),
  "list maximum 0.6": byListMaximum(0.6),
  "z 0.9": byDeviation(0.9),
  "RRF 60": reciprocalRank(0.5, 60),
  "RRF 10, 0.9": reciprocalRank(0.9, 10),
  agreement: byAgreement,
};

/** Scores as they are: the share of the question's bound, and the cosine. */
function convex(share: number): Rule {
  return (all) => all.map(({ lexical, vector }) => share * lexical + (1 - share) * Math.max(0, vector));
}

/** Theoretical minimum, the list's maximum (TM2C2). */
function byListMaximum(share: number): Rule {
  return (all) => {
    const [lexicalMax, vectorMax] = [max(lexicalOf(all)), max(vectorOf(all))];
    return all.map(
      ({ lexical, vector }) => share * (lexical / (lexicalMax || 1)) + ((1 - share) * (vector + 1)) / (vectorMax + 1),
    );
  };
}

function byDeviation(share: number): Rule {
  return (all) => {
    const [words, meaning] = [spreadOf(lexicalOf(all)), spreadOf(vectorOf(all))];
    return all.map(
      ({ lexical, vector }) =>
        (share * (lexical - words.mean)) / words.deviation +
        ((1 - share) * (vector - meaning.mean)) / meaning.deviation,
    );
  };
}

function reciprocalRank(share: number, k: number): Rule {
  const part = (rank: number | null) => (rank === null ? 0 : 1 / (k + rank));
  return (all) => all.map((one) => share * part(one.lexicalRank) + (1 - share) * part(one.vectorRank));
}

/**
 * What a candidate rises above the crowd of its list, as a share of what it could rise, counts as much as the vectors agree with
 * the words: `lexical + w · max(corr, min) · (cosine − floor) / (1 − floor)`, floor and correlation over the vector list.
 */
function byAgreement(all: readonly Candidate[]): number[] {
  const list = all.filter(({ vectorRank }) => vectorRank !== null);
  const floor = Math.min(...list.map(({ vector }) => vector), 1);
  const weight = VECTOR_WEIGHT * Math.max(AGREEMENT_MIN, correlation(list) ?? 1);
  return all.map(({ lexical, vector }) => lexical + (weight * Math.max(0, vector - floor)) / Math.max(1 - floor, 1e-9));
}

const lexicalOf = (all: readonly Candidate[]) =>
  all.filter(({ lexicalRank }) => lexicalRank !== null).map(({ lexical }) => lexical);
const vectorOf = (all: readonly Candidate[]) =>
  all.filter(({ vectorRank }) => vectorRank !== null).map(({ vector }) => vector);
const max = (values: readonly number[]) => Math.max(...values, 0);

function spreadOf(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length || 1);
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** As Postgres's `corr`: undefined where one of the two never changes. */
function correlation(all: readonly Candidate[]): number | undefined {
  const words = spreadOf(all.map(({ lexical }) => lexical));
  const meaning = spreadOf(all.map(({ vector }) => vector));
  if (all.every(({ lexical }) => lexical === all[0]?.lexical) || all.every(({ vector }) => vector === all[0]?.vector))
    return undefined;
  const together = all.reduce((sum, { lexical, vector }) => sum + (lexical - words.mean) * (vector - meaning.mean), 0);
  return together / all.length / (words.deviation * meaning.deviation);
}

function candidatesOf({ chunks, lexical, vector }: Scores, documentOf: (chunk: number) => string): Candidate[] {
  const lexicalRanks = ranksOf(lexical, 0);
  const vectorRanks = ranksOf(vector, -Infinity);
  return [...new Set([...lexicalRanks.keys(), ...vectorRanks.keys()])].map((i) => ({
    document: documentOf(chunks[i]!),
    lexical: lexical[i]!,
    vector: vector[i]!,
    lexicalRank: lexicalRanks.get(i) ?? null,
    vectorRank: vectorRanks.get(i) ?? null,
  }));
}

function ranksOf(scores: Float64Array, above: number): Map<number, number> {
  const found = [...scores.keys()].filter((i) => scores[i]! > above);
  const best = found.sort((a, b) => scores[b]! - scores[a]!).slice(0, CANDIDATES);
  return new Map(best.map((i, rank) => [i, rank + 1]));
}

function ranked(candidates: readonly Candidate[], rule: Rule): string[] {
  const scores = rule(candidates);
  const order = [...candidates.keys()].filter((i) => scores[i] !== NOT_FOUND);
  return [...new Set(order.sort((a, b) => scores[b]! - scores[a]!).map((i) => candidates[i]!.document))];
}

async function nDcgOf(
  directory: string,
  embed: (text: string) => Promise<Float32Array>,
): Promise<Record<string, number>> {
  const set = await readBeir(directory);
  const offline = await openOffline(set, embed);
  const sums = Object.fromEntries(Object.keys(RULES).map((name) => [name, 0]));
  for (const query of set.queries) {
    const candidates = candidatesOf(await offline.ask(query), offline.documentOf);
    for (const [name, rule] of Object.entries(RULES))
      sums[name]! += figuresOf(ranked(candidates, rule), set.judgments.get(query.id)!)["nDCG@10"] / set.queries.length;
  }
  return sums;
}

const directories = process.argv.slice(2);
if (directories.length === 0) {
  console.error("node test/eval/fusion.ts DIR…");
  process.exit(2);
}
const embedder = openEmbedder({ embeddings: "sentences", cacheDirectory: CACHE });
try {
  for (const directory of directories) {
    const figures = await nDcgOf(directory, (text) => embedder.embed(text, DIMENSIONS));
    console.log(directory);
    for (const [name, figure] of Object.entries(figures)) console.log(`  ${name.padEnd(20)} ${figure.toFixed(4)}`);
  }
} finally {
  await embedder.close();
}
