import { PGlite } from "@electric-sql/pglite";
import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { vector } from "@electric-sql/pglite-pgvector";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";
import { neon, neonConfig } from "@neondatabase/serverless";
import { afterEach, expect, test } from "vitest";
import { serveNeon } from "../../scripts/local/neon.ts";
import { openPglite } from "../../scripts/local/postgres.ts";
import { migrate, readMigrations } from "../../scripts/migrate.ts";
import { stack } from "../harness.ts";

const URL = "postgres://postgres@localhost/postgres";
const MIGRATIONS = readMigrations().map(({ name }) => name);
const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  neonConfig.fetchEndpoint = stack.endpoint; // one for the whole process
});

async function emptyDatabase() {
  const database = await openPglite({});
  const server = await serveNeon({ database });
  closers.push(database.close, server.close);
  neonConfig.fetchEndpoint = server.url;
  const run = () => migrate({ url: URL, endpoint: server.url, appPassword: "x" });
  return { database, server, run, sql: neon(URL) };
}

test("two runs at once apply each migration once, and a third has nothing to do", async () => {
  const { run, sql } = await emptyDatabase();
  const runs = await Promise.all([run(), run()]);
  expect(runs.flatMap(({ applied }) => applied).sort()).toEqual(MIGRATIONS);
  expect((await sql`select name from edgelore_migrations order by name`).map(({ name }) => name)).toEqual(MIGRATIONS);
  expect(await run()).toEqual({ applied: [] });
});

test("an interrupted run leaves nothing half done, and the next one finishes", async () => {
  const { run, server, sql } = await emptyDatabase();
  for (const kind of ["reset", "commit-then-reset", "500"] as const) {
    server.faults.push({ kind, match: "insert into edgelore_migrations" });
    await expect(run()).rejects.toThrow(/The migration .* failed/);
  }
  await run();
  expect((await sql`select name from edgelore_migrations order by name`).map(({ name }) => name)).toEqual(MIGRATIONS);
});

test("a migration that was changed after it had been applied is refused", async () => {
  const { run, sql } = await emptyDatabase();
  await run();
  await sql`update edgelore_migrations set sha256 = 'other' where name = ${MIGRATIONS[0]!}`;
  await expect(run()).rejects.toThrow(/was changed after it had been applied/);
});

test("what was in the database before, neon_auth and tables of others, is the same afterwards", async () => {
  const { run, database, sql } = await emptyDatabase();
  for (const statement of [
    "create schema neon_auth",
    "create table neon_auth.users_sync (raw_json jsonb not null, id text primary key, email text, created_at timestamptz)",
    `insert into neon_auth.users_sync values ('{"id": "u1"}', 'u1', 'a@example.com', '2026-01-01Z')`,
    "create table playing_with_neon (id serial primary key, name text not null, value real)",
    "insert into playing_with_neon (name, value) select md5(i::text), i from generate_series(1, 10) s(i)",
    "create view neon_names as select name from playing_with_neon",
    "create role reader nologin",
    "grant select on playing_with_neon to reader",
  ])
    await sql.query(statement);
  const before = await foreignDump(database);
  await run();
  expect(await foreignDump(database)).toBe(before);
  expect(before).toContain("users_sync");
  expect(before).toContain("GRANT SELECT");
});

async function foreignDump({ dump }: { dump(): Promise<Blob> }): Promise<string> {
  const copy = await PGlite.create({ loadDataDir: await dump(), extensions: { vector, pg_trgm, btree_gin } });
  const foreign = ["neon_auth.*", "public.playing_with_neon*", "public.neon_names"].map((table) => `--table=${table}`);
  const text = await (await pgDump({ pg: copy, args: foreign })).text();
  await copy.close();
  return text.replace(/^\\(un)?restrict .*$/gm, "");
}
