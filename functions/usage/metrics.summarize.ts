import { cachePerformance, rollUpMetrics } from "../../db/queries/usage/daily-metrics.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";

export const rollUpDailyMetrics = job({
  kind: "metrics.summarize",
  run: async (ctx) => [rollUpMetrics(ctx, LIMITS.metricsRolledUpDays), cachePerformance(ctx)],
  failed: (ctx, organizationId, reason) =>
    ctx.emit("metrics.failed", organizationId, { reason }, { category: "error", severity: "error" }),
});
