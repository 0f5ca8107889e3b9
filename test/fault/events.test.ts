import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { parseEvents } from "../../scripts/client/sse.ts";
import { type OwnStack, sleep, startOwnStack, until } from "./stack.ts";

let stack: OwnStack;
beforeAll(async () => {
  stack = await startOwnStack();
  return stack.close;
});

const open = async (headers: Record<string, string> = {}, signal?: AbortSignal) => {
  const response = await stack.send("GET", "/v1/events/stream", undefined, { headers, signal });
  expect(response.status).toBe(200);
  return response;
};
const newKey = async () => (await stack.call("POST", "/v1/keys", { name: "Key", scopes: ["search:read"] })).body.id;
const requestOf = (headers: Headers) => headers.get("x-request-id")!;
const told = (resourceId: string) =>
  until(async () => {
    const { body } = await stack.call("GET", `/v1/events?resourceId=${resourceId}`);
    return body.items?.length > 0 ? body.items : undefined;
  });

describe("a request that fails by a fault of ours", () => {
  test("is an event that names its operation and its code, and the caller learns what he would have learned", async () => {
    stack.database.fails({ kind: "500", match: 'from "products"' });
    const { status, headers, body } = await stack.call("GET", "/v1/products");
    expect([status, body.code]).toEqual([503, "UNAVAILABLE"]);
    expect(await told(requestOf(headers))).toEqual([
      expect.objectContaining({
        type: "request.failed",
        category: "error",
        severity: "error",
        resourceType: "request",
        requestId: requestOf(headers),
        data: { operation: "product.list", code: "UNAVAILABLE", durationMs: expect.any(Number) },
        actor: expect.objectContaining({ kind: "key" }),
      }),
    ]);
  });

  test("is answered all the same when not even that can be stored, and it is tried once", async () => {
    const asked = stack.neon!.requests();
    stack.database.fails({ kind: "500", times: 10 });
    const { status, headers, body } = await stack.call("GET", "/v1/products");
    await sleep(1_500);
    expect(stack.neon!.requests() - asked).toBe(2);
    stack.database.works();
    expect([status, body.code, body.requestId]).toEqual([503, "UNAVAILABLE", requestOf(headers)]);
    expect(await stack.rows("select id from events where request_id = $1", [requestOf(headers)])).toEqual([]);
  });

  test("is none when the caller was at fault", async () => {
    const replies = [
      await stack.call("GET", "/v1/products?limit=0"),
      await stack.call("GET", "/v1/products/01999999-9999-7999-8999-999999999999"),
    ];
    expect(replies.map(({ status }) => status)).toEqual([400, 404]);
    await sleep(500);
    for (const { headers } of replies)
      expect(await stack.rows("select id from events where request_id = $1", [requestOf(headers)])).toEqual([]);
  });
});

test("a request that is well and fast asks the database once, and tells no event", async () => {
  const asked = stack.neon!.requests();
  const { status, headers } = await stack.call("GET", "/v1/products");
  await sleep(500);
  expect([status, stack.neon!.requests() - asked]).toEqual([200, 1]);
  expect(await stack.rows("select id from events where request_id = $1", [requestOf(headers)])).toEqual([]);
});

test("a request that takes long is an event of performance", async () => {
  const chatbot = await stack.chatbot();
  const { body } = await stack.upload("The sorrel is green and sour and grows wherever nobody has sown it.");
  await stack.settled(body.id);
  const question = "What is the sorrel?";
  stack.model.fails({ kind: "slow", operation: "converse-stream", match: question, delayMs: 700 });
  const { status, headers } = await stack.ask(chatbot, question);
  expect(status).toBe(200);
  const [event] = await told(requestOf(headers));
  expect(event).toMatchObject({ type: "request.slow", category: "performance", severity: "warning" });
  expect(event.data.operation).toBe("message.send");
  expect(event.data.durationMs).toBeGreaterThanOrEqual(LIMITS.slowRequestMs);
});

test("a query that is slow is told with its text and without what it was given, and stands in the operations", async () => {
  const name = `Kettle ${crypto.randomUUID()}`;
  const delayMs = LIMITS.slowQueryMs + 300;
  for (let time = 1; time <= 2; time++) {
    stack.database.fails({ kind: "slow", match: 'insert into "products"', delayMs });
    const { status, headers } = await stack.call("POST", "/v1/products", { name, category: "Kitchen" });
    expect(status).toBe(201);
    const slow = await until(async () => {
      const { body } = await stack.call("GET", `/v1/events?resourceId=${requestOf(headers)}&type=request.slow`);
      return body.items[0];
    });
    const { statement, ms } = slow.data.slowQuery;
    expect(statement).toContain('insert into "products"');
    expect(statement).not.toContain(name);
    expect(statement.length).toBeLessThanOrEqual(LIMITS.slowQueryCharsMax);
    expect(ms).toBeGreaterThanOrEqual(delayMs);
  }
  const { body } = await stack.call("GET", "/v1/operations");
  const mine = body.slowQueries.filter(({ operation }: { operation: string }) => operation === "product.create");
  expect(mine).toMatchObject([{ statement: expect.stringContaining('insert into "products"'), count: 2 }]);
  expect(mine[0].msMax).toBeGreaterThanOrEqual(delayMs);
  expect(body.databaseStatements).toEqual([]); // it has no pg_stat_statements
  const { body: others } = await (await stack.organization()).call("GET", "/v1/operations");
  expect(others.slowQueries).toEqual([]);
});

