import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { v7 } from "uuid";
import { beforeAll, expect, test } from "vitest";
import { checkFiles } from "../../functions/chatbots/file.check.ts";
import { runJob } from "../../functions/kernel/work.ts";
import { envWith } from "../env.ts";
import {
  asTenant,
  fixturesOf,
  organization,
  settled,
  stack,
  superuser,
  type TestOrganization,
  uploadText,
} from "../harness.ts";

const DAY_MS = 86_400_000;

/** An R2 of this file's own: whatever the worker stores lies in another. */
let bucket: R2Bucket;
beforeAll(async () => {
  const script = "export default { fetch: () => new Response() }";
  const miniflare = new Miniflare(convertV4MiniflareOptions({ modules: true, script, r2Buckets: ["FILES"] }));
  bucket = (await miniflare.getR2Bucket("FILES")) as unknown as R2Bucket;
  return () => miniflare.dispose();
});

/** The same with keys that lie there for more than a day, a few keys a page. */
function aged(old: ReadonlySet<string>, onList: () => void = () => {}) {
  return {
    async list(options: R2ListOptions) {
      onList();
      const page = await bucket.list({ ...options, limit: 3 });
      const objects = page.objects.map(({ key, size, uploaded }) => ({
        key,
        size,
        uploaded: old.has(key) ? new Date(Date.now() - 1.1 * DAY_MS) : uploaded,
      }));
      return { ...page, objects };
    },
    delete: (keys: string[]) => bucket.delete(keys),
  };
}

async function check(org: TestOrganization, files: object, jobId: string = v7()) {
  await asTenant(
    org.id,
    `insert into jobs (id, kind, subject_id) values ($1, 'file.check', $2)
     on conflict (organization_id, id) do update set run_after = now()`,
    [jobId, org.id],
  );
  const database = { DATABASE_URL: stack.appUrl, DATABASE_ENDPOINT: stack.endpoint };
  const env = envWith({ FILES: files, JOBS: { sendBatch: async () => {} }, ...database });
  await runJob({ env, reactions: {}, crons: [], waitUntil: () => {} }, [checkFiles], jobId);
}

const put = async (key: string, bytes = "0123456789") => {
  await bucket.put(key, bytes);
  return key;
};
const keysOf = async (org: TestOrganization) => (await bucket.list({ prefix: org.id })).objects.map(({ key }) => key);
const lastCheck = async (org: TestOrganization) => (await org.call("GET", "/v1/file-check")).body.check;
const eventsOf = async (org: TestOrganization) =>
  (await org.call("GET", "/v1/events?resourceType=file-check")).body.items;

/** As if nobody had changed them for two days. */
const age = (documentIds: string[], change = "title = title") =>
  superuser.transaction([
    superuser`set local session_replication_role = replica`,
    superuser.query(
      `update documents set updated_at = now() - interval '2 days', ${change} where id::text = any (string_to_array($1, ','))`,
      [documentIds.join()],
    ),
  ]);

const upload = async (org: TestOrganization) => {
  const id = await uploadText(org, `The kettle hums. ${crypto.randomUUID()}`);
  await settled(org, id);
  return id;
};

test("bytes that nobody names go after a day; those that somebody needs or may still name never do", async () => {
  const [org, other] = [await organization(), await organization()];
  const [done, working, claimed] = [await upload(org), await upload(org), v7()];
  await asTenant(
    org.id,
    `insert into idempotency_keys (key, fingerprint, result_id, locked_until, created_at)
     values ('again', '\\x00', $1, now(), now() - interval '23 hours')`,
    [claimed],
  );
  await asTenant(org.id, "update documents set status = 'processing' where id = $1", [working]);
  const attached = await fixturesOf(org).attachment();
  const nobodys = [
    await put(`${org.id}/${v7()}`),
    await put(`${org.id}/${done}/${v7()}`),
    await put(`${org.id}/${done}.draft`),
    await put(`${org.id}/${v7()}/${v7()}.draft`),
  ];
  const needed = [
    await put(`${org.id}/${done}`),
    await put(`${org.id}/${working}`),
    await put(`${org.id}/${working}.draft`),
    await put(`${org.id}/${claimed}`),
    await put(`${org.id}/${attached}`),
    await put(`${org.id}/${done}/${claimed}`),
    await put(`${org.id}/archive/2026-01.jsonl`),
  ];
  const theirs = await put(`${other.id}/${v7()}`);
  const old = new Set([...nobodys, ...needed, theirs]);
  const young = await put(`${org.id}/${v7()}`);

  await check(org, aged(old));
  expect(await keysOf(org)).toEqual([...needed, young].sort());
  expect(await keysOf(other)).toEqual([theirs]);
  expect(await lastCheck(org)).toMatchObject({ files: 11, orphaned: 4, orphanedBytes: 40, missing: [], abandoned: 0 });
  expect(await eventsOf(org)).toMatchObject([
    { type: "file-check.completed", severity: "info", data: { orphaned: 4, orphanedBytes: 40 } },
  ]);

  await check(org, aged(old));
  expect(await lastCheck(org)).toMatchObject({ files: 7, orphaned: 0, completedAt: expect.any(String) });
  expect(await eventsOf(org)).toHaveLength(1); // where all is well nothing is told
});

