import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../functions/kernel/limits.ts";
import { type OwnStack, startOwnStack, type Told, until } from "./stack.ts";

/** Names that no other test's documents and questions have: the faults of each go by them. */
const NAMES = ["zephyr", "quartz", "juniper", "mallow", "tundra", "saffron"] as const;
type Name = (typeof NAMES)[number];
const SENTENCES = (name: Name) =>
  ["red and round", "tall and thin", "cheap and loud"].map((how) => `The ${name} is ${how}.`);
const SAID = (name: Name) => SENTENCES(name).map((sentence, index) => `${sentence} [${index + 1}]`);
const QUESTION = (name: Name) => `What is the ${name}?`;

let stack: OwnStack;
let chatbot: string;
beforeAll(async () => {
  stack = await startOwnStack();
  chatbot = await stack.chatbot();
  for (const name of NAMES) {
    const { body } = await stack.upload(SENTENCES(name).join(" "));
    await stack.settled(body.id);
  }
  return stack.close;
});

/** The model says four characters at a time, with so much time between. */
const speakSlowly = (name: Name, delayMs: number) =>
  stack.model.fails({ kind: "slow", operation: "converse-stream", match: QUESTION(name), delayMs });

const collect = async (events: AsyncIterable<Told>) => {
  const told: Told[] = [];
  for await (const event of events) told.push(event);
  return told;
};
const textOf = (told: readonly Told[]) =>
  told
    .filter(({ event }) => event === "delta")
    .map(({ data }) => data.text)
    .join("");

describe.concurrent("while the model speaks", () => {
  test("what it has said is heard long before it has finished", async () => {
    speakSlowly("zephyr", 100);
    const started = Date.now();
    const told = await collect(stack.askStream(chatbot, QUESTION("zephyr")));
    const first = told.find(({ event }) => event === "delta")!;
    const last = told.at(-1)!;
    expect(last).toMatchObject({ event: "message.completed", data: { message: { content: textOf(told) } } });
    expect(first.at - started).toBeLessThan(0.6 * (last.at - started));
    expect(last.at - first.at).toBeGreaterThan(1_000);
    expect(told.map(({ id }) => id)).toEqual(told.map((_, index) => index + 1));
    expect(textOf(told)).toBe(SAID("zephyr").join(" "));
  });

  test("its answer keeps its lease, though nothing that it said may be shown yet", async () => {
    speakSlowly("quartz", 900);
    const answering = stack.ask(chatbot, QUESTION("quartz"));
    const [row] = await until(async () => {
      const found = await stack.rows(
        `select a.content, extract(epoch from a.lease_until - a.created_at)::integer as lease
         from messages q join messages a on a.conversation_id = q.conversation_id and a.sequence = 2
         where q.content = $1 and a.status = 'streaming'`,
        [QUESTION("quartz")],
      );
      return found.length > 0 ? found : undefined;
    }, 8_000);
    expect(row.content).toBe("");
    expect(row.lease).toBeGreaterThan(LIMITS.answerLeaseSeconds);
    expect(await answering).toMatchObject({ status: 200, body: { message: { content: SAID("quartz").join(" ") } } });
  });
});

