import { beforeAll, describe, expect, test } from "vitest";
import { type OwnStack, startOwnStack, until } from "./stack.ts";

let stack: OwnStack;
beforeAll(async () => {
  stack = await startOwnStack();
  const ids: string[] = [];
  for (const text of ["The lantern is red and round.", "The lantern is tall.", "Oars are made of ash."])
    ids.push((await stack.upload(text)).body.id);
  for (const id of ids) await stack.settled(id);
  return stack.close;
});

let asked = 0;
/** To each test a question of its own, by which its faults and rows are found. */
const newQuestion = () => `What colour has the lantern${"!".repeat(asked++)}?`;
const search = (query: string, more: object = {}) => stack.call("POST", "/v1/search", { query, ...more });
const callsOf = (requestId: string | null) =>
  stack.rows("select task, error, attempts from ai_usage where request_id = $1 order by id", [requestId]);

describe("how often the database is asked", () => {
  /** The fewest of some tries: each minute the crons ask too. */
  async function requestsOf(run: () => Promise<unknown>): Promise<number> {
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      const before = stack.neon!.requests();
      await run();
      counts.push(stack.neon!.requests() - before);
    }
    return Math.min(...counts);
  }

  test("a question that was asked before is one request, its authentication and its row in the log included", async () => {
    const question = newQuestion();
    await search(question);
    expect(await requestsOf(() => search(question))).toBe(1);
    const more = { corpora: ["document_chunk", "product"], explain: true, neighbours: 2, limit: 50 };
    expect(await requestsOf(() => search(question, more))).toBe(1);
    expect(await requestsOf(() => search(newQuestion(), { mode: "lexical" }))).toBe(1);
  });

  test("a new question is three: asked, what its embedding may cost reserved, asked with it; what it cost is written when it is answered", async () => {
    await search(newQuestion());
    const asked = await requestsOf(() => search(newQuestion()));
    expect([3, 4]).toContain(asked);
  });
});

describe("while the embedding model is down", () => {
  const down = (question: string) =>
    stack.model.fails({ kind: "unavailable", operation: "invoke", times: -1, match: question });

  test("a search is answered by words, and says so", async () => {
    const question = newQuestion();
    down(question);
    const { status, headers, body } = await search(question, { explain: true });
    expect(status).toBe(200);
    expect(body.degraded).toEqual(["embedding"]);
    expect(body.results).toHaveLength(2);
    for (const { scores } of body.results) expect(scores).toMatchObject({ vector: 0, vectorRank: null });
    expect(body.explanation.strategies[0]).toMatchObject({ vector: "none", lexicalShare: 1 });
    const [row] = await stack.rows("select embedding_cached, result_count from search_log where id = $1", [body.id]);
    expect(row).toEqual({ embedding_cached: null, result_count: 2 });
    const calls = await until(async () => {
      const rows = await callsOf(headers.get("x-request-id"));
      return rows.length > 0 ? rows : undefined;
    });
    expect(calls).toMatchObject([{ task: "embed", error: "ServiceUnavailableException" }]);
    stack.model.works(question);
    expect((await search(question)).body.degraded).toEqual([]);
  });

  test("a search by meaning is refused, and told when to come again", async () => {
    const question = newQuestion();
    down(question);
    const { status, headers, body } = await search(question, { mode: "vector" });
    expect(status).toBe(503);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(body).toMatchObject({ code: "UNAVAILABLE" });
    expect(body).not.toHaveProperty("results");
    stack.model.works(question);
  });

  test("a search by words, and a question that was asked before, do not notice", async () => {
    const question = newQuestion();
    const before = await search(question);
    down(question);
    expect(await search(question)).toMatchObject({ status: 200, body: { degraded: [], results: before.body.results } });
    expect((await search(question, { mode: "lexical" })).body).toMatchObject({ degraded: [] });
    stack.model.works(question);
  });
});

test("while the reranker is down results come in their own order, and it is said", async () => {
  const question = newQuestion();
  const plain = await search(question);
  stack.model.fails({ kind: "unavailable", operation: "invoke", times: -1, match: question });
  const { status, headers, body } = await search(question, { rerank: true });
  expect(status).toBe(200);
  expect(body).toMatchObject({ degraded: ["rerank"], results: plain.body.results });
  await expect
    .poll(() => callsOf(headers.get("x-request-id")), { timeout: 10_000 })
    .toMatchObject([{ task: "rerank", error: expect.any(String) }]);
  stack.model.works(question);
  const again = await search(question, { rerank: true });
  expect(again.body.degraded).toEqual([]);
  expect(again.body.results.every(({ scores }: { scores: { rerank: number | null } }) => scores.rerank !== null)).toBe(
    true,
  );
});

test("while the database is down a search is told so, and nothing of it", async () => {
  const question = newQuestion();
  await search(question);
  stack.database.fails({ kind: "500", times: -1, match: "hybrid_search" });
  const { status, body } = await search(question);
  stack.database.works();
  expect(status).toBe(503);
  expect(body).toMatchObject({ code: "UNAVAILABLE" });
  expect((await search(question)).status).toBe(200);
});
