import { beforeAll, describe, expect, test } from "vitest";
import { parseEvents } from "../../scripts/client/sse.ts";
import { asTenant, idle, organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

const MANUAL = "The Aurora kettle holds 1.5 litres. The Aurora kettle has a warranty of two years.";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  await settled(org, await uploadText(org, MANUAL, "Aurora manual"));
  chatbotId = await newChatbot();
});

const newChatbot = async (fields: object = {}) =>
  (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}`, ...fields })).body.id as string;

async function curate(question: string, answer: string, more: object = {}, of = chatbotId) {
  const body = { question, answer, status: "published", ...more };
  const reply = await org.call("POST", `/v1/chatbots/${of}/curated-answers`, body);
  expect(reply.status).toBe(201);
  await idle(org);
  return reply.body;
}
const ask = async (content: string, of = chatbotId, more: object = {}) =>
  (await org.call("POST", `/v1/chatbots/${of}/messages`, { content, ...more })).body;
const matched = async (question: string, of = chatbotId) =>
  (await org.call("POST", `/v1/chatbots/${of}/curated-answers/match`, { question })).body.curatedAnswerId;

test("a curated answer is said word for word, whatever case and punctuation its question has, and no model is asked", async () => {
  const curated = await curate("Do you sell gift cards?", "We do, at every desk.");
  expect(curated).toMatchObject({ question: "Do you sell gift cards?", wordings: [], language: "en", sources: [] });
  const { message, usage } = await ask("do you sell GIFT CARDS");
  expect(message).toMatchObject({ content: "We do, at every desk.", answered: true, curatedAnswerId: curated.id });
  expect(usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
  const calls = await asTenant(org.id, "select task from ai_usage where message_id = $1 and task = 'answer'", [
    message.id,
  ]);
  expect(calls).toEqual([]);
});

test("as a stream it comes in one piece, and ends as any other", async () => {
  await curate("Do you wrap presents?", "We do.");
  const response = await fetch(`${stack.url}/v1/chatbots/${chatbotId}/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${org.apiKey}`, "content-type": "application/json" },
    body: JSON.stringify({ content: "Do you wrap presents?", stream: true }),
  });
  const told: string[] = [];
  for await (const { event } of parseEvents(response.body!)) told.push(event);
  expect(told).toEqual(["message.created", "sources", "delta", "message.completed"]);
});

test("its sources are citations, each verified against its chunk; a quote that does not stand there is refused", async () => {
  const [chunk] = await asTenant<{ id: string }>(org.id, "select id from document_chunks limit 1");
  const sources = [{ chunkId: chunk!.id, quote: "The Aurora kettle holds 1.5 litres." }];
  await curate("How big is the Aurora?", "One and a half litres.", { sources });
  const { message } = await ask("How big is the Aurora?");
  expect(message.content).toBe("One and a half litres. [1]");
  expect(message.citations).toMatchObject([
    { marker: 1, chunkId: chunk!.id, title: "Aurora manual", quote: sources[0]!.quote },
  ]);
  const wrong = { question: "x", answer: "y", sources: [{ chunkId: chunk!.id, quote: "It holds nine litres." }] };
  const reply = await org.call("POST", `/v1/chatbots/${chatbotId}/curated-answers`, wrong);
  expect(reply).toMatchObject({ status: 400, body: { errors: [{ path: "sources.0.quote" }] } });
});

test("a draft, one of yesterday, one of tomorrow and one of another chatbot are not said", async () => {
  const [hour, now] = [3_600_000, Date.now()];
  const at = (ms: number) => new Date(now + ms).toISOString();
  const other = await newChatbot();
  await curate("Is there a draft?", "Yes.", { status: "draft" });
  await curate("Is it over?", "Yes.", { validUntil: at(-hour) });
  await curate("Is it to come?", "Yes.", { validFrom: at(hour) });
  await curate("Is it elsewhere?", "Yes.", {}, other);
  for (const question of ["Is there a draft?", "Is it over?", "Is it to come?", "Is it elsewhere?"])
    expect([question, await matched(question)]).toEqual([question, null]);
  expect(await matched("Is it elsewhere?", other)).not.toBeNull();
});

test("without retrieval the same words are known again", async () => {
  const free = await newChatbot({ ragEnabled: false });
  const curated = await curate("Are you a robot?", "I am.", {}, free);
  expect((await ask("are you a robot", free)).message).toMatchObject({ content: "I am.", curatedAnswerId: curated.id });
});

describe("by meaning", () => {
  const CURATED = [
    ["How long is the warranty of the Aurora kettle?", "Three years. The warranty period begins with the purchase."],
    ["Is delivery included?", "Delivery is included in the price, assembly is not offered."],
    ["Can I return it within 30 days?", "You can."],
    ["Is there a train from Tokyo to Osaka?", "There is."],
    ["Can I clean it with vinegar?", "You can."],
    ["送料は含まれていますか？", "含まれています。"],
    ["30日以内に返品できますか？", "できます。"],
    ["オーロラケトルの保証期間はどのくらいですか？", "三年です。"],
    ["รวมค่าจัดส่งไหม", "รวมค่าจัดส่งแล้ว"],
    ["คืนสินค้าได้ภายใน 30 วันไหม", "ได้ สามารถคืนสินค้าได้"],
  ] as const;
  let ids: Map<string, string>;
  let of: string;
  beforeAll(async () => {
    of = await newChatbot();
    ids = new Map();
    for (const [question, answer] of CURATED) ids.set(question, (await curate(question, answer, {}, of)).id);
  });

  test.each([
    ["What is the warranty period of the Aurora kettle?", CURATED[0][0]],
    ["Is the delivery included in the price?", CURATED[1][0]],
    ["Can I return it within thirty days?", CURATED[2][0]],
    ["Could I return it within 30 days?", CURATED[2][0]],
    ["送料は含まれますか", CURATED[5][0]],
    ["30日以内に返品はできますか", CURATED[6][0]],
    ["オーロラケトルの保証期間は何年ですか", CURATED[7][0]],
    ["รวมค่าจัดส่งหรือไม่", CURATED[8][0]],
    ["ภายใน ๓๐ วัน คืนสินค้าได้ไหม", CURATED[9][0]],
  ])("%s is %s", async (question, curated) => {
    expect(await matched(question, of)).toBe(ids.get(curated));
  });

  test.each([
    "How long is the warranty of the Brisk kettle?",
    "Where is the warranty card of the Aurora kettle?",
    "Is delivery not included?",
    "Is assembly included?",
    "Can I return it within 60 days?",
    "Can't I return it within 30 days?",
    "Is there a train from Osaka to Tokyo?",
    "Can I clean it without vinegar?",
    "送料は含まれていませんか？",
    "60日以内に返品できますか？",
    "30日以内に返品できませんか？",
    "ブリスクケトルの保証期間はどのくらいですか？",
    "ไม่รวมค่าจัดส่งใช่ไหม",
    "คืนสินค้าได้ภายใน 60 วันไหม",
    "ห้ามคืนสินค้าภายใน 30 วันไหม",
  ])("%s is none of them", async (question) => {
    expect(await matched(question, of)).toBeNull();
  });

  test("a chatbot answers with it, and asks the database and the model for embeddings no more often than without", async () => {
    const question = `What is the warranty period of the Aurora kettle?`;
    const { message } = await ask(question, of);
    expect(message.curatedAnswerId).toBe(ids.get(CURATED[0][0]));
    const calls = await asTenant(org.id, "select task from ai_usage where message_id = $1", [message.id]);
    expect(calls.length).toBeLessThanOrEqual(1);
  });

  test("after the organization changed its embedding model it is found by the new one", async () => {
    const { body } = await org.call("POST", "/v1/embedding-migrations", { model: "cohere.embed-multilingual-v3" });
    await idle(org);
    expect((await org.call("POST", `/v1/embedding-migrations/${body.id}/switch`, { to: "new" })).status).toBe(200);
    expect(await matched("What is the warranty period of the Aurora kettle?", of)).toBe(ids.get(CURATED[0][0]));
  });
});

test("a change of wordings takes effect at once, and two that say the same are one", async () => {
  const { id } = await curate("Do you ship to Norway?", "We do.");
  const path = `/v1/chatbots/${chatbotId}/curated-answers/${id}`;
  const changed = await org.call("PATCH", path, {
    wordings: ["Norway?", "do you ship to norway", "Versand nach Norwegen?"],
  });
  expect(changed.body.wordings).toEqual(["Norway?", "Versand nach Norwegen?"]);
  expect(await matched("versand nach norwegen")).toBe(id);
  await org.call("PATCH", path, { status: "draft" });
  expect(await matched("versand nach norwegen")).toBeNull();
  expect((await org.call("DELETE", path)).status).toBe(204);
  expect((await org.call("GET", path)).status).toBe(404);
});
