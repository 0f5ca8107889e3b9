import { beforeAll, describe, expect, test } from "vitest";
import { connect, enterOrganization, openTenant } from "../../db/client.ts";
import { EMBEDDING_MODELS, isEmbeddingModel } from "../../functions/kernel/ai/embedding-models.ts";
import { openGateway } from "../../functions/kernel/ai/gateway.ts";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { listen } from "../../scripts/local/bedrock/listener.ts";
import { type Fault, serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { parseJson, readBody, sendJson } from "../../scripts/local/faults.ts";
import { envWith } from "../env.ts";
import { asTenant, grantAll, organization, stack, type TestOrganization } from "../harness.ts";

const V4 = "us.cohere.embed-v4:0";
const MODELS = [...EMBEDDING_MODELS, V4];

let server: Awaited<ReturnType<typeof serveBedrock>>;
let org: TestOrganization;
beforeAll(async () => {
  [server, org] = await Promise.all([serveBedrock({ embeddings: "hashing" }), organization()]);
  return server.close;
});

type Models = Partial<
  Record<"BEDROCK_ENDPOINT" | "EMBEDDING_MODEL" | "RERANK_MODEL" | "OCR_MODEL" | "UTILITY_MODEL", string>
>;
const envOf = (more: Models) => ({
  ...envWith({
    DATABASE_URL: stack.appUrl,
    DATABASE_ENDPOINT: stack.endpoint,
    BEDROCK_ENDPOINT: server.url,
  }),
  ...more,
});

/** A gateway, and the rows of `ai_usage` that it wrote once it has settled. */
function openOne(more: Models = {}) {
  const requestId = crypto.randomUUID();
  const env = envOf(more);
  const ai = openGateway(env, { requestId, operation: "test" }, grantAll);
  const db = connect(env.DATABASE_URL, { endpoint: env.DATABASE_ENDPOINT, timeoutMs: LIMITS.databaseTimeoutMs });
  const tenant = openTenant(db, {
    statements: () => [enterOrganization(db, org.id, { kind: "system", id: null })],
    committed: async (statements, results) => ai.committed(statements, results),
  });
  return {
    ai,
    async rows() {
      await ai.settle(tenant);
      const columns = "task, model, input_tokens::integer as tokens, attempts, error";
      return asTenant(org.id, `select ${columns} from ai_usage where request_id = $1 order by id`, [requestId]);
    },
  };
}

const order = (fault: Fault) => server.faults.push({ operation: "invoke", ...fault });
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("embedding", () => {
  test.each(MODELS)(
    "by %s gives unit vectors of 1,024 numbers, each for its own text, however many are in flight",
    async (model) => {
      const { ai } = openOne();
      const texts = Array.from({ length: 200 }, (_, i) => `parcel${i} of shelf${i % 7}`);
      order({ kind: "slow", delayMs: 300, match: "parcel0 " });
      const vectors = await ai.embed(texts, { task: "embed" }, { model });
      expect(vectors).toHaveLength(200);
      for (const vector of vectors) {
        expect(vector).toHaveLength(1024);
        expect(dot(vector, vector)).toBeCloseTo(1, 9);
      }
      const backwards = await ai.embed(texts.toReversed(), { task: "embed" }, { model });
      for (const [i, vector] of backwards.toReversed().entries()) expect(dot(vector, vectors[i]!)).toBeCloseTo(1, 9);
    },
  );

  test("makes a row of each call: one a text with Titan, one for 96 texts with Cohere", async () => {
    const texts = Array.from({ length: 100 }, (_, i) => `parcel${i}`);
    for (const [model, calls] of [
      ["amazon.titan-embed-text-v2:0", 100],
      [V4, 2],
    ] as const) {
      const { ai, rows } = openOne();
      await ai.embed(texts, { task: "embed" }, { model });
      const written = await rows();
      expect(written).toHaveLength(calls);
      for (const row of written) expect(row).toMatchObject({ task: "embed", model, attempts: 1, error: null });
      expect(written.reduce((sum, { tokens }) => sum + Number(tokens), 0)).toBeGreaterThanOrEqual(100);
    }
  });

  test("uses EMBEDDING_MODEL unless told another, and two models' vectors say nothing to each other", async () => {
    const { ai } = openOne({ EMBEDDING_MODEL: V4 });
    const embed = async (model?: string) =>
      (await ai.embed(["the tea house opens at nine in the morning"], { task: "embed" }, { model }))[0]!;
    const [own, named, other] = [await embed(), await embed(V4), await embed("cohere.embed-multilingual-v3")];
    expect(own).toEqual(named);
    expect(Math.abs(dot(own, other))).toBeLessThan(0.2);
  });

  test.each(MODELS)("by %s takes a text of any length and any characters", async (model) => {
    const { ai } = openOne();
    const texts = [`${"a".repeat(2_047)}😀${"b".repeat(20_000)}`, "茶".repeat(20_000), "\ud800 alone"];
    expect(await ai.embed(texts, { task: "embed" }, { model })).toHaveLength(3);
  });

  test("says whether a text is a document or a query, where the model asks", async () => {
    const { ai } = openOne();
    for (const input of ["document", "query"] as const) {
      order({ kind: "validation", match: `"input_type":"search_${input}"` });
      await expect(ai.embed(["tea"], { task: "embed" }, { model: V4, input })).rejects.toMatchObject({
        code: "UNPROCESSABLE",
      });
    }
    expect(server.faults).toEqual([]);
  });

  test("is asked of known models only, each also across regions", async () => {
    for (const model of EMBEDDING_MODELS)
      for (const region of ["", "us.", "eu.", "apac.", "global."]) expect(isEmbeddingModel(region + model)).toBe(true);
    const { ai, rows } = openOne();
    for (const model of ["amazon.titan-embed-text-v1", "mars.cohere.embed-v4:0", "constructor", ""]) {
      expect(isEmbeddingModel(model)).toBe(false);
      await expect(ai.embed(["tea"], { task: "embed" }, { model })).rejects.toMatchObject({ code: "UNPROCESSABLE" });
    }
    expect(await rows()).toEqual([]);
  });
});

describe.each(["cohere.rerank-v3-5:0", "amazon.rerank-v1:0"])("reranking by %s", (model) => {
  const documents = ["Snow lies on the mountain.", "The tea house opens at nine.", "Tea grows in the hills."];

  test("gives each document its score from 0 to 1, in the documents' order, and one row of task rerank", async () => {
    const { ai, rows } = openOne({ RERANK_MODEL: model });
    const scores = await ai.rerank("When does the tea house open?", documents, { task: "embed" });
    expect(scores[0]).toBe(0);
    expect(scores[1]!).toBeGreaterThan(scores[2]!);
    expect(scores[1]!).toBeLessThanOrEqual(1);
    expect(await rows()).toEqual([{ task: "rerank", model, tokens: expect.any(Number), attempts: 1, error: null }]);
  });

  test("asks nothing for no documents, and twice for more than a hundred", async () => {
    const { ai, rows } = openOne({ RERANK_MODEL: model });
    expect(await ai.rerank("tea", [], { task: "embed" })).toEqual([]);
    const many = Array.from({ length: 150 }, (_, i) => (i === 120 ? "tea house" : `parcel ${i}`));
    const scores = await ai.rerank("tea house", many, { task: "embed" });
    expect(scores).toHaveLength(150);
    expect(scores.indexOf(Math.max(...scores))).toBe(120);
    expect(await rows()).toHaveLength(2);
  });

  test("reads the start of a long document", async () => {
    const { ai } = openOne({ RERANK_MODEL: model });
    const far = `${"hill ".repeat(LIMITS.rerankCharsMax)} tea`;
    const scores = await ai.rerank("tea", [far, `tea ${far}`, "\ud800"], { task: "embed" });
    expect(scores.map((score) => score > 0)).toEqual([false, true, false]);
  });

  test("tries again when throttled, and throws as UNAVAILABLE in the end, with its row", async () => {
    const { ai, rows } = openOne({ RERANK_MODEL: model });
    const query = `again ${model}`;
    order({ kind: "throttle", times: 2, match: query });
    expect(await ai.rerank(query, documents, { task: "embed" })).toHaveLength(3);
    order({ kind: "unavailable", times: LIMITS.modelAttemptsMax, match: query });
    await expect(ai.rerank(query, documents, { task: "embed" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    order({ kind: "validation", match: query });
    await expect(ai.rerank(query, documents, { task: "embed" })).rejects.toMatchObject({
      code: "UNPROCESSABLE",
      message: `The model ${model} refuses this request.`,
    });
    expect(await rows()).toMatchObject([
      { task: "rerank", attempts: 3, error: null },
      // Its deadline may end it before the last attempt.
      {
        task: "rerank",
        attempts: expect.any(Number),
        error: expect.stringMatching(/^(ServiceUnavailableException|AbortError)$/),
      },
      { task: "rerank", attempts: expect.any(Number), error: "ValidationException" },
    ]);
  });
});

describe("recognizing a page", () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
  const base64 = Buffer.from(bytes).toString("base64");
  const said = (input: unknown, stopReason = "tool_use") => ({
    output: {
      message: { role: "assistant", content: [{ toolUse: { toolUseId: "t", name: "transcription", input } }] },
    },
    stopReason,
    usage: { inputTokens: 1_500, outputTokens: 40, totalTokens: 1_540 },
    metrics: { latencyMs: 1 },
  });

  /** Shows a page to a model that gives that answer: what it was asked, and the row of the call. */
  async function show(answer: object, format: "png" | "pdf" = "png", OCR_MODEL?: string) {
    const asked: { url?: string; body?: Record<string, unknown> } = {};
    const model = await listen(async (request, response) => {
      Object.assign(asked, { url: request.url, body: parseJson(await readBody(request)) });
      sendJson(response, 200, answer);
    }, 0);
    const { ai, rows } = openOne({ BEDROCK_ENDPOINT: model.url, ...(OCR_MODEL && { OCR_MODEL }) });
    const result = await ai.recognize({ format, bytes }).catch((error) => error);
    await model.close();
    return { asked, result, rows: await rows() };
  }

  test("shows the model a picture or a PDF, and lets it answer by the tool alone", async () => {
    const page = { text: "# Menu\n\nTea", confidence: 0.9 };
    const { asked, result } = await show(said(page));
    expect(result).toEqual(page);
    expect(asked).toMatchObject({
      url: "/model/us.amazon.nova-2-lite-v1%3A0/converse",
      body: {
        messages: [
          {
            role: "user",
            content: [{ image: { format: "png", source: { bytes: base64 } } }, { text: expect.any(String) }],
          },
        ],
        inferenceConfig: { temperature: 0, maxTokens: LIMITS.recognitionTokensMax },
        toolConfig: { toolChoice: { tool: { name: "transcription" } } },
      },
    });
    const pdf = await show(said(page), "pdf");
    expect(pdf.asked.body).toMatchObject({
      messages: [
        {
          content: [
            { document: { format: "pdf", name: "page", source: { bytes: base64 } } },
            { text: "Transcribe this page." },
          ],
        },
      ],
    });
    expect(JSON.stringify(pdf.asked.body)).not.toContain("citations");
  });

  test("lets Claude see a PDF's pages, which it does with citations only", async () => {
    const { asked } = await show(
      said({ text: "", confidence: 1 }),
      "pdf",
      "eu.anthropic.claude-haiku-4-5-20251001-v1:0",
    );
    expect(asked.body).toMatchObject({ messages: [{ content: [{ document: { citations: { enabled: true } } }, {}] }] });
  });

  test("costs what the answer says, also an answer of no use, which the row names", async () => {
    const row = { task: "ocr", model: "us.amazon.nova-2-lite-v1:0", tokens: 1_500, attempts: 1 };
    expect((await show(said({ text: "Tea", confidence: 1 }))).rows).toEqual([{ ...row, error: null }]);
    const dense = await show(said({}, "max_tokens"));
    expect(dense.result).toMatchObject({ code: "UNPROCESSABLE", message: expect.stringContaining("more text") });
    expect(dense.rows).toEqual([{ ...row, error: "max_tokens" }]);
    const costs = await asTenant(
      org.id,
      "select output_tokens::integer as output, cost_micro_usd::integer as cost from ai_usage where model = $1",
      [row.model],
    );
    expect(new Set(costs.map((cost) => JSON.stringify(cost)))).toEqual(new Set(['{"output":40,"cost":605}']));
  });

  test("takes no answer but a text and a confidence from 0 to 1, and no NUL in it", async () => {
    for (const input of [{}, { text: "Tea" }, { text: 5, confidence: 1 }, { text: "Tea", confidence: 95 }, "Tea"])
      expect(await show(said(input))).toMatchObject({
        result: { code: "UNPROCESSABLE" },
        rows: [{ error: "malformed_answer" }],
      });
    expect((await show(said({ text: "a\0b\ud800", confidence: "0.5" }))).result).toEqual({
      text: "ab\ufffd",
      confidence: 0.5,
    });
    expect((await show(said({ text: "", confidence: 0 }, "guardrail_intervened"))).result.code).toBe("UNPROCESSABLE");
  });

  test("tries again when throttled; a refused page is UNPROCESSABLE, a model that cannot be asked UNAVAILABLE", async () => {
    const page = { format: "png" as const, bytes };
    const { ai, rows } = openOne();
    const refusal = (kind: Fault["kind"], times = 1) => server.faults.push({ operation: "converse", kind, times });
    refusal("throttle", 2);
    refusal("validation");
    await expect(ai.recognize(page)).rejects.toMatchObject({ code: "UNPROCESSABLE" });
    refusal("unavailable", LIMITS.modelAttemptsMax);
    await expect(ai.recognize(page)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    refusal("hang");
    await expect(ai.recognize(page, AbortSignal.timeout(200))).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await rows()).toMatchObject([
      { task: "ocr", attempts: 3, error: "ValidationException" },
      { task: "ocr", attempts: LIMITS.modelAttemptsMax, error: "ServiceUnavailableException" },
      { task: "ocr", error: expect.stringMatching(/^(AbortError|TimeoutError)$/) },
    ]);
    const closed = await listen((_, response) => {
      response.writeHead(403, { "content-type": "application/json", "x-amzn-errortype": "AccessDeniedException" });
      response.end('{"message":"You have no access to this model."}');
    }, 0);
    const refused = openOne({ BEDROCK_ENDPOINT: closed.url }).ai.recognize(page).finally(closed.close);
    await expect(refused).rejects.toMatchObject({ code: "UNAVAILABLE", message: expect.stringContaining("OCR_MODEL") });
  });
});

describe("a short text", () => {
  const shared = "<document>\nThe tea house\n\nIt opens at nine. Tea is poured until six.\n</document>";
  const prompt = "<passage>\nIt opens at nine.\n</passage>";
  const ask = (ai: ReturnType<typeof openOne>["ai"]) =>
    ai.complete({ system: "Be brief.", shared, prompt, maxTokens: 100 }, { task: "summarize" });

  test("is made by UTILITY_MODEL, and each call is a row of its purpose, also one that failed", async () => {
    const { ai, rows } = openOne({ UTILITY_MODEL: "amazon.nova-micro-v1:0" });
    expect(await ask(ai)).toContain("The tea house");
    server.faults.push({ operation: "converse", kind: "validation" });
    await expect(ask(ai)).rejects.toMatchObject({ code: "UNPROCESSABLE" });
    const row = { task: "summarize", model: "amazon.nova-micro-v1:0", attempts: 1 };
    expect(await rows()).toMatchObject([
      { ...row, error: null },
      { ...row, error: "ValidationException" },
    ]);
  });

  test("that was withheld is none", async () => {
    const content = [{ text: "I cannot help with that." }];
    const body = { output: { message: { role: "assistant", content } }, stopReason: "guardrail_intervened" };
    const model = await listen((_, response) => sendJson(response, 200, body), 0);
    const { ai, rows } = openOne({ BEDROCK_ENDPOINT: model.url });
    expect(await ask(ai).finally(model.close)).toBe("");
    expect(await rows()).toMatchObject([{ error: "guardrail_intervened" }]);
  });
});

describe("what a model answers", () => {
  const float = (...lengths: number[]) => ({ embeddings: { float: lengths.map((length) => Array(length).fill(3)) } });
  const score = (...indices: number[]) => ({ results: indices.map((index) => ({ index, relevance_score: 0.5 })) });
  async function answering<T>(body: object, ask: (ai: ReturnType<typeof openOne>["ai"]) => Promise<T>): Promise<T> {
    const model = await listen((_, response) => sendJson(response, 200, body), 0);
    return ask(openOne({ BEDROCK_ENDPOINT: model.url }).ai).finally(model.close);
  }
  const embed = (body: object) =>
    answering(body, (ai) => ai.embed(["tea", "coffee"], { task: "embed" }, { model: V4 }));
  const rerank = (body: object) => answering(body, (ai) => ai.rerank("tea", ["tea", "coffee"], { task: "embed" }));

  test("becomes vectors of length 1, whatever length they had, and scores", async () => {
    for (const vector of await embed(float(1024, 1024))) expect(dot(vector, vector)).toBeCloseTo(1, 9);
    expect(await rerank(score(1, 0))).toEqual([0.5, 0.5]);
  });

  test("is no answer with another dimension, or with a text or a document left out", async () => {
    for (const body of [float(1024, 512), float(1024), {}])
      await expect(embed(body)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    for (const body of [score(1), score(1, 2), {}])
      await expect(rerank(body)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  });
});
