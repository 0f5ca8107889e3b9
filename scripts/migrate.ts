import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { neon, neonConfig } from "@neondatabase/serverless";

const DIRECTORY = new URL("../db/migrations/", import.meta.url);
const LOCK = 4_201_769_105;

type Options = {
  /** Connection string of the owner. */
  url: string;
  /** Where SQL over HTTP is spoken, if not at Neon. */
  endpoint?: string;
  /** Lets `edgelore_app` log in with it. */
  appPassword?: string;
};

/**
 * Brings the database to the newest schema. Each migration is one transaction that begins with its name in
 * `edgelore_migrations`: two runs at once wait for each other there, and one that was interrupted left nothing.
 */
export async function migrate({ url, endpoint, appPassword }: Options): Promise<{ applied: string[] }> {
  if (endpoint) neonConfig.fetchEndpoint = endpoint;
  const sql = neon(url);
  const lock = sql`select pg_advisory_xact_lock(${LOCK})`;
  await sql.transaction([
    lock,
    sql`create table if not exists edgelore_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`,
  ]);
  const done = new Map((await sql`select name, sha256 from edgelore_migrations`).map((row) => [row.name, row.sha256]));
  const applied: string[] = [];
  for (const { name, text, hash } of readMigrations()) {
    const known = done.get(name);
    if (known !== undefined && known !== hash)
      throw new Error(
        `The migration ${name} was changed after it had been applied. Undo the change and write a new one.`,
      );
    if (known !== undefined) continue;
    const statements = text.split("--> statement-breakpoint").filter((statement) => statement.trim());
    try {
      await sql.transaction([
        sql`select pg_advisory_xact_lock(${LOCK})`,
        sql`insert into edgelore_migrations (name, sha256) values (${name}, ${hash})`,
        ...statements.map((statement) => sql.query(statement)),
      ]);
      applied.push(name);
    } catch (error) {
      if (!wasAppliedMeanwhile(error))
        throw new Error(`The migration ${name} failed: ${(error as Error).message}`, { cause: error });
    }
  }
  if (appPassword) {
    const [{ statement }] = (await sql`
      select format('alter role edgelore_app login password %L', ${appPassword}::text) as statement`) as [
      { statement: string },
    ];
    await sql.query(statement);
  }
  return { applied };
}

const wasAppliedMeanwhile = (error: unknown) =>
  (error as { constraint?: string }).constraint === "edgelore_migrations_pkey";

export function readMigrations() {
  const names = readdirSync(DIRECTORY).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => {
    const text = readFileSync(new URL(name, DIRECTORY), "utf8");
    return { name, text, hash: createHash("sha256").update(text).digest("hex") };
  });
}

if (import.meta.main) {
  const { DATABASE_OWNER_URL: url, DATABASE_ENDPOINT: endpoint, DATABASE_APP_PASSWORD: appPassword } = process.env;
  if (!url) {
    console.error("Set DATABASE_OWNER_URL to the connection string of the database's owner.");
    process.exit(2);
  }
  const { applied } = await migrate({ url, endpoint, appPassword });
  console.log(applied.length > 0 ? `Applied ${applied.join(", ")}.` : "The database is up to date.");
}
