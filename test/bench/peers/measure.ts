import type { Way } from "./engine.ts";
import type { Asked } from "./entries.ts";

export type Quality = { ndcg: number; recall: number };
export type Measured = { name: string; settings: string; p50: number; p95: number; quality: Map<string, Quality> };

const DEPTH = 10;
const WARMING = 20;
const WARMING_WORD = "please";
const ROUND = 25;

/** One question at a time. The ways take turns every 25 questions, so that what else the machine does meets them alike. */
export async function measure(ways: readonly Way[], asked: readonly Asked[], onStep: (step: string) => void) {
  const taken = ways.map((): { ms: number; found: string[] }[] => []);
  // Other words than those that are measured, or a cache would know the questions.
  const warming = everyNth(asked, WARMING).map((one) => ({ ...one, text: `${one.text} ${WARMING_WORD}` }));
  for (const way of ways) for (const one of warming) await way.search(one);
  for (let from = 0; from < asked.length; from += ROUND) {
    for (const [i, way] of ways.entries())
      for (const one of asked.slice(from, from + ROUND)) {
        const started = performance.now();
        const { textIds, ms = performance.now() - started } = await way.search(one);
        taken[i]!.push({ ms, found: [...new Set(textIds)].slice(0, DEPTH) });
      }
    if (from % (ROUND * 4) === 0) onStep(`Asked: ${from} of ${asked.length}`);
  }
  return ways.map(({ name, settings }, i): Measured => {
    const times = taken[i]!.map(({ ms }) => ms).sort((a, b) => a - b);
    const quality = new Map(
      [...new Set(asked.map(({ collection }) => collection))].map((c) => [c, judge(c, taken[i]!)]),
    );
    return { name, settings, p50: quantile(times, 0.5), p95: quantile(times, 0.95), quality };
  });

  function judge(collection: string, answers: { found: string[] }[]): Quality {
    const judged = answers.filter((_, i) => asked[i]!.collection === collection).map(({ found }) => found);
    const questions = asked.filter((one) => one.collection === collection);
    return {
      ndcg: mean(judged.map((found, i) => ndcg(found, questions[i]!.judged))),
      recall: mean(judged.map((found, i) => recall(found, questions[i]!.judged))),
    };
  }
}

/** Linear gain, as trec_eval. */
export function ndcg(found: readonly string[], judged: ReadonlyMap<string, number>): number {
  const gain = (scores: number[]) => scores.reduce((sum, score, i) => sum + Math.max(0, score) / Math.log2(i + 2), 0);
  const best = [...judged.values()].sort((a, b) => b - a).slice(0, DEPTH);
  return gain(found.slice(0, DEPTH).map((id) => judged.get(id) ?? 0)) / gain(best);
}

export function recall(found: readonly string[], judged: ReadonlyMap<string, number>): number {
  const relevant = [...judged].filter(([, score]) => score > 0);
  return relevant.filter(([id]) => found.slice(0, DEPTH).includes(id)).length / relevant.length;
}

export function everyNth<T>(all: readonly T[], max: number): T[] {
  const step = Math.max(1, all.length / max);
  return Array.from({ length: Math.min(max, all.length) }, (_, i) => all[Math.floor(i * step)]!);
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const quantile = (sorted: number[], share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
