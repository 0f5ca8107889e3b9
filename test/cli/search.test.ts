import { afterEach, beforeEach, expect, test } from "vitest";
import { json, run, standIn } from "./stand-in.ts";

let api: Awaited<ReturnType<typeof standIn>>;
beforeEach(async () => {
  api = await standIn();
});
afterEach(() => api.stop());

const result = {
  corpus: "document_chunk",
  id: "c1",
  content: `The warranty\u001b[2J lasts two years. ${"More of it. ".repeat(100)}`,
  context: "Terms › Warranty",
  score: 0.81234,
  scores: { lexical: 0.5, lexicalRank: 1, vector: 0.7, vectorRank: null },
  source: { type: "document", id: "d1", title: "Manual", page: 3 },
};
const explanation = { terms: [{ term: "warranty", weight: 1 }], languages: ["en"] };
const search = (...args: string[]) => run(["search", ...args], { url: api.url });
const replies = (body: unknown) => {
  api.overrides["POST /v1/search"] = (_, response) => json(response, 200, body);
};

test("a result is told with title, page, score, context and a snippet that fits", async () => {
  replies({ results: [result] });
  const { code, stdout } = await search("warranty");
  const [head, context, snippet, end] = stdout.split("\n");
  expect(head).toBe("1. Manual, page 3  (0.812)");
  expect(context).toBe("   Terms › Warranty");
  expect(snippet).toMatch(/^ {3}The warranty\[2J lasts two years\. .*…$/);
  expect(snippet?.length).toBeLessThan(250);
  expect(end).toBe("");
  expect(code).toBe(0);
});

test("all that is asked reaches the API, and a search that only reads leaves no Idempotency-Key", async () => {
  replies({ results: [], explanation });
  const flags = ["--mode", "lexical", "--limit", "5", "--corpora", "document_chunk, product", "--explain"];
  const { stdout, stderr } = await search("two", "years", ...flags);
  expect(JSON.parse(api.seen[0]?.body ?? "")).toEqual({
    query: "two years",
    mode: "lexical",
    limit: 5,
    corpora: ["document_chunk", "product"],
    explain: true,
  });
  expect(api.seen[0]?.key).toBeUndefined();
  expect(stderr).toBe("Nothing was found.\n");
  expect(stdout).toContain("Looked for: warranty\nLanguages: en\n");
});

test("--explain tells both scores with their ranks", async () => {
  replies({ results: [result], explanation });
  expect((await search("warranty", "--explain")).stdout).toContain("words 0.500 (rank 1), meaning 0.700\n");
});

test("--json prints the reply as it is", async () => {
  replies({ results: [result] });
  expect(JSON.parse((await search("warranty", "--json")).stdout)).toEqual({ results: [result] });
});
