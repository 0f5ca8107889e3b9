import { type Env, parseEnv } from "../functions/kernel/env.ts";

/** What a piece of the worker is given that a test runs by itself: bindings that do nothing, and whatever the test gives it. */
export const envWith = (variables: Record<string, unknown>): Env =>
  parseEnv({
    DATABASE_URL: "postgres://nowhere",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    FILES: {},
    JOBS: {},
    RATE_LIMITER: {},
    END_USER_RATE_LIMITER: {},
    ...variables,
  });
