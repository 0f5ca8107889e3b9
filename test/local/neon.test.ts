import { type NeonQueryFunction, neon, neonConfig } from "@neondatabase/serverless";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { neonFetch, serveNeon } from "../../scripts/local/neon.ts";
import { type Database, openPglite } from "../../scripts/local/postgres.ts";

type Sql = NeonQueryFunction<false, false>;
const host = "db.example.test/edgelore";
const asOwner = (options = {}): Sql => neon(`postgres://postgres:secret@${host}`, options);
const asReader = (): Sql => neon(`postgres://reader:secret@${host}`);

let database: Awaited<ReturnType<typeof openPglite>>;
let server: Awaited<ReturnType<typeof serveNeon>>;

beforeAll(async () => {
  database = await openPglite({});
  server = await serveNeon({ database });
  neonConfig.fetchFunction = neonFetch(database);
  const sql = asOwner();
  await sql.transaction([
    sql`create extension vector`,
    sql`create table notes (id int primary key, tenant text not null, body text check (body <> ''))`,
    sql`alter table notes enable row level security`,
    sql`create policy own on notes using (tenant = current_setting('app.tenant', true))`,
    sql`create role reader login`,
    sql`grant select, insert on notes to reader`,
    sql`alter role reader set app.plan = 'small'`,
    sql`insert into notes values (1, 'a', 'tea'), (2, 'b', 'coffee')`,
  ]);
}, 30_000);

afterAll(async () => {
  await server.close();
  await database.close();
});

const count = async (where: string) =>
  Number((await asOwner().query(`select count(*) as n from notes where ${where}`))[0]!.n);

/** The same guarantees in process and over a socket: only the way to the database differs. */
describe.each(["in process", "over a socket"])("%s", (way) => {
  beforeEach(() => {
    neonConfig.fetchFunction = way === "in process" ? neonFetch(database) : undefined;
    neonConfig.fetchEndpoint = server.url;
  });

  test("every value comes back as Postgres prints it", async () => {
    const printed = {
      true: "t",
      "9007199254740993::int8": "9007199254740993",
      "1.50::numeric": "1.50",
      "'\\x00ff'::bytea": "\\x00ff",
      "'2026-01-02 03:04:05.678901+00'::timestamptz at time zone 'UTC'": "2026-01-02 03:04:05.678901",
      "'2026-01-02 03:04:05.6+00'::timestamptz": "2026-01-02 03:04:05.6+00",
      '\'{"b": 1, "a": [true]}\'::jsonb': '{"a": [true], "b": 1}',
      "array['a,b', 'c\"d', null, '']": '{"a,b","c\\"d",NULL,""}',
      "array[[1,2],[3,4]]": "{{1,2},{3,4}}",
      "'[1,2.5]'::halfvec(2)": "[1,2.5]",
      "'{1:0.5,268435456:2}/268435456'::sparsevec": "{1:0.5,268435456:2}/268435456",
      "null::text": null,
    };
    const columns = Object.keys(printed).map((expression, i) => `${expression} as c${i}`);
    const types = { getTypeParser: () => (value: string) => value };
    const [row] = await asOwner({ arrayMode: true }).query(`select ${columns.join(", ")}`, [], { types });
    expect(row).toEqual(Object.values(printed));
  });

  test("parameters arrive as the driver's types mean them", async () => {
    const time = new Date("2026-01-02T03:04:05.678Z");
    const given = [5, true, "x'; --", null, { a: [1] }, ["p", 'q"'], Buffer.from([0, 255]), time];
    const sql = `select $1::int a, $2::bool b, $3::text c, $4::text d, $5::jsonb e, $6::text[] f, $7::bytea g, $8::timestamptz h`;
    const [row] = await asOwner().query(sql, given);
    expect(Object.values(row!)).toEqual(given);
  });

  test("full results name the command, the count and the fields", async () => {
    const sql = asOwner({ fullResults: true });
    const result = await sql.query("update notes set body = body where id = 1 returning id");
    expect(result).toMatchObject({
      command: "UPDATE",
      rowCount: 1,
      rows: [{ id: 1 }],
      fields: [{ name: "id", dataTypeID: 23 }],
    });
  });

  test("a batch is written whole or not at all", async () => {
    const sql = asOwner();
    const batch = sql.transaction([
      sql`insert into notes values (10, 'a', 'first')`,
      sql`insert into notes values (10, 'a', 'again')`,
    ]);
    await expect(batch).rejects.toMatchObject({ code: "23505" });
    expect(await count("id = 10")).toBe(0);
  });

  test("an error carries all that Postgres says about it", async () => {
    const refused = await asOwner()`insert into notes values (1, 'a', '')`.catch((error) => error);
    expect(refused).toMatchObject({
      name: "NeonDbError",
      code: "23514",
      severity: "ERROR",
      schema: "public",
      table: "notes",
      constraint: "notes_body_check",
      detail: "Failing row contains (1, a, ).",
      routine: "ExecConstraints",
    });
    await expect(asOwner()`select nothing`).rejects.toMatchObject({ code: "42703", position: "8" });
  });

  test("isolation, read-only and deferrable reach the transaction", async () => {
    const sql = asOwner();
    const show = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"];
    const options = { isolationLevel: "Serializable", readOnly: true, deferrable: true } as const;
    const rows = await sql.transaction(
      show.map((name) => sql.query(`select current_setting('${name}') v`)),
      options,
    );
    expect(rows.map(([row]) => row!.v)).toEqual(["serializable", "on", "on"]);
  });

  test("row-level security holds for the role of the connection string, and a setting ends with its batch", async () => {
    const sql = asReader();
    const [, seen, as] = await sql.transaction([
      sql`select set_config('app.tenant', 'a', true)`,
      sql`select body from notes where id < 10`,
      sql`select current_user as role, current_setting('app.plan') as plan`,
    ]);
    expect(seen).toEqual([{ body: "tea" }]);
    expect(as).toEqual([{ role: "reader", plan: "small" }]);
    await sql`select set_config('app.tenant', 'a', false)`;
    expect(await sql`select body from notes`).toEqual([]);
    await expect(sql`insert into notes values (11, 'b', 'not mine')`).rejects.toMatchObject({ code: "42501" });
  });

  test("an unknown role is refused by name", async () => {
    const sql = neon(`postgres://nobody:secret@${host}`);
    await expect(sql`select 1`).rejects.toMatchObject({ code: "28000", message: expect.stringContaining('"nobody"') });
  });

  test("one text is one statement", async () => {
    await expect(asOwner()`select 1; select 2`).rejects.toMatchObject({ code: "42601" });
  });
});

