import { beforeAll, describe, expect, test } from "vitest";
import { countTokens } from "../../functions/kernel/ai/tokens.ts";
import { call, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

type Result = {
  id: string;
  corpus: string;
  content: string;
  score: number;
  relevance: number;
  scores: { rerank: number | null };
  source: { id: string; title: string };
  duplicates: { id: string; source: { id: string } }[];
  neighbours: { id: string; content: string; offset: number }[];
};
const search = async (query: string, more: object = {}): Promise<Result[]> =>
  (await org.call("POST", "/v1/search", { query, ...more })).body.results;
const put = async (title: string, text: string, mimeType?: string) => {
  const id = await uploadText(org, text, title, mimeType);
  await settled(org, id);
  return id;
};

test("of entries that say the same one is told, with the others and their sources; another number is another thing", async () => {
  const text = "The obsidian lantern is filled with 40 ml of oil before it is lit for the first time.";
  const [first, second, other] = [
    await put("First", text),
    await put("First", text.replace("The", "THE").replace("oil before", "oil, before")),
    await put("First", text.replace("40", "60")),
  ];
  const results = (await search("obsidian lantern", { mode: "lexical" })).filter(({ content }) =>
    /obsidian/.test(content),
  );
  expect(results).toHaveLength(2);
  const [kept, different] = results.sort((a, b) => b.duplicates.length - a.duplicates.length);
  expect(kept!.duplicates).toHaveLength(1);
  expect([kept!.source.id, kept!.duplicates[0]!.source.id].sort()).toEqual([first, second].sort());
  expect(kept!.duplicates[0]!.id).not.toBe(kept!.id);
  expect(different).toMatchObject({ source: { id: other }, duplicates: [] });
});

test("what a filter leaves is all there is to choose from: its best passage is at least as relevant as without", async () => {
  const answer = await put("Descaling", "The copper kettle is descaled with vinegar once a month.");
  for (const [i, place] of ["hall", "barn", "attic", "cellar", "garden", "kitchen", "office", "study"].entries())
    await put(`Kettle ${i}`, `The copper kettle number ${i} stands in the ${place}.`);
  const query = "How is the copper kettle descaled?";
  const whole = (await search(query)).find(({ source }) => source.id === answer)!;
  const [alone] = await search(query, { filter: { documentId: answer } });
  expect(alone!.source.id).toBe(answer);
  expect(alone!.relevance).toBeGreaterThanOrEqual(whole.relevance);
});

describe("neighbours", () => {
  const sentence = (section: number) =>
    `Chapter ${section} tells of the voyage of the ship number ${section} to the north. `;
  let id: string;
  beforeAll(async () => {
    const sections = [1, 2, 3, 4, 5].map(
      (section) =>
        `# Chapter ${section}\n\n${section === 3 ? "Here a narwhal appears. " : ""}${sentence(section).repeat(20)}`,
    );
    id = await put("Voyages", sections.join("\n\n"), "text/markdown");
  });

  test("are the chunks before and after, in order, and only when asked for", async () => {
    const { body } = await org.call("GET", `/v1/documents/${id}/chunks?limit=100`);
    const chunks: { id: string; content: string }[] = body.items;
    const at = chunks.findIndex(({ content }) => content.includes("narwhal"));
    const [hit] = await search("narwhal", { mode: "lexical", neighbours: 2 });
    expect(hit!.id).toBe(chunks[at]!.id);
    const around = [-2, -1, 1, 2].filter((offset) => chunks[at + offset]);
    expect(around.length).toBeGreaterThan(2);
    expect(hit!.neighbours).toEqual(
      around.map((offset) => ({ id: chunks[at + offset]!.id, content: chunks[at + offset]!.content, offset })),
    );
    expect((await search("narwhal", { mode: "lexical" }))[0]!.neighbours).toEqual([]);
  });
});

test("a token budget keeps what fits into it, and the best result in any case", async () => {
  const all = await search("voyage of the ship", { mode: "lexical" });
  expect(all.length).toBeGreaterThan(2);
  const tokensOf = (results: Result[]) => results.reduce((sum, { content }) => sum + countTokens(content), 0);
  const budget = tokensOf(all) - 1;
  const packed = await search("voyage of the ship", { mode: "lexical", tokenBudget: budget });
  expect(packed.length).toBeLessThan(all.length);
  expect(tokensOf(packed)).toBeLessThanOrEqual(budget);
  expect((await search("voyage of the ship", { mode: "lexical", tokenBudget: 1 })).map(({ id }) => id)).toEqual([
    all[0]!.id,
  ]);
});

test("a reranker's score, where it is asked for, orders the results", async () => {
  await put("Marmots", "Marmots. Marmots! The word marmots stands here often: marmots, marmots.");
  await put("Hibernation", "In the Alps marmots hibernate for six months, from October to April.");
  const query = "How many months do marmots hibernate in the Alps?";
  const plain = await search(query);
  expect(plain.every(({ scores }) => scores.rerank === null)).toBe(true);
  const reranked = await search(query, { rerank: true });
  const scores = reranked.map(({ scores: { rerank } }) => rerank!);
  expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
  expect(scores).toEqual([...scores].sort((a, b) => b - a));
  expect(reranked[0]!.source.title).toBe("Hibernation");
});

describe("a key", () => {
  const keyWith = async (scopes: string[]) =>
    (await org.call<{ secret: string }>("POST", "/v1/keys", { name: "Narrow", scopes })).body.secret;
  beforeAll(async () => {
    await org.call("POST", "/v1/products", { name: "Theodolite", category: "Tools" });
    await put("Survey", "A theodolite measures angles.");
  });

  test("that may not read products finds none, and is refused when it asks for them", async () => {
    const key = await keyWith(["search:read", "documents:read"]);
    const found = await call("POST", "/v1/search", { query: "theodolite", mode: "lexical", explain: true }, { key });
    expect(found.body.results.map(({ corpus }: Result) => corpus)).toEqual(["document_chunk"]);
    expect(found.body.explanation.strategies).toHaveLength(1);
    const refused = await call(
      "POST",
      "/v1/search",
      { query: "theodolite", corpora: ["document_chunk", "product"] },
      { key },
    );
    expect(refused).toMatchObject({ status: 400, body: { code: "INVALID", errors: [{ path: "corpora.1" }] } });
    expect(refused.body).not.toHaveProperty("results");
  });

  test("that may read nothing finds nothing", async () => {
    const key = await keyWith(["search:read"]);
    expect(await call("POST", "/v1/search", { query: "theodolite" }, { key })).toMatchObject({
      status: 200,
      body: { results: [] },
    });
  });
});
