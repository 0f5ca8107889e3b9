import { beforeAll, expect, test } from "vitest";
import { asTenant, idle, organization, type TestOrganization } from "../harness.ts";
import { maintained, newChatbot, talked } from "./talk.ts";

const COHERE = "cohere.embed-multilingual-v3";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  [org, chatbotId] = await searchable();
});

/** An organization that wants its messages found by meaning, with a chatbot. */
async function searchable(): Promise<[TestOrganization, string]> {
  const made = await organization();
  const id = await newChatbot(made);
  await embedded(made);
  return [made, id];
}

/** Once all that was said is embedded: changing an organization asks for it, as the cron does. */
async function embedded(who: TestOrganization, semanticMessageSearch = true) {
  const { status } = await who.call("PATCH", "/v1/organization", { settings: { semanticMessageSearch } });
  expect(status).toBe(200);
  await settled(who);
}

/** Once nothing waits; what the cron asks for of everybody is waited for too. */
async function settled(who: TestOrganization) {
  await idle(who);
  const asked = () => asTenant(who.id, "select id from jobs where kind = 'message.embed'");
  await expect.poll(asked, { timeout: 25_000, interval: 100 }).toEqual([]);
}

const say = async (who: TestOrganization, chatbot: string, content: string, more: object = {}) =>
  (await who.call("POST", `/v1/chatbots/${chatbot}/messages`, { content, ...more })).body;
const search = (who: TestOrganization, mode: string, q: string, more: Record<string, string> = {}) =>
  who.call("GET", `/v1/messages/search?${new URLSearchParams({ q, mode, ...more })}`);
const idsOf = async (...asked: Parameters<typeof search>): Promise<string[]> =>
  (await search(...asked)).body.items.map(({ id }: { id: string }) => id);
const vectors = (who: TestOrganization) =>
  asTenant<{ id: string; model: string; role: string }>(
    who.id,
    "select message_id as id, model, role from message_vectors order by message_id, model",
  );
const embeddings = async (who: TestOrganization) =>
  (
    await asTenant(
      who.id,
      "select id from ai_usage where task = 'embed' and request_context ->> 'operation' = 'message.embed'",
    )
  ).length;

test("what means the same is found without its words, in any script; narrowed as by words; no other organization's", async () => {
  const said = [];
  for (const [content, endUser, q] of [
    ["I want to send the parcel back and get my money", "zoe", "return a package for a refund"],
    ["Where may visitors leave their cars?", "adam", "parking for guests"],
    ["จัดส่งสินค้าไปเชียงใหม่เมื่อไร", "zoe", "เชียงใหม่ สินค้า"],
    ["製品の保証期間は何年ですか", "adam", "何年間の保証が製品にある"],
  ] as const)
    said.push({ id: (await say(org, chatbotId, content, { endUser })).questionId, content, q });
  await embedded(org);
  for (const { id, content, q } of said) {
    const { body } = await search(org, "semantic", q, { role: "user", limit: "2" });
    expect([q, body]).toMatchObject([q, { nextCursor: null, degraded: [], items: [{ id, excerpt: content }, {}] }]);
    expect(body.items[0].similarity).toBeGreaterThan(body.items[1].similarity);
  }
  const [parcel, parking, delivery] = said.map(({ id }) => id);
  expect(await idsOf(org, "text", "refund package")).toEqual([]);
  const q = "parking for guests";
  const ofZoe = await idsOf(org, "semantic", q, { role: "user", endUserId: "zoe" });
  expect(ofZoe.sort()).toEqual([parcel, delivery].sort());
  const since = { role: "user", limit: "1", from: "2020-01-01T00:00:00Z" };
  expect(await idsOf(org, "semantic", q, since)).toEqual([parking]);
  expect(await idsOf(org, "semantic", q, { to: "2020-01-01T00:00:00Z" })).toEqual([]);
  expect(await idsOf(org, "semantic", q, { role: "system" })).toEqual([]);
  expect(await idsOf(org, "semantic", q, { chatbotId: await newChatbot(org) })).toEqual([]);
  const [other] = await searchable();
  expect(await idsOf(other, "semantic", q)).toEqual([]);
});

test("both ways together put first what both find; without an embedding words alone are asked, and a budget holds the work back until it is raised", async () => {
  const [who, chatbot] = await searchable();
  const one = await say(who, chatbot, "Is there a warranty for the kettle?");
  const two = await say(who, chatbot, "The kettle is broken, is it still covered by your guarantee?");
  await say(who, chatbot, "Where may visitors leave their cars?");
  await embedded(who);
  const { body } = await search(who, "hybrid", "warranty", { role: "user" });
  expect(body).toMatchObject({
    degraded: [],
    nextCursor: null,
    items: [{ id: one.questionId }, { id: two.questionId }, {}],
  });
  const { id } = (await who.call("POST", "/v1/budgets", { period: "day", unit: "tokens", limit: 1 })).body;
  await talked(who, { chatbotId: chatbot, daysAgo: 0, turns: 1 });
  await who.call("PATCH", "/v1/organization", { settings: { supportEmail: "a@example.com" } });
  await expect
    .poll(() => asTenant(who.id, "select kind from jobs where last_error like 'The budget%'"), { timeout: 20_000 })
    .toEqual([{ kind: "message.embed" }]);
  const before = (await vectors(who)).length;
  const without = await search(who, "hybrid", "covered", { role: "user" });
  expect(without.body).toMatchObject({ degraded: ["embedding"], items: [{ id: two.questionId, similarity: null }] });
  expect((await search(who, "semantic", "covered")).status).toBe(402);
  await who.call("PATCH", `/v1/budgets/${id}`, { limit: 1_000_000 });
  await settled(who);
  expect((await vectors(who)).length).toBe(before + 2);
  expect((await search(who, "hybrid", "covered")).body.degraded).toEqual([]);
});

