import { beforeAll, describe, expect, test } from "vitest";
import { type OwnStack, startOwnStack, type Told } from "./stack.ts";

const SENTENCES = ["The lantern is red and round.", "The lantern is tall and thin.", "The lantern is cheap and loud."];
const WHOLE = SENTENCES.map((sentence, index) => `${sentence} [${index + 1}]`).join(" ");
/** So many deltas of four characters hold the first quote and its close, and not the second. */
const FIRST_QUOTE = Math.ceil(`<q s="1">${SENTENCES[0]}</q> `.length / 4) + 1;

let stack: OwnStack;
let chatbot: string;
beforeAll(async () => {
  stack = await startOwnStack();
  chatbot = await stack.chatbot();
  const { body } = await stack.upload(SENTENCES.join(" "));
  await stack.settled(body.id);
  return stack.close;
});

let asked = 0;
/** A question of its own for each test, by which its faults and its rows are found; to the model they are all the same. */
const newQuestion = () => `What is the lantern${"!".repeat(asked++)}?`;

async function told(question: string, headers: Record<string, string> = {}) {
  const events: Told[] = [];
  for await (const event of stack.askStream(chatbot, question, { headers })) events.push(event);
  const text = events.filter(({ event }) => event === "delta").map(({ data }) => data.text);
  return { events, names: events.map(({ event }) => event), text: text.join(""), last: events.at(-1)! };
}

const callsOf = (messageId: string) =>
  stack.rows("select task, error, attempts from ai_usage where message_id = $1 order by id", [messageId]);

/** The pair of messages that a question made. */
const pairOf = async (question: string) => {
  const conversations = await stack.rows("select conversation_id as id from messages where content = $1", [question]);
  expect(conversations).toHaveLength(1);
  const messages = await stack.messages(conversations[0].id);
  expect(messages.map(({ role, sequence }) => [role, sequence])).toEqual([
    ["user", 1],
    ["assistant", 2],
  ]);
  return messages[1];
};

describe.concurrent("a model that throttles twice and then answers", () => {
  test.each(["converse-stream", "invoke"] as const)("has answered: %s", async (operation) => {
    const question = newQuestion();
    stack.model.fails({ kind: "throttle", operation, times: 2, match: question });
    const { status, body } = await stack.ask(chatbot, question);
    expect(status).toBe(200);
    expect(body.message).toMatchObject({ status: "completed", content: WHOLE });
    const calls = await callsOf(body.message.id);
    expect(calls).toEqual([
      { task: "embed", error: null, attempts: operation === "invoke" ? 3 : 1 },
      { task: "answer", error: null, attempts: operation === "invoke" ? 1 : 3 },
    ]);
  });
});

describe.concurrent("a model that is down", () => {
  test.each([
    ["throttle", "converse-stream"],
    ["unavailable", "converse-stream"],
  ] as const)("is said to be, and when to come again: %s of %s", async (kind, operation) => {
    const question = newQuestion();
    stack.model.fails({ kind, operation, times: -1, match: question });
    const { status, headers, body } = await stack.ask(chatbot, question);
    expect(status).toBe(503);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(body).toMatchObject({ code: "UNAVAILABLE", status: 503, requestId: headers.get("x-request-id") });
    const answer = await pairOf(question);
    expect(answer).toMatchObject({
      status: "failed",
      content: "",
      error: { code: "UNAVAILABLE", detail: body.detail },
    });
    const calls = await callsOf(answer.id);
    expect(calls.at(-1)).toMatchObject({
      task: "answer",
      error: kind === "throttle" ? "ThrottlingException" : "ServiceUnavailableException",
      attempts: 5,
    });
    expect(calls).toHaveLength(2);
  });

  test("takes the meaning of a question away when it is the one that embeds, not the answer", async () => {
    const question = newQuestion();
    stack.model.fails({ kind: "unavailable", operation: "invoke", times: -1, match: question });
    const { status, body } = await stack.ask(chatbot, question);
    expect(status).toBe(200);
    expect(body.message).toMatchObject({ status: "completed", content: WHOLE });
    const calls = await callsOf((await pairOf(question)).id);
    expect(calls.map(({ task, error }) => [task, error === null]).sort()).toEqual([
      ["answer", true],
      ["embed", false],
    ]);
  });

  test("ends a stream that had begun with an error", async () => {
    const question = newQuestion();
    stack.model.fails({ kind: "unavailable", operation: "converse-stream", times: -1, match: question });
    const { names, last } = await told(question);
    expect(names).toEqual(["message.created", "sources", "error"]);
    expect(last.data).toMatchObject({ code: "UNAVAILABLE", status: 503, requestId: expect.any(String) });
    expect(await pairOf(question)).toMatchObject({ status: "failed", error: { code: "UNAVAILABLE" } });
  });

  test.each([true, false])("answers the same request when it works again (stream: %s)", async (stream) => {
    const question = newQuestion();
    const headers = { "idempotency-key": crypto.randomUUID() };
    stack.model.fails({ kind: "unavailable", operation: "converse-stream", times: -1, match: question });
    const send = async () =>
      stream ? (await told(question, headers)).last.data : (await stack.ask(chatbot, question, { headers })).body;
    expect(await send()).toMatchObject({ code: "UNAVAILABLE" });
    stack.model.works(question);
    const answered = await send();
    expect(answered).toMatchObject({ message: { status: "completed", content: WHOLE } });
    expect(await send()).toEqual(answered);
    expect(await pairOf(question)).toMatchObject({ id: answered.message.id, status: "completed", error: null });
    const calls = await callsOf(answered.message.id);
    expect(calls.filter(({ task, error }) => task === "answer" && error === null)).toHaveLength(1);
  });
});

