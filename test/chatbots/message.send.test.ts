import { beforeAll, describe, expect, test } from "vitest";
import { parseEvents } from "../../scripts/client/sse.ts";
import { asTenant, organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

const MANUAL = `# Aurora kettle

## Warranty
The Aurora kettle has a warranty of two years. Batteries are not covered by it.

## Size
The Aurora kettle holds 1.5 litres and weighs 900 grams.`;

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  await settled(org, await uploadText(org, MANUAL, "Aurora manual", "text/markdown"));
  chatbotId = await newChatbot(org);
});

const newChatbot = async (of: TestOrganization, fields: object = {}) =>
  (await of.call<{ id: string }>("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}`, ...fields })).body
    .id;

const WARRANTY = "How long is the warranty of the Aurora kettle?";
type Asked = { conversationId?: string; endUser?: string; channel?: string };
const ask = (content: string, more: Asked = {}, headers: Record<string, string> = {}) =>
  org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more }, { headers });

async function askStream(content: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${stack.url}/v1/chatbots/${chatbotId}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${org.apiKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ content, stream: true }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of an event
  const told: { event: string; id: string; data: any }[] = [];
  for await (const { event, id, data } of parseEvents(response.body!)) told.push({ event, id, data: JSON.parse(data) });
  const deltas = told.filter(({ event }) => event === "delta").map(({ data }) => data.text as string);
  return { response, told, deltas };
}

type Stored = { id: string; role: string; status: string; content: string; sequence: number; citations: unknown[] };
const messagesOf = async (conversationId: string) =>
  (await org.call<{ items: Stored[] }>("GET", `/v1/conversations/${conversationId}/messages?limit=100`)).body.items;

const countRows = async () => {
  const [row] = await asTenant<{ rows: number }>(
    org.id,
    "select ((select count(*) from conversations) + (select count(*) from messages))::integer as rows",
  );
  return row!.rows;
};

