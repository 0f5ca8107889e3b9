import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveBedrock } from "../../scripts/local/bedrock/server.ts";
import { openVectorCache } from "../../scripts/local/bedrock/vector-cache.ts";

const titan = "amazon.titan-embed-text-v2:0";
const chat = "anthropic.claude-sonnet-5";
const directory = mkdtempSync(join(tmpdir(), "edgelore-bedrock-"));
let server: Awaited<ReturnType<typeof serveBedrock>>;
let client: BedrockRuntimeClient;

const clientOf = (endpoint: string) =>
  new BedrockRuntimeClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });

beforeAll(async () => {
  server = await serveBedrock({ cacheDirectory: directory });
  client = clientOf(server.url);
});

afterAll(async () => {
  client.destroy();
  await server.close();
  rmSync(directory, { recursive: true });
});

async function embed(inputText: string, more = {}) {
  const answer = await client.send(
    new InvokeModelCommand({ modelId: titan, body: JSON.stringify({ inputText, ...more }) }),
  );
  return JSON.parse(answer.body.transformToString()) as { embedding: number[]; inputTextTokenCount: number };
}

const cosine = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

async function similarity(left: string, right: string): Promise<number> {
  const [a, b] = await Promise.all([embed(left), embed(right)]);
  return cosine(a.embedding, b.embedding);
}

const prompt = (question: string, ...sources: string[]) => ({
  modelId: chat,
  system: [{ text: "Answer from the sources." }],
  messages: [
    {
      role: "user" as const,
      content: [
        ...sources.map((text, i) => ({
          text: `<source id="${i + 1}" title="Tea &quot;House&quot;" page="2">\n${text}\n</source>`,
        })),
        { text: `<question>\n${question}\n</question>` },
      ],
    },
  ],
});

const hours = "The tea house opens at nine in the morning. It closes at six. Green tea costs three dollars a pot.";

async function stream(question: string, abortSignal?: AbortSignal) {
  const kinds: string[] = [];
  let text = "";
  const answer = await client.send(new ConverseStreamCommand(prompt(question, hours)), { abortSignal });
  const failure = await (async () => {
    for await (const part of answer.stream!) {
      kinds.push(Object.keys(part)[0]!);
      text += part.contentBlockDelta?.delta?.text ?? "";
    }
  })().catch((error: Error) => error);
  return { kinds, text, failure };
}

