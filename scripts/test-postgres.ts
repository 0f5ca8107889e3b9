import { execFileSync, spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import pg from "pg";

/**
 * The tests on a real PostgreSQL 17 with pgvector: of `DATABASE_URL` (a superuser's), or one that a script sets up on Debian.
 * Migrations run as an owner who is no superuser, as on Neon.
 */
const url =
  process.env.DATABASE_URL ??
  execFileSync("bash", ["scripts/local/native-postgres.sh", "start"], { encoding: "utf8" }).trim();
const database = `edgelore_test_${process.pid}`;
const tests = process.argv.slice(2);

/** Those that ask the running stack; the others know nothing of a database. */
const testsOfDatabase = () =>
  globSync("test/{database,contract,chatbots,search,kernel,operations,usage,channels}/**/*.test.ts").filter((file) =>
    readFileSync(file, "utf8").includes('/harness.ts"'),
  );

const admin = new pg.Client({ connectionString: url });
await admin.connect();
const password = crypto.randomUUID();
try {
  // A role of its own that owns nothing but this database; roles are the server's, so one left behind is used again.
  await admin.query("do $$ begin create role edgelore_owner; exception when duplicate_object then null; end $$");
  await admin.query(`alter role edgelore_owner login createrole nosuperuser nobypassrls password '${password}'`);
  // The server's roles may have been made by another owner: as their maker's heir this one may hand functions to them.
  for (const role of ["edgelore_app", "edgelore_search", "edgelore_system"])
    await admin.query(`do $$ begin if exists (select from pg_roles where rolname = '${role}') then
      grant ${role} to edgelore_owner with admin option, inherit false, set true; end if; end $$`);
  await admin.query(`create database ${database} owner edgelore_owner`);
  // A managed Postgres lets its owners create these; this one only a superuser.
  const superuser = Object.assign(new URL(url), { pathname: `/${database}` });
  const inside = new pg.Client({ connectionString: superuser.href });
  await inside.connect();
  for (const name of ["vector", "pg_trgm", "btree_gin"]) await inside.query(`create extension ${name}`);
  await inside.end();
  const owner = Object.assign(new URL(url), { username: "edgelore_owner", password, pathname: `/${database}` });
  const { rows } = await admin.query("select version()");
  console.log(`${rows[0].version}\n`);
  const { status } = spawnSync(
    "vitest",
    ["run", "--project", "main", ...(tests.length > 0 ? tests : testsOfDatabase())],
    {
      stdio: "inherit",
      env: {
        ...process.env,
        TEST_DATABASE_URL: owner.href,
        TEST_SUPERUSER_URL: superuser.href,
        DATABASE_APP_PASSWORD: "test",
      },
    },
  );
  process.exitCode = status ?? 1;
} finally {
  await admin.query(`drop database if exists ${database} with (force)`);
  await admin.end();
}
