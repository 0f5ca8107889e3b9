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

/** A batch of statements that the organization's requests and jobs waited for long in the last day. */
export type SlowQuery = { statement: string; operation: string; count: number; msMax: number; lastAt: string };
/** Of the platform, by pg_stat_statements. */
export type DatabaseStatement = { statement: string; calls: number; meanMs: number; totalMs: number };

/**
 * What there is, the work of each kind that waits, runs or was given up, what the organization waited for, the slowest first, and
 * what costs the database the most, nothing where it does not count, and how the platform's last check of itself ended; in one request.
 */
export async function readHealth(tenant: Tenant, limit: number, charsMax: number) {
  const [metrics, queues, slow, costly, checked] = await tenant.batch([
    tenant.db.execute<{ metric: string; value: number }>(sql`select metric, value from database_health`),
    tenant.db.execute<Queue>(sql`
      select kind, count(*) filter (where state = 'waiting')::integer as waiting, count(*) filter (where state = 'running')::integer as running,
        count(*) filter (where state = 'failed')::integer as failed,
        extract(epoch from now() - min(run_after) filter (where state = 'waiting' and run_after <= now()))::integer as "oldestDueSeconds"
      from (select kind, run_after, case when failed_at is not null then 'failed' when lease_until >= now() then 'running' else 'waiting' end as state from jobs) j
      group by kind order by kind`),
    tenant.db.execute<SlowQuery>(sql`
      select data #>> '{slowQuery,statement}' as statement, data ->> 'operation' as operation, count(*)::integer as count,
        max((data #>> '{slowQuery,ms}')::integer) as "msMax", max(created_at) as "lastAt"
      from events where id >= uuid_at(now() - interval '1 day') and category in ('error', 'performance') and data ? 'slowQuery'
      group by 1, 2 order by 4 desc limit ${limit}`),
    tenant.db.execute<DatabaseStatement>(sql`
      select left(regexp_replace(statement, '\\s+', ' ', 'g'), ${charsMax}::integer) as statement, calls::float8 as calls,
        mean_ms as "meanMs", total_ms as "totalMs"
      from slow_statements(${limit})`),
    lastSelfCheck(tenant.db),
  ]);
  return {
    metrics: metrics.rows,
    queues: queues.rows,
    slowQueries: slow.rows.map((query) => ({ ...query, lastAt: new Date(query.lastAt).toISOString() })),
    databaseStatements: costly.rows,
    selfCheck: checked.rows[0]!.selfCheck,
  };
}
