import { beforeAll, describe, expect, test } from "vitest";
import { organization, settled, type TestOrganization, uploadText } from "../harness.ts";

const LETTERS = "bcdfghjkmp";
const WORDS = Array.from(
  { length: 2_500 },
  (_, i) => `q${String(i).replace(/\d/g, (digit) => LETTERS[Number(digit)]!)}v`,
);

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  const ids = [
    await uploadText(
      org,
      "Clean the chuck of the hammer drill with a dry brush, and wipe the battery contacts.",
      "Manual",
    ),
  ];
  await org.call("POST", "/v1/products", { name: "Words", category: "Words", description: WORDS.join(" ") });
  await org.call("POST", "/v1/products", { name: "Drill 100", category: "Tools", description: "A drill." });
  await org.call("POST", "/v1/products", { name: "Zephyrox", category: "Tools", status: "draft" });
  await Promise.all(ids.map((id) => settled(org, id)));
});
const search = (query: string, more: object = {}, key?: string) =>
  org.call("POST", "/v1/search", { query, ...more }, key ? { key } : {});

test("a question of 2,500 words is explained, by the terms that count most", async () => {
  const { status, body } = await search(WORDS.join(" ").slice(0, 20_000), { mode: "lexical", explain: true });
  expect(status).toBe(200);
  expect(body.results[0].terms).toHaveLength(1_000);
});

test("fifty excluded phrases are looked for in each text once", async () => {
  const excluded = Array.from({ length: 50 }, (_, i) => `-"no${i} such phrase"`).join(" ");
  expect((await search(`chuck ${excluded}`)).body.results[0].source.title).toBe("Manual");
});

test("of several corpora the best answer comes first, not the one that knows a single word of the question", async () => {
  const { body } = await search("how do I clean the chuck and wipe the battery of a hammer drill");
  expect(body.results[0].source.title).toBe("Manual");
  expect(body.results[0].relevance).toBeGreaterThan(0.5);
});

describe.each([0, 5e-324, 1e-300, 0.001, 0.1, 0.5, 1])("a share of words of %d", (lexicalShare) => {
  test.each(["hybrid", "lexical", "vector"])("gives every result a relevance in %s mode", async (mode) => {
    const { status, body } = await search("clean the chuck", { lexicalShare, mode });
    expect(status).toBe(200);
    for (const { relevance } of body.results) expect(relevance).toEqual(expect.any(Number));
  });
});

test("a misspelled name is not corrected to one of a corpus that the caller may not read", async () => {
  expect((await search("Zephyrux", { mode: "lexical" })).body.corrections).toEqual(["zephyrox"]);
  for (const scopes of [["search:read"], ["search:read", "documents:read"]]) {
    const { body } = await org.call("POST", "/v1/keys", { name: "Key", scopes });
    const found = await search("Zephyrux", { mode: "lexical" }, body.secret ?? body.key);
    expect([scopes, found.status, found.body.corrections]).toEqual([scopes, 200, []]);
  }
});

test("what a reranked search showed can be judged, also when the settings asked for the reranker", async () => {
  const other = await organization();
  for (const title of ["One", "Two", "Three", "Four"])
    await settled(other, await uploadText(other, `The kettle of page ${title} boils water.`, title));
  await other.call("PATCH", "/v1/search-settings/document_chunk", { rerank: true });
  const { body } = await other.call("POST", "/v1/search", { query: "kettle water", limit: 1 });
  const judgments = [{ entryId: body.results[0].id, relevance: 3 }];
  expect((await other.call("POST", `/v1/search/${body.id}/feedback`, { judgments })).status).toBeLessThan(300);
});
