import { newId } from "../../db/columns.ts";
import {
  claimIdempotencyKey,
  finishIdempotencyKey,
  forgetIdempotencyKey,
  unlockIdempotencyKey,
} from "../../db/queries/tenancy/idempotency.ts";
import { bytesOf, hex, sha256 } from "./auth/hash.ts";
import type { Ctx } from "./context.ts";
import { ApiError, STATUS, toApiError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

type Run<T> = (resultId: string) => Promise<T>;

export type Outcome<T> = {
  value: T /** To be called with the status, once the whole answer has been given. */;
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
    fingerprint: string;
    replay?: (resultId: string, state: "done" | "recovered") => Promise<T | undefined>;
    run: Run<T>;
  },
): Promise<Outcome<T>> {
  const { key, replay, run } = request;
  if (key === null) return { value: await run(newId()), done: async () => undefined };
  if (key.length < 1 || key.length > LIMITS.idempotencyKeyCharsMax)
    throw new ApiError("INVALID", `An Idempotency-Key has 1 to ${LIMITS.idempotencyKeyCharsMax} characters.`);

  const fingerprint = `\\x${hex(await sha256(bytesOf(request.fingerprint)))}`;
  const claim = await claimIdempotencyKey(ctx, {
    key,
    fingerprint,
    resultId: newId(),
    lockMs: LIMITS.idempotencyLockMs,
  });
  if (claim.state === "mismatch")
    throw new ApiError("UNPROCESSABLE", "This Idempotency-Key was used for another request.");
  if (claim.state === "running")
    throw new ApiError("CONFLICT", "The first request with this Idempotency-Key is still running.", {
      retryAfterSeconds: 2,
    });

  if (claim.state !== "new" && replay) {
    const made = await replay(claim.resultId, claim.state);
    if (made !== undefined) return { value: made, done: (status) => finish(ctx, key, status) };
    if (claim.state === "done") throw new ApiError("NOT_FOUND", "What this Idempotency-Key made is gone.");
  }
  try {
    return { value: await run(claim.resultId), done: (status) => finish(ctx, key, status) };
  } catch (error) {
    // Refused means that nothing changed; anything else may have stored something before it broke.
    const refused = STATUS[toApiError(error, ctx.requestId).code] < 500;
    await (refused ? forgetIdempotencyKey(ctx, key) : unlockIdempotencyKey(ctx, key)).catch(() => undefined);
    throw error;
  }
}

const finish = async (ctx: Ctx, key: string, status: number) => {
  await (status < 500 ? finishIdempotencyKey(ctx, key, status) : unlockIdempotencyKey(ctx, key));
};
