import { beforeAll, expect, test } from "vitest";
import { connect } from "../../db/client.ts";
import { SELF_CHECK_ORGANIZATION } from "../../db/words.ts";
import { scheduleSelfCheck } from "../../functions/chatbots/self-check.schedule.ts";
import type { Env } from "../../functions/kernel/env.ts";
import { type OwnStack, startOwnStack, until } from "./stack.ts";

const HOURLY = "23 * * * *";
const { id: HIDDEN } = SELF_CHECK_ORGANIZATION;

let stack: OwnStack;
beforeAll(async () => {
  stack = await startOwnStack({ variables: { SELF_CHECK: "on" } });
  return stack.close;
});

const eventsOf = (type: string) =>
  stack.rows("select severity, data from events where organization_id = $1 and type = $2 order by id", [HIDDEN, type]);
const operations = async () => (await stack.call("GET", "/v1/operations")).body;
const ended = () =>
  until(async () => {
    const live = await stack.rows("select 1 from jobs where kind = 'self-check.run'");
    return live.length === 0 ? true : undefined;
  }, 110_000);
const left = async () =>
  (
    await stack.rows(
      `select (select count(*)::integer from documents d where d.organization_id = o.id) as documents,
         (select count(*)::integer from chatbots c where c.organization_id = o.id) as chatbots,
         (select count(*)::integer from messages m where m.organization_id = o.id) as messages
       from organizations o where o.id = $1`,
      [HIDDEN],
    )
  )[0];
/** Whether the document of the check that runs has been read. */
const chunked = async () =>
  (
    await stack.rows(
      `select 1 from documents d join jobs j on j.organization_id = d.organization_id and j.kind = 'self-check.run'
       where d.organization_id = $1 and d.created_at >= j.created_at and d.chunk_count > 0`,
      [HIDDEN],
    )
  ).length > 0;
const NOTHING = { documents: 0, chatbots: 0, messages: 0 };

test("where it is off, nothing is asked for and no organization is made", async () => {
  const env = { SELF_CHECK: "off" } as Env;
  const db = connect(stack.appUrl, { endpoint: stack.endpoint, timeoutMs: 15_000 });
  expect(await scheduleSelfCheck.run({ db, env, requestId: crypto.randomUUID() })).toEqual({ asked: 0 });
  expect(await left()).toBeUndefined();
  expect((await operations()).selfCheck).toBeNull();
  expect((await stack.call("GET", "/ready")).body).toMatchObject({ status: "ready", selfCheck: null });
});

test("asked for three times at once it runs once, passes, leaves nothing but its costs, and is told to anybody", async () => {
  await Promise.all([1, 2, 3].map(() => stack.worker.fire(HOURLY)));
  await ended();
  expect(await eventsOf("self-check.requested")).toHaveLength(1);
  expect(await eventsOf("self-check.failed")).toEqual([]);
  expect(await eventsOf("self-check.passed")).toEqual([{ severity: "info", data: { durationMs: expect.any(Number) } }]);
  expect(await left()).toEqual(NOTHING);
  expect((await operations()).selfCheck).toEqual({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    ok: true,
    durationMs: expect.any(Number),
  });
  const calls = await stack.rows("select distinct task from ai_usage where organization_id = $1 order by task", [
    HIDDEN,
  ]);
  expect(calls.map(({ task }) => task)).toEqual(["answer", "embed"]);
});

test("nobody has a key of its organization or is its member, and others see nothing of it", async () => {
  for (const table of ["api_keys", "members"])
    expect(await stack.rows(`select 1 from ${table} where organization_id = $1`, [HIDDEN])).toEqual([]);
  for (const path of ["documents", "chatbots", "conversations", "failed-jobs", "usage"])
    expect((await stack.call("GET", `/v1/${path}`)).body.items).toEqual([]);
  expect((await stack.call("GET", "/v1/events?type=self-check.")).body.items).toEqual([]);
});

const CODE_WORD = "the code word"; // stands in the document and in the question

test("a model that is down fails it at that step; the next one passes and removes what was left", async () => {
  stack.model.fails({ kind: "unavailable", operation: "converse-stream", times: -1, match: CODE_WORD });
  await stack.worker.fire(HOURLY);
  await ended();
  const number = expect.any(Number);
  const data = { step: "answer", reason: expect.any(String), stepDurationMs: number, durationMs: number };
  expect(await eventsOf("self-check.failed")).toEqual([{ severity: "critical", data }]);
  expect((await operations()).selfCheck).toMatchObject({ ok: false, failedStep: "answer" });
  const ready = async () => (await stack.call("GET", "/ready")).body;
  await until(async () => ((await ready()).selfCheck?.ok === false ? true : undefined));
  expect((await ready()).status).toBe("ready");

  stack.model.works(CODE_WORD);
  await stack.worker.fire(HOURLY);
  await ended();
  expect((await operations()).selfCheck).toMatchObject({ ok: true });
  expect(await left()).toEqual(NOTHING);
});

test.each([
  [
    "whose document cannot be embedded",
    // Without its job, which would say so itself with another reason.
    "with gone as (delete from jobs where kind = 'document.embed') update documents set status = 'failed', failure_reason = 'It broke.'",
    "It broke.",
  ],
  ["that has not passed within 15 minutes", "update jobs set created_at = now() - interval '16 minutes'", "15 minutes"],
])("one %s has failed, at the step it has come to", async (_, happens, reason) => {
  stack.model.fails({ kind: "unavailable", operation: "invoke", times: -1, match: CODE_WORD });
  await stack.worker.fire(HOURLY);
  await until(async () => ((await chunked()) ? true : undefined));
  await stack.rows(`${happens} where organization_id = $1`, [HIDDEN]);
  await ended();
  stack.model.works(CODE_WORD);
  expect((await operations()).selfCheck).toMatchObject({ ok: false, failedStep: "embed" });
  expect((await eventsOf("self-check.failed")).at(-1).data.reason).toContain(reason);
});

test("an answer that says anything else than the document fails it", async () => {
  stack.model.fails({ kind: "unavailable", operation: "invoke", times: -1, match: CODE_WORD });
  await stack.worker.fire(HOURLY);
  await until(async () => ((await chunked()) ? true : undefined));
  await stack.rows(
    "update document_chunks set content = regexp_replace(content, '[0-9]+', '17') where organization_id = $1",
    [HIDDEN],
  );
  stack.model.works(CODE_WORD);
  await ended();
  expect((await operations()).selfCheck).toMatchObject({ ok: false, failedStep: "answer" });
  const { reason } = (await eventsOf("self-check.failed")).at(-1).data;
  expect(reason).toBe("The answer does not say what the document says.");
});
