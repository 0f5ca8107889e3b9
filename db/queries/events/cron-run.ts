import { sql } from "drizzle-orm";
import type { Db, Tenant } from "../../client.ts";
import { cronRuns } from "../../schema/events.ts";

/** A cron begins. With a pause it is by hand, and the batch aborts (EL409) when one was begun so less than so many seconds ago. */
export const startCronRun = (db: Db, name: string, pauseSeconds: number | null) =>
  db.execute(sql`select start_cron_run(${name}, ${pauseSeconds}::integer)`);

/** What it did, or why it failed. */
export type CronOutcome = { did: Record<string, number> } | { error: string };

/** Told twice, a failure counts twice. */
export const finishCronRun = (db: Db, name: string, durationMs: number, outcome: CronOutcome) => {
  const [did, error] = "did" in outcome ? [JSON.stringify(outcome.did), null] : [null, outcome.error];
  return db.execute(sql`select finish_cron_run(${name}, ${durationMs}::integer, ${did}::jsonb, ${error})`);
};

const told = {
  name: cronRuns.name,
  startedAt: cronRuns.startedAt,
  finishedAt: cronRuns.finishedAt,
  durationMs: cronRuns.durationMs,
  error: cronRuns.error,
  failures: cronRuns.failures,
};
export type LastCronRun = Pick<typeof cronRuns.$inferSelect, keyof typeof told>;

/** How each cron went last. */
export async function listCronRuns(tenant: Tenant): Promise<Map<string, LastCronRun>> {
  const [rows] = await tenant.batch([tenant.db.select(told).from(cronRuns)]);
  return new Map(rows.map((row) => [row.name, row]));
}
