import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

const TEXTS = {
  warm: "Copper kettle, copper lid: copper keeps warm.",
  light: "A kettle of steel is light.",
  lamp: "The lamp is made of copper.",
  chair: "Chairs stand around the table.",
};

let org: TestOrganization;
const ids: Record<string, string> = {};
beforeAll(async () => {
  org = await organization();
  for (const [title, text] of Object.entries(TEXTS)) ids[title] = await uploadText(org, text, title);
  await Promise.all(Object.values(ids).map((id) => settled(org, id)));
});

const search = async (query: string, more: object = {}) =>
  (await org.call("POST", "/v1/search", { query, corpora: ["document_chunk"], ...more })).body;

type Term = { term: string; contribution: number };
const sum = (terms: Term[]) => terms.reduce((total, { contribution }) => total + contribution, 0);

test("what the matching terms add is the lexical score, as a share of the most that the question's terms could add", async () => {
  const { results, explanation } = await search("copper kettle steel balloon", { mode: "lexical", explain: true });
  expect(explanation.terms).toEqual(
    ["copper", "kettl", "steel", "balloon"].map((term) => ({ term, weight: expect.any(Number) })),
  );
  // BM25's idf of the terms that there are, with the numbers of entries that hold them.
  const idf = (df: number) => Math.log(1 + (4 - df + 0.5) / (df + 0.5));
  const greatest = idf(2) + idf(2) + idf(1);
  expect(results.map(({ source }: { source: { title: string } }) => source.title)).toEqual(["light", "warm", "lamp"]);
  for (const { terms, scores } of results) expect(sum(terms)).toBeCloseTo(scores.lexical * greatest, 3);
  expect(results[1].terms.map(({ term }: Term) => term)).toEqual(["copper", "kettl"]);
});

test("an explanation names languages, model, and how each corpus was searched", async () => {
  const { explanation } = await search("copper", { corpora: ["document_chunk", "product"], explain: true });
  expect(explanation).toMatchObject({ languages: ["en"], embeddingModel: "amazon.titan-embed-text-v2:0" });
  expect(explanation.milliseconds).toBeGreaterThan(0);
  expect(explanation.strategies).toEqual([
    expect.objectContaining({ corpus: "document_chunk", entries: 4, scope: 4, vector: "exact", compared: 4 }),
    expect.objectContaining({ corpus: "product", entries: 0, scope: 0, lexical: "none", vector: "none", compared: 0 }),
  ]);
  expect((await search("copper")).explanation).toBeUndefined();
});

test("each mode takes its own list only", async () => {
  const strategies = async (mode: string) => (await search("copper", { mode, explain: true })).explanation;
  expect(await strategies("lexical")).toMatchObject({ strategies: [{ vector: "none", lexicalShare: 1 }] });
  expect(await strategies("vector")).toMatchObject({ terms: [], strategies: [{ lexical: "none", lexicalShare: 0 }] });
});

test("the scope is what the filter leaves", async () => {
  const filter = { documentId: { in: [ids.warm, ids.lamp] } };
  const { explanation, results } = await search("copper", { filter, explain: true });
  expect(explanation.strategies).toMatchObject([{ entries: 4, scope: 2, compared: 2 }]);
  expect(results).toHaveLength(2);
  const nothing = await search("copper", { filter: { documentId: crypto.randomUUID() }, explain: true });
  expect(nothing).toMatchObject({
    results: [],
    explanation: { strategies: [{ scope: 0, lexical: "none", vector: "none" }] },
  });
});

test("words that are excluded are none that were looked for", async () => {
  const { explanation } = await search("copper -lamp", { explain: true });
  expect(explanation.terms).toEqual([{ term: "copper", weight: 1 }]);
  const { explanation: asText } = await search("copper -lamp", { syntax: "plain", explain: true });
  expect(asText.terms.map(({ term }: Term) => term)).toEqual(["copper", "lamp"]);
});

test("each search is a row of the log, which holds no word of it", async () => {
  const query = "copper, logged";
  const { id, results } = await search(query);
  await search(query);
  const rows = await asTenant(
    org.id,
    `select * from search_log where query_hash = sha256(convert_to($1, 'UTF8')) order by id`,
    [query],
  );
  expect(rows).toHaveLength(2);
  const [row] = rows;
  expect(row).toMatchObject({
    id,
    mode: "hybrid",
    corpora: [1],
    strategy: [{ corpus: 1, entries: 4, scope: 4, vector: "exact" }],
    result_count: results.length,
    result_ids: results.map((result: { id: string }) => result.id),
    embedding_cached: false,
    chatbot_id: null,
  });
  expect(row!.top_relevance).toBeCloseTo(results[0].relevance, 5);
  expect(row!.latency_ms).toBeGreaterThanOrEqual(0);
  expect(rows[1]).toMatchObject({ embedding_cached: true });
  expect(JSON.stringify(rows)).not.toMatch(/copper|logged/i);
});

test("a search by words alone needs no embedding, and one without a result is logged too", async () => {
  const { id, results } = await search("zygote", { mode: "lexical" });
  expect(results).toEqual([]);
  const [row] = await asTenant(org.id, "select * from search_log where id = $1", [id]);
  expect(row).toMatchObject({ result_count: 0, result_ids: [], top_relevance: null, embedding_cached: null });
});
