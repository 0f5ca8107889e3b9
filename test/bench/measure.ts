export type Asked = { ms: number; ids: readonly string[] };

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export const milliseconds = (asked: readonly { ms: number }[]) => {
  const times = asked.map(({ ms }) => ms);
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
};

/** Of the true first `depth`, how many stand among the first `depth` found. */
export function recall(found: readonly Asked[], truth: readonly Asked[], depth: number): number {
  const shares = found.map(({ ids }, i) => {
    const best = truth[i]!.ids.slice(0, depth);
    const have = new Set(ids.slice(0, depth));
    return best.length === 0 ? 1 : best.filter((id) => have.has(id)).length / best.length;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Questions that a way answers one after the other, as a server does that has its pages at hand. */
const IN_A_ROW = 10;

/**
 * Each way answers each question once, after some to warm up. The ways take turns after ten questions, so that what else the
 * machine does meets them alike: the ratios are what to read.
 */
export async function takeTurns<Name extends string>(
  ways: Record<Name, (question: number) => Promise<Asked>>,
  questions: number,
  warming = 3,
): Promise<Record<Name, Asked[]>> {
  const names = Object.keys(ways) as Name[];
  const taken = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Asked[]>;
  for (let from = 0; from < questions; from += IN_A_ROW)
    for (const name of names) {
      for (let i = 0; i < warming; i++) await ways[name]((from + questions - 1 - i) % questions);
      for (let question = from; question < Math.min(from + IN_A_ROW, questions); question++)
        taken[name].push(await ways[name](question));
    }
  return taken;
}
