import { readFileSync, writeFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { vector } from "@electric-sql/pglite-pgvector";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";
import { readMigrations } from "./migrate.ts";

const FILE = new URL("../db/schema.sql", import.meta.url);

/** The schema as the migrations leave it. The partitions of this month would differ next month, so they are left out. */
export async function dumpSchema(): Promise<string> {
  const database = await PGlite.create({ extensions: { vector, pg_trgm, btree_gin } });
  for (const { text } of readMigrations())
    for (const statement of text.split("--> statement-breakpoint")) await database.exec(statement);
  const months = await database.query<{ name: string }>(
    "select relname as name from pg_class where relispartition and relname ~ '_\\d{4}_\\d{2}$' and relkind = 'r'",
  );
  for (const { name } of months.rows) await database.exec(`drop table ${name}`);
  const dump = await pgDump({ pg: database, args: ["--schema-only"] });
  await database.close();
  const text = await dump.text();
  return `${text
    .replace(/^--( Dumped (from|by).*)?\n/gm, "")
    .replace(/^(SET|SELECT pg_catalog.set_config|\\(un)?restrict).*\n/gm, "")
    .replace(/^-- Name: (.*); Type: (.*); Schema:.*$/gm, "-- $2 $1")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

/** Writes db/schema.sql; with --check says whether it is as it should be. */
if (import.meta.main) {
  const [now, written] = [await dumpSchema(), readWritten()];
  if (!process.argv.includes("--check")) writeFileSync(FILE, now);
  else if (now !== written) {
    console.error("db/schema.sql is not the schema that the migrations make. Run `npm run schema` and commit it.");
    process.exit(1);
  }
}

function readWritten(): string | undefined {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return undefined;
  }
}
