import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, type TestOrganization } from "../harness.ts";
import { maintained, newChatbot, talked } from "./talk.ts";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  chatbotId = await newChatbot(org);
});

const say = async (content: string, more: object = {}) =>
  (await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more })).body;
const find = async (q: string, more: Record<string, string> = {}, who = org) =>
  (await who.call("GET", `/v1/messages/search?${new URLSearchParams({ q, ...more })}`)).body.items;

test("every word must be there, as a word or part of one, in any case and script; what stands for anything in patterns stands for itself", async () => {
  for (const [said, sought] of [
    ["Where is my Parcel zq77?", "parcel ZQ77"],
    ["จัดส่งสินค้าไปเชียงใหม่เมื่อไร", "เชียงใหม่"],
    ["保証期間は何年ですか", "保証期間"],
    ["保証は二年です", "二年"],
    ["A discount of 100%_off\\now", "100%_off\\now"],
    ["Grüße aus KÖLN", "grüße"],
  ] as const) {
    const { questionId } = await say(said);
    expect([sought, await find(sought, { role: "user" })]).toMatchObject([sought, [{ id: questionId, excerpt: said }]]);
  }
  expect(await find("parcel zq78")).toEqual([]);
  expect(await find("10_%_off")).toEqual([]);
});

test("it is narrowed by chatbot, end user, role and time, comes in pages, and knows nothing of another organization", async () => {
  const word = "quetzalcoatl";
  const ids = [];
  for (const endUser of ["zoe", "adam", "zoe"]) ids.push((await say(`Who is ${word}?`, { endUser })).questionId);
  expect((await find(word, { role: "user" })).map(({ id }: { id: string }) => id)).toEqual(ids.toReversed());
  expect(await find(word, { endUserId: "adam", role: "user" })).toMatchObject([{ id: ids[1], endUserId: "adam" }]);
  expect(await find(word, { chatbotId: await newChatbot(org) })).toEqual([]);
  expect(await find(word, { to: "2020-01-01T00:00:00Z" })).toEqual([]);
  const first = await org.call("GET", `/v1/messages/search?q=${word}&role=user&limit=2`);
  const next = await org.call("GET", `/v1/messages/search?q=${word}&role=user&limit=2&cursor=${first.body.nextCursor}`);
  expect(next.body.items).toMatchObject([{ id: ids[0] }]);
  expect(await find(word, {}, await organization())).toEqual([]);
  await org.call("DELETE", "/v1/end-users/zoe");
  expect((await find(word, { role: "user" })).map(({ id }: { id: string }) => id)).toEqual([ids[1]]);
});

test("what is archived is found, what was superseded is not", async () => {
  const conversationId = await talked(org, { chatbotId, daysAgo: 40 });
  await asTenant(
    org.id,
    "update messages set content = 'The axolotl swims' where conversation_id = $1 and sequence = 1",
    [conversationId],
  );
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(1000)");
  expect(await find("axolotl")).toMatchObject([{ conversationId, excerpt: "The axolotl swims" }]);
  const first = await say("A narwhal?");
  await say("A whale?", { conversationId: first.conversationId, replaces: first.questionId });
  expect(await find("narwhal", { role: "user" })).toEqual([]);
});

test("a question of too many words, or of none, is refused", async () => {
  for (const q of ["a b c d e f g h i j k", " "])
    expect((await org.call("GET", `/v1/messages/search?${new URLSearchParams({ q })}`)).status).toBe(400);
});
