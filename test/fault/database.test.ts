import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ENDPOINTS } from "../../functions/app.ts";
import { DIALECTS } from "../../functions/kernel/dialect.ts";
import { manual, type OwnStack, sleep, startOwnStack, until } from "./stack.ts";

let stack: OwnStack;
let chatbot: string;
beforeAll(async () => {
  stack = await startOwnStack();
  chatbot = await stack.chatbot();
  const { body } = await stack.upload("The lantern is red and round.");
  await stack.settled(body.id);
  return stack.close;
});
beforeEach(() => {
  stack.database.works();
});

/** Sent again with its key until it is answered, as a client does. */
async function insist(send: (headers: Record<string, string>) => ReturnType<OwnStack["call"]>, withinMs = 20_000) {
  const headers = { "idempotency-key": crypto.randomUUID() };
  const refusals: number[] = [];
  const reply = await until(async () => {
    const answer = await send(headers);
    if (answer.status < 300) return answer;
    expect([409, 503]).toContain(answer.status);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    refusals.push(answer.status);
    return undefined;
  }, withinMs);
  return { reply, refusals, again: () => send(headers) };
}

/** What the sweep does once a minute, and a lease after two: here at once. */
async function timePasses() {
  await stack.rows(
    "update jobs set run_after = now() - interval '2 minutes', lease_until = null where failed_at is null",
  );
  await stack.worker.fire("* * * * *");
}

async function expectWhole(documentId: string) {
  const { body } = await stack.call("GET", `/v1/documents/${documentId}`);
  const { found, indexed } = await stack.chunksOf(documentId);
  expect(body).toMatchObject({ status: "completed", failureReason: null, chunkCount: found.length });
  expect(found.map(({ index }) => index)).toEqual(found.map((_, index) => index));
  expect(found.every(({ terms, vectors }) => terms === 1 && vectors === 1)).toBe(true);
  expect(indexed).toEqual({ terms: found.length, vectors: found.length });
  const events = await stack.rows("select type from events where resource_id = $1 order by id", [documentId]);
  expect(events.map(({ type }) => type)).toEqual(["document.uploaded", "document.chunked", "document.completed"]);
  expect(await stack.rows("select from jobs where subject_id = $1", [documentId])).toEqual([]);
}

/** The write is done and its answer lost; or neither is done. */
const KINDS = ["commit-then-reset", "reset"] as const;

