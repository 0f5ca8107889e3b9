import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { btree_gin } from "@electric-sql/pglite/contrib/btree_gin";
import { pg_trgm } from "@electric-sql/pglite/contrib/pg_trgm";
import { createPgConfig } from "@electric-sql/pglite/node-postgres";
import { vector } from "@electric-sql/pglite-pgvector";
import pg from "pg";

export type Statement = { text: string; params: unknown[] };
export type Field = { name: string; dataTypeID: number };
export type Result = { command: string; rowCount: number | null; rows: (string | null)[][]; fields: Field[] };
export type TransactionOptions = { isolation?: string; readOnly?: boolean; deferrable?: boolean };
export type Database = {
  /** All statements or none; a single statement without options runs outside of BEGIN, as on Neon (VACUUM needs that). */
  transaction(connectionString: string, statements: Statement[], options?: TransactionOptions): Promise<Result[]>;
  close(): Promise<void>;
};

const connectionsMax = 20;
const superuser = "postgres";
const isolations = ["read uncommitted", "read committed", "repeatable read", "serializable"];
const asText = { getTypeParser: () => (value: string) => value };

/** An error that Postgres raised (it has an SQLSTATE), as opposed to a broken connection. */
export function isSqlError(error: unknown): error is pg.DatabaseError {
  return error instanceof Error && "severity" in error && "code" in error;
}

function databaseError(code: string, message: string) {
  return Object.assign(new pg.DatabaseError(message, message.length, "error"), { code, severity: "ERROR" });
}

async function execute(client: pg.ClientBase, { text, params }: Statement): Promise<Result> {
  // Extended, because the simple protocol would accept several statements in one text, which Neon refuses.
  const query = { text, values: params, rowMode: "array" as const, queryMode: "extended" };
  const { command, rowCount, rows, fields } = await client.query<(string | null)[]>(query);
  return { command: command ?? "", rowCount, rows, fields };
}

function begin({ isolation, readOnly, deferrable }: TransactionOptions): string {
  if (isolation && !isolations.includes(isolation))
    throw databaseError("22023", `invalid isolation level ${isolation}`);
  return ["begin", isolation && `isolation level ${isolation}`, readOnly && "read only", deferrable && "deferrable"]
    .filter(Boolean)
    .join(" ");
}

async function runTransaction(
  client: pg.ClientBase,
  statements: Statement[],
  options: TransactionOptions,
  role?: string,
) {
  await client.query(begin(options));
  try {
    if (role) await assumeRole(client, role);
    const results: Result[] = [];
    for (const statement of statements) results.push(await execute(client, statement));
    await client.query("commit");
    return results;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

/** Also applies what `alter role … set` gave the role: a login does that, `set local role` alone does not. */
async function assumeRole(client: pg.ClientBase, role: string): Promise<void> {
  const { rowCount } = await client.query(
    `select set_config(name, value, true)
     from pg_roles r, lateral (
       select split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1), 1
       from pg_db_role_setting s, unnest(s.setconfig) setting where s.setrole = r.oid
       union all select 'role', r.rolname, 2
     ) as settings (name, value, place)
     where r.rolname = $1 and r.rolcanlogin order by place`,
    [role],
  );
  if (!rowCount) throw databaseError("28000", `role "${role}" does not exist or may not log in`);
}

/** What Neon's proxy says to a connection that goes back to its pool; the plans of functions stay. */
const RESET = "rollback; close all; reset all; deallocate all; unlisten *; discard temp; discard sequences";

/** PGlite does not notice a second process in its directory, and the two silently overwrite each other. */
function claimDirectory(directory: string): () => void {
  const claim = `${directory}.pid`;
  mkdirSync(dirname(claim), { recursive: true });
  const owner = existsSync(claim) ? Number(readFileSync(claim, "utf8")) : undefined;
  if (owner && isAlive(owner)) throw new Error(`the database in ${directory} is open in process ${owner}`);
  rmSync(claim, { force: true });
  writeFileSync(claim, String(process.pid), { flag: "wx" });
  return () => rmSync(claim, { force: true });
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** One connection, so requests wait for each other. Extensions are on offer; migrations create them. */
export async function openPglite({ directory, dump }: { directory?: string; dump?: Blob }) {
  const release = directory ? claimDirectory(directory) : undefined;
  const pglite = await PGlite.create({
    ...(directory && { dataDir: directory }),
    ...(dump && { loadDataDir: dump }),
    extensions: { vector, pg_trgm, btree_gin },
  });
  const client = new pg.Client({ ...(createPgConfig(pglite) as pg.ClientConfig), types: asText });
  await client.connect();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = last.then(task);
    last = turn.catch(() => {});
    return turn;
  }

  return {
    transaction: (connectionString: string, statements: Statement[], options?: TransactionOptions) =>
      inTurn(async () => {
        const user = decodeURIComponent(new URL(connectionString).username);
        const role = user === superuser ? undefined : user;
        try {
          if (!options && !role && statements.length === 1) return [await execute(client, statements[0]!)];
          return await runTransaction(client, statements, options ?? {}, role);
        } finally {
          await client.query(RESET);
        }
      }),
    dump: () => inTurn(async (): Promise<Blob> => pglite.dumpDataDir("none")),
    async close() {
      await last;
      await client.end();
      await pglite.close();
      release?.();
    },
  };
}

/** Any real Postgres: the server's address from here; user, password and database from each request, as Neon's proxy does. */
export function openPool(serverUrl: string): Database {
  const pools = new Map<string, pg.Pool>();

  function poolFor(connectionString: string): pg.Pool {
    const { username, password, pathname } = new URL(connectionString);
    const url = Object.assign(new URL(serverUrl), { username, password, pathname }).href;
    const known = pools.get(url);
    if (known) return known;
    const pool = new pg.Pool({ connectionString: url, max: connectionsMax, types: asText });
    // A server that restarts breaks idle connections; without a listener that would end the process.
    pool.on("error", () => {});
    pools.set(url, pool);
    return pool;
  }

  return {
    async transaction(connectionString, statements, options) {
      const client = await poolFor(connectionString).connect();
      try {
        if (!options && statements.length === 1) return [await execute(client, statements[0]!)];
        return await runTransaction(client, statements, options ?? {});
      } finally {
        // Not awaited: the answer need not wait for the broom.
        client.query(RESET).then(
          () => client.release(),
          (error) => client.release(error),
        );
      }
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
    },
  };
}
