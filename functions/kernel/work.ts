import { type Db, enterOrganization, openTenant, type Statement } from "../../db/client.ts";
import { newId } from "../../db/columns.ts";
import { type Claim, claimJob, failJob, finishJob, holdJob, releaseJob } from "../../db/queries/events/job.ts";
import { type Ctx, connectWith, jobContext, type Platform, wakeJobs } from "./context.ts";
import { ApiError, codeOf, describe, isLostLease, reasonOf } from "./errors.ts";
import { type Job, PermanentFailure } from "./job.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";
import { telling } from "./telling.ts";
import { FAILED, SLOW, slowQueryOf } from "./trouble.ts";

/**
 * Runs the job that a message names. Resolves when the message has done its duty: the job is finished, failed, another
 * worker's, or due again with a wake-up call of its own. Rejects when not even that could be stored.
 */
export async function runJob(platform: Platform, jobs: readonly Job[], jobId: string): Promise<void> {
  const requestId = newId();
  const db = connectWith(platform.env);
  const claim = await claimJob(db, jobId, LIMITS.jobLeaseSeconds);
  if (!claim) return;
  const ctx = jobContext(platform, { requestId, operation: claim.kind }, claim.organizationId, () =>
    hold(db, jobId, claim),
  );
  const heart = setInterval(() => ctx.batch([]).catch(() => undefined), (LIMITS.jobLeaseSeconds * 1_000) / 3);
  try {
    await attempt(ctx, jobs, jobId, claim);
  } catch (error) {
    if (!isLostLease(error)) throw error;
    log("info", "job is no longer ours", { requestId, jobId, kind: claim.kind, attempt: claim.attempt });
  } finally {
    clearInterval(heart);
    // What was called is owed, whoever holds the job now: the ledger is behind no fence.
    const enter = () => [enterOrganization(db, claim.organizationId, { kind: "system", id: null })];
    await ctx.ai.settle(openTenant(db, { statements: enter }));
  }
}

const hold = (db: Db, jobId: string, { attempt }: Claim) => holdJob(db, jobId, attempt, LIMITS.jobLeaseSeconds);

async function attempt(ctx: Ctx, jobs: readonly Job[], jobId: string, claim: Claim): Promise<void> {
  const job = jobs.find(({ kind }) => kind === claim.kind);
  const fields = { requestId: ctx.requestId, jobId, kind: claim.kind, attempt: claim.attempt };
  const started = Date.now();
  const told = { operation: claim.kind, subjectId: claim.subjectId };
  try {
    if (!job) throw new PermanentFailure(`There is no work of the kind ${claim.kind}.`);
    if (claim.attempt > LIMITS.jobAttemptsMax) throw new ApiError("UNAVAILABLE", "Its worker stopped in the middle.");
    const outcome = await job.run(ctx, claim.subjectId, claim.attempt);
    if (outcome === "later") return wait(ctx, jobId, claim, LIMITS.jobLaterSeconds);
    if (typeof outcome === "object" && "laterSeconds" in outcome) return wait(ctx, jobId, claim, outcome.laterSeconds);
    const again = outcome === "again";
    const durationMs = Date.now() - started;
    const slowQuery = slowQueryOf(ctx);
    const isSlow = durationMs >= LIMITS.slowJobMs || "slowQuery" in slowQuery;
    const slow = () => (isSlow ? ctx.emit("job.slow", jobId, { ...told, durationMs, ...slowQuery }, SLOW) : []);
    await finish(ctx, jobId, claim, again, () => [...(again ? [] : outcome), ...slow()]);
    log("info", "job", { ...fields, outcome: again ? outcome : "done", durationMs });
  } catch (error) {
    if (isLostLease(error)) throw error;
    const failed = (reason: string) => job?.failed(ctx, claim.subjectId, reason) ?? [];
    if (error instanceof PermanentFailure) {
      log("info", "job cannot succeed", fields);
      return finish(ctx, jobId, claim, false, () => failed(error.message));
    }
    log("warn", "job failed", { ...fields, error: describe(error) });
    if (error instanceof ApiError && error.code === "BUDGET_EXCEEDED") {
      const { retryAfterSeconds = LIMITS.budgetRetrySeconds } = error.details; // the budget may be raised meanwhile
      return wait(ctx, jobId, claim, Math.min(retryAfterSeconds, LIMITS.budgetRetrySeconds), error.message);
    }
    const attempts = claim.attempt;
    await putOff(ctx, jobId, claim, reasonOf(error), (reason) => [
      ...failed(reason),
      ...ctx.emit("job.failed", jobId, { ...told, code: codeOf(error), attempts, ...slowQueryOf(ctx) }, FAILED),
    ]);
  }
}

async function finish(
  ctx: Ctx,
  jobId: string,
  claim: Claim,
  again: boolean,
  consequences: () => Statement[],
  later: { delaySeconds?: number; reason?: string } = {},
) {
  const nextId = newId();
  const seconds = await ending(() =>
    finishJob(ctx, hold(ctx.db, jobId, claim), jobId, { ...claim, again, nextId }, later, consequences()),
  );
  // Undefined when the answer was lost: then a call too many does no harm.
  if (seconds !== null) await wakeJobs(ctx.env, [nextId], ctx.requestId, seconds && seconds + 1);
}

/** Waiting is no try: the job is due again after the delay. */
const wait = (ctx: Ctx, jobId: string, claim: Claim, delaySeconds: number, reason?: string) =>
  finish(ctx, jobId, claim, true, () => [], { delaySeconds, reason });

/** Another try later, or none. */
async function putOff(ctx: Ctx, jobId: string, claim: Claim, reason: string, failed: (reason: string) => Statement[]) {
  if (claim.attempt >= LIMITS.jobAttemptsMax) {
    await ending(() =>
      failJob(
        ctx,
        hold(ctx.db, jobId, claim),
        jobId,
        claim,
        reason,
        failed(`${reason} Given up after ${claim.attempt} tries.`),
      ),
    );
    return;
  }
  const delaySeconds = 2 ** claim.attempt;
  await ending(() => releaseJob(ctx, hold(ctx.db, jobId, claim), jobId, reason, delaySeconds));
  await wakeJobs(ctx.env, [jobId], ctx.requestId, delaySeconds + 1);
}

/** Tells how the job ended. Undefined when it was not ours to tell, or had been told before and the answer was lost. */
async function ending<T>(tell: () => Promise<T>): Promise<T | undefined> {
  try {
    return await telling(tell);
  } catch (error) {
    if (isLostLease(error)) return undefined;
    throw error;
  }
}
