import { CORPORA, CORPUS_NAMES, type CorpusName } from "../../db/corpora.ts";
import {
  countIndexed,
  dropOrphans,
  dropUnusedNames,
  entriesToIndex,
  forgetChecks,
  openChecks,
  recheck,
  repairStatistics,
  startCheck,
} from "../../db/queries/search/index-check.ts";
import type { Ctx } from "../kernel/context.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ANALYZER_VERSION } from "../kernel/retrieval/analyzer.ts";

/** Then the queue carries it on. */
const RUN_MS = 10_000;
const ROWS_PER_DELETION = 5_000;
/** So many are counted anew in some seconds; of more, the terms are counted part by part. */
const ENTRIES_PER_COUNT = 50_000;

/** Compares what is searched with the truth it is derived from, and repairs it; what was found stands in a row for each corpus. */
export const checkIndex = job({
  kind: "index.check",
  async run(ctx) {
    const checks = await begin(ctx);
    const rechecks = (isCompleted: boolean) =>
      checks.map((check) => recheck(ctx, { ...check, analyzerVersion: ANALYZER_VERSION, isCompleted }));
    const until = Date.now() + RUN_MS;
    for (const { corpus } of checks) {
      if (await repair(ctx, corpus, until)) continue;
      await ctx.batch(rechecks(false));
      return "again";
    }
    await dropUnusedNames(ctx, ROWS_PER_DELETION);
    return [...rechecks(true), forgetChecks(ctx, LIMITS.indexChecksDays)];
  },
  failed: (ctx, organizationId, reason) =>
    ctx.emit("index-check.failed", organizationId, { reason }, { category: "error", severity: "error" }),
});

/** The check of each corpus, begun by an earlier run or now. */
async function begin(ctx: Ctx): Promise<{ id: string; corpus: CorpusName }[]> {
  const open = new Map((await openChecks(ctx)).map(({ id, corpus }) => [corpus, id]));
  const checks: { id: string; corpus: CorpusName }[] = [];
  for (const corpus of CORPUS_NAMES) {
    const id = open.get(CORPORA[corpus].number);
    checks.push({ id: id ?? (await beginCorpus(ctx, corpus)), corpus });
  }
  return checks;
}

async function beginCorpus(ctx: Ctx, corpus: CorpusName): Promise<string> {
  const slices = 2 ** Math.ceil(Math.log2(Math.max(1, (await countIndexed(ctx, corpus)) / ENTRIES_PER_COUNT)));
  let differ = false;
  for (let slice = 0; slice < slices; slice++) differ = (await repairStatistics(ctx, corpus, slices, slice)) || differ;
  return (await startCheck(ctx, corpus, ANALYZER_VERSION, differ)).id;
}

/** False when there may be more than there was time for. */
async function repair(ctx: Ctx, corpus: CorpusName, until: number): Promise<boolean> {
  const isOver = () => Date.now() > until;
  while ((await dropOrphans(ctx, corpus, ROWS_PER_DELETION)) > 0) if (isOver()) return false;
  while ((await indexAgain(ctx, corpus)) > 0) if (isOver()) return false;
  let waiting = Number.POSITIVE_INFINITY;
  for (;;) {
    const left = await ctx.search.embedIdle(corpus);
    if (left === 0 || left >= waiting) return true;
    if (isOver()) return false;
    waiting = left;
  }
}

async function indexAgain(ctx: Ctx, corpus: CorpusName): Promise<number> {
  const entries = await entriesToIndex(ctx, corpus, ANALYZER_VERSION, LIMITS.chunksPerBatch);
  if (entries.length === 0) return 0;
  const [written] = await ctx.batch(await ctx.search.index(corpus, entries));
  return (written as { rowCount: number }).rowCount;
}
