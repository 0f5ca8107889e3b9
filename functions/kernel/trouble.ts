import type { Ctx, SlowQuery } from "./context.ts";
import { codeOf, describe, STATUS } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";

/**
 * Tells as an event that a request failed by a fault of ours, or that it or a query of it took long. Nobody waits for it, and any other request costs
 * nothing; what cannot be stored, as without a database, stands in the log only.
 */
export async function tellTrouble(
  ctx: Ctx,
  operation: string,
  { error, durationMs }: { error?: unknown; durationMs: number },
): Promise<void> {
  const code = error === undefined ? undefined : codeOf(error);
  const hasFailed = code !== undefined && STATUS[code] >= 500;
  const slowQuery = slowQueryOf(ctx);
  if (!hasFailed && durationMs < LIMITS.slowRequestMs && !("slowQuery" in slowQuery)) return;
  const event = hasFailed
    ? ctx.emit("request.failed", ctx.requestId, { operation, code, durationMs, ...slowQuery }, FAILED)
    : ctx.emit("request.slow", ctx.requestId, { operation, durationMs, ...slowQuery }, SLOW);
  await ctx.batch(event).catch((cause) => {
    log("warn", "trouble was not told", { requestId: ctx.requestId, operation, error: describe(cause) });
  });
}

/** What an event says of the slowest query, if one was slow. */
export const slowQueryOf = (ctx: Ctx): { slowQuery: SlowQuery } | Record<never, never> => {
  const slowQuery = ctx.slowQuery();
  return slowQuery ? { slowQuery } : {};
};

export const FAILED = { category: "error", severity: "error" } as const;
export const SLOW = { category: "performance", severity: "warning" } as const;