describe.each(KINDS)("when the database answers with %s", (kind) => {
  test.each([
    ["the Idempotency-Key", "insert into idempotency_keys"],
    ["the document", 'insert into "documents"'],
    ["the end of the key", "update idempotency_keys set status"],
  ])("to the writing of %s, an upload sent again makes one document", async (_, match) => {
    const text = manual(`turbine ${crypto.randomUUID()}`, 2);
    stack.database.fails({ kind, match });
    const { reply, again } = await insist((headers) => stack.upload(text, { headers }));
    expect(stack.database.left()).toBe(0);
    expect(reply.status).toBe(202);
    if (match.startsWith("update") && kind !== "commit-then-reset")
      await stack.rows("update idempotency_keys set locked_until = now()"); // after two minutes
    expect((await again()).body.id).toBe(reply.body.id);
    const hash = "select content_hash from documents where id = $1";
    expect(await stack.rows(`select from documents where content_hash = (${hash})`, [reply.body.id])).toHaveLength(1);
    await timePasses();
    await stack.settled(reply.body.id);
    await expectWhole(reply.body.id);
  });

  test.each([
    ["the Idempotency-Key", "insert into idempotency_keys"],
    ["the question", "with answering as"],
    ["what was said so far", '"chatbot_revision" = $4, "lease_until"'],
    ["the end of the answer", '"processing_time_ms" = '],
    ["the end of the key", "update idempotency_keys set status"],
    ["nothing: when it is searched", "with found as"],
  ])("to the writing of %s, a question sent again is asked once, answered once and paid for once", async (_, match) => {
    const question = `What is the lantern? ${"!".repeat(asked++)}`;
    stack.database.fails({ kind, match });
    if (match.includes("lease_until"))
      stack.model.fails({ kind: "slow", operation: "converse-stream", match: question, delayMs: 250 });
    const { reply, again } = await insist((headers) => stack.ask(chatbot, question, { headers }));
    expect(stack.database.left()).toBe(0);
    expect(reply.body.message).toMatchObject({ status: "completed", content: "The lantern is red and round. [1]" });
    if (match.startsWith("update") && kind !== "commit-then-reset")
      await stack.rows("update idempotency_keys set locked_until = now()"); // after two minutes
    expect((await again()).body).toEqual(reply.body);
    const stored = await stack.rows("select conversation_id as id from messages where content = $1", [question]);
    expect(stored).toHaveLength(1);
    const messages = await stack.messages(stored[0].id);
    expect(messages.map(({ role, status, sequence }) => [role, status, sequence])).toEqual([
      ["user", "completed", 1],
      ["assistant", "completed", 2],
    ]);
    const calls = await stack.rows("select task from ai_usage where message_id = $1 order by id", [messages[1].id]);
    expect(calls).toEqual([{ task: "embed" }, { task: "answer" }]);
  });

  test("to the ledger, what a search cost is in it a little later, once", async () => {
    const { organizationId, call } = await stack.organization();
    stack.database.fails({ kind, match: "insert into ai_usage" });
    expect(await call("POST", "/v1/search", { query: "lantern" })).toMatchObject({ status: 200 });
    const rows = () => stack.rows("select task from ai_usage where organization_id = $1", [organizationId]);
    await until(async () => (stack.database.left() === 0 ? true : undefined));
    await sleep(1_500);
    expect(await rows()).toEqual([{ task: "embed" }]);
  });

  test("to each write of a job in turn, no document is lost, none is half, and each event is told once", async () => {
    const sites = [
      "from claim_job",
      'set "status" = $1, "failure_reason"',
      'insert into "document_chunks"',
      '"ocr_pages" = ',
      "insert into search_vectors",
      '"version" + 1',
    ];
    stack.database.fails(...sites.map((match) => ({ kind, match })));
    const ids: string[] = [];
    for (const site of sites) ids.push((await stack.upload(manual(`${kind} ${site}`, 2))).body.id);
    await until(async () => (stack.database.left() === 0 ? true : undefined), 60_000);
    const settled = Promise.all(ids.map((id) => stack.settled(id)));
    await sleep(5_000);
    await timePasses();
    await settled;
    for (const id of ids) await expectWhole(id);
  });

  test("to the telling that a job failed, it is tried again all the same", async () => {
    const id = (await stack.upload(manual(`pylon ${kind}`, 2))).body.id;
    stack.database.fails(
      { kind: "reset", match: "insert into search_vectors" },
      { kind, match: "set lease_until = null, last_error" },
    );
    await until(async () => (stack.database.left() === 0 ? true : undefined));
    await stack.settled(id);
    await expectWhole(id);
  });
});
let asked = 0;

