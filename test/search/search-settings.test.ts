import { beforeAll, describe, expect, test } from "vitest";
import { CORPUS_NAMES } from "../../db/corpora.ts";
import { asTenant, call, organization, settled, signIn, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  const ids = [
    await uploadText(org, "Copper kettle, copper lid: copper keeps warm.", "A"),
    await uploadText(org, "The lamp is made of copper.", "B"),
    await uploadText(org, "Chairs stand around the table.", "C"),
  ];
  await Promise.all(ids.map((id) => settled(org, id)));
});

const set = (body: object, corpus = "document_chunk", to = org) =>
  to.call("PATCH", `/v1/search-settings/${corpus}`, body);
const search = async (more: object = {}) =>
  (await org.call("POST", "/v1/search", { query: "copper", corpora: ["document_chunk"], explain: true, ...more })).body;

test("without settings each corpus has the defaults that searches have", async () => {
  const fresh = await organization();
  const { body } = await fresh.call("GET", "/v1/search-settings");
  expect(body.items.map(({ corpus }: { corpus: string }) => corpus)).toEqual(CORPUS_NAMES);
  await fresh.call("POST", "/v1/products", { name: "Lamp", category: "Lights" });
  const reply = await fresh.call("POST", "/v1/search", { query: "lamp", explain: true });
  const used = reply.body.explanation.strategies;
  for (const item of body.items) {
    expect(item).toMatchObject({ scoreThreshold: 0, rerank: false, changed: [], updatedBy: null, updatedAt: null });
    const { lexicalShare, rerank } = used.find(({ corpus }: { corpus: string }) => corpus === item.corpus);
    expect(item).toMatchObject({ lexicalShare, rerank });
  }
});

test("what is named changes, what is null goes back to the default, and the rest stays", async () => {
  expect((await set({ lexicalShare: 0.8, rerank: true })).body).toMatchObject({
    corpus: "document_chunk",
    lexicalShare: 0.8,
    rerank: true,
    changed: ["lexicalShare", "rerank"],
    updatedBy: expect.any(String),
    updatedAt: expect.any(String),
  });
  expect((await set({ scoreThreshold: 0.5 })).body).toMatchObject({
    lexicalShare: 0.8,
    scoreThreshold: 0.5,
    rerank: true,
  });
  const { body } = await set({ lexicalShare: null, scoreThreshold: null, rerank: null });
  expect(body).toMatchObject({ lexicalShare: 0.75, scoreThreshold: 0, rerank: false, changed: [] });
  const { items } = (await org.call("GET", "/v1/search-settings")).body;
  expect(items[0]).toEqual(body);
});

test("a false that is set is not a default", async () => {
  expect((await set({ rerank: false, scoreThreshold: 0 })).body.changed).toEqual(["scoreThreshold", "rerank"]);
  await set({ rerank: null, scoreThreshold: null });
});

describe("a search obeys them, and a request's own value goes before", () => {
  test("how much words count", async () => {
    await set({ lexicalShare: 1 });
    const { results, explanation } = await search();
    expect(explanation.strategies).toMatchObject([{ lexicalShare: 1 }]);
    expect(results[0].score).toBeCloseTo(results[0].scores.lexical, 5);
    const own = await search({ lexicalShare: 0 });
    expect(own.explanation.strategies).toMatchObject([{ lexicalShare: 0 }]);
    expect(own.results[0].score).toBeCloseTo(own.results[0].scores.vector, 5);
    await set({ lexicalShare: null });
  });

  test("how relevant a result must be", async () => {
    const relevances = (await search()).results.map(({ relevance }: { relevance: number }) => relevance);
    const bar = relevances[1] - 1e-9;
    expect(relevances.length).toBeGreaterThan(2);
    await set({ scoreThreshold: bar });
    expect((await search()).results).toHaveLength(2);
    expect((await search({ scoreThreshold: 0 })).results).toHaveLength(relevances.length);
    expect((await search({ scoreThreshold: 1 })).results).toEqual([]);
    await set({ scoreThreshold: null });
  });

  test("whether a model reranks", async () => {
    const reranked = async (more?: object) => (await search(more)).results[0].scores.rerank !== null;
    expect(await reranked()).toBe(false);
    await set({ rerank: true });
    expect(await reranked()).toBe(true);
    expect(await reranked({ rerank: false })).toBe(false);
    await set({ rerank: null });
  });

  test("in their corpus and organization only", async () => {
    await set({ lexicalShare: 0.9 }, "product");
    expect((await search()).explanation.strategies).toMatchObject([{ lexicalShare: 0.75 }]);
    const other = await organization();
    const { items } = (await other.call("GET", "/v1/search-settings")).body;
    expect(items.every(({ changed }: { changed: string[] }) => changed.length === 0)).toBe(true);
  });
});

test("a corpus that there is not is not found, and a value out of bounds is refused", async () => {
  expect((await set({ rerank: true }, "secrets")).status).toBe(404);
  for (const body of [{ lexicalShare: 1.1 }, { scoreThreshold: -0.1 }, { rerank: "yes" }, {}])
    expect((await set(body)).status).toBe(400);
});

test("administrators change them and everybody reads them; a change is an event", async () => {
  const [viewer, admin] = [await signIn(org, "viewer"), await signIn(org, "admin")];
  expect((await call("GET", "/v1/search-settings", undefined, { key: viewer })).status).toBe(200);
  expect((await call("PATCH", "/v1/search-settings/product", { rerank: null }, { key: viewer })).status).toBe(403);
  expect((await call("PATCH", "/v1/search-settings/product", { rerank: true }, { key: admin })).status).toBe(200);
  const events = await asTenant(
    org.id,
    "select data from events where type = 'search-settings.updated' order by id desc limit 1",
  );
  expect(events).toEqual([{ data: { corpus: "product", before: { rerank: null }, after: { rerank: true } } }]);
});
