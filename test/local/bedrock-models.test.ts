import { BedrockRuntimeClient, InvokeModelCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveBedrock } from "../../scripts/local/bedrock/server.ts";

const TITAN = "amazon.titan-embed-text-v2:0";
const ENGLISH = "cohere.embed-english-v3";
const MULTILINGUAL = "cohere.embed-multilingual-v3";
const V4 = "cohere.embed-v4:0";
const COHERE_RERANK = "cohere.rerank-v3-5:0";
const AMAZON_RERANK = "amazon.rerank-v1:0";

let server: Awaited<ReturnType<typeof serveBedrock>>;
let words: typeof server;
const clients: BedrockRuntimeClient[] = [];
const clientOf = (endpoint: string) => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new BedrockRuntimeClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
  clients.push(client);
  return client;
};

beforeAll(async () => {
  [server, words] = await Promise.all([serveBedrock(), serveBedrock({ embeddings: "hashing" })]);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  await Promise.all([server.close(), words.close()]);
});

// biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a body
async function invoke(modelId: string, body: object, at = server): Promise<any> {
  const answer = await clientOf(at.url).send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
  return JSON.parse(answer.body.transformToString());
}

const cohere = (texts: unknown, more = {}) => ({ texts, input_type: "search_document", ...more });
const floats = (more = {}) => ({ embedding_types: ["float"], output_dimension: 1024, ...more });
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

async function vectors(model: string, ...texts: string[]): Promise<number[][]> {
  if (model === TITAN)
    return Promise.all(texts.map(async (inputText) => (await invoke(TITAN, { inputText })).embedding));
  const { embeddings } = await invoke(model, cohere(texts, model === V4 ? floats() : {}));
  return model === V4 ? embeddings.float : embeddings;
}

