import { CRONS, openApp, REACTIONS } from "../functions/app.ts";
import { envWith } from "./env.ts";
import { stack } from "./harness.ts";

/** The worker's app in this process, on the stack's database and model, with bindings of the test's own. */
export function appWith(bindings: Record<string, unknown>) {
  const env = envWith({
    DATABASE_URL: stack.appUrl,
    DATABASE_ENDPOINT: stack.endpoint,
    BEDROCK_ENDPOINT: stack.bedrockUrl,
    FILES: { head: async () => null },
    JOBS: { send: async () => undefined },
    RATE_LIMITER: { limit: async () => ({ success: true }) },
    END_USER_RATE_LIMITER: { limit: async () => ({ success: true }) },
    ...bindings,
  });
  return openApp(() => ({ env, reactions: REACTIONS, crons: CRONS, waitUntil: () => undefined }));
}
