import { type CronOutcome, finishCronRun, startCronRun } from "../../db/queries/events/cron-run.ts";
import { connectWith } from "./context.ts";
import type { Cron } from "./cron.ts";
import type { Env } from "./env.ts";
import { describe, fromDatabase, reasonOf } from "./errors.ts";
import { log } from "./log.ts";

export type CronRun = { startedAt: string; durationMs: number } & ({ ok: true } | { ok: false; error: unknown });

/** Runs it now and keeps how it went; by hand when its start was noted by who asked. Never rejects. */
export async function runCron(
  { name, run }: Cron,
  env: Env,
  requestId: string,
  by: "schedule" | "hand",
): Promise<CronRun> {
  const db = connectWith(env);
  const started = Date.now();
  const startedAt = new Date(started).toISOString();
  const finish = async (outcome: CronOutcome): Promise<number> => {
    const durationMs = Date.now() - started;
    await finishCronRun(db, name, durationMs, outcome);
    return durationMs;
  };
  try {
    if (by === "schedule") await startCronRun(db, name, null);
    const did = await run({ db, env, requestId });
    const durationMs = await finish({ did });
    log("info", "cron", { requestId, name, ...did, durationMs });
    return { startedAt, durationMs, ok: true };
  } catch (error) {
    log("error", "cron failed", { requestId, name, error: describe(error) });
    await finish({ error: reasonOf(fromDatabase(error) ?? error) }).catch((cause) =>
      log("warn", "a cron's failure was not kept", { requestId, name, error: describe(cause) }),
    );
    return { startedAt, durationMs: Date.now() - started, ok: false, error };
  }
}
