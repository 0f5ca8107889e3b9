import type { Grant } from "../../../db/queries/usage/budget.ts";
import { codeOf } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { isUnusable } from "./bedrock.ts";

/**
 * A circuit breaker for each model, in this isolate: one that failed so often in a row is passed over for a while, then one call
 * tries it again. It opens only for calls that have another model to turn to; without one, to ask is better than to refuse.
 */
const circuits = new Map<string, { failures: number; openUntil: number }>();

/** Whether the model is passed over; when its time has come, whoever asks first tries it. */
function isOpen(model: string): boolean {
  const circuit = circuits.get(model);
  if (!circuit || circuit.failures < LIMITS.modelFailuresMax) return false;
  if (Date.now() < circuit.openUntil) return true;
  circuit.openUntil = Date.now() + LIMITS.circuitOpenMs;
  return false;
}

function failed(model: string): void {
  const failures = (circuits.get(model)?.failures ?? 0) + 1;
  circuits.set(model, { failures, openUntil: Date.now() + LIMITS.circuitOpenMs });
}

/** Whether another model may do what this one did not: it does not answer, or cannot be asked at all. */
const isDown = (error: unknown) => codeOf(error) === "UNAVAILABLE" || isUnusable((error as Error).cause);

/** How a model is asked: one with a fallback gets fewer tries and less time to begin. */
export type Patience = { attemptsMax: number; beginsWithinMs?: number };
const PATIENT: Patience = { attemptsMax: LIMITS.modelAttemptsMax };
const IMPATIENT: Patience = { attemptsMax: LIMITS.modelAttemptsBeforeFallback, beginsWithinMs: LIMITS.fallbackAfterMs };

/** What the granted model yields, or its fallback where it is down before it has yielded anything. */
export async function* withFallback<T>(
  { model, fallbackModel }: Grant,
  ask: (model: string, patience: Patience) => AsyncGenerator<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  if (fallbackModel === null) return yield* ask(model, PATIENT);
  if (!isOpen(model)) {
    let begun = false;
    try {
      for await (const event of ask(model, IMPATIENT)) {
        begun = true;
        yield event;
      }
      circuits.delete(model);
      return;
    } catch (error) {
      if (signal?.aborted || !isDown(error)) throw error;
      failed(model);
      if (begun) throw error;
    }
  }
  yield* ask(fallbackModel, PATIENT);
}
