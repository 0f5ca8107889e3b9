import { expect, test } from "vitest";
import { asTenant, fixturesOf, organization, settled } from "../harness.ts";

test("what waits, runs and was given up is told by kind, with how long the oldest has waited, and what there is", async () => {
  const [org, other] = [await organization(), await organization()];
  await fixturesOf(other).job();
  await settled(org, await fixturesOf(org).document());
  const jobId = await fixturesOf(org).job();
  const insert = (kind: string, due: string, lease: string | null) =>
    asTenant(
      org.id,
      `insert into jobs (id, kind, subject_id, run_after, lease_until)
       values (gen_random_uuid(), $1, gen_random_uuid(), now() + $2::interval, now() + $3::interval)`,
      [kind, due, lease],
    );
  for (const [due, lease] of [
    ["1 day", null],
    ["1 day", "1 hour"],
  ] as const)
    await insert("website.read", due, lease);
  const { queues, metrics } = (await org.call("GET", "/v1/operations")).body;
  expect(queues).toEqual([
    { kind: "document.ingest", waiting: 0, running: 0, failed: 1, oldestDueSeconds: null },
    { kind: "website.read", waiting: 1, running: 1, failed: 0, oldestDueSeconds: null },
  ]);
  const of = Object.fromEntries(metrics.map(({ metric, value }: { metric: string; value: number }) => [metric, value]));
  expect(of).toMatchObject({ documents: 1, failed_documents: 0, document_chunks: 1, waiting_jobs: 2, failed_jobs: 1 });

  expect((await other.call("DELETE", `/v1/failed-jobs/${jobId}`)).status).toBe(404);
  expect((await org.call("DELETE", `/v1/failed-jobs/${jobId}`)).status).toBe(204);
  expect((await org.call("DELETE", `/v1/failed-jobs/${jobId}`)).status).toBe(404);
  expect((await org.call("GET", "/v1/failed-jobs")).body.items).toEqual([]);
});

test("work that waits is not discarded", async () => {
  const org = await organization();
  const [row] = await asTenant<{ id: string }>(
    org.id,
    `insert into jobs (id, kind, subject_id, run_after)
     values (gen_random_uuid(), 'website.read', gen_random_uuid(), now() + interval '1 day') returning id`,
  );
  expect((await org.call("DELETE", `/v1/failed-jobs/${row!.id}`)).status).toBe(404);
  expect(await asTenant(org.id, "select 1 from jobs")).toHaveLength(1);
});