describe("ten seconds without a database", () => {
  test("lose no document and double none, and meanwhile everything says when to come again", async () => {
    const texts = Array.from({ length: 6 }, (_, index) => manual(`outage ${index}`, 4));
    const [early, late] = [texts.slice(0, 3), texts.slice(3)];
    const accepted: string[] = [];
    for (const text of early) accepted.push((await stack.upload(text)).body.id);
    const outage = (async () => {
      for (let second = 0; second < 10; second++) {
        stack.database.fails({ kind: second % 2 ? "500" : "reset", times: -1 });
        await sleep(1_000);
      }
      stack.database.works();
    })();
    const uploads = Promise.all(late.map((text) => insist((headers) => stack.upload(text, { headers }), 40_000)));
    const answering = insist((headers) => stack.ask(chatbot, "What is the lantern?", { headers }), 40_000);
    for (const { method, path, dialect } of ENDPOINTS) {
      const { status, headers, body } = await stack.call(
        method.toUpperCase(),
        path.replace(/\{\w+\}/g, crypto.randomUUID()),
      );
      const said = dialect === "openai" ? body.error.code : body.code;
      expect([path, status, said]).toEqual([path, 503, dialect === "openai" ? "service_unavailable" : "UNAVAILABLE"]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(headers.get("content-type")).toBe(DIALECTS[dialect ?? "edgelore"].errorType);
      expect(JSON.stringify(body)).not.toMatch(/select|insert|127\.0\.0\.1|control plane/i);
    }
    expect(await stack.call("GET", "/health")).toMatchObject({ status: 200 });
    await outage;
    for (const { reply, refusals } of await uploads) {
      expect(reply.status).toBe(202);
      expect(refusals).toContain(503);
      accepted.push(reply.body.id);
    }
    expect((await answering).reply.body.message).toMatchObject({ status: "completed", answered: true });
    expect(new Set(accepted).size).toBe(texts.length);
    for (const id of accepted) {
      await stack.settled(id);
      await expectWhole(id);
    }
  });
});

describe("an Idempotency-Key", () => {
  test("sent fifty times at once has one effect", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const text = manual("fifty", 2);
    const replies = await Promise.all(Array.from({ length: 50 }, () => stack.upload(text, { headers })));
    const made = new Set(replies.filter(({ status }) => status === 202).map(({ body }) => body.id));
    expect(made.size).toBe(1);
    for (const { status, body, headers } of replies) {
      expect([202, 409]).toContain(status);
      if (status === 409)
        expect(body).toMatchObject({ code: "CONFLICT", detail: expect.stringContaining("still running") });
      if (status === 409) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect(
      await stack.rows("select from events where resource_id = $1 and type = 'document.uploaded'", [...made]),
    ).toHaveLength(1);
    const question = { content: "What is the lantern? Fifty!" };
    const path = `/v1/chatbots/${chatbot}/messages`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => stack.call("POST", path, question, { headers: { "idempotency-key": "fifty" } })),
    );
    const messages = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.message.id));
    expect(messages.size).toBe(1);
    expect(await stack.rows("select from messages where content = $1", [question.content])).toHaveLength(1);
    expect(
      await stack.rows("select from ai_usage where message_id = $1 and task = 'answer'", [...messages]),
    ).toHaveLength(1);
  });

  /** As a worker leaves it that dies in the middle: locked, with or without what it had to make. */
  async function die(made: boolean, send: () => ReturnType<OwnStack["call"]>, match: string) {
    stack.database.fails(
      { kind: made ? "commit-then-reset" : "reset", match },
      { kind: "reset", match: "update idempotency_keys set locked_until" },
      { kind: "reset", match: 'update "messages"' },
    );
    expect((await send()).status).toBe(503);
    stack.database.works();
    expect(await send()).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    await stack.rows("update idempotency_keys set locked_until = now() - interval '1 second' where status is null");
  }

  test.each([true, false])("whose worker died makes one document (it had made it: %s)", async (made) => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const text = manual(`dying ${made}`, 2);
    const send = () => stack.upload(text, { headers });
    await die(made, send, 'insert into "documents"');
    const before = await stack.rows(
      "select id from documents where id in (select result_id from idempotency_keys where key = $1)",
      [headers["idempotency-key"]],
    );
    expect(before).toHaveLength(made ? 1 : 0);
    const reply = await send();
    expect(reply.status).toBe(202);
    if (made) expect(reply.body.id).toBe(before[0].id);
    expect(await send()).toMatchObject({ status: 202, body: { id: reply.body.id } });
    await timePasses();
    await stack.settled(reply.body.id);
    await expectWhole(reply.body.id);
  });

  test.each([true, false])("whose worker died is answered once (its question was stored: %s)", async (made) => {
    const question = `What is the lantern? Dying ${made}!`;
    const headers = { "idempotency-key": crypto.randomUUID() };
    const send = () => stack.ask(chatbot, question, { headers });
    await die(made, send, "with answering as");
    if (made) {
      await stack.rows("update messages set lease_until = now() where status = 'pending'");
      expect(await send()).toMatchObject({ status: 409 });
      await stack.worker.fire("* * * * *");
    }
    const reply = await send();
    expect(reply).toMatchObject({ status: 200, body: { message: { status: "completed", answered: true } } });
    expect((await send()).body).toEqual(reply.body);
    expect(await stack.rows("select from messages where content = $1", [question])).toHaveLength(1);
    expect(await stack.messages(reply.body.conversationId)).toHaveLength(2);
  });

  test("whose worker died while it spoke gives what it had said", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const send = () => stack.ask(chatbot, "What is the lantern? Cut!", { headers });
    const { message } = (await send()).body;
    await stack.rows(
      `update messages set status = 'streaming', content = 'The lantern', citations = '[]', lease_until = now() where id = $1`,
      [message.id],
    );
    await stack.rows("update idempotency_keys set status = null, locked_until = now() where result_id = $1", [
      message.id,
    ]);
    expect(await send()).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
    await stack.worker.fire("* * * * *");
    expect(await send()).toMatchObject({
      status: 200,
      body: { message: { id: message.id, status: "interrupted", content: "The lantern" } },
    });
  });

  test("of a refused request is as if it had never been sent", async () => {
    const headers = { "idempotency-key": crypto.randomUUID() };
    const path = `/v1/chatbots/${chatbot}/messages`;
    const nowhere = { content: "What?", conversationId: crypto.randomUUID() };
    expect(await stack.call("POST", path, nowhere, { headers })).toMatchObject({ status: 404 });
    expect(await stack.call("POST", path, { content: "What is the lantern?" }, { headers })).toMatchObject({
      status: 200,
    });
  });
});
