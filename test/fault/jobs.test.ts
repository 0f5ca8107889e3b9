import { beforeAll, describe, expect, test } from "vitest";
import { connect, enterOrganization, openTenant } from "../../db/client.ts";
import { claimJob, finishJob, holdJob } from "../../db/queries/events/job.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { manual, type OwnStack, sleep, startOwnStack, until } from "./stack.ts";

const SWEEP = "* * * * *";

let stack: OwnStack;
beforeAll(async () => {
  stack = await startOwnStack();
  // A database that refuses some documents only, so that tests may run at once.
  await stack.rows(`create table curses (word text primary key)`);
  await stack.rows(`create function refuse_cursed() returns trigger language plpgsql security definer as $$
    begin
      if exists (select from curses where new.content like '%' || word || '%') then raise exception 'cursed'; end if;
      return new;
    end $$`);
  await stack.rows(
    `create trigger curse before insert on document_chunks for each row execute function refuse_cursed()`,
  );
  return stack.close;
});

async function uploaded(name: string, by: Pick<OwnStack, "upload"> = stack): Promise<string> {
  const { status, body } = await by.upload(manual(name, 4));
  expect(status).toBe(202);
  return body.id;
}

/** Work that was asked for, and whose wake-up call was lost. */
async function enqueueSilently(
  kind: string,
  subjectId: string,
  more: Record<string, string> = {},
  organizationId = stack.organizationId,
) {
  const id = crypto.randomUUID();
  const columns = Object.keys(more);
  await stack.rows(
    `insert into jobs (${["organization_id", "id", "kind", "subject_id", ...columns].join()})
     values (${["$1", "$2", "$3", "$4", ...Object.values(more)].join()})`,
    [organizationId, id, kind, subjectId],
  );
  return id;
}
const gone = (jobId: string) =>
  until(async () => ((await stack.rows("select from jobs where id = $1", [jobId])).length === 0 ? true : undefined));
const jobsOf = (subjectId: string) =>
  stack.rows(
    `select id, kind, attempts, last_error, failed_at, extract(epoch from lease_until - now())::float8 as lease
     from jobs where subject_id = $1`,
    [subjectId],
  );

async function expectWhole(documentId: string, by: Pick<OwnStack, "call"> = stack) {
  const { body } = await by.call("GET", `/v1/documents/${documentId}`);
  const { found, indexed } = await stack.chunksOf(documentId);
  expect(body).toMatchObject({ status: "completed", failureReason: null, chunkCount: found.length });
  expect(found.length).toBeGreaterThan(1);
  expect(found.map(({ index }) => index)).toEqual(found.map((_, index) => index));
  expect(new Set(found.map(({ content }) => content)).size).toBe(found.length);
  expect(found.every(({ terms, vectors }) => terms === 1 && vectors === 1)).toBe(true);
  expect(indexed).toEqual({ terms: found.length, vectors: found.length });
  return found.length;
}

/** The ledger's calls of models. */
const callsOf = ({ organizationId }: { organizationId: string }) =>
  stack.rows("select error, attempts from ai_usage where organization_id = $1", [organizationId]);

describe.concurrent("the same message delivered three times at once", () => {
  test("makes one set of chunks", async () => {
    const id = await uploaded("gudgeon");
    await stack.settled(id);
    const job = await enqueueSilently("document.ingest", id);
    await stack.worker.deliver(job, 3);
    await gone(job);
    await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
    await expectWhole(id);
  });

  test("embeds each chunk once", async () => {
    const org = await stack.organization();
    const id = await uploaded("sturgeon", org);
    await org.settled(id);
    await stack.rows("delete from search_vectors where source_id = $1", [id]);
    await stack.rows("delete from embedding_cache where organization_id = $1", [org.organizationId]);
    const job = await enqueueSilently("document.embed", id, {}, org.organizationId);
    await stack.worker.deliver(job, 3);
    await gone(job);
    const chunks = await expectWhole(id, org);
    expect(await callsOf(org)).toHaveLength(2 * chunks);
  });
});