describe("embeddings", () => {
  test.each([256, 512, 1024])("have %i dimensions and length 1, the same for the same text", async (dimensions) => {
    const [first, again] = [
      await embed("Tea is grown in the hills.", { dimensions }),
      await embed("Tea is grown in the hills.", { dimensions }),
    ];
    expect(first.embedding).toHaveLength(dimensions);
    expect(cosine(first.embedding, first.embedding)).toBeCloseTo(1, 5);
    expect(again).toEqual(first);
    expect(first.inputTextTokenCount).toBeGreaterThan(0);
  });

  test.each([
    [
      "English",
      "How do I get my money back?",
      "Refunds are paid within two weeks.",
      "The mountain has snow in winter.",
    ],
    ["Thai", "ร้านชาเปิดกี่โมง", "ร้านชาของเราเปิดทุกวันตั้งแต่เก้าโมงเช้า", "แมวชอบนอนกลางวันบนหลังคา"],
    [
      "Japanese",
      "返金の手続きを教えてください",
      "返金は購入から三十日以内に手続きできます。",
      "富士山は冬に雪が積もります。",
    ],
  ])("of %s texts are nearer when they are about the same thing", async (_, text, related, unrelated) => {
    expect(await similarity(text, related)).toBeGreaterThan((await similarity(text, unrelated)) + 0.1);
  });

  test.each([
    ["an empty text", "", {}],
    ["a text of more than 50,000 characters", "a".repeat(50_001), {}],
    ["an unknown dimension", "tea", { dimensions: 300 }],
    ["an unknown field", "tea", { colour: "green" }],
  ])("of %s are refused as a ValidationException", async (_, text, more) => {
    await expect(embed(text, more)).rejects.toMatchObject({
      name: "ValidationException",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test("come back after a crash in the middle of a write to their cache", () => {
    const vector = Float32Array.from([0.6, 0.8]);
    const open = () => openVectorCache(directory, "crash", 2);
    let cache = open();
    cache.set("tea", vector);
    cache.close();
    appendFileSync(join(directory, "crash.vectors"), "half a record");
    cache = open();
    expect(cache.get("tea")).toEqual(vector);
    cache.set("coffee", vector);
    cache.close();
    cache = open();
    expect([cache.get("tea"), cache.get("coffee"), cache.get("water")]).toEqual([vector, vector, undefined]);
    cache.close();
  });
});

describe("Converse", () => {
  test("answers with a cited sentence, usage and latency", async () => {
    const answer = await client.send(new ConverseCommand(prompt("How much is a pot of green tea?", hours)));
    expect(answer.output?.message?.content?.[0]?.text).toBe('<q s="1">Green tea costs three dollars a pot.</q>');
    expect(answer).toMatchObject({ stopReason: "end_turn", metrics: { latencyMs: expect.any(Number) } });
    expect(answer.usage!.totalTokens).toBe(answer.usage!.inputTokens! + answer.usage!.outputTokens!);
  });

  test("streams the same answer in small deltas, in order, then usage", async () => {
    const { kinds, text } = await stream("How much is a pot of green tea?");
    expect(text).toBe('<q s="1">Green tea costs three dollars a pot.</q>');
    expect(kinds.slice(0, 2)).toEqual(["messageStart", "contentBlockDelta"]);
    expect(kinds.slice(-3)).toEqual(["contentBlockStop", "messageStop", "metadata"]);
    expect(kinds.length).toBeGreaterThan(8);
  });

  test("stops at maxTokens", async () => {
    const request = { ...prompt("When does the tea house open?", hours), inferenceConfig: { maxTokens: 3 } };
    expect(await client.send(new ConverseCommand(request))).toMatchObject({
      stopReason: "max_tokens",
      usage: { outputTokens: 3 },
    });
  });

  test("refuses a conversation that does not start with the user", async () => {
    const messages = [{ role: "assistant" as const, content: [{ text: "Hello" }] }];
    const refused = client.send(new ConverseCommand({ modelId: chat, messages }));
    await expect(refused).rejects.toMatchObject({ name: "ValidationException" });
  });

  test("gives the first two sentences back when asked for something else", async () => {
    const messages = [{ role: "user" as const, content: [{ text: "One is here. Two is here. Three is here." }] }];
    const answer = await client.send(new ConverseCommand({ modelId: chat, messages }));
    expect(answer.output?.message?.content?.[0]?.text).toBe("One is here. Two is here.");
  });

  test("forwards to an OpenAI-compatible server", async () => {
    const asked: Record<string, unknown>[] = [];
    const other = createServer(async (request, response) => {
      asked.push(JSON.parse((await request.toArray()).join("")));
      const say = (chunk: object) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      for (const content of ["Good ", "day"]) say({ choices: [{ delta: { content } }] });
      say({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 2 } });
      response.end("data: [DONE]\n\n");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const forwarding = await serveBedrock({
      forwardTo: `http://127.0.0.1:${(other.address() as AddressInfo).port}/v1`,
    });
    const answer = await clientOf(forwarding.url).send(new ConverseCommand(prompt("Hello?", hours)));
    expect(answer).toMatchObject({
      output: { message: { content: [{ text: "Good day" }] } },
      usage: { inputTokens: 7, outputTokens: 2 },
    });
    expect(asked[0]).toMatchObject({ model: chat, messages: [{ role: "system" }, { role: "user" }] });
    await forwarding.close();
    other.close();
  });
});

describe("credentials", () => {
  const post = (headers: Record<string, string>) =>
    fetch(`${server.url}/model/${encodeURIComponent(titan)}/invoke`, {
      method: "POST",
      headers,
      body: '{"inputText":"tea"}',
    });

  test("are demanded", async () => {
    for (const headers of [{}, { authorization: "AWS4-HMAC-SHA256 nonsense" }]) {
      const refused = await post(headers as Record<string, string>);
      expect(refused.status).toBe(403);
      expect(refused.headers.get("x-amzn-errortype")).toMatch(/Exception$/);
    }
  });

  test("may be a Bedrock API key, over HTTP/1.1", async () => {
    expect((await post({ authorization: "Bearer key" })).status).toBe(200);
  });
});

describe("faults", () => {
  const order = (fault: (typeof server.faults)[number]) => server.faults.push(fault);

  test.each([
    ["throttle", "ThrottlingException", 429],
    ["unavailable", "ServiceUnavailableException", 503],
    ["validation", "ValidationException", 400],
  ] as const)("%s is %s once, for the request that matches", async (kind, name, httpStatusCode) => {
    order({ kind, match: `Is there ${kind}?` });
    expect(await stream("When does it open?")).toMatchObject({ failure: undefined });
    await expect(stream(`Is there ${kind}?`)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await stream(`Is there ${kind}?`)).toMatchObject({ failure: undefined });
  });

  test.each([
    ["mid-stream-throttle", "ThrottlingException"],
    ["mid-stream-error", "ModelStreamErrorException"],
  ] as const)("%s comes after the deltas that were ordered", async (kind, name) => {
    order({ kind, afterDeltas: 3, match: `green tea ${kind}` });
    const { kinds, failure } = await stream(`How much is a pot of green tea ${kind}?`);
    expect(kinds.filter((kind) => kind === "contentBlockDelta")).toHaveLength(3);
    expect(failure).toMatchObject({ name });
  });

  test("truncate breaks the stream in the middle of a frame", async () => {
    order({ kind: "truncate", afterDeltas: 2, match: "green tea cut" });
    const { kinds, failure } = await stream("How much is a pot of green tea cut?");
    expect(kinds.filter((kind) => kind === "contentBlockDelta")).toHaveLength(2);
    expect(failure).toBeInstanceOf(Error);
    expect(await stream("When does it open?")).toMatchObject({ failure: undefined });
  });

  test("hang says nothing, or stops in the middle, until the client gives up", async () => {
    order({ kind: "hang", match: "Silent?" });
    await expect(stream("Silent?", AbortSignal.timeout(50))).rejects.toMatchObject({ name: "AbortError" });
    order({ kind: "hang", afterDeltas: 1, match: "green tea idle" });
    // The SDK ends an aborted stream over HTTP/2 without an error: only the missing messageStop shows it.
    const { kinds } = await stream("How much is green tea idle?", AbortSignal.timeout(300));
    expect(kinds).toEqual(["messageStart", "contentBlockDelta"]);
  });

  test("slow delays an answer and every delta of a stream", async () => {
    order({ kind: "slow", delayMs: 20, match: "green tea slowly" });
    const startedAt = performance.now();
    const { kinds } = await stream("How much is green tea slowly?");
    expect(performance.now() - startedAt).toBeGreaterThan(
      20 * kinds.filter((kind) => kind === "contentBlockDelta").length,
    );
  });

  test("another process orders them and reads the counts", async () => {
    const body = JSON.stringify([{ kind: "throttle", operation: "converse", match: "from outside", times: -1 }]);
    expect((await fetch(`${server.url}/faults`, { method: "POST", body })).status).toBe(200);
    const send = () => client.send(new ConverseCommand(prompt("from outside", hours)));
    for (const _ of [1, 2]) await expect(send()).rejects.toMatchObject({ name: "ThrottlingException" });
    expect((await stream("from outside")).failure).toBeUndefined();
    await fetch(`${server.url}/faults`, { method: "POST", body: "[]" });
    await send();
    const stats = await (await fetch(`${server.url}/stats`)).json();
    expect(stats).toEqual({
      invoke: expect.any(Number),
      converse: expect.any(Number),
      converseStream: expect.any(Number),
    });
  });
});
