import { beforeAll, expect, test } from "vitest";
import { type OwnStack, startOwnStack, until } from "./stack.ts";

let stack: OwnStack;
beforeAll(async () => {
  stack = await startOwnStack();
  return stack.close;
});

const replace = (id: string, text: string) =>
  stack.call("PUT", `/v1/documents/${id}/content`, { text, mimeType: "text/markdown" });
const texts = async (query: string, mode: string) =>
  (await stack.call("POST", "/v1/search", { query, mode })).body.results.map(
    ({ content }: { content: string }) => content,
  );
const embedded = async () =>
  (await stack.rows("select count(*)::integer as n from ai_usage where task = 'embed' and error is null"))[0]
    .n as number;

test("while the model is down a new version waits, and the one before is found by words and by meaning", async () => {
  const { id } = (await stack.upload("The ferry crosses at dawn.")).body;
  expect(await stack.settled(id)).toMatchObject({ status: "completed" });
  stack.model.fails({ kind: "throttle", operation: "invoke", times: -1, match: "zebra" });
  await replace(id, "The zebra crosses at dusk.");
  await until(async () => (await stack.rows("select 1 from ai_usage where error is not null limit 1"))[0]);
  for (const mode of ["lexical", "vector", "hybrid"])
    expect(await texts("Who crosses?", mode)).toEqual(["The ferry crosses at dawn."]);
  stack.model.works("zebra");
  await until(
    async () => ((await stack.call("GET", `/v1/documents/${id}`)).body.version === 2 ? true : undefined),
    90_000,
  );
  for (const mode of ["lexical", "vector", "hybrid"])
    expect(await texts("Who crosses?", mode)).toEqual(["The zebra crosses at dusk."]);
}, 150_000);

test("of 500 passages with one changed paragraph at most three are embedded, and searches never find half of it", async () => {
  const parts = Array.from(
    { length: 500 },
    (_, i) => `# Part ${i}\n\nAbout part ${i}. ${`It is number ${i} of many. `.repeat(40)}`,
  );
  const { id } = (await stack.upload(parts.join("\n\n"))).body;
  expect(await stack.settled(id, 120_000)).toMatchObject({ status: "completed", chunkCount: 500 });
  const before = await embedded();
  parts[250] += " But this one was changed.";
  await replace(id, parts.join("\n\n"));
  const counts = new Set<number>();
  await until(async () => {
    counts.add((await stack.chunksOf(id)).indexed.terms);
    return (await stack.call("GET", `/v1/documents/${id}`)).body.version === 2 ? true : undefined;
  }, 60_000);
  expect((await embedded()) - before).toBeLessThanOrEqual(3);
  expect([...counts]).toEqual([500]);
}, 200_000);

test("of a large version that did not come to its end nothing is left when the next one is complete", async () => {
  const { id } = (await stack.upload("The heron stands alone.")).body;
  await stack.settled(id);
  const large = (word: string) =>
    Array.from({ length: 520 }, (_, i) => `# Part ${i}\n\n${word} ${i}. ${`It is number ${i} of many. `.repeat(40)}`);
  stack.database.fails({ kind: "500", match: '"ocr_pages" = ' });
  await replace(id, large("Gander").join("\n\n"));
  await until(async () => stack.database.left() === 0 || undefined, 60_000);
  expect((await stack.chunksOf(id)).found.length).toBeGreaterThan(1); // what was written before its end
  await replace(id, large("Goose").join("\n\n"));
  const goose = async () =>
    (await stack.chunksOf(id)).found.filter(({ content }: { content: string }) => content.includes("Goose")).length;
  await until(async () => (await goose()) === 520 || undefined, 60_000);
  const { found, indexed } = await stack.chunksOf(id);
  expect(found).toHaveLength(520);
  expect(indexed).toEqual({ terms: 520, vectors: 520 });
}, 150_000);