test.concurrent("each call of a job that fails in the middle is in the ledger, with those that were running then", async () => {
  const org = await stack.organization();
  stack.model.fails({ kind: "validation", operation: "invoke", match: "barbel part number 0" });
  for (const section of [1, 2, 3])
    stack.model.fails({ kind: "slow", operation: "invoke", match: `barbel part number ${section}`, delayMs: 700 });
  const id = await uploaded("barbel", org);
  await org.settled(id);
  const chunks = await expectWhole(id, org);
  expect(chunks).toBeLessThanOrEqual(LIMITS.embeddingCallsAtOnce); // so that all were running
  const calls = await callsOf(org);
  expect(calls).toHaveLength(2 * chunks);
  expect(calls.filter(({ error }) => error !== null)).toEqual([{ error: "ValidationException", attempts: 1 }]);
});

describe.concurrent("a worker that lost its lease", () => {
  test("writes nothing more, and the other's work stands", async () => {
    stack.model.fails({ kind: "slow", operation: "invoke", match: "grayling part number 0", delayMs: 2_500 });
    const id = await uploaded("grayling");
    const job = await until(async () =>
      (await jobsOf(id)).find(({ kind, lease }) => kind === "document.embed" && lease > 0),
    );
    await stack.rows("update jobs set attempts = attempts + 1, lease_until = now() + interval '1 hour' where id = $1", [
      job.id,
    ]);
    await sleep(4_000);
    expect((await stack.chunksOf(id)).indexed).toMatchObject({ vectors: 0 });
    const [left] = await jobsOf(id);
    expect(left).toMatchObject({ id: job.id, attempts: 2, last_error: null, failed_at: null });
    expect(left.lease).toBeGreaterThan(3_000);
    await stack.rows("update jobs set run_after = now() - interval '2 minutes', lease_until = now() where id = $1", [
      job.id,
    ]);
    await stack.worker.fire(SWEEP);
    await stack.settled(id);
    await expectWhole(id);
  });

  test("cannot write even when the job has gone on since and its tries are counted anew", async () => {
    const db = connect(stack.appUrl, { endpoint: stack.endpoint, timeoutMs: 15_000 });
    const subject = crypto.randomUUID();
    const id = await enqueueSilently("test.nothing", subject);
    const first = await claimJob(db, id, 60);
    await stack.rows("update jobs set lease_until = now() where id = $1", [id]);
    const second = await claimJob(db, id, 60);
    const holding = (jobId: string, attempt: number) =>
      openTenant(db, {
        statements: () => [enterOrganization(db, stack.organizationId, { kind: "system", id: null })],
        closing: () => [holdJob(db, jobId, attempt, 60)],
      });
    expect([first!.attempt, second!.attempt]).toEqual([1, 2]);
    const nextId = crypto.randomUUID();
    await finishJob(
      holding(id, second!.attempt),
      holdJob(db, id, second!.attempt, 60),
      id,
      { ...second!, again: true, nextId },
      {},
      [],
    );
    const [next] = await jobsOf(subject);
    const third = await claimJob(db, next.id, 60);
    expect(third!.attempt).toBe(1);
    await expect(holding(next.id, third!.attempt).batch([])).resolves.toEqual([]);
    await expect(holding(id, first!.attempt).batch([])).rejects.toMatchObject({ code: "EL409" });
    await stack.rows("delete from jobs where subject_id = $1", [subject]);
  });
});

