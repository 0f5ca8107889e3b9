import type { Judgments } from "./beir.ts";

export const METRICS = ["nDCG@10", "recall@10", "recall@100", "MRR@10"] as const;
export type Metric = (typeof METRICS)[number];
export type Figures = Record<Metric, number>;
/** Query → documents, best first, each once. */
export type Run = Map<string, readonly string[]>;

/** As trec_eval counts: linear gain, the mean over the queries of the run; a query that found nothing counts 0. */
export function evaluate(run: Run, judgments: Judgments): Figures {
  const sums: Figures = { "nDCG@10": 0, "recall@10": 0, "recall@100": 0, "MRR@10": 0 };
  for (const [query, found] of run) {
    const figures = figuresOf(found, judgments.get(query)!);
    for (const metric of METRICS) sums[metric] += figures[metric];
  }
  for (const metric of METRICS) sums[metric] /= run.size;
  return sums;
}

export function figuresOf(found: readonly string[], grades: ReadonlyMap<string, number>): Figures {
  const isRelevant = (document: string) => grades.has(document);
  const first = found.slice(0, 10).findIndex(isRelevant);
  const best = [...grades.values()].sort((a, b) => b - a);
  return {
    "nDCG@10": gain(found.map((document) => grades.get(document) ?? 0)) / gain(best),
    "recall@10": found.slice(0, 10).filter(isRelevant).length / grades.size,
    "recall@100": found.slice(0, 100).filter(isRelevant).length / grades.size,
    "MRR@10": first < 0 ? 0 : 1 / (first + 1),
  };
}

const gain = (grades: readonly number[]) =>
  grades.slice(0, 10).reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0);
