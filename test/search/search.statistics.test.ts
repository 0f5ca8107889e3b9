import { v7 } from "uuid";
import { expect, test } from "vitest";
import { connect } from "../../db/client.ts";
import type { Cron } from "../../functions/kernel/cron.ts";
import type { Env } from "../../functions/kernel/env.ts";
import { expireEmbeddingCache } from "../../functions/search/embedding-cache.expire.ts";
import { summarizeSearchDays } from "../../functions/search/search.summarize.ts";
import { asTenant, organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

const db = connect(stack.appUrl, { endpoint: stack.endpoint, timeoutMs: 20_000 });
const fire = (cron: Cron) => cron.run({ db, env: {} as Env, requestId: crypto.randomUUID() });
const DAY_MS = 86_400_000;
const noon = (daysAgo: number) => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS + DAY_MS / 2);
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

const statistics = async (org: TestOrganization, days = 30) =>
  (await org.call("GET", `/v1/search/statistics?days=${days}`)).body;

type Logged = { at: Date; question?: string; latencyMs?: number; cached?: boolean | null; results?: number };
const logged = (org: TestOrganization, { at, question = "x", latencyMs = 10, cached = null, results = 1 }: Logged) =>
  asTenant(
    org.id,
    `insert into search_log (id, query_hash, mode, corpora, strategy, result_count, result_ids, embedding_cached, latency_ms, created_at)
     values ($1, sha256(convert_to($2, 'UTF8')), 'hybrid', '{1}', $3, $4, '{}', $5, $6, $7)`,
    [
      v7({ msecs: at.getTime() }),
      question,
      JSON.stringify([{ corpus: 1, lexical: "index", vector: cached === null ? "none" : "exact" }]),
      results,
      cached,
      latencyMs,
      at.toISOString(),
    ],
  );

test("today stands as the log does, with what was judged", async () => {
  const org = await organization();
  await org.call("POST", "/v1/products", { name: "Lamp", category: "Lights" });
  await expect.poll(async () => (await statistics(org)).index[1].waiting, { timeout: 20_000 }).toBe(0);
  const search = async (query: string, mode = "lexical") =>
    (await org.call("POST", "/v1/search", { query, mode })).body;
  const { id, results } = await search("lamp");
  await search("lamp");
  await search("zygote");
  await search("lamp", "vector");
  await search("lamp", "vector");
  await org.call("POST", `/v1/search/${id}/feedback`, { judgments: [{ entryId: results[0].id, relevance: 2 }] });
  const { days, strategies } = await statistics(org, 1);
  expect(days).toEqual([
    {
      day: dayOf(new Date()),
      searches: 5,
      questions: 2,
      withoutResult: 1,
      embeddingsCached: 1,
      embeddingsComputed: 1,
      latencyMsP50: expect.any(Number),
      latencyMsP95: expect.any(Number),
      judgments: 1,
      meanRelevance: 2,
    },
  ]);
  const ofProducts = strategies.filter(({ corpus }: { corpus: string }) => corpus === "product");
  const searches = ofProducts.reduce((sum: number, row: { searches: number }) => sum + row.searches, 0);
  expect(searches).toBe(5);
  expect((await statistics(await organization())).days).toEqual([]);
});

test("days that are over are summed up at night, once and again, and the log is not asked for them any more", async () => {
  const org = await organization();
  const [yesterday, before] = [noon(1), noon(2)];
  await logged(org, { at: before, question: "a", latencyMs: 10, cached: false });
  await logged(org, { at: before, question: "a", latencyMs: 20, cached: true });
  await logged(org, { at: before, question: "b", latencyMs: 90, results: 0 });
  await logged(org, { at: yesterday, latencyMs: 5 });
  const sums = {
    searches: 3,
    questions: 2,
    withoutResult: 1,
    embeddingsCached: 1,
    embeddingsComputed: 1,
    latencyMsP50: 20,
  };
  expect((await statistics(org)).days.map(({ day }: { day: string }) => day)).toEqual([dayOf(yesterday)]);
  for (const _ of [1, 2]) {
    const { days } = await fire(summarizeSearchDays);
    expect(days).toBeGreaterThanOrEqual(2);
    expect((await statistics(org)).days).toMatchObject([
      { day: dayOf(yesterday), searches: 1, latencyMsP95: 5 },
      { day: dayOf(before), ...sums, judgments: 0, meanRelevance: null },
    ]);
  }
  await logged(org, { at: yesterday, latencyMs: 5 });
  expect((await statistics(org)).days).toMatchObject([{ searches: 2 }, { searches: 3 }]);
  expect((await statistics(org, 2)).days).toHaveLength(1);
});