describe.concurrent("the sweep", () => {
  test("wakes work whose wake-up call was lost", async () => {
    const id = await uploaded("bream");
    await stack.settled(id);
    const job = await enqueueSilently("document.ingest", id, { run_after: "now() - interval '2 minutes'" });
    await stack.worker.fire(SWEEP);
    await gone(job);
    await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
    await expectWhole(id);
  });

  test("wakes work whose worker died", async () => {
    const id = await uploaded("perch");
    await stack.settled(id);
    const job = await enqueueSilently("document.ingest", id, {
      run_after: "now() - interval '5 minutes'",
      lease_until: "now() - interval '1 second'",
      attempts: "1",
    });
    await stack.worker.fire(SWEEP);
    await gone(job);
    await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
    await expectWhole(id);
  });

  test("leaves alone what a worker holds, or what has just been asked for", async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    await enqueueSilently("test.held", ids[0]!, {
      run_after: "now() - interval '5 minutes'",
      lease_until: "now() + interval '1 minute'",
      attempts: "1",
    });
    await enqueueSilently("test.new", ids[1]!);
    await stack.worker.fire(SWEEP);
    await sleep(1_000);
    expect([(await jobsOf(ids[0]!))[0].attempts, (await jobsOf(ids[1]!))[0].attempts]).toEqual([1, 0]);
    await stack.rows("delete from jobs where subject_id = any($1)", [`{${ids}}`]);
  });

  test("gives up work whose workers died each time, and says so", async () => {
    const id = await uploaded("tench");
    await stack.settled(id);
    await enqueueSilently("document.ingest", id, {
      run_after: "now() - interval '5 minutes'",
      lease_until: "now() - interval '1 second'",
      attempts: String(LIMITS.jobAttemptsMax),
    });
    await stack.worker.fire(SWEEP);
    const document = await until(async () => {
      const { body } = await stack.call("GET", `/v1/documents/${id}`);
      return body.status === "failed" ? body : undefined;
    });
    expect(document.failureReason).toMatch(/worker/);
    const { body } = await stack.call("GET", "/v1/failed-jobs");
    expect(body.items).toContainEqual(expect.objectContaining({ subjectId: id, kind: "document.ingest" }));
  });

  test("ends the answers of dead workers, with what they had said", async () => {
    const [silent, talking, alive] = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
    const conversation = crypto.randomUUID();
    await stack.rows("insert into conversations (organization_id, id, channel) values ($1, $2, 'api')", [
      stack.organizationId,
      conversation,
    ]);
    await stack.rows(
      `insert into messages (organization_id, conversation_id, id, sequence, role, status, content, lease_until) values
        ($1, $2, $3, 1, 'assistant', 'pending', '', now() - interval '1 second'),
        ($1, $2, $4, 2, 'assistant', 'streaming', 'The lamp', now() - interval '1 second'),
        ($1, $2, $5, 3, 'assistant', 'streaming', 'It is', now() + interval '1 minute')`,
      [stack.organizationId, conversation, silent, talking, alive],
    );
    await stack.worker.fire(SWEEP);
    expect(await stack.messages(conversation)).toMatchObject([
      { id: silent, status: "failed", content: "", error: { code: "INTERRUPTED" } },
      { id: talking, status: "interrupted", content: "The lamp", error: { code: "INTERRUPTED" } },
      { id: alive, status: "streaming", content: "It is", error: null },
    ]);
  });
});

describe.concurrent("what changes while it is embedded", () => {
  test("a document that is processed again has no vectors of chunks that are gone", async () => {
    stack.model.fails({ kind: "slow", operation: "invoke", match: "roach part number 0", delayMs: 2_500 });
    const id = await uploaded("roach");
    await until(async () => (await jobsOf(id)).find(({ kind, lease }) => kind === "document.embed" && lease > 0));
    expect((await stack.call("POST", `/v1/documents/${id}/reprocess`)).status).toBe(202);
    const again = (await jobsOf(id)).find(({ kind }) => kind === "document.ingest");
    await stack.worker.deliver(again.id, 1); // the queue of miniflare waits for the job before
    await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
    await expectWhole(id);
  });

  test("a product that gets another name is found by that", async () => {
    const product = (name: string) => stack.call("POST", "/v1/products", { name, category: "Fish" });
    const embedded = (id: string) =>
      until(async () => {
        if ((await jobsOf(id)).length > 0) return undefined;
        return (await stack.rows("select embedding::text from search_vectors where entry_id = $1", [id]))[0]?.embedding;
      });
    const twin = (await product("ruffe")).body.id;
    stack.model.fails({ kind: "slow", operation: "invoke", match: "zander", delayMs: 2_500 });
    const { id } = (await product("zander")).body;
    await until(async () => (await jobsOf(id)).find(({ lease }) => lease > 0));
    expect((await stack.call("PATCH", `/v1/products/${id}`, { name: "ruffe" })).status).toBe(200);
    expect(await embedded(id)).toBe(await embedded(twin));
  });
});

