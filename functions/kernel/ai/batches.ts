import { LIMITS } from "../limits.ts";

/** What `work` makes of each batch, `embeddingCallsAtOnce` under way at a time; one result for each item, in the items' order. */
export async function inBatches<T, R>(
  items: readonly T[],
  size: number,
  work: (batch: readonly T[]) => Promise<R[]>,
): Promise<R[]> {
  const batches = Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );
  const results: R[][] = new Array(batches.length);
  let next = 0;
  const worker = async () => {
    while (next < batches.length) {
      const index = next++;
      results[index] = await work(batches[index]!).catch((error) => {
        next = batches.length;
        throw error;
      });
    }
  };
  // Not `all`: a call that is still running when another fails is paid for too, and must have its row.
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(LIMITS.embeddingCallsAtOnce, batches.length) }, worker),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results.flat() as R[];
}
