import { beforeAll, expect, test } from "vitest";
import { organization, type TestOrganization } from "../harness.ts";
import { messagesOf, newChatbot } from "./talk.ts";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  chatbotId = await newChatbot(org);
});

const ask = (content: string, more: object = {}, options = {}) =>
  org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more }, options);
const on = (conversationId: string, what: string, body: object = {}) =>
  org.call("POST", `/v1/conversations/${conversationId}/${what}`, body);
const begun = async () => (await ask("Hello?")).body.conversationId as string;
const told = async (type: string, id: string) =>
  (await org.call("GET", `/v1/events?type=${type}&resourceId=${id}`)).body.items;

test("while a person holds a conversation a question is stored, told and not answered; the end user reads what the person says", async () => {
  const conversationId = await begun();
  expect(await on(conversationId, "takeover", { by: "Ann" })).toMatchObject({
    status: 200,
    body: { handledBy: "human", heldBy: "Ann" },
  });
  const key = { headers: { "idempotency-key": crypto.randomUUID() } };
  const asked = await ask("Where is my parcel?", { conversationId }, key);
  expect(asked).toMatchObject({ status: 200, body: { conversationId, handledBy: "human", message: null } });
  expect((await ask("Where is my parcel?", { conversationId }, key)).body).toEqual(asked.body);
  expect(await told("message.received", asked.body.questionId)).toMatchObject([{ data: { conversationId } }]);
  const said = await on(conversationId, "messages", { content: "It is in Hamburg.", by: "Ann" });
  expect(said).toMatchObject({ status: 201, body: { role: "staff", author: "Ann", sequence: 4 } });
  expect(await told("message.created", said.body.id)).toHaveLength(1);
  expect((await messagesOf(org, conversationId)).map(({ content }) => content).slice(2)).toEqual([
    "Where is my parcel?",
    "It is in Hamburg.",
  ]);
});

test("a stream says so at once, and a client of OpenAI gets an empty answer that says so", async () => {
  const conversationId = await begun();
  await on(conversationId, "takeover");
  const stream = await ask("And now?", { conversationId, stream: true });
  expect(stream.text).toContain('"handledBy":"human"');
  expect(stream.text).not.toContain("event: delta");
  const { body } = await org.call("POST", "/v1/chat/completions", {
    model: chatbotId,
    messages: [{ role: "user", content: "Hello?" }],
    conversation_id: conversationId,
  });
  expect(body).toMatchObject({ handled_by: "human", choices: [{ message: { content: "" }, finish_reason: "stop" }] });
});

test("of two people at once one holds it, and the other is told who; force takes it", async () => {
  const conversationId = await begun();
  const replies = await Promise.all(["Ann", "Ben"].map((by) => on(conversationId, "takeover", { by })));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
  const held = replies.find(({ status }) => status === 200)!.body.heldBy;
  expect(replies.find(({ status }) => status === 409)!.body.heldBy).toBe(held);
  const other = held === "Ann" ? "Ben" : "Ann";
  expect((await on(conversationId, "takeover", { by: held })).status).toBe(200);
  expect((await on(conversationId, "messages", { content: "Hi", by: other })).status).toBe(409);
  expect((await on(conversationId, "handback", { by: other })).status).toBe(409);
  expect((await on(conversationId, "takeover", { by: other, force: true })).body.heldBy).toBe(other);
  expect(await told("conversation.taken_over", conversationId)).toHaveLength(2);
});

test("handed back, the chatbot answers and knows what the person said", async () => {
  await org.call("PATCH", `/v1/chatbots/${chatbotId}`, { ragEnabled: false });
  const conversationId = await begun();
  await on(conversationId, "takeover");
  await on(conversationId, "messages", { content: "Your parcel number is zebra-4711." });
  expect((await on(conversationId, "handback")).body).toMatchObject({ handledBy: "bot", heldBy: null });
  expect((await on(conversationId, "messages", { content: "Bye" })).status).toBe(409);
  const [with_, without] = [await ask("Well?", { conversationId }), await ask("Well?")];
  expect(with_.body).toMatchObject({ handledBy: "bot", message: { status: "completed" } });
  expect(with_.body.usage.inputTokens).toBeGreaterThan(without.body.usage.inputTokens);
  await org.call("PATCH", `/v1/chatbots/${chatbotId}`, { ragEnabled: true });
});

test("who asks for a person is listed and told once, until one comes; what is over is held by nobody", async () => {
  const conversationId = (await ask("Help!", { endUser: "zoe" })).body.conversationId;
  expect((await on(conversationId, "escalate", { endUser: "adam" })).status).toBe(404);
  for (const _ of [1, 2]) expect((await on(conversationId, "escalate", { endUser: "zoe" })).status).toBe(200);
  expect(await told("conversation.escalated", conversationId)).toHaveLength(1);
  const waiting = async () => (await org.call("GET", "/v1/conversations?escalated=true")).body.items;
  expect(await waiting()).toMatchObject([{ id: conversationId }]);
  await on(conversationId, "takeover");
  expect(await waiting()).toEqual([]);
  expect((await on(conversationId, "end", { satisfactionScore: 4 })).body).toMatchObject({
    status: "terminated",
    handledBy: "bot",
    heldAt: null,
    satisfactionScore: 4,
  });
  expect((await on(conversationId, "takeover")).status).toBe(409);
  expect((await ask("Hello?", { conversationId })).status).toBe(404);
});

test("what is settled goes on when somebody asks again", async () => {
  const conversationId = await begun();
  expect((await on(conversationId, "end", { status: "inactive" })).body.status).toBe("inactive");
  expect((await ask("One more thing", { conversationId })).status).toBe(200);
  expect((await org.call("GET", `/v1/conversations/${conversationId}`)).body).toMatchObject({
    status: "active",
    endedAt: null,
  });
});
