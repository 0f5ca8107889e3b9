import { newId } from "../../db/columns.ts";
import { type Claim, claimJob, failJob, finishJob, holdJob, releaseJob } from "../../db/queries/events/job.ts";
import { type Ctx, connectWith, jobContext, type Platform, wakeJobs } from "./context.ts";
import { ApiError, describe, isLostLease } from "./errors.ts";
import { type Job, PermanentFailure } from "./job.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";

/** Tries to tell the database how a job ended, for a while: it may be down itself. */
const TELLING_ATTEMPTS = 5;

/**
 * Runs the job that a message names. Resolves when the message has done its duty: the job is finished, failed, another
 * worker's, or due again with a wake-up call of its own. Rejects when not even that could be stored.
 */
export async function runJob(platform: Platform, jobs: readonly Job[], jobId: string): Promise<void> {
  const requestId = newId();
  const claim = await claimJob(connectWith(platform.env), jobId, LIMITS.jobLeaseSeconds);
  if (!claim) return;
  const job = jobs.find(({ kind }) => kind === claim.kind);
  const fence = (db: Parameters<typeof holdJob>[0]) => holdJob(db, jobId, claim.attempt, LIMITS.jobLeaseSeconds);
  const ctx = jobContext(platform, { requestId }, claim.organizationId, fence);
  const started = Date.now();
  try {
    if (!job) throw new PermanentFailure(`There is no work of the kind ${claim.kind}.`);
    if (claim.attempt > LIMITS.jobAttemptsMax) throw new Error("Its workers died.");
    const outcome = await job.run(ctx, claim.subjectId, claim.attempt);
    if (await telling(() => finishJob(ctx, jobId, claim, outcome === "again")))
      await wakeJobs(platform.env, [jobId], requestId);
    log("info", "job", {
      requestId,
      jobId,
      kind: claim.kind,
      attempt: claim.attempt,
      outcome,
      durationMs: Date.now() - started,
    });
  } catch (error) {
    await endBadly(ctx, job, jobId, claim, error);
  } finally {
    await ctx.ai.settle(ctx);
  }
}

async function endBadly(ctx: Ctx, job: Job | undefined, jobId: string, claim: Claim, error: unknown): Promise<void> {
  const { requestId } = ctx;
  const fields = { requestId, jobId, kind: claim.kind, attempt: claim.attempt };
  if (error instanceof PermanentFailure) {
    log("info", "job cannot succeed", fields);
    await telling(() => ctx.batch(job?.failed(ctx, claim.subjectId, error.message) ?? []));
    await telling(() => finishJob(ctx, jobId, claim, false));
    return;
  }
  log("warn", "job failed", { ...fields, error: describe(error) });
  if (isLostLease(error)) return; // another worker has it, or it is gone with its organization
  const reason = reasonOf(error);
  if (claim.attempt >= LIMITS.jobAttemptsMax) {
    await telling(() =>
      failJob(
        ctx,
        jobId,
        reason,
        job?.failed(ctx, claim.subjectId, `${reason} Given up after ${claim.attempt} tries.`) ?? [],
      ),
    );
    return;
  }
  const delaySeconds = 2 ** claim.attempt;
  await telling(() => releaseJob(ctx, jobId, reason, delaySeconds));
  await wakeJobs(ctx.env, [jobId], requestId, delaySeconds + 1);
}

/** For people: what an ApiError says was written for them; of anything else they learn its kind. */
const reasonOf = (error: unknown) =>
  error instanceof ApiError
    ? error.message
    : `An unexpected error (${error instanceof Error ? error.name : "unknown"}).`;

async function telling<T>(tell: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tell();
    } catch (error) {
      if (attempt === TELLING_ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}