describe("faults over a socket", () => {
  beforeEach(() => {
    neonConfig.fetchFunction = undefined;
    neonConfig.fetchEndpoint = server.url;
  });

  test("500 comes before anything is written, and only for what matches", async () => {
    server.faults.push({ kind: "500", match: "fault-500" });
    expect(await asOwner()`select 1 as one`).toEqual([{ one: 1 }]);
    await expect(asOwner()`insert into notes values (20, 'a', 'fault-500')`).rejects.toThrow("HTTP status 500");
    expect(await count("id = 20")).toBe(0);
    expect(server.faults).toEqual([]);
  });

  test("a reset comes before anything is written", async () => {
    server.faults.push({ kind: "reset", match: "fault-reset" });
    await expect(asOwner()`insert into notes values (21, 'a', 'fault-reset')`).rejects.toThrow("Error connecting");
    expect(await count("id = 21")).toBe(0);
  });

  test("commit-then-reset looks like a lost connection, but the row is written", async () => {
    server.faults.push({ kind: "commit-then-reset", match: "fault-commit" });
    const sql = asOwner();
    await expect(sql.transaction([sql`insert into notes values (22, 'a', 'fault-commit')`])).rejects.toThrow(
      "Error connecting",
    );
    expect(await count("id = 22")).toBe(1);
  });

  test("a hang lasts until the client gives up, and the server goes on", async () => {
    server.faults.push({ kind: "hang", match: "fault-hang" });
    const sql = asOwner({ fetchOptions: { signal: AbortSignal.timeout(50) } });
    await expect(sql`select 'fault-hang'`).rejects.toThrow();
    expect(await asOwner()`select 1 as one`).toEqual([{ one: 1 }]);
  });

  test("a client that leaves in the middle of a query harms nobody", async () => {
    const sql = asOwner({ fetchOptions: { signal: AbortSignal.timeout(20) } });
    await expect(sql`select pg_sleep(0.2)`).rejects.toThrow();
    expect(await asOwner()`select 1 as one`).toEqual([{ one: 1 }]);
  });

  test("another process orders faults and reads the count", async () => {
    const base = server.url.replace(/\/sql$/, "");
    const order = (body: unknown) => fetch(`${base}/faults`, { method: "POST", body: JSON.stringify(body) });
    const before = server.requests();
    expect((await order([{ kind: "500", times: 2 }])).status).toBe(200);
    for (const _ of [1, 2]) await expect(asOwner()`select 1`).rejects.toThrow("500");
    expect(await asOwner()`select 1 as one`).toEqual([{ one: 1 }]);
    expect(await (await fetch(`${base}/stats`)).json()).toEqual({ requests: before + 3 });
    expect((await order([{ kind: "earthquake" }])).status).toBe(400);
  });

  test("what the driver never sends is refused", async () => {
    const headers = { "neon-connection-string": `postgres://postgres@${host}`, "neon-raw-text-output": "true" };
    const post = (body: string, more = {}) =>
      fetch(server.url, { method: "POST", body, headers: { ...headers, ...more } });
    expect((await post("{not json")).status).toBe(400);
    expect((await post("{}", { "neon-connection-string": "" })).status).toBe(400);
    const select = JSON.stringify({ queries: [{ query: "select 1", params: [] }] });
    expect((await post(select, { "neon-batch-isolation-level": "Chaos" })).status).toBe(400);
    expect((await post(" ".repeat(64 * 1024 * 1024 + 1))).status).toBe(413);
  });
});

test("a dump opens as the same database", async () => {
  const copy: Database = await openPglite({ dump: await database.dump() });
  const [result] = await copy.transaction(`postgres://postgres@${host}`, [
    { text: "select body from notes where id = $1", params: ["2"] },
  ]);
  expect(result!.rows).toEqual([["coffee"]]);
  await copy.close();
});
