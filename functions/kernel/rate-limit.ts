import type { Env } from "./env.ts";
import { ApiError, describe } from "./errors.ts";
import { LIMITS } from "./limits.ts";
import { log } from "./log.ts";
import { orAborted } from "./net/deadline.ts";

/** As in wrangler.toml: each has a binding, which counts for each Cloudflare location. */
const POLICIES = {
  key: { binding: "RATE_LIMITER", quota: LIMITS.requestsPerMinute, whose: "caller" },
  "end-user": { binding: "END_USER_RATE_LIMITER", quota: LIMITS.endUserRequestsPerMinute, whose: "end user" },
} as const;
const WINDOW_SECONDS = 60;

type Policy = keyof typeof POLICIES;

/** `RateLimit-Policy`, as draft-ietf-httpapi-ratelimit-headers writes it. */
export const policyField = (policy: Policy) => `"${policy}";q=${POLICIES[policy].quota};w=${WINDOW_SECONDS}`;

/**
 * Refuses what is more than the policy allows. A guard and no ledger: where the binding does not answer at once, everything passes,
 * since money is bounded by budgets, which the database counts.
 */
export async function keepWithin(env: Env, policy: Policy, key: string): Promise<void> {
  if (await allows(env, policy, key)) return;
  const { quota, whose } = POLICIES[policy];
  throw new ApiError("RATE_LIMITED", `At most ${quota} requests a minute of one ${whose}.`, {
    retryAfterSeconds: WINDOW_SECONDS,
    rateLimit: `"${policy}";r=0;t=${WINDOW_SECONDS}`,
  });
}

async function allows(env: Env, policy: Policy, key: string): Promise<boolean> {
  try {
    const asked = env[POLICIES[policy].binding].limit({ key });
    return (await orAborted(asked, AbortSignal.timeout(LIMITS.rateLimiterMs))).success;
  } catch (error) {
    log("warn", "a rate limiter does not answer", { policy, error: describe(error) });
    return true;
  }
}