describe("Cohere's embeddings", () => {
  test("of v3 are a plain list, of v4 a list by type", async () => {
    for (const model of [ENGLISH, MULTILINGUAL])
      expect(await invoke(model, cohere(["tea", "coffee"], { truncate: "END" }))).toMatchObject({
        id: expect.any(String),
        texts: ["tea", "coffee"],
        response_type: "embeddings_floats",
        embeddings: [{ length: 1024 }, { length: 1024 }],
      });
    expect(await invoke(V4, cohere(["tea"], floats()))).toMatchObject({
      response_type: "embeddings_by_type",
      embeddings: { float: [{ length: 1024 }] },
    });
    expect((await invoke(V4, cohere(["tea"]))).embeddings[0]).toHaveLength(1536);
  });

  test("are near for near texts, as Titan's are, and far from those of any other model for the same text", async () => {
    const texts = ["How do I get my money back?", "Refunds are paid within two weeks.", "ร้านชาเปิดกี่โมง"];
    const models = [TITAN, ENGLISH, MULTILINGUAL, V4];
    const all = await Promise.all(models.map((model) => vectors(model, ...texts)));
    for (const own of all) {
      expect(dot(own[0]!, own[0]!)).toBeCloseTo(1, 5);
      expect(dot(own[0]!, own[1]!)).toBeCloseTo(dot(all[0]![0]!, all[0]![1]!), 5);
      for (const other of all)
        if (other !== own) for (const i of texts.keys()) expect(Math.abs(dot(own[i]!, other[i]!))).toBeLessThan(0.2);
    }
  });

  test("are the same under the name of a cross-region profile", async () => {
    expect(await vectors(`eu.${ENGLISH}`, "tea")).toEqual(await vectors(ENGLISH, "tea"));
    await expect(invoke(`mars.${V4}`, cohere(["tea"]))).rejects.toMatchObject({ name: "ValidationException" });
  });

  test.each([
    [
      "Titan's body",
      ENGLISH,
      { inputText: "tea" },
      "#: required key [texts] not found#: required key [input_type] not found#: extraneous key [inputText] is not permitted",
    ],
    ["97 texts", ENGLISH, cohere(Array(97).fill("tea")), "#/texts: expected maximum item count: 96, found: 97"],
    ["97 texts", V4, cohere(Array(97).fill("tea")), "#/texts: expected maximum item count: 96, found: 97"],
    [
      "a text of 2,049 characters, cut or not",
      MULTILINGUAL,
      cohere(["tea", "t".repeat(2049)], { truncate: "END" }),
      "#/texts/1: expected maxLength: 2048, actual: 2049",
    ],
    ["another input type", V4, cohere(["tea"], { input_type: "document" }), "#/input_type: document is not a valid"],
    ["v4's word for cutting", ENGLISH, cohere(["tea"], { truncate: "RIGHT" }), "#/truncate: RIGHT is not a valid"],
    ["v3's word for cutting", V4, cohere(["tea"], { truncate: "END" }), "#/truncate: END is not a valid enum value"],
    ["another dimension", V4, cohere(["tea"], { output_dimension: 1000 }), "#/output_dimension: 1000 is not a valid"],
    ["a dimension", ENGLISH, cohere(["tea"], floats()), "#: extraneous key [output_dimension] is not permitted"],
    ["one text", V4, cohere("tea"), "#/texts: expected type: JSONArray, found: String"],
    ["more than 512 tokens uncut", ENGLISH, cohere(["茶".repeat(1000)]), "Input is too long for requested model."],
  ])("refuse %s (%s)", async (_, model, body, message) => {
    await expect(invoke(model, body)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});

const hours = [
  "The mountain has snow in winter, and few people live there.",
  "The tea house opens at nine in the morning. It closes at six.",
  "Refunds are paid within two weeks of the purchase.",
];
const reranked = async (model: string, query: string, documents = hours, at = server) => {
  const version = model === COHERE_RERANK ? { api_version: 2 } : {};
  const { results } = await invoke(model, { query, documents, top_n: documents.length, ...version }, at);
  return results as { index: number; relevance_score: number }[];
};

describe.each([COHERE_RERANK, AMAZON_RERANK])("%s", (model) => {
  test.each([
    ["its words", "When does the tea house open?", hours, 1],
    ["its meaning, without a word of it", "How do I get my money back?", hours, 2],
    ["its words in Thai", "ร้านชาเปิดกี่โมง", ["แมวชอบนอนกลางวันบนหลังคา", "ร้านชาของเราเปิดทุกวันตั้งแต่เก้าโมงเช้า"], 1],
  ])("puts first what answers a question by %s", async (_, query, documents, first) => {
    const results = await reranked(model, query, documents);
    expect(results[0]!.index).toBe(first);
    expect(results.map(({ index }) => index).sort()).toEqual([...documents.keys()]);
    const scores = results.map(({ relevance_score }) => relevance_score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect([...scores, 0, 1].sort((a, b) => a - b)).toEqual([0, ...scores.toReversed(), 1]);
  });

  test("scores a document the same whatever stands beside it", async () => {
    const query = "When does the tea house open?";
    const [alone] = await reranked(model, query, [hours[1]!]);
    expect((await reranked(model, query))[0]!.relevance_score).toBeCloseTo(alone!.relevance_score, 5);
  });

  test("goes by words alone where embeddings do", async () => {
    const results = await reranked(model, "When does the tea house open?", hours, words);
    expect(results[0]).toMatchObject({ index: 1 });
    expect(results.slice(1).map(({ relevance_score }) => relevance_score)).toEqual([0, 0]);
  });

  test("gives as many results as asked for", async () => {
    const version = model === COHERE_RERANK ? { api_version: 2 } : {};
    const { results } = await invoke(model, { query: "tea", documents: hours, top_n: 1, ...version });
    expect(results).toHaveLength(1);
  });
});

test.each([
  [
    "an empty body",
    COHERE_RERANK,
    {},
    "#: required key [query] not found#: required key [documents] not found#: required key [api_version] not found",
  ],
  [
    "the first version",
    COHERE_RERANK,
    { query: "tea", documents: hours, api_version: 1 },
    "#/api_version: 1 is not greater or equal to 2",
  ],
  [
    "a version",
    AMAZON_RERANK,
    { query: "tea", documents: hours, api_version: 2 },
    "#: extraneous key [api_version] is not permitted",
  ],
  ["no documents", AMAZON_RERANK, { query: "tea", documents: [] }, "#/documents: expected minimum item count: 1"],
  [
    "no results",
    AMAZON_RERANK,
    { query: "tea", documents: hours, top_n: 0 },
    "#/top_n: 0 is not greater or equal to 1",
  ],
])("reranking refuses %s (%s)", async (_, model, body, message) => {
  await expect(invoke(model, body)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining(message),
    $metadata: { httpStatusCode: 400 },
  });
});

const post = (model: string, body: object, authorization?: string) =>
  fetch(`${server.url}/model/${encodeURIComponent(model)}/invoke`, {
    method: "POST",
    headers: authorization ? { authorization } : {},
    body: JSON.stringify(body),
  });

test("the tokens of every invoked model are told in a header", async () => {
  const bodies = [
    [TITAN, { inputText: "tea" }],
    [ENGLISH, cohere(["tea"])],
    [AMAZON_RERANK, { query: "tea", documents: ["tea"] }],
  ] as const;
  for (const [model, body] of bodies) {
    const { headers } = await post(model, body, "Bearer key");
    expect(Number(headers.get("x-amzn-bedrock-input-token-count"))).toBeGreaterThan(0);
  }
});

test.each([V4, COHERE_RERANK])("%s demands credentials, and fails when ordered to", async (model) => {
  const query = `ordered ${model}`;
  const body = model === V4 ? cohere([query]) : { query, documents: hours, api_version: 2 };
  expect((await post(model, body)).status).toBe(403);
  server.faults.push({ kind: "throttle", operation: "invoke", match: query });
  await expect(invoke(model, body)).rejects.toMatchObject({ name: "ThrottlingException" });
  await invoke(model, body);
});
