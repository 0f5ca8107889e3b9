import { expect, test } from "vitest";
import { asTenant, organization, type TestOrganization } from "../harness.ts";

const search = (org: TestOrganization, query: string, more: object = {}) =>
  org.call("POST", "/v1/search", { query, ...more });
const rowsOf = async (org: TestOrganization, table: "ai_usage" | "embedding_cache") =>
  (await asTenant<{ count: number }>(org.id, `select count(*)::integer as count from ${table}`))[0]!.count;

const withProduct = async () => {
  const org = await organization();
  await org.call("POST", "/v1/products", { name: "Gyroscope", category: "Tools" });
  await expect.poll(() => rowsOf(org, "ai_usage"), { timeout: 20_000 }).toBe(1);
  return org;
};

test("the same question twice is embedded once, whatever else is asked with it", async () => {
  const org = await withProduct();
  await search(org, "What turns?");
  await expect.poll(() => rowsOf(org, "ai_usage"), { timeout: 10_000 }).toBe(2);
  await search(org, "What turns?");
  await search(org, "What turns?", { mode: "vector", limit: 3, corpora: ["product"] });
  await search(org, "What turns? -lathe");
  await search(org, "What stands?", { mode: "lexical" });
  await search(org, "What spins?");
  await expect.poll(() => rowsOf(org, "ai_usage"), { timeout: 10_000 }).toBe(3);
});

test("another organization's embedding is never used: both compute the same question", async () => {
  const [ours, theirs] = [await withProduct(), await withProduct()];
  const cached = await Promise.all([ours, theirs].map((org) => rowsOf(org, "embedding_cache")));
  expect(cached).toEqual([1, 1]);
  for (const org of [ours, theirs]) await search(org, "What balances?");
  for (const org of [ours, theirs]) {
    await expect.poll(() => rowsOf(org, "ai_usage"), { timeout: 10_000 }).toBe(2);
    expect(await rowsOf(org, "embedding_cache")).toBe(2);
    const logged = await asTenant(org.id, "select embedding_cached from search_log");
    expect(logged).toEqual([{ embedding_cached: false }]);
  }
});

test("an embedding whose time has passed is computed anew, and kept again", async () => {
  const org = await withProduct();
  await search(org, "What precesses?");
  await asTenant(org.id, "update embedding_cache set expires_at = now() - interval '1 second'");
  const { body } = await search(org, "What precesses?");
  expect(body.degraded).toEqual([]);
  const logged = await asTenant(org.id, "select embedding_cached from search_log");
  expect(logged).toEqual([{ embedding_cached: false }, { embedding_cached: false }]);
  await search(org, "What precesses?");
  expect(await asTenant(org.id, "select count(*)::integer as cached from search_log where embedding_cached")).toEqual([
    { cached: 1 },
  ]);
});
