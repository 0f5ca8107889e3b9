import { newId } from "../../db/columns.ts";
import {
  claimIdempotencyKey,
  finishIdempotencyKey,
  forgetIdempotencyKey,
  type IdempotencyClaim,
  unlockIdempotencyKey,
} from "../../db/queries/tenancy/idempotency.ts";
import { hashOf } from "./auth/hash.ts";
import type { Ctx } from "./context.ts";
import { ApiError, describe, STATUS, toApiError, unanswered } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";

type Run<T> = (resultId: string) => Promise<T>;

export type Outcome<T> = {
  value: T;
  /** To be called with the status, once the whole answer has been given. */
  done: (status: number) => Promise<void>;
};

/**
 * Runs a request once for its Idempotency-Key, however often, late or concurrently it is sent. The id of what it makes is
 * chosen before it runs and stands with the key, so a request whose worker died finds what it had made.
 */
export async function once<T>(
  ctx: Ctx,
  request: {
    key: string | null;
    fingerprint: () => Promise<string>;
    replay?: (resultId: string, state: "done" | "recovered") => Promise<T | undefined>;
    run: Run<T>;
  },
): Promise<Outcome<T>> {
  const { key, replay, run } = request;
  if (key === null) return { value: await run(newId()), done: async () => undefined };
  if (key.length < 1 || key.length > LIMITS.idempotencyKeyCharsMax)
    throw new ApiError("INVALID", `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} characters.`);

  const fingerprint = await hashOf(await request.fingerprint());
  const claim = await claimKey(ctx, key, fingerprint);
  if (claim.state === "mismatch")
    throw new ApiError("UNPROCESSABLE", "This Idempotency-Key was used for another request.");
  if (claim.state === "running")
    throw new ApiError("CONFLICT", "The first request with this Idempotency-Key is still running.", {
      retryAfterSeconds: 2,
    });

  const done = (status: number) => endKey(ctx, key, claim.resultId, status);
  try {
    if (claim.state !== "new" && replay) {
      const made = await replay(claim.resultId, claim.state);
      if (made !== undefined) return { value: made, done };
      if (claim.state === "done") throw new ApiError("NOT_FOUND", "What this Idempotency-Key made is gone.");
    }
    return { value: await run(claim.resultId), done };
  } catch (error) {
    // Refused at the first try means that nothing was made, unless the model refused; else something may have been, now or
    // by a try before.
    const { code } = toApiError(error, ctx.requestId);
    const nothingMade = claim.state === "new" && STATUS[code] < 500 && code !== "UNPROCESSABLE";
    await (nothingMade ? forgetIdempotencyKey(ctx, key) : unlockIdempotencyKey(ctx, key, claim.resultId)).catch(
      () => undefined,
    );
    throw error;
  }
}

async function claimKey(ctx: Ctx, key: string, fingerprint: string): Promise<IdempotencyClaim> {
  const resultId = newId();
  try {
    return await claimIdempotencyKey(ctx, { key, fingerprint, resultId, lockMs: LIMITS.idempotencyLockMs });
  } catch (error) {
    // It may be ours all the same, and must not stay locked for a request that has ended.
    if (unanswered(error)) await unlockIdempotencyKey(ctx, key, resultId).catch(() => undefined);
    throw error;
  }
}

/** What was done is done, whether the key knows it or not: without, it looks again once its lock has ended. */
async function endKey(ctx: Ctx, key: string, resultId: string, status: number): Promise<void> {
  try {
    await (status < 500 ? finishIdempotencyKey(ctx, key, status) : unlockIdempotencyKey(ctx, key, resultId));
  } catch (error) {
    log("warn", "an Idempotency-Key stays locked", { requestId: ctx.requestId, error: describe(error) });
  }
}
