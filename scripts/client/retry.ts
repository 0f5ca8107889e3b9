import { setTimeout as sleep } from "node:timers/promises";
import { ConnectionError, ProblemError } from "./failure.ts";

const ATTEMPTS_MAX = 8;
const BACKOFF_MS = 500;
const BACKOFF_MS_MAX = 10_000;

export type Pause = { error: Error; delayMs: number };

/** What may go well the next time: no answer, too many requests, out of order, or the same request still running. */
export function isPassing(error: unknown): error is Error {
  if (error instanceof ConnectionError) return error.kind === "broken";
  if (!(error instanceof ProblemError)) return false;
  const isStillRunning = error.status === 409 && error.retryAfterMs !== undefined;
  return [429, 502, 503, 504].includes(error.status) || isStillRunning;
}

/** Waits as long as the API asks; else the wait doubles, with jitter so that callers do not come back together. */
export async function retried<T>(
  attempt: () => Promise<T>,
  isWorthIt: (error: unknown) => error is Error,
  { onPause, signal }: { onPause?: (pause: Pause) => void; signal?: AbortSignal },
): Promise<T> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (attempts === ATTEMPTS_MAX || signal?.aborted || !isWorthIt(error)) throw error;
      const delayMs = askedMs(error) ?? backoffMs(attempts);
      onPause?.({ error, delayMs });
      await sleep(delayMs, undefined, { signal });
    }
  }
}

function askedMs(error: Error): number | undefined {
  const ms = error instanceof ProblemError ? error.retryAfterMs : undefined;
  return ms === undefined ? undefined : ms * (1 + Math.random() / 10);
}

const backoffMs = (attempts: number) =>
  Math.min(BACKOFF_MS * 2 ** (attempts - 1), BACKOFF_MS_MAX) * (0.5 + Math.random() / 2);
