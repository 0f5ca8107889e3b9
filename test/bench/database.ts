import { neonConfig } from "@neondatabase/serverless";
import pg from "pg";
import { connect, enterOrganization, openTenant, type Tenant } from "../../db/client.ts";
import { serveNeon } from "../../scripts/local/neon.ts";
import { openPool } from "../../scripts/local/postgres.ts";
import { migrate } from "../../scripts/migrate.ts";

const TIMEOUT_MS = 600_000;

/** A fresh, migrated database on the server; `serverUrl` is a superuser's. Dropped by `close`. */
export async function openDatabase(serverUrl: string) {
  const name = `edgelore_bench_${process.pid}`;
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const pool = openPool(url);
  let ms = 0;
  const neon = await serveNeon({
    database: {
      ...pool,
      async transaction(...args) {
        const started = performance.now();
        const results = await pool.transaction(...args);
        ms = performance.now() - started;
        return results;
      },
    },
  });
  // In the environment, so that a stack that starts on the same database leaves it as it is.
  process.env.DATABASE_APP_PASSWORD ??= crypto.randomUUID();
  const appPassword = process.env.DATABASE_APP_PASSWORD;
  await migrate({ url, endpoint: neon.url, appPassword });
  const appUrl = Object.assign(new URL(url), { username: "edgelore_app", password: appPassword }).href;
  const db = connect(appUrl, { endpoint: neon.url, timeoutMs: TIMEOUT_MS });
  const owner = new pg.Client({ connectionString: url });
  await owner.connect();
  const { rows } = await owner.query<{ server: string; halfvec: number }>(
    `select split_part(version(), ' on ', 1) || ', shared_buffers ' || current_setting('shared_buffers') || ', huge pages ' || current_setting('huge_pages_status') as server,
      'halfvec'::regtype::oid::integer as halfvec`,
  );
  return {
    ...rows[0]!,
    url,
    appUrl,
    endpoint: neon.url,
    db,
    owner,
    /** As the worker has it: role `edgelore_app`, the tenant set by the first statement of each batch. */
    tenant(id: string): Tenant {
      neonConfig.fetchEndpoint = neon.url; // a stack that started meanwhile has put its own there
      return openTenant(db, { statements: () => [enterOrganization(db, id, { kind: "key", id: null })] });
    },
    /** To the database, so far. */
    requests: neon.requests,
    /** Of the last transaction, from `begin` to `commit`, as it left for Postgres. */
    lastMs: () => ms,
    async close() {
      await owner.end();
      await neon.close();
      await pool.close();
      await admin.query(`drop database if exists ${name} with (force)`);
      await admin.end();
    },
  };
}

export type BenchDatabase = Awaited<ReturnType<typeof openDatabase>>;
