import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

const MANUAL = `# Aurora kettle

## Warranty
The Aurora kettle has a warranty of two years. Batteries are not covered by it.

## Size
The Aurora kettle holds 1.5 litres and weighs 900 grams.`;

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  for (const [text, title] of [
    [MANUAL, "Aurora manual"],
    ["กาต้มน้ำออโรร่ารับประกันสินค้าสองปีเต็ม น้ำหนักของกาต้มน้ำออโรร่าคือเก้าร้อยกรัม", "คู่มือกาต้มน้ำออโรร่า"],
    ["アウロラ電気ケトルの保証期間は二年です。アウロラ電気ケトルの重さは九百グラムです。", "アウロラ電気ケトル説明書"],
  ] as const)
    await settled(org, await uploadText(org, text, title, "text/markdown"));
});

const newChatbot = async (fields: object = {}) =>
  (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}`, ...fields })).body.id as string;

async function asked(chatbotId: string, content: string, more: object = {}) {
  const { status, body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more });
  expect([status, body]).toEqual([200, expect.anything()]);
  const trace = (await org.call("GET", `/v1/messages/${body.message.id}/trace`)).body;
  // biome-ignore lint/suspicious/noExplicitAny: a test says itself what it expects of a step
  const step = (name: string) => trace.steps.find(({ step }: any) => step === name);
  return { ...body.message, conversationId: body.conversationId, trace, step };
}

describe("a trace", () => {
  test("tells each step of an answer with what came in and out of it, and how long it took", async () => {
    const message = await asked(await newChatbot({ retrievalK: 3 }), "How long is the warranty of the Aurora kettle?");
    const names = message.trace.steps.map(({ step }: { step: string }) => step);
    expect(new Set(names)).toEqual(new Set(["detect_language", "retrieve", "evidence", "pack", "generate", "verify"]));
    expect(message.step("detect_language")).toMatchObject({ language: "en" });
    const { chunks } = message.step("retrieve");
    expect(chunks.length).toBeGreaterThan(0);
    const cited = message.citations[0];
    expect(chunks.find(({ chunkId }: { chunkId: string }) => chunkId === cited.chunkId)).toMatchObject({
      documentId: cited.documentId,
      title: "Aurora manual",
      isUsed: true,
      score: expect.any(Number),
    });
    expect(message.step("evidence").isEnough).toBe(true);
    expect(message.step("generate")).toMatchObject({ attempt: 1, promptRevision: expect.any(Number) });
    expect(message.step("generate").inputTokens).toBeGreaterThan(0);
    expect(message.step("generate").said).toContain("<q s=");
    expect(message.step("verify")).toMatchObject({ quotes: 1, supported: 1, dropped: [] });
    for (const { atMs, durationMs } of message.trace.steps)
      expect(atMs + durationMs).toBeLessThanOrEqual(message.trace.durationMs + 1);
  });

  test("is none of a question, and of no message of another organization", async () => {
    const chatbotId = await newChatbot();
    const { conversationId, id } = await asked(chatbotId, "How heavy is the Aurora kettle?");
    const { items } = (await org.call("GET", `/v1/conversations/${conversationId}/messages`)).body;
    expect((await org.call("GET", `/v1/messages/${items[0].id}/trace`)).body.detail).toContain("trace");
    const theirs = await organization("Theirs");
    expect((await theirs.call("GET", `/v1/messages/${id}/trace`)).status).toBe(404);
  });

  test("goes with its message", async () => {
    const chatbotId = await newChatbot();
    const { id } = await asked(chatbotId, "How heavy is the Aurora kettle?");
    await org.call("DELETE", `/v1/chatbots/${chatbotId}`);
    expect(await asTenant(org.id, "select 1 from message_traces where message_id = $1", [id])).toEqual([]);
  });
});

describe("small talk", () => {
  test("is answered in its language, without retrieval or a model, and is no refusal", async () => {
    const chatbotId = await newChatbot({ welcomeMessage: "Welcome to Aurora!" });
    for (const [said, answer] of [
      ["Hello!", "Welcome to Aurora!"],
      ["ขอบคุณครับ", "ยินดีเสมอ"],
      ["ありがとうございます", "どういたしまして。"],
    ]) {
      const message = await asked(chatbotId, said!);
      expect(message).toMatchObject({ content: answer, answered: true, citations: [] });
      expect(message.trace.steps.map(({ step }: { step: string }) => step)).toEqual(["small_talk"]);
    }
    expect(await asTenant(org.id, "select 1 from ai_usage where chatbot_id = $1", [chatbotId])).toEqual([]);
  });
});

describe("a refusal", () => {
  test.each([
    ["What is the capital of the moon and who is its emperor?", "I could not find an answer to this in the documents."],
    ["ใครเป็นจักรพรรดิของดวงจันทร์เมื่อร้อยปีก่อน", "ไม่พบคำตอบของคำถามนี้ในเอกสาร"],
    ["月の皇帝は百年前に誰でしたか", "この質問への答えは文書の中に見つかりませんでした。"],
  ])("is remembered, in the language of the question: %s", async (question, fallback) => {
    const message = await asked(await newChatbot(), question);
    expect(message).toMatchObject({ answered: false, content: fallback, citations: [] });
    const { items } = (await org.call("GET", `/v1/conversations/${message.conversationId}/messages`)).body;
    expect(items[1].answered).toBe(false);
    expect(message.step("refuse").reason).toMatch(/no_evidence|model_found_none/);
  });
});

describe("a follow-up", () => {
  test.each([
    ["How long is the warranty of the Aurora kettle?", "And how much does it weigh?", "900 grams"],
    ["กาต้มน้ำออโรร่ารับประกันกี่ปี", "แล้วมันมีน้ำหนักเท่าไร", "เก้าร้อยกรัม"],
    ["アウロラ電気ケトルの保証期間は何年ですか", "その重さはどれくらいですか", "九百グラム"],
  ])("is made a question that stands alone, and answered: %s", async (first, second, answer) => {
    const chatbotId = await newChatbot();
    const { conversationId } = await asked(chatbotId, first);
    const message = await asked(chatbotId, second, { conversationId });
    const { question, rewritten, model } = message.step("rewrite");
    expect(question).toBe(second);
    expect(rewritten.length).toBeGreaterThan(second.length);
    expect(model).toBeTruthy();
    expect(message.step("retrieve")).toMatchObject({ query: rewritten, earlierQuestions: 0 });
    expect(message.content).toContain(answer);
    const calls = await asTenant(org.id, "select task from ai_usage where message_id = $1", [message.id]);
    expect(calls.map(({ task }) => task)).toContain("rewrite");
  });

  test("of a chatbot that does not rewrite is searched with the questions before it", async () => {
    const chatbotId = await newChatbot({ rewriteFollowUps: false });
    const { conversationId } = await asked(chatbotId, "How long is the warranty of the Aurora kettle?");
    const message = await asked(chatbotId, "And how much does it weigh?", { conversationId });
    expect(message.step("rewrite")).toBeUndefined();
    expect(message.step("retrieve")).toMatchObject({ earlierQuestions: 1 });
  });
});

describe("what a chatbot lets in and out", () => {
  test("is part of its revisions", async () => {
    const chatbotId = await newChatbot();
    const safety = { personalData: "mask", blockedTopics: ["lawsuit"], questionCharsMax: 100 };
    await org.call("PATCH", `/v1/chatbots/${chatbotId}`, { safety });
    const { items } = (await org.call("GET", `/v1/chatbots/${chatbotId}/revisions`)).body;
    expect(items[0]).toMatchObject({ number: 2, changed: ["safety"] });
    await org.call("POST", `/v1/chatbots/${chatbotId}/revisions/1/restore`, {});
    expect((await org.call("GET", `/v1/chatbots/${chatbotId}`)).body.safety).toEqual({});
  });

  test("is no personal data where it masks it, neither in the question nor in where it was asked", async () => {
    const chatbotId = await newChatbot({ safety: { personalData: "mask" } });
    const { conversationId } = await asked(chatbotId, "Is somchai@example.com told how long the warranty is?", {
      context: { page: { title: "Orders of somchai@example.com" }, visits: 3 },
    });
    const [row] = await asTenant(
      org.id,
      "select content, context from messages where conversation_id = $1 and role = 'user'",
      [conversationId],
    );
    expect(row).toEqual({
      content: "Is {EMAIL} told how long the warranty is?",
      context: { page: { title: "Orders of {EMAIL}" }, visits: 3 },
    });
  });

  test("is no longer question than it takes: nothing of it is stored", async () => {
    const chatbotId = await newChatbot({ safety: { questionCharsMax: 20 } });
    const { status, body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "x".repeat(21) });
    expect([status, body.errors[0].path]).toEqual([400, "content"]);
    expect(await asTenant(org.id, "select 1 from conversations where chatbot_id = $1", [chatbotId])).toEqual([]);
    expect((await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "Kettle weight?" })).status).toBe(
      200,
    );
  });

  test("is no longer answer than it gives, cut at a word, with the citations that are left", async () => {
    const chatbotId = await newChatbot({ safety: { answerCharsMax: 50 } });
    const message = await asked(chatbotId, "How long is the warranty of the Aurora kettle, and what does it cover?");
    expect(message.content.length).toBeLessThanOrEqual(50);
    expect("The Aurora kettle has a warranty of two years. [1] Batteries").toContain(message.content.trim());
    for (const { marker } of message.citations) expect(message.content).toContain(`[${marker}]`);
  });

  test("is nothing of a blocked topic: not in a question, which no model is shown, nor in an answer, of which nothing is told", async () => {
    const blockedMessage = "Please ask our lawyers.";
    const chatbotId = await newChatbot({ safety: { blockedTopics: ["warranties"], blockedMessage } });
    const question = await asked(chatbotId, "How long is the warranty of the Aurora kettle?");
    expect(question).toMatchObject({ answered: false, content: blockedMessage, citations: [] });
    expect(question.step("blocked_topic")).toMatchObject({ of: "question", topic: "warranties" });
    expect(await asTenant(org.id, "select 1 from ai_usage where message_id = $1", [question.id])).toEqual([]);

    const grams = await newChatbot({ safety: { blockedTopics: ["gram"] } });
    const response = await fetch(`${stack.url}/v1/chatbots/${grams}/messages`, {
      method: "POST",
      headers: { authorization: `Bearer ${org.adminKey}`, "content-type": "application/json" },
      body: JSON.stringify({ content: "How heavy is the Aurora kettle?", stream: true }),
    });
    const told = await response.text();
    expect(told).not.toContain("900 gram");
    expect(told).toContain("I could not find an answer to this in the documents.");
  });

  test("has bounds, which are told by their field", async () => {
    for (const safety of [
      { personalData: "yes" },
      { blockedTopics: [" "] },
      { answerCharsMax: 1 },
      { questionCharsMax: 0 },
      { unknown: true },
    ]) {
      const { status, body } = await org.call("POST", "/v1/chatbots", { name: crypto.randomUUID(), safety });
      expect([status, body.errors[0].path]).toEqual([400, expect.stringMatching(/^safety/)]);
    }
  });
});
