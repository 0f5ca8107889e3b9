import { v7 } from "uuid";
import { expect, test } from "vitest";
import { CRONS } from "../../functions/app.ts";
import type { Cron } from "../../functions/kernel/cron.ts";
import { runCron } from "../../functions/kernel/cron-run.ts";
import { envWith } from "../env.ts";
import { asTenant, call, organization, signIn, stack, superuser, type TestOrganization } from "../harness.ts";
import { called } from "../usage/calls.ts";

const run = (org: TestOrganization, name: string, key?: string) =>
  org.call("POST", `/v1/maintenance/${name}/runs`, undefined, key ? { key } : {});
const stateOf = async (org: TestOrganization, name: string) =>
  (await org.call("GET", "/v1/maintenance")).body.items.find((item: { name: string }) => item.name === name);
/** As if nobody had asked for it. */
const rested = (name: string) => superuser`update cron_runs set requested_at = null where name = ${name}`;

test("everything that runs on a schedule is listed with what it is for", async () => {
  const org = await organization();
  const { body } = await org.call("GET", "/v1/maintenance");
  expect(body.items.map(({ name }: { name: string }) => name)).toEqual(CRONS.map(({ name }) => name).sort());
  for (const { summary } of body.items) expect(summary).toMatch(/^[A-Z].{20,}\.$/);
});

test("an administrator has it run now: it is done, told, and kept with its end, but not what it did for others", async () => {
  const org = await organization();
  await superuser`create table search_log_2020_01 partition of search_log
    for values from (uuid_at('2020-01-01Z')) to (uuid_at('2020-02-01Z'))`;
  const { status, headers, body } = await run(org, "search-log.expire");
  expect(status).toBe(200);
  expect(body).toEqual({
    name: "search-log.expire",
    startedAt: expect.any(String),
    durationMs: expect.any(Number),
    ok: true,
  });
  expect(await superuser`select to_regclass('search_log_2020_01') as gone`).toEqual([{ gone: null }]);
  expect(await stateOf(org, "search-log.expire")).toEqual({
    name: "search-log.expire",
    schedule: "17 3 * * *",
    summary: expect.any(String),
    startedAt: expect.any(String),
    lastRun: { finishedAt: expect.any(String), durationMs: expect.any(Number), ok: true, error: null },
    failures: 0,
  });
  const requestId = headers.get("x-request-id");
  expect((await org.call("GET", `/v1/events?resourceId=${requestId}`)).body.items).toMatchObject([
    { type: "maintenance.requested", data: { name: "search-log.expire" }, actor: { kind: "key" } },
  ]);

  const again = await run(await organization(), "search-log.expire");
  expect(again).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  expect(again.headers.get("retry-after")).toBe("10");
  await rested("search-log.expire");
  expect((await run(org, "search-log.expire")).status).toBe(200);
  await expect(asTenant(org.id, "select did from cron_runs")).rejects.toMatchObject({ code: "42501" });
});

test("what is written in a month that nobody made, or by a clock that jumped, is kept and read, and moves to its month once that is made", async () => {
  const org = await organization();
  const at = "2031-05-15T12:00:00.000Z";
  await asTenant(
    org.id,
    "insert into events (id, type, category, created_at) values ($1, 'document.deleted', 'system', $2)",
    [v7({ msecs: Date.parse(at) }), at],
  );
  await called(org, { at, costMicroUsd: 7 }, { at, costMicroUsd: 8 });
  const rowsIn = (part: string) =>
    superuser.query(`
      select (select count(*)::int from events_${part} where organization_id = '${org.id}') as events,
        (select count(*)::int from ai_usage_${part} where organization_id = '${org.id}') as calls`);
  const read = async () => [
    (await org.call("GET", "/v1/events?type=document.deleted")).body.items,
    (await org.call("GET", "/v1/usage?from=2031-05-01&to=2031-05-31")).body,
  ];
  const written = await read();
  expect(written).toMatchObject([[{ type: "document.deleted" }], { totals: { costMicroUsd: 15 } }]);
  expect(await rowsIn("default")).toEqual([{ events: 1, calls: 2 }]);

  expect((await run(org, "partitions.make")).status).toBe(200);
  expect(await rowsIn("default")).toEqual([{ events: 0, calls: 0 }]);
  expect(await rowsIn("2031_05")).toEqual([{ events: 1, calls: 2 }]);
  expect(await read()).toEqual(written);
  expect(await asTenant(null, "select maintain_partitions() as made")).toEqual([{ made: 0 }]);
});

