import type { TestQuery } from "../../db/queries/search/embedding-migration.ts";

/** What each of two models found for a test query, best first, at most ten. */
export type Answers = { from: readonly string[]; to: readonly string[] };
export type QueryComparison = { query: string; overlapAt10: number; ndcgAt10: { from: number; to: number } | null };

export function compareAnswers({ query, relevant }: TestQuery, { from, to }: Answers): QueryComparison {
  const both = from.filter((entry) => to.includes(entry)).length;
  const longest = Math.max(from.length, to.length);
  const isJudged = Object.keys(relevant).length > 0;
  return {
    query,
    overlapAt10: longest === 0 ? 1 : both / longest,
    ndcgAt10: isJudged ? { from: ndcg(from, relevant), to: ndcg(to, relevant) } : null,
  };
}

export function summarize(compared: readonly QueryComparison[]) {
  const judged = compared.flatMap(({ ndcgAt10 }) => (ndcgAt10 ? [ndcgAt10] : []));
  return {
    queries: compared.length,
    overlapAt10: mean(compared.map(({ overlapAt10 }) => overlapAt10)),
    judged: judged.length,
    ndcgAt10:
      judged.length === 0 ? null : { from: mean(judged.map(({ from }) => from)), to: mean(judged.map(({ to }) => to)) },
  };
}

/** As trec_eval counts: linear gain. */
const ndcg = (found: readonly string[], relevant: Record<string, number>) =>
  gain(found.map((entry) => relevant[entry] ?? 0)) / gain(Object.values(relevant).sort((a, b) => b - a));

const gain = (grades: readonly number[]) =>
  grades.slice(0, 10).reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
