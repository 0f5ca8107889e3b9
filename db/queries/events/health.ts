import { sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { lastSelfCheck } from "./self-check.ts";

export type Queue = {
  kind: string;
  waiting: number;
  running: number;
  failed: number;
  /** Since the oldest of those that wait was due; empty when none is. */
  oldestDueSeconds: number | null;
};

/** What there is, the work of each kind that waits, runs or was given up, and how the platform's last check of itself ended; in one request. */
export async function readHealth(tenant: Tenant) {
  const [{ rows: metrics }, { rows: queues }, { rows: told }] = await tenant.batch([
    tenant.db.execute<{ metric: string; value: number }>(sql`select metric, value from database_health`),
    tenant.db.execute<Queue>(sql`
      select kind, count(*) filter (where state = 'waiting')::integer as waiting, count(*) filter (where state = 'running')::integer as running,
        count(*) filter (where state = 'failed')::integer as failed,
        extract(epoch from now() - min(run_after) filter (where state = 'waiting' and run_after <= now()))::integer as "oldestDueSeconds"
      from (select kind, run_after, case when failed_at is not null then 'failed' when lease_until >= now() then 'running' else 'waiting' end as state from jobs) j
      group by kind order by kind`),
    lastSelfCheck(tenant.db),
  ]);
  return { metrics, queues, selfCheck: told[0]!.selfCheck };
}