describe.concurrent("work that fails every time", () => {
  /** Failed after five tries, to be seen where it says so; then the fault is mended and the job replayed. */
  async function expectGivenUp(id: string, kind: string, reason: RegExp) {
    const document = await stack.settled(id, 100_000);
    expect(document).toMatchObject({ status: "failed", chunkCount: 0 });
    expect(document.failureReason).toMatch(reason);
    expect(document.failureReason).toContain("5 tries");
    const { body } = await stack.call("GET", "/v1/failed-jobs");
    const job = body.items.find(({ subjectId }: { subjectId: string }) => subjectId === id);
    expect(job).toMatchObject({ kind, attempts: LIMITS.jobAttemptsMax, lastError: expect.stringMatching(reason) });
    const told = (await stack.call("GET", `/v1/events?resourceId=${job.id}`)).body.items;
    expect(told.map(({ type }: { type: string }) => type)).toEqual(["job.failed"]);
    expect(told[0]).toMatchObject({
      category: "error",
      severity: "error",
      data: { operation: kind, subjectId: id, code: expect.any(String), attempts: LIMITS.jobAttemptsMax },
    });
    return job.id as string;
  }
  async function expectMended(id: string, jobId: string) {
    expect((await stack.call("POST", `/v1/failed-jobs/${jobId}/replay`)).status).toBe(202);
    await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
    await expectWhole(id);
    const { body } = await stack.call("GET", "/v1/failed-jobs");
    expect(body.items.map(({ subjectId }: { subjectId: string }) => subjectId)).not.toContain(id);
  }

  test("because its chunks cannot be written is given up, and succeeds when replayed after that was mended", async () => {
    await stack.rows("insert into curses values ('lamprey')");
    const id = await uploaded("lamprey");
    const job = await expectGivenUp(id, "document.ingest", /unexpected error/);
    await stack.rows("delete from curses where word = 'lamprey'");
    await expectMended(id, job);
  });

  test("because the model is down is given up, and succeeds when replayed after that was mended", async () => {
    const fault = { kind: "unavailable", operation: "invoke", match: "burbot part", times: -1 } as const;
    stack.model.fails(fault);
    const id = await uploaded("burbot");
    const job = await expectGivenUp(id, "document.embed", /model does not answer/);
    const failed = await stack.rows("select attempts from ai_usage where error = 'ServiceUnavailableException'");
    expect(failed.length).toBeGreaterThanOrEqual(LIMITS.jobAttemptsMax);
    stack.model.works(fault.match);
    await expectMended(id, job);
  });

  test("does not keep its bytes from being uploaded again", async () => {
    await stack.rows("insert into curses values ('bullhead')");
    const id = await uploaded("bullhead");
    await expectGivenUp(id, "document.ingest", /unexpected error/);
    await stack.rows("delete from curses where word = 'bullhead'");
    const again = await uploaded("bullhead");
    expect(again).not.toBe(id);
    await stack.settled(again);
    await expectWhole(again);
  });
});

test.concurrent("work that takes long keeps its lease, and is an event of performance", async () => {
  const slow = (LIMITS.jobLeaseSeconds / 3 + 4) * 1_000;
  const { id } = (await stack.call("POST", "/v1/products", { name: "Minnow", category: "Fish" })).body;
  await until(async () => ((await jobsOf(id)).length === 0 ? true : undefined));
  await stack.rows("delete from search_vectors where entry_id = $1", [id]);
  const owner = "(select organization_id from products where id = $1)";
  await stack.rows(`delete from embedding_cache where organization_id = ${owner}`, [id]);
  stack.model.fails({ kind: "slow", operation: "invoke", match: "Minnow", delayMs: slow });
  const job = await enqueueSilently("product.embed", id);
  const running = stack.worker.deliver(job, 1);
  await sleep(slow - 2_000);
  expect((await jobsOf(id))[0].lease).toBeGreaterThan(LIMITS.jobLeaseSeconds - 15);
  await running;
  expect(await stack.rows("select from search_vectors where entry_id = $1", [id])).toHaveLength(1);
  const [event] = (await stack.call("GET", `/v1/events?resourceId=${job}`)).body.items;
  expect(event).toMatchObject({
    type: "job.slow",
    category: "performance",
    data: { operation: "product.embed", subjectId: id },
  });
  expect(event.data.durationMs).toBeGreaterThanOrEqual(LIMITS.slowJobMs);
});