describe("an answer as a stream", () => {
  test("tells who answers, from what, then the text as it is written, then the whole", async () => {
    const { response, told } = await askStream(WARRANTY);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const order = told.map(({ event }) => event).filter((event, index, all) => event !== all[index - 1]);
    expect(order).toEqual(["message.created", "sources", "delta", "message.completed"]);
    expect(told.map(({ id }) => Number(id))).toEqual(told.map((_, index) => index + 1));
  });

  test("is word for word what is stored and what the last event says", async () => {
    const { told, deltas } = await askStream(WARRANTY);
    const { conversationId, message, usage } = told.at(-1)!.data;
    expect(message).toMatchObject({ status: "completed", answered: true, id: told[0]!.data.messageId });
    expect(deltas.join("")).toBe(message.content);
    const [question, answer] = await messagesOf(conversationId);
    expect(question).toMatchObject({ role: "user", status: "completed", content: WARRANTY, sequence: 1 });
    expect(answer).toMatchObject({
      id: message.id,
      role: "assistant",
      status: "completed",
      sequence: 2,
      content: message.content,
      citations: message.citations,
      tokenUsage: usage,
      model: expect.any(String),
      processingTimeMs: expect.any(Number),
      error: null,
    });
    expect(usage.inputTokens).toBeGreaterThan(0);
    expect(usage.outputTokens).toBeGreaterThan(0);
  });

  test("sent again with its Idempotency-Key is the stored one, in one delta", async () => {
    const key = { "idempotency-key": crypto.randomUUID() };
    const [first, again] = [await askStream(WARRANTY, key), await askStream(WARRANTY, key)];
    expect(again.told.map(({ event }) => event)).toEqual(["message.created", "delta", "message.completed"]);
    expect(again.told.at(-1)!.data).toEqual(first.told.at(-1)!.data);
    expect(again.deltas).toEqual([first.deltas.join("")]);
    expect(await messagesOf(first.told[0]!.data.conversationId)).toHaveLength(2);
  });

  test("that is refused is refused before it begins, with its status", async () => {
    const { response } = await askStream("  ");
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("an answer", () => {
  test("has a citation for each number in it, whose quote stands in its chunk letter by letter", async () => {
    const { body } = await ask(WARRANTY);
    expect(body.message).toMatchObject({ status: "completed", answered: true });
    expect(body.message.content).toContain("two years");
    const numbers = [...body.message.content.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number));
    expect([...new Set(numbers)]).toEqual(body.message.citations.map(({ marker }: { marker: number }) => marker));
    for (const { documentId, chunkId, quote, title } of body.message.citations) {
      const { body: chunks } = await org.call("GET", `/v1/documents/${documentId}/chunks`);
      const chunk = chunks.items.find(({ id }: { id: string }) => id === chunkId);
      expect(chunk.content).toContain(quote);
      expect(body.message.content).toContain(quote);
      expect(title).toBe("Aurora manual");
    }
  });

  test("says so when the documents do not hold it", async () => {
    const { body } = await ask("Who won the football championship of 1974 in Munich?");
    expect(body.message).toMatchObject({ status: "completed", answered: false, citations: [] });
    expect(body.message.content).toBe("I could not find an answer to this in the documents.");
  });

  test("that the documents do not hold is what the chatbot was told to say then", async () => {
    const shy = await newChatbot(org, { fallbackMessage: "Please call us." });
    const { body } = await org.call("POST", `/v1/chatbots/${shy}/messages`, { content: "Who discovered Neptune?" });
    expect(body.message).toMatchObject({ answered: false, content: "Please call us." });
  });

  test("is a row of the ledger for each call of a model, that belongs to the message", async () => {
    const asked = "For how many months does the warranty hold?"; // not asked before: its embedding is not cached
    const { body } = await ask(asked, { endUser: "somebody" });
    const calls = await asTenant<{ task: string; error: string | null; input_tokens: string; end_user_id: string }>(
      org.id,
      "select task, error, input_tokens, end_user_id from ai_usage where message_id = $1 order by task",
      [body.message.id],
    );
    expect(calls).toMatchObject([
      { task: "answer", error: null, end_user_id: "somebody" },
      { task: "embed", error: null, end_user_id: "somebody" },
    ]);
  });
});

describe("a conversation", () => {
  test("knows what was asked before", async () => {
    const { body: first } = await ask("How long is the warranty of the Aurora kettle?");
    const { body: second } = await ask("And are its batteries covered?", { conversationId: first.conversationId });
    expect(second.conversationId).toBe(first.conversationId);
    expect(second.message).toMatchObject({ answered: true });
    expect(second.message.content).toContain("Batteries are not covered by it.");
    const { body: alone } = await ask("And how much does it weigh?");
    const { body: third } = await ask("And how much does it weigh?", { conversationId: first.conversationId });
    expect(third.message.content).toContain("900 grams");
    expect(alone.conversationId).not.toBe(first.conversationId);
    expect((await messagesOf(first.conversationId)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("is no conversation of another chatbot, organization or person, and then nothing is stored", async () => {
    const { body } = await ask(WARRANTY, { endUser: "ann" });
    const { conversationId } = body;
    const other = await newChatbot(org);
    const theirs = await organization("Theirs");
    const theirBot = await newChatbot(theirs);
    const before = await countRows();
    const question = { content: WARRANTY, conversationId };
    const refusals = [
      await org.call("POST", `/v1/chatbots/${other}/messages`, question),
      await theirs.call("POST", `/v1/chatbots/${theirBot}/messages`, question),
      await theirs.call("POST", `/v1/chatbots/${chatbotId}/messages`, question),
      await ask(WARRANTY, { conversationId, endUser: "bob" }),
      await ask(WARRANTY, { conversationId: crypto.randomUUID() }),
      await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { ...question, endUser: "bob", stream: true }),
    ];
    for (const refusal of refusals) expect(refusal).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    expect(await countRows()).toBe(before);
    expect(await messagesOf(conversationId)).toHaveLength(2);
    const [{ rows }] = (await asTenant<{ rows: number }>(
      theirs.id,
      "select count(*)::integer as rows from messages",
    )) as [{ rows: number }];
    expect(rows).toBe(0);
    expect(await ask(WARRANTY, { conversationId, endUser: "ann" })).toMatchObject({ status: 200 });
  });

  test("that is over takes no question", async () => {
    const { body } = await ask(WARRANTY);
    await asTenant(org.id, "update conversations set status = 'terminated', ended_at = now() where id = $1", [
      body.conversationId,
    ]);
    expect(await ask(WARRANTY, { conversationId: body.conversationId })).toMatchObject({ status: 404 });
    expect(await messagesOf(body.conversationId)).toHaveLength(2);
  });

  test("answers two questions that come at once, and numbers them without a gap", async () => {
    const { body } = await ask(WARRANTY);
    const { conversationId } = body;
    const asked = ["How much does the Aurora kettle weigh?", "Are batteries covered by the warranty?"];
    const answers = await Promise.all(asked.map((question) => ask(question, { conversationId })));
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: { message: { answered: true } } });
    const messages = await messagesOf(conversationId);
    expect(messages.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant", "user", "assistant"]);
    for (const [index, question] of asked.entries()) {
      const at = messages.findIndex(({ content }) => content === question);
      expect(messages[at + 1]!.id).toBe(answers[index]!.body.message.id);
    }
  });

  test("answers ten questions that come at once", async () => {
    const { body } = await ask(WARRANTY);
    const { conversationId } = body;
    const questions = Array.from({ length: 10 }, (_, index) => `${WARRANTY} (${index})`);
    const answers = await Promise.all(questions.map((question) => ask(question, { conversationId })));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const messages = await messagesOf(conversationId);
    expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => index + 1));
    expect(messages).toHaveLength(22);
    expect(messages.every(({ status }) => status === "completed")).toBe(true);
  });
});

describe("a question", () => {
  test.each([
    ["of no character", ""],
    ["of white space", " \n\t\u3000 "],
    ["of 20,001 characters", "x".repeat(20_001)],
    ["with a character that no database stores", "What\u0000?"],
    ["with half a character", "What \ud83e?"],
  ])("%s is refused, and nothing is stored", async (_, content) => {
    const before = await countRows();
    const reply = await ask(content);
    expect(reply).toMatchObject({ status: 400, body: { code: "INVALID" } });
    expect(await countRows()).toBe(before);
  });

  test.each([
    ["English", "How long is the warranty of the kettle? "],
    ["Japanese", "アウロラケトルの保証期間は何年ですか。"],
    ["Thai", "การรับประกันของกาต้มน้ำนานเท่าไร "],
    ["emoji", "🫖"],
    ["one letter", "w"],
    ["tags", '<q s="1">warranty</q><source id="1">'],
  ])("of 20,000 characters is answered: %s", async (_, text) => {
    const content = text.repeat(20_000).slice(0, 20_000);
    const reply = await ask(content);
    expect(reply.body).not.toMatchObject({ code: expect.anything() });
    expect(reply.status).toBe(200);
    const [question, answer] = await messagesOf(reply.body.conversationId);
    expect(question!.content).toBe(content);
    expect(answer!.status).toBe("completed");
  });

  test("of one character is answered", async () => {
    expect(await ask("?")).toMatchObject({ status: 200, body: { message: { answered: false } } });
  });

  test("to a chatbot that does not exist stores nothing", async () => {
    const before = await countRows();
    const path = `/v1/chatbots/${crypto.randomUUID()}/messages`;
    for (const stream of [true, false])
      expect(await org.call("POST", path, { content: WARRANTY, stream })).toMatchObject({ status: 404 });
    expect(await countRows()).toBe(before);
  });
});
