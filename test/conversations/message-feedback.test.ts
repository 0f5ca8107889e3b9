import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, signIn, type TestOrganization } from "../harness.ts";
import { maintained, messagesOf, newChatbot, talked } from "./talk.ts";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  chatbotId = await newChatbot(org);
});

const ask = async (more: object = {}) =>
  (await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "Hello?", ...more })).body;
const judge = (messageId: string, body: object, options = {}) =>
  org.call("PUT", `/v1/messages/${messageId}/feedback`, body, options);
const said = async (query: string) => (await org.call("GET", `/v1/message-feedback?${query}`)).body.items;

test("each author has one judgment of an answer, which the next one replaces, and takes it back", async () => {
  const { message, conversationId } = await ask({ endUser: "zoe" });
  const key = await signIn(org);
  expect((await judge(message.id, { thumbs: "up" }, { key })).body.author.kind).toBe("member");
  await judge(message.id, { thumbs: "up", rating: 5 });
  const byEndUser = await judge(message.id, { thumbs: "down", text: "Wrong", endUser: "zoe" });
  expect(byEndUser.body).toMatchObject({ author: { kind: "end_user", id: null }, conversationId, rating: null });
  const changed = await judge(message.id, { rating: 2, correction: "Two years." });
  expect(changed.body).toMatchObject({ author: { kind: "key" }, thumbs: null, rating: 2, correction: "Two years." });
  expect(await said(`messageId=${message.id}`)).toHaveLength(3);
  expect(await said("thumbs=down")).toMatchObject([{ messageId: message.id, text: "Wrong" }]);
  expect(await said(`thumbs=down&chatbotId=${await newChatbot(org)}`)).toEqual([]);
  const listed = async () => (await org.call("GET", "/v1/conversations?thumbs=down")).body.items;
  expect(await listed()).toMatchObject([{ id: conversationId }]);
  for (const _ of [1, 2])
    expect((await org.call("DELETE", `/v1/messages/${message.id}/feedback?endUser=zoe`)).status).toBe(204);
  expect(await listed()).toEqual([]);
});

test("what is no answer, another's, nowhere or judged in no word is refused", async () => {
  const { message, questionId } = await ask({ endUser: "zoe" });
  expect((await judge(questionId, { thumbs: "up" })).status).toBe(404);
  expect((await judge(message.id, { thumbs: "up", endUser: "adam" })).status).toBe(404);
  expect((await judge((await ask()).message.id, { thumbs: "up", endUser: "adam" })).status).toBe(404);
  expect((await judge(crypto.randomUUID(), { thumbs: "up" })).status).toBe(404);
  for (const wrong of [{}, { endUser: "zoe" }, { rating: 6 }, { thumbs: "sideways" }])
    expect((await judge(message.id, wrong)).status).toBe(400);
});

test("what people say of an answer is its quality in the reports, before what its validation found; the ledger stays as it is", async () => {
  const { message } = await ask();
  const id = crypto.randomUUID();
  await asTenant(
    org.id,
    "insert into ai_usage (id, task, model, chatbot_id, message_id, latency_ms, quality_score) values (new_id(), 'answer', $1, $2, $3, 1, 1)",
    [id, chatbotId, message.id],
  );
  await judge(message.id, { rating: 2 });
  const today = new Date().toISOString().slice(0, 10);
  const { items } = (await org.call("GET", `/v1/usage?groupBy=model&from=${today}`)).body;
  expect(items.find(({ model }: { model: string }) => model === id)).toMatchObject({ averageQuality: 0.25 });
  const calls = await org.call("GET", `/v1/model-calls?model=${id}`);
  expect(calls.body.items).toMatchObject([{ qualityScore: 0.25 }]);
  expect(await asTenant(org.id, "select quality_score from ai_usage where model = $1", [id])).toEqual([
    { quality_score: 1 },
  ]);
});

test("an archived message is judged too, and what was said of it goes with it", async () => {
  const conversationId = await talked(org, { chatbotId, daysAgo: 40, endUser: "zoe of old" });
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(100)");
  const [, answer] = await messagesOf(org, conversationId);
  expect((await judge(answer!.id, { thumbs: "down", endUser: "zoe of old" })).status).toBe(200);
  expect(await said(`conversationId=${conversationId}`)).toHaveLength(1);
  const exported = await org.call("GET", "/v1/end-users/zoe%20of%20old/export");
  expect(exported.text).toContain('"type":"message_feedback"');
  expect((await org.call("DELETE", "/v1/end-users/zoe%20of%20old")).body.complete).toBe(true);
  expect(await said(`conversationId=${conversationId}`)).toEqual([]);
});