test("what was judged on a day without a search is summed up too", async () => {
  const org = await organization();
  await asTenant(
    org.id,
    `insert into relevance_feedback (id, search_id, corpus, entry_id, relevance, created_at) values ($1, $2, 1, $3, 3, $4)`,
    [v7(), v7(), v7(), noon(2).toISOString()],
  );
  await fire(summarizeSearchDays);
  expect((await statistics(org)).days).toMatchObject([
    { day: dayOf(noon(2)), searches: 0, latencyMsP50: 0, judgments: 1, meanRelevance: 3 },
  ]);
});

test("how each corpus was searched is told by day and strategy, of the organization's own searches alone", async () => {
  const [org, other] = [await organization(), await organization()];
  await logged(org, { at: noon(1), latencyMs: 10, cached: true });
  await logged(org, { at: noon(1), latencyMs: 30, cached: true, results: 0 });
  await logged(org, { at: noon(1), latencyMs: 7 });
  await logged(other, { at: noon(1), latencyMs: 7 });
  const common = { day: dayOf(noon(1)), corpus: "document_chunk", lexical: "index" };
  expect((await statistics(org)).strategies).toEqual([
    { ...common, vector: "exact", searches: 2, latencyMsMean: 20, latencyMsP95: 29, withoutResult: 1 },
    { ...common, vector: "none", searches: 1, latencyMsMean: 7, latencyMsP95: 7, withoutResult: 0 },
  ]);
});

test("the index tells what waits for its vector, and the last check of each corpus", async () => {
  const org = await organization();
  await settled(org, await uploadText(org, "The lamp is lit."));
  const index = async () => (await statistics(org)).index;
  const whole = {
    shelf: 0,
    embeddingModel: "amazon.titan-embed-text-v2:0",
    entries: 1,
    vectors: 1,
    waiting: 0,
    lastCheck: null,
  };
  expect((await index())[0]).toEqual({ corpus: "document_chunk", ...whole });
  await asTenant(org.id, "delete from search_vectors");
  const findings = {
    entries: 1,
    indexed: 1,
    missing: 2,
    orphaned: 3,
    outdated: 4,
    withoutVector: 1,
    statisticsDiffer: false,
  };
  for (const repaired of [0, 5])
    await asTenant(org.id, "insert into index_checks (id, corpus, findings, repaired) values ($1, 1, $2, $3)", [
      v7(),
      JSON.stringify(findings),
      repaired,
    ]);
  expect(await index()).toMatchObject([
    {
      ...whole,
      vectors: 0,
      waiting: 1,
      lastCheck: { completedAt: null, missing: 2, orphaned: 3, outdated: 4, repaired: 5 },
    },
    { corpus: "product", entries: 0, vectors: 0, waiting: 0, lastCheck: null },
  ]);
});

test.each(["0", "367", "1.5", "x"])("%s days are refused by name", async (days) => {
  const org = await organization();
  const reply = await org.call("GET", `/v1/search/statistics?days=${days}`);
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: "days" }] } });
});

test("embeddings whose time has passed are forgotten, to the last, and the others stay", async () => {
  const org = await organization();
  const put = (count: number, expiresIn: string) =>
    asTenant(
      org.id,
      `insert into embedding_cache (model, text_hash, embedding, expires_at)
       select 'm', sha256(convert_to($1 || n, 'UTF8')), ('[1' || repeat(',0', 1023) || ']')::halfvec, now() + $1::interval
       from generate_series(1, $2::integer) as n`,
      [expiresIn, count],
    );
  await put(6_000, "-1 minute");
  await put(2, "1 hour");
  const { forgotten } = await fire(expireEmbeddingCache);
  expect(forgotten).toBeGreaterThanOrEqual(6_000);
  expect(await asTenant(org.id, "select count(*)::integer as kept from embedding_cache")).toEqual([{ kept: 2 }]);
  expect(await fire(expireEmbeddingCache)).toEqual({ forgotten: expect.any(Number) });
});