describe.concurrent("when the reader leaves", () => {
  test("a stream's answer is written to its end all the same", async () => {
    speakSlowly("juniper", 150);
    const leave = new AbortController();
    const told: string[] = [];
    const reading = async () => {
      for await (const { event } of stack.askStream(chatbot, QUESTION("juniper"), { signal: leave.signal })) {
        told.push(event);
        if (event === "delta") leave.abort();
      }
    };
    await expect(reading()).rejects.toThrow(/abort/i);
    expect(told).toContain("delta");
    const answer = await stack.endedAnswer(QUESTION("juniper"));
    expect(answer).toMatchObject({ status: "completed", content: SAID("juniper").join(" "), error: null });
    expect(answer.citations).toHaveLength(3);
  });

  test("a whole answer is written to its end all the same", async () => {
    speakSlowly("mallow", 150);
    const signal = AbortSignal.timeout(1_500);
    await expect(stack.ask(chatbot, QUESTION("mallow"), { signal })).rejects.toThrow(/abort|timeout/i);
    const answer = await stack.endedAnswer(QUESTION("mallow"));
    expect(answer).toMatchObject({ status: "completed", content: SAID("mallow").join(" "), error: null });
  });

  test("an answer that takes longer than we may wait is interrupted, with what was said", async () => {
    speakSlowly("tundra", 1_500);
    const leave = new AbortController();
    const reading = async () => {
      for await (const { event } of stack.askStream(chatbot, QUESTION("tundra"), { signal: leave.signal }))
        if (event === "sources") leave.abort();
    };
    await expect(reading()).rejects.toThrow(/abort/i);
    const left = Date.now();
    const answer = await stack.endedAnswer(QUESTION("tundra"), 40_000);
    expect(Date.now() - left).toBeGreaterThan(LIMITS.answerAfterDisconnectMs - 1_000);
    // In miniflare the worker learns of it at its next write, which is a comment at the latest.
    expect(Date.now() - left).toBeLessThan(LIMITS.answerAfterDisconnectMs + LIMITS.streamCommentMs + 2_000);
    expect(answer).toMatchObject({ status: "interrupted", content: expect.stringContaining(SAID("tundra")[0]!) });
    expect(answer.content.length).toBeLessThan(SAID("tundra").join(" ").length);
    expect(answer.error).toEqual({ code: "UNAVAILABLE", detail: "The reader left before the answer was complete." });
  });
});

describe.concurrent("when the model falls silent", () => {
  test("the line is kept open, then the answer is ended with what was said", async () => {
    const quoted = Math.ceil(`<q s="1">${SENTENCES("saffron")[0]}</q> `.length / 4) + 1;
    stack.model.fails({
      kind: "hang",
      operation: "converse-stream",
      match: QUESTION("saffron"),
      afterDeltas: quoted,
    });
    const started = Date.now();
    const path = `/v1/chatbots/${chatbot}/messages`;
    const response = await stack.send("POST", path, { content: QUESTION("saffron"), stream: true });
    let text = "";
    const commented: number[] = [];
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (/^: /m.test(chunk)) commented.push(Date.now() - started);
    }
    expect(commented.length).toBeGreaterThanOrEqual(2);
    expect(commented[0]).toBeLessThan(LIMITS.streamCommentMs + 2_000);
    expect(Date.now() - started).toBeGreaterThan(LIMITS.modelIdleMs - 1_000);
    expect(Date.now() - started).toBeLessThan(LIMITS.modelIdleMs + 5_000);
    const events = [...text.matchAll(/^event: (.*)$/gm)].map(([, event]) => event);
    expect(events.slice(0, 3)).toEqual(["message.created", "sources", "delta"]);
    expect(events.at(-1)).toBe("error");
    expect(JSON.parse(/^data: (.*)$/m.exec(text.slice(text.lastIndexOf("event: error")))![1]!)).toMatchObject({
      code: "UNAVAILABLE",
      status: 503,
      requestId: response.headers.get("x-request-id"),
    });
    const answer = await stack.endedAnswer(QUESTION("saffron"));
    expect(answer).toMatchObject({ status: "interrupted", error: { code: "UNAVAILABLE" } });
    expect(answer.content.trim()).toBe(SAID("saffron")[0]);
    const calls = await stack.rows("select task, error from ai_usage where message_id = $1 order by task", [answer.id]);
    expect(calls).toEqual([
      { task: "answer", error: expect.any(String) },
      { task: "embed", error: null },
    ]);
  });
});

test.concurrent("a database that hangs is one that does not answer", async () => {
  stack.database.fails({ kind: "hang", match: 'from "products"' });
  const started = Date.now();
  const { status, headers, body } = await stack.call("GET", "/v1/products");
  expect(Date.now() - started).toBeLessThan(LIMITS.databaseTimeoutMs + 2_000);
  expect(body).toMatchObject({ code: "UNAVAILABLE" });
  expect(status).toBe(503);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
});