test("nobody but an owner or an administrator has it run, and what has no such name is not found", async () => {
  const org = await organization();
  for (const role of ["editor", "viewer", "support"])
    expect(await run(org, "search-log.expire", await signIn(org, role))).toMatchObject({
      status: 403,
      body: { code: "FORBIDDEN" },
    });
  expect((await run(org, "no-such.thing", await signIn(org, "admin"))).status).toBe(404);
  expect((await call("POST", "/v1/maintenance/no-such.thing/runs")).status).toBe(401);
});

test("partitioned tables are analyzed and materialized views refreshed while they are read; a failure is told without SQL", async () => {
  const org = await organization();
  await superuser`create table refresh_source (number integer)`;
  await superuser`insert into refresh_source values (1)`;
  await superuser`create materialized view refresh_test as select 1 / number as one from refresh_source`;
  await superuser`create unique index on refresh_test (one)`;
  const [{ owner }] =
    (await superuser`select tableowner as owner from pg_tables where tablename = 'organizations'`) as [
      { owner: string },
    ];
  for (const thing of ["table refresh_source", "materialized view refresh_test"])
    await superuser.query(`alter ${thing} owner to ${owner}`);
  try {
    await superuser`update refresh_source set number = -1`;
    await rested("statistics.refresh");
    expect((await run(org, "statistics.refresh")).status).toBe(200);
    expect(await superuser`select one from refresh_test`).toEqual([{ one: -1 }]);
    const analyzed = await superuser`
      select relname from pg_class where relkind = 'p' and relnamespace = 'public'::regnamespace and relname not in (
        select relname from pg_stat_user_tables where last_analyze > now() - interval '5 minutes')
        and (select count(*) from pg_inherits i where i.inhparent = pg_class.oid) <= 12`; // with more, Postgres 17 is spared
    expect(analyzed).toEqual([]);

    await superuser`update refresh_source set number = 0`;
    for (let failures = 1; failures <= 2; failures++) {
      await rested("statistics.refresh");
      const { status, headers, body } = await run(org, "statistics.refresh");
      expect(status).toBe(500);
      expect(body).toMatchObject({ code: "INTERNAL", requestId: headers.get("x-request-id") });
      expect(JSON.stringify(body)).not.toMatch(/refresh_test|select/);
      const { lastRun, failures: counted } = await stateOf(org, "statistics.refresh");
      expect(lastRun).toMatchObject({ ok: false, error: expect.stringMatching(/^An unexpected error/) });
      expect(counted).toBe(failures);
    }
  } finally {
    await superuser`drop materialized view refresh_test`;
    await superuser`drop table refresh_source`;
  }
  await rested("statistics.refresh");
  expect((await run(org, "statistics.refresh")).status).toBe(200);
  expect(await stateOf(org, "statistics.refresh")).toMatchObject({ failures: 0, lastRun: { ok: true } });
});

test("runs by the schedule may come twice and at once, also beside one by hand, and each end is kept", async () => {
  const env = envWith({ DATABASE_URL: stack.appUrl, DATABASE_ENDPOINT: stack.endpoint });
  const name = "test.twice" as const;
  const cron: Cron = { name, schedule: "* * * * *", summary: "", run: async () => ({ done: 1 }) };
  const rows = () =>
    superuser`select did, error, failures, finished_at is not null as ended from cron_runs where name = ${name}`;
  try {
    const runs = await Promise.all([1, 2, 3].map(() => runCron(cron, env, crypto.randomUUID(), "schedule")));
    expect(runs.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(await rows()).toEqual([{ did: { done: 1 }, error: null, failures: 0, ended: true }]);
    const broken = { ...cron, run: () => Promise.reject(new TypeError("select secret from tenants")) };
    expect(await runCron(broken, env, crypto.randomUUID(), "schedule")).toMatchObject({ ok: false });
    expect(await rows()).toEqual([{ did: null, error: "An unexpected error (TypeError).", failures: 1, ended: true }]);
  } finally {
    await superuser`delete from cron_runs where name = ${name}`;
  }
});

test("an Idempotency-Key is forgotten after a day, but not while its request runs", async () => {
  const org = await organization();
  for (const [key, until] of [
    ["over", "-1 minute"],
    ["running", "1 minute"],
  ])
    await asTenant(
      org.id,
      `insert into idempotency_keys (key, fingerprint, result_id, locked_until, created_at)
       values ($1, '\\x00', gen_random_uuid(), now() + $2::interval, now() - interval '25 hours')`,
      [key, until],
    );
  await asTenant(null, "select maintain_idempotency_keys()");
  expect(await asTenant(org.id, "select key from idempotency_keys")).toEqual([{ key: "running" }]);
});