test("searches of days on which the nightly cron did not run are summed up by the next one", async () => {
  await stack.rows(
    `insert into search_days values ($1, (now() at time zone 'UTC')::date - 9, 1, 1, 0, 0, 1, 1, 1, 0, null)`,
    [stack.organizationId],
  );
  await stack.rows(
    `insert into search_log (organization_id, id, query_hash, mode, corpora, strategy, result_count, result_ids, latency_ms, created_at)
     select $1, new_id(), '\\x00', 'hybrid', '{1}', '[]', 0, '{}', 5, now() - days * interval '1 day' from unnest(array[1, 5, 8]) as days`,
    [stack.organizationId],
  );
  await stack.rows("select maintain_search_days()");
  const days = "select (now() at time zone 'UTC')::date - day as ago from search_days order by 1";
  expect((await stack.rows(days)).map(({ ago }) => ago)).toEqual([1, 5, 8, 9]);
});

test("the night's crons run beside each other, also twice; each is kept, and every organization's files will be checked", async () => {
  const night = "17 3 * * *";
  await Promise.all([stack.worker.fire(night), stack.worker.fire(night)]);
  const { body } = await stack.call("GET", "/v1/maintenance");
  const nightly = body.items.filter(({ schedule }: { schedule: string }) => schedule === night);
  expect(nightly.length).toBeGreaterThan(4);
  for (const { name, lastRun, failures } of nightly) expect([name, lastRun.ok, failures]).toEqual([name, true, 0]);
  const asked = await stack.rows("select organization_id as id from jobs where kind = 'file.check'");
  expect(asked.map(({ id }) => id).sort()).toEqual(
    (await stack.rows("select id from organizations order by id")).map(({ id }) => id),
  );
});

describe("the stream of events", () => {
  test("says that the database does not answer, and whoever comes back with his last id has missed nothing", async () => {
    const first = await open();
    const before = await newKey();
    const heard: { event: string; id: string; data: Record<string, unknown> }[] = [];
    for await (const { event, id, data } of parseEvents(first.body!)) {
      heard.push({ event, id, data: JSON.parse(data) });
      if (heard.length === 1) stack.database.fails({ kind: "500", match: "pg_snapshot_xmin" });
    }
    expect(heard.map(({ event }) => event)).toEqual(["change", "error"]);
    expect(heard[0]!.data.resourceId).toBe(before);
    expect(heard[1]!.data).toMatchObject({ code: "UNAVAILABLE", requestId: requestOf(first.headers) });
    const [failed] = await told(requestOf(first.headers));
    expect(failed).toMatchObject({ type: "request.failed", data: { operation: "event.stream", code: "UNAVAILABLE" } });
    const after = await newKey();
    const leave = new AbortController();
    const ids: unknown[] = [];
    for await (const { data } of parseEvents((await open({ "last-event-id": heard[1]!.id }, leave.signal)).body!)) {
      ids.push(JSON.parse(data).resourceId);
      if (ids.includes(after)) break;
    }
    leave.abort();
    expect(ids).toEqual([requestOf(first.headers), after]);
  });

  test("is kept open while nothing happens, ends by itself, and says where to go on and when", async () => {
    const started = Date.now();
    const blocks: { at: number; text: string }[] = [];
    for await (const text of (await open()).body!.pipeThrough(new TextDecoderStream()))
      blocks.push({ at: Date.now() - started, text });
    const lasted = Date.now() - started;
    expect(lasted).toBeGreaterThan(LIMITS.feedMs - 1_000);
    expect(lasted).toBeLessThan(LIMITS.feedMs + 5_000);
    for (const { text } of blocks)
      expect(text).toMatch(new RegExp(`^id: \\d+_[0-9a-f-]{36}\n: still here\nretry: ${LIMITS.feedRetryMs}\n\n$`));
    const silences = blocks.map(({ at }, index) => at - (blocks[index - 1]?.at ?? 0));
    expect(Math.max(...silences)).toBeLessThan(LIMITS.streamCommentMs + 2_000);
  });

  test("asks nothing more once its reader has left", async () => {
    const leave = new AbortController();
    const { body } = await open({}, leave.signal);
    await body!.getReader().read();
    leave.abort();
    // In miniflare the worker learns of it at its next write, which is a comment at the latest.
    await sleep(LIMITS.streamCommentMs + 3_000);
    const asked = stack.neon!.requests();
    await sleep(3_000);
    expect(stack.neon!.requests() - asked).toBeLessThanOrEqual(1);
  });
});
