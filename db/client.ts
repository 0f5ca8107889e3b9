import { neon, neonConfig } from "@neondatabase/serverless";
import { type SQL, sql } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import type { PgTable } from "drizzle-orm/pg-core";

export type Db = NeonHttpDatabase;
export type Statement = BatchItem<"pg">;
type Statements = readonly Statement[];

/**
 * What every query takes first. `batch` is the only way to run statements: one round trip, one transaction, whose first
 * statement sets the tenant, so a query that forgets its organization cannot exist. `db` builds statements.
 */
export type Tenant = {
  readonly db: Db;
  /** `closed` says that the statements themselves do what the closing ones are for. */
  batch<const T extends Statements>(statements: T, closed?: "closed"): Promise<BatchResponse<T>>;
};

/** Opens no connection: each batch is one HTTPS request. `endpoint` is where SQL over HTTP is spoken, when not at Neon. */
export function connect(url: string, options: { endpoint?: string; timeoutMs: number }): Db {
  if (options.endpoint) neonConfig.fetchEndpoint = options.endpoint;
  neonConfig.fetchFunction = async (target: string, init: RequestInit) => {
    const response = await fetch(target, { ...init, signal: AbortSignal.timeout(options.timeoutMs) });
    // Read to its end in here, where the driver takes a failure for one of the connection.
    return new Response(await response.arrayBuffer(), { status: response.status });
  };
  return drizzle(neon(url));
}

export type Opening = {
  /** The statements that go before a batch's own: who is the tenant. */
  statements: () => Statement[];
  /** The statements that go after a batch's own: what they lock is locked last, as all others do who lock it. */
  closing?: () => Statement[];
  /** Called with the opening's results once the batch has committed. */
  opened?: (results: unknown[]) => void;
  /** Called after each batch, also one that failed, with how long it was waited for. */
  timed?: (statements: Statements, durationMs: number) => void;
  /** Called after a batch has committed, with its statements and their results. */
  committed?: (statements: Statements, results: unknown[]) => Promise<void>;
};

export function openTenant(db: Db, opening: Opening): Tenant {
  return {
    db,
    async batch<const T extends Statements>(statements: T, closed?: "closed") {
      const first = opening.statements();
      const last = closed ? [] : (opening.closing?.() ?? []);
      const all = [...first, ...statements, ...last] as unknown as [Statement, ...Statement[]];
      const started = Date.now();
      const results: unknown[] = await db.batch(all).finally(() => opening.timed?.(statements, Date.now() - started));
      opening.opened?.(results.slice(0, first.length));
      const own = results.slice(first.length, first.length + statements.length);
      await opening.committed?.(statements, own);
      return own as BatchResponse<T>;
    },
  };
}

/** The text of a statement, with `$1` in the place of what it was given. */
export const textOf = (statement: Statement): string =>
  (statement as unknown as Prepared)._prepare().getQuery().sql.replace(/\s+/g, " ").trim();
/** As the driver's own batch reads it. */
type Prepared = { _prepare(): { getQuery(): { sql: string } } };

/** Makes the transaction one of that organization, done by that caller. */
export const enterOrganization = (
  db: Db,
  organizationId: string,
  caller: { kind: string; id: string | null },
): Statement => db.execute(sql`select enter_organization(${organizationId}, ${caller.kind}, ${caller.id})`);

/** A Postgres array of a JavaScript one: the driver would send JSON. */
export const pgArray = (values: readonly (number | string)[], type: "integer" | "real" | "uuid"): SQL =>
  sql`(select coalesce(array_agg(v), '{}') from jsonb_array_elements_text(${JSON.stringify(values)}::jsonb) e(t), lateral (select t::${sql.raw(type)} as v) c)`;

/** Goes before an insert: the batch aborts (EL403) when the organization holds as many as its subscription allows. */
export const mustFit = (
  tenant: Tenant,
  table: PgTable | SQL,
  limits: Readonly<Record<string, number>>,
  what: string,
): Statement =>
  tenant.db.execute(sql`select must_fit((select count(*) from ${table}), ${JSON.stringify(limits)}::jsonb, ${what})`);

/** The row that a batch is about, locked; the batch aborts (EL404) when the tenant has none such. */
export const mustExist = (tenant: Tenant, table: PgTable, id: string, what: string): Statement =>
  tenant.db.execute(sql`select must_exist((select true from ${table} where id = ${id} for update), ${what})`);