test("it costs nothing and finds nothing until it is turned on; a message is embedded once; turned off, no vector is left", async () => {
  const who = await organization();
  const chatbot = await newChatbot(who);
  await say(who, chatbot, "Is there a warranty?");
  await who.call("PATCH", "/v1/organization", { settings: { supportEmail: "a@example.com" } });
  await settled(who);
  for (const mode of ["semantic", "hybrid"])
    expect(await search(who, mode, "guarantee")).toMatchObject({ status: 409, body: { code: "CONFLICT" } });
  expect([await vectors(who), await embeddings(who)]).toEqual([[], 0]);
  await embedded(who);
  const made = await vectors(who);
  expect(made.map(({ role }) => role).sort()).toEqual(["assistant", "user"]);
  await embedded(who);
  expect([await vectors(who), await embeddings(who)]).toEqual([made, 2]);
  await embedded(who, false);
  expect(await vectors(who)).toEqual([]);
  expect((await search(who, "semantic", "guarantee")).status).toBe(409);
});

test("the cron asks for what was said since, once, of those who want it", async () => {
  const [who, chatbot] = await searchable();
  const not = await organization();
  await say(who, chatbot, "Is there a warranty?");
  const asked = (of: TestOrganization) => asTenant(of.id, "select id from jobs where kind = 'message.embed'");
  await asTenant(null, "select maintain_message_vectors(1000)");
  await asTenant(null, "select maintain_message_vectors(1000)");
  expect([(await asked(who)).length, (await asked(not)).length]).toEqual([1, 0]);
  await embedded(who);
  expect(await vectors(who)).toHaveLength(2);
});

test("a vector outlives the archive, and goes with its message: superseded, erased with a true receipt, or kept no longer", async () => {
  const [who, chatbot] = await searchable();
  const old = await talked(who, { chatbotId: chatbot, daysAgo: 40, endUser: "zoe" });
  const older = await talked(who, { chatbotId: chatbot, daysAgo: 400 });
  const first = await say(who, chatbot, "A narwhal?", { endUser: "adam" });
  await embedded(who);
  expect(await vectors(who)).toHaveLength(10);
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(1000)");
  expect(await asTenant(who.id, "select id from message_archive where conversation_id = $1", [old])).toHaveLength(4);
  const found = (await search(who, "semantic", "Word", { endUserId: "zoe" })).body.items;
  expect(found.map(({ conversationId }: { conversationId: string }) => conversationId)).toEqual([old, old, old, old]);

  const { conversationId } = first;
  const second = await say(who, chatbot, "A whale?", { conversationId, replaces: first.questionId, endUser: "adam" });
  expect(await idsOf(who, "semantic", "narwhal", { endUserId: "adam" })).toEqual([]);
  await embedded(who);
  expect((await idsOf(who, "semantic", "narwhal", { endUserId: "adam" })).sort()).toEqual(
    [second.questionId, second.message.id].sort(),
  );

  const erased = await who.call("DELETE", "/v1/end-users/zoe");
  expect(erased.body).toMatchObject({ complete: true, counts: { messages: 4, embeddings: 4 } });
  expect(await idsOf(who, "semantic", "Word", { endUserId: "zoe" })).toEqual([]);
  expect(await vectors(who)).toHaveLength(6);
  await who.call("PATCH", "/v1/organization", { settings: { retentionDays: 100 } });
  await settled(who);
  expect(await asTenant(who.id, "select id from conversations where id = $1", [older])).toEqual([]);
  expect(await vectors(who)).toHaveLength(2);
});

test("a change of the embedding model is followed: both models' while it lives, then one's", async () => {
  const [who, chatbot] = await searchable();
  const { questionId } = await say(who, chatbot, "I want to send the parcel back and get my money");
  await embedded(who);
  const { body } = await who.call("POST", "/v1/embedding-migrations", { model: COHERE });
  await embedded(who);
  expect((await vectors(who)).filter(({ model }) => model === COHERE)).toHaveLength(2);
  expect((await who.call("POST", `/v1/embedding-migrations/${body.id}/switch`, { to: "new" })).status).toBe(200);
  const q = "return a package for a refund";
  expect(await idsOf(who, "semantic", q, { role: "user" })).toEqual([questionId]);
  await who.call("DELETE", `/v1/embedding-migrations/${body.id}`);
  await embedded(who);
  expect((await vectors(who)).map(({ model }) => model)).toEqual([COHERE, COHERE]);
  expect(await idsOf(who, "semantic", q, { role: "user" })).toEqual([questionId]);
});

test("a search by meaning takes a whole sentence; only one by words has pages, and a limit of words", async () => {
  const sentence = "a b c d e f g h i j k";
  const cursor = crypto.randomUUID();
  for (const [mode, q, more, status] of [
    ["semantic", sentence, {}, 200],
    ["hybrid", sentence, {}, 400],
    ["semantic", "tea", { cursor }, 400],
    ["hybrid", "tea", { cursor }, 400],
    ["sideways", "tea", {}, 400],
  ] as const)
    expect([mode, q, (await search(org, mode, q, more)).status]).toEqual([mode, q, status]);
});