test("documents and attachments without their bytes are told, once all files were seen, and new ones are not among them", async () => {
  const org = await organization();
  const ids = await Promise.all(Array.from({ length: 8 }, () => upload(org)));
  const present = ids.filter((_, nr) => nr % 2 === 0);
  const missing = ids.filter((_, nr) => nr % 2 === 1).sort();
  for (const id of present) await put(`${org.id}/${id}`);
  await age(ids);
  await upload(org);
  const [bare, whole, fresh] = await Promise.all([1, 2, 3].map(() => fixturesOf(org).attachment()));
  await put(`${org.id}/${whole}`);
  await asTenant(
    org.id,
    "update attachments set created_at = now() - interval '2 days', conversation_id = $2, message_id = new_id() where id <> $1",
    [fresh, await fixturesOf(org).conversation()],
  );
  await check(org, aged(new Set()));
  expect((await lastCheck(org)).missing.sort()).toEqual([...missing, bare].sort());
  expect(await eventsOf(org)).toMatchObject([{ type: "file-check.completed", severity: "error" }]);
});

test("a document that waits for work which nobody has is given up, one that somebody works on is not", async () => {
  const org = await organization();
  const [lost, waiting] = [await upload(org), await upload(org)];
  for (const id of [lost, waiting]) await put(`${org.id}/${id}`);
  await age([lost, waiting], "status = 'processing', version = 0");
  await asTenant(
    org.id,
    "insert into jobs (id, kind, subject_id, run_after) values ($1, 'document.embed', $2, now() + interval '1 day')",
    [v7(), waiting],
  );
  await check(org, aged(new Set()));
  expect((await org.call("GET", `/v1/documents/${waiting}`)).body.status).toBe("processing");
  expect((await org.call("GET", `/v1/documents/${lost}`)).body).toMatchObject({
    status: "failed",
    failureReason: "The work on it was lost. Process it again.",
  });
  expect(await lastCheck(org)).toMatchObject({ abandoned: 1 });
  expect((await org.call("POST", `/v1/documents/${lost}/reprocess`)).status).toBe(202);
  expect(await settled(org, lost)).toMatchObject({ status: "completed" });
});

test("a check that broke goes on where it stopped, and counts nothing twice", async () => {
  const org = await organization();
  const old = new Set<string>();
  for (let nr = 0; nr < 10; nr++) old.add(await put(`${org.id}/${v7()}`));
  const jobId = v7();
  let lists = 0;
  const breaking = aged(old, () => {
    if (++lists === 3) throw new Error("R2 does not answer");
  });
  await check(org, breaking, jobId);
  expect(await keysOf(org)).toHaveLength(4);
  expect(await lastCheck(org)).toMatchObject({ orphaned: 6, completedAt: null });
  await check(org, breaking, jobId);
  expect(await keysOf(org)).toEqual([]);
  expect(await lastCheck(org)).toMatchObject({ files: 10, orphaned: 10, orphanedBytes: 100 });
  expect(lists).toBe(5);
});

test("the worker checks its own files when it is asked to, and leaves what it has just stored", async () => {
  const org = await organization();
  const id = await upload(org);
  expect(await org.call("POST", "/v1/file-check")).toMatchObject({ status: 202, body: { running: true } });
  const until = Date.now() + 20_000;
  for (;;) {
    const { body } = await org.call("GET", "/v1/file-check");
    if (body.check?.completedAt) break;
    if (Date.now() > until) throw new Error("not checked");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(await lastCheck(org)).toMatchObject({ files: 1, orphaned: 0, missing: [], abandoned: 0 });
  expect((await org.call("POST", `/v1/documents/${id}/reprocess`)).status).toBe(202);
  expect(await settled(org, id)).toMatchObject({ status: "completed" });
});