test.concurrent("a request that the model refuses is told so without its words, and sent again it is the same turn", async () => {
  const question = newQuestion();
  const headers = { "idempotency-key": crypto.randomUUID() };
  stack.model.fails({ kind: "validation", operation: "converse-stream", match: question });
  const { status, body } = await stack.ask(chatbot, question, { headers });
  expect(status).toBe(422);
  expect(body).toMatchObject({ code: "UNPROCESSABLE" });
  expect(JSON.stringify(body)).not.toMatch(/ordered fault/);
  const refused = await pairOf(question);
  expect(refused).toMatchObject({ status: "failed", error: { code: "UNPROCESSABLE" } });
  expect(await stack.ask(chatbot, question, { headers })).toMatchObject({ status: 200 });
  expect(await pairOf(question)).toMatchObject({ id: refused.id, status: "completed" });
});

describe.concurrent("a model that breaks off in the middle", () => {
  test.each(["mid-stream-throttle", "mid-stream-error", "truncate"] as const)(
    "leaves what it had said, once, and marked: %s",
    async (kind) => {
      const question = newQuestion();
      stack.model.fails({ kind, operation: "converse-stream", match: question, afterDeltas: FIRST_QUOTE });
      const { names, text, last } = await told(question);
      expect([...new Set(names)]).toEqual(["message.created", "sources", "delta", "error"]);
      expect(last.data).toMatchObject({ code: "UNAVAILABLE" });
      expect(text.trim()).toBe(`${SENTENCES[0]} [1]`);
      const answer = await pairOf(question);
      expect(answer).toMatchObject({
        status: "interrupted",
        content: text,
        citations: [{ marker: 1, quote: SENTENCES[0] }],
        error: { code: "UNAVAILABLE" },
      });
      expect(await callsOf(answer.id)).toMatchObject([
        { task: "embed", error: null },
        { task: "answer", error: expect.any(String) },
      ]);
      // A stream that breaks off tells no usage, and is billed for what it said.
      const [spent] = await stack.rows("select * from ai_usage where message_id = $1 and task = 'answer'", [answer.id]);
      expect(Number(spent.input_tokens)).toBeGreaterThan(20);
      expect(Number(spent.output_tokens)).toBeGreaterThan(5);
    },
  );

  test("before anything may be shown has said nothing", async () => {
    const question = newQuestion();
    stack.model.fails({ kind: "mid-stream-error", operation: "converse-stream", match: question, afterDeltas: 3 });
    const { names } = await told(question);
    expect(names).toEqual(["message.created", "sources", "error"]);
    expect(await pairOf(question)).toMatchObject({ status: "failed", content: "", citations: [] });
  });

  test("is told the caller of a whole answer as its failure, and what was said stays", async () => {
    const question = newQuestion();
    stack.model.fails({
      kind: "mid-stream-throttle",
      operation: "converse-stream",
      match: question,
      afterDeltas: FIRST_QUOTE,
    });
    const { status, headers } = await stack.ask(chatbot, question);
    expect(status).toBe(503);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await pairOf(question)).toMatchObject({ status: "interrupted" });
  });
});

test("each request that reached a model is in the ledger", async () => {
  const ledger = async () => {
    const [sums] = await stack.rows(
      `select sum(attempts) filter (where task = 'embed')::integer as invoke,
         sum(attempts) filter (where task = 'answer')::integer as "converseStream" from ai_usage`,
    );
    return sums;
  };
  const stats = await fetch(`${stack.bedrock!.url}/stats`);
  const { invoke, converseStream } = (await stats.json()) as Record<string, number>;
  await expect.poll(ledger, { timeout: 5_000 }).toEqual({ invoke, converseStream });
});

describe.concurrent("a model that hangs", () => {
  const search = async (query: string, more: object = {}) => {
    const started = Date.now();
    const { status, body } = await stack.call("POST", "/v1/search", { query, ...more });
    return { status, body, seconds: (Date.now() - started) / 1_000 };
  };

  test("is not waited for by a search, which answers by words", async () => {
    const query = `lantern ${crypto.randomUUID()}`;
    stack.model.fails({ kind: "hang", operation: "invoke", match: query });
    const { status, body, seconds } = await search(query);
    expect({ status, degraded: body.degraded }).toEqual({ status: 200, degraded: ["embedding"] });
    expect(body.results.length).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(15);
  }, 30_000);

  test("nor when it is to order the results, which come in the order that they have", async () => {
    await stack.settled((await stack.upload("The lantern hangs from a hook beside the door.")).body.id);
    const query = `lantern ${crypto.randomUUID()}`;
    expect((await search(query)).body.degraded).toEqual([]);
    stack.model.fails({ kind: "hang", operation: "invoke", match: query });
    const { status, body, seconds } = await search(query, { rerank: true });
    expect({ status, degraded: body.degraded }).toEqual({ status: 200, degraded: ["rerank"] });
    expect(seconds).toBeLessThan(12);
  }, 60_000);

  test("ends an answer that nothing comes of, with a reason", async () => {
    const question = newQuestion();
    stack.model.fails({ kind: "hang", operation: "converse-stream", match: question });
    const started = Date.now();
    const { status } = await stack.ask(chatbot, question);
    expect(status).toBe(503);
    expect(Date.now() - started).toBeLessThan(45_000);
    expect(await pairOf(question)).toMatchObject({ status: "failed" });
  }, 60_000);
});
