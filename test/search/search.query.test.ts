import { beforeAll, describe, expect, test } from "vitest";
import { organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
const ids: Record<string, string> = {};
const TEXTS = {
  warranty: "The warranty of the kettle lasts 24 months from the day of purchase.",
  descaling: "Descale the kettle with citric acid once a month. Use part AB-1200/3 for the filter.",
  japanese: "このケトルの保証期間は、お買い上げの日から二年間です。フィルターは毎月掃除してください。",
  thai: "กาต้มน้ำรับประกันสองปีนับจากวันที่ซื้อ ควรล้างตะกรันทุกเดือน",
  chinese: "水壶的保修期为自购买之日起两年。请每月清洁一次过滤网。",
};
beforeAll(async () => {
  org = await organization();
  for (const [name, text] of Object.entries(TEXTS)) ids[name] = await uploadText(org, text, name);
  await Promise.all(Object.values(ids).map((id) => settled(org, id)));
});

const search = async (query: string, more: object = {}) =>
  (await org.call("POST", "/v1/search", { query, ...more })).body.results;
const first = async (query: string, more?: object) => (await search(query, more))[0]?.source.title;

describe("in every mode, by words in any language", () => {
  test.each([
    ["How long is the warranty?", "warranty"],
    ["descaling a kettle", "descaling"],
    ["AB-1200/3", "descaling"],
    ["保証期間はどのくらいですか", "japanese"],
    ["รับประกันกี่ปี", "thai"],
    ["保修期多久", "chinese"],
  ])("%s", async (query, title) => {
    expect(await first(query, { mode: "lexical" })).toBe(title);
    expect(await first(query)).toBe(title);
  });

  test("by meaning, without a common word", async () => {
    expect(await first("guarantee period", { mode: "vector" })).toBe("warranty");
  });
});

test("scores are between 0 and 1, fall, and say which list found the entry", async () => {
  const results = await search("kettle warranty", { explain: true });
  const relevances = results.map(({ relevance }: { relevance: number }) => relevance);
  expect(relevances).toEqual([...relevances].sort((a, b) => b - a));
  for (const { score, relevance } of results) expect(Math.max(score, relevance)).toBeLessThanOrEqual(1);
  expect(results[0].scores).toMatchObject({ lexicalRank: 1, vectorRank: expect.any(Number) });
  const lexical = await search("kettle", { mode: "lexical" });
  for (const { scores: each } of lexical) expect(each).toMatchObject({ vector: 0, vectorRank: null });
});

test("a filter leaves what it says, in both lists", async () => {
  const results = await search("kettle warranty", { filter: { documentId: ids.descaling } });
  expect(results.map(({ source }: { source: { id: string } }) => source.id)).toEqual([ids.descaling]);
  expect(await search("kettle warranty", { filter: { language: "th" } })).toHaveLength(1);
  expect(await search("kettle warranty", { filter: { documentType: { in: ["safety"] } } })).toEqual([]);
});

test("several corpora are asked in one request, and a product is found by its description", async () => {
  await org.call("POST", "/v1/products", {
    name: "Toaster T-9",
    category: "Kitchen",
    description: "Browns four slices of sourdough.",
  });
  const results = await search("sourdough", { mode: "lexical" });
  expect(results[0]).toMatchObject({ corpus: "product", source: { type: "product", title: "Toaster T-9" } });
  expect(await search("sourdough", { mode: "lexical", corpora: ["document_chunk"] })).toEqual([]);
});

test("products that are changed twice at once, while they are being embedded, are found by both changes", async () => {
  const words = ["samovar", "toaster", "grinder", "steamer", "juicer", "griddle", "fryer", "blender"];
  const ids = await Promise.all(
    words.map(async (word) => (await org.call("POST", "/v1/products", { name: `Old ${word}`, category: "-" })).body.id),
  );
  const changes = words.flatMap((word, i) => [
    [ids[i], { name: `New ${word}of${word}` }],
    [ids[i], { description: `Thirty ${word}ists need it.` }],
  ]);
  const replies = await Promise.all(changes.map(([id, change]) => org.call("PATCH", `/v1/products/${id}`, change)));
  expect(replies.map(({ status }) => status)).toEqual(changes.map(() => 200));
  for (const [i, word] of words.entries())
    for (const query of [`${word}of${word}`, `${word}ists`])
      await expect
        .poll(async () => (await search(query, { mode: "lexical" }))[0]?.id, { timeout: 10_000 })
        .toBe(ids[i]);
});

test("what is deleted is found no more, by words and by meaning", async () => {
  const id = await uploadText(org, "The zeppelin museum opens at nine.", "zeppelin");
  await settled(org, id);
  expect(await first("zeppelin")).toBe("zeppelin");
  await org.call("DELETE", `/v1/documents/${id}`);
  for (const mode of ["lexical", "vector", "hybrid"])
    expect(
      (await search("zeppelin museum", { mode })).map(({ source }: { source: { id: string } }) => source.id),
    ).not.toContain(id);
});

test.each([
  ["only stop words", "the of and"],
  ["only punctuation", "?!… --"],
  ["only emoji", "🫖🫖"],
  ["SQL", "'; drop table documents; --"],
  ["unbalanced quotes", '"kettle'],
  ["right-to-left text", "كم مدة الضمان"],
  ["20,000 characters", "kettle ".repeat(2857)],
])("a query of %s is a result and no error", async (_, query) => {
  expect((await org.call("POST", "/v1/search", { query })).status).toBe(200);
});

test.each([
  ["nothing", { query: "" }, "query"],
  ["blanks", { query: "  \n" }, "query"],
  ["20,001 characters", { query: "x".repeat(20_001) }, "query"],
  ["half a character", { query: "kettle \ud800" }, "query"],
  ["limit 0", { query: "x", limit: 0 }, "limit"],
  ["limit 101", { query: "x", limit: 101 }, "limit"],
  ["an unknown corpus", { query: "x", corpora: ["secrets"] }, "corpora.0"],
  ["an unknown filter", { query: "x", filter: { owner: "me" } }, "filter.owner"],
  ["an unknown mode", { query: "x", mode: "magic" }, "mode"],
])("a query of %s is refused by name", async (_, body, path) => {
  const reply = await org.call("POST", "/v1/search", body);
  expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
  expect(reply.body.errors[0].path).toBe(path);
});
