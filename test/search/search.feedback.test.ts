import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, call, fixturesOf, organization, type TestOrganization } from "../harness.ts";

let org: TestOrganization;
let found: string[];
const QUERY = 'a "lamp" -table';
beforeAll(async () => {
  org = await organization();
  for (const name of ["Red lamp", "Green lamp"]) await org.call("POST", "/v1/products", { name, category: "Lights" });
});

const search = async (query = QUERY): Promise<string> => {
  const { body } = await org.call("POST", "/v1/search", { query, mode: "lexical" });
  found = body.results.map(({ id }: { id: string }) => id);
  return body.id;
};
const judge = (searchId: string, judgments: object[], query?: string, to = org) =>
  to.call("POST", `/v1/search/${searchId}/feedback`, { judgments, ...(query !== undefined && { query }) });
const stored = (searchId: string) =>
  asTenant(
    org.id,
    "select entry_id, relevance, comment, query, corpus from relevance_feedback where search_id = $1 order by relevance desc",
    [searchId],
  );

test("what is said about an entry is kept once for each search: told again, it is replaced", async () => {
  const searchId = await search();
  expect(found).toHaveLength(2);
  const [red, green] = found;
  const first = await judge(searchId, [
    { entryId: red, relevance: 3, comment: "Just it." },
    { entryId: green, relevance: 0 },
  ]);
  expect(first).toMatchObject({ status: 200, body: { searchId } });
  const again = await judge(searchId, [{ entryId: red, relevance: 1 }]);
  expect(again.body.judgments).toEqual([
    { corpus: "product", entryId: red, relevance: 1, comment: null },
    { corpus: "product", entryId: green, relevance: 0, comment: null },
  ]);
  expect(await stored(searchId)).toHaveLength(2);
  expect((await judge(await search(), [{ entryId: red, relevance: 2 }])).body.judgments).toHaveLength(1);
});

test("with the question they are a test query, and stay one when judged again without it", async () => {
  const searchId = await search();
  const judgments = [{ entryId: found[0], relevance: 2 }];
  expect((await judge(searchId, judgments, QUERY)).status).toBe(200);
  expect(await stored(searchId)).toMatchObject([{ query: QUERY, relevance: 2 }]);
  await judge(searchId, [{ entryId: found[0], relevance: 3 }]);
  expect(await stored(searchId)).toMatchObject([{ query: QUERY, relevance: 3 }]);
  const silent = await search();
  await judge(silent, judgments);
  expect(await stored(silent)).toMatchObject([{ query: null }]);
});

describe("nothing is stored", () => {
  test("of what does not fit the search, and each misfit is named", async () => {
    const searchId = await search();
    const stranger = crypto.randomUUID();
    const reply = await judge(
      searchId,
      [
        { entryId: found[0], relevance: 1 },
        { entryId: stranger, relevance: 1 },
      ],
      "a lamp",
    );
    expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
    expect(reply.body.errors.map(({ path }: { path: string }) => path)).toEqual(["judgments.1.entryId", "query"]);
    expect(await stored(searchId)).toEqual([]);
  });

  test("about an entry that is gone", async () => {
    const product = await org.call("POST", "/v1/products", { name: "Blue lamp", category: "Lights" });
    const searchId = await search();
    expect((await org.call("DELETE", `/v1/products/${product.body.id}`)).status).toBe(204);
    expect(await judge(searchId, [{ entryId: product.body.id, relevance: 1 }])).toMatchObject({
      status: 400,
      body: { errors: [{ path: "judgments.0.entryId", message: expect.stringContaining("no more") }] },
    });
  });

  test("about a search that another organization made, or nobody", async () => {
    const other = await organization();
    const searchId = await search();
    const judgments = [{ entryId: found[0], relevance: 1 }];
    expect(await judge(searchId, judgments, QUERY, other)).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect((await judge(crypto.randomUUID(), judgments)).status).toBe(404);
    expect(await stored(searchId)).toEqual([]);
  });

  test.each([
    ["no judgment", [], "judgments"],
    ["51 judgments", Array.from({ length: 51 }, () => ({ entryId: crypto.randomUUID(), relevance: 1 })), "judgments"],
    ["a grade of 4", [{ entryId: crypto.randomUUID(), relevance: 4 }], "judgments.0.relevance"],
    ["half a grade", [{ entryId: crypto.randomUUID(), relevance: 0.5 }], "judgments.0.relevance"],
    ["an unknown field", [{ entryId: crypto.randomUUID(), relevance: 1, stars: 5 }], "judgments.0.stars"],
  ])("of %s", async (_, judgments, path) => {
    const reply = await judge(await search(), judgments);
    expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
    expect(reply.body.errors[0].path).toBe(path);
  });

  test("of two judgments of one entry", async () => {
    const searchId = await search();
    const reply = await judge(searchId, [
      { entryId: found[0], relevance: 1 },
      { entryId: found[0], relevance: 2 },
    ]);
    expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: "judgments.1.entryId" }] } });
  });
});

test("a search that is sent again with its Idempotency-Key is the same search, and stands in the log once", async () => {
  const options = { headers: { "idempotency-key": crypto.randomUUID() } };
  const send = () => org.call("POST", "/v1/search", { query: "lamp", mode: "lexical" }, options);
  const [first, again] = [await send(), await send()];
  expect(again.body.id).toBe(first.body.id);
  expect(await asTenant(org.id, "select id from search_log where id = $1", [first.body.id])).toHaveLength(1);
});

test("a search of a corpus that the caller may not read is none of theirs to judge", async () => {
  const { searchId, entryId } = await fixturesOf(org).search();
  const { secret } = (await org.call("POST", "/v1/keys", { name: "Search only", scopes: ["search:read"] })).body;
  const judgments = [{ entryId, relevance: 0 }];
  const reply = await call("POST", `/v1/search/${searchId}/feedback`, { judgments }, { key: secret });
  expect(reply).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
});
