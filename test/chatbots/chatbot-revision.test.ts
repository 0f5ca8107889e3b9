import { beforeAll, expect, test } from "vitest";
import { diffLines } from "../../functions/chatbots/line-diff.ts";
import { asTenant, organization, signIn, superuser, type TestOrganization } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const newBot = async (fields: object = {}) =>
  (await org.call("POST", "/v1/chatbots", { name: `Bot ${crypto.randomUUID()}`, ...fields })).body.id as string;
const patch = (bot: string, change: object, key = org.adminKey) =>
  org.call("PATCH", `/v1/chatbots/${bot}`, change, { key });
const revisions = async (bot: string, query = "") =>
  (await org.call("GET", `/v1/chatbots/${bot}/revisions${query}`)).body;
const restore = (bot: string, number: number, body: object = {}) =>
  org.call("POST", `/v1/chatbots/${bot}/revisions/${number}/restore`, body);
const askedWith = (bot: string, key: string) =>
  org.call("POST", `/v1/chatbots/${bot}/messages`, { content: "Hello?" }, { key });
const eventsOf = async (bot: string, type: string) =>
  (await org.call("GET", `/v1/events?resourceId=${bot}&type=${type}`)).body.items as { data: object }[];

test("every change is a revision that says who made it, what it changed and why", async () => {
  const bot = await newBot({ reason: "Customers ask for it" });
  const editor = await signIn(org, "editor");
  const { body: me } = await org.call("GET", "/v1/members/me", undefined, { key: editor });
  const change = { retrievalK: 8, scoreThreshold: 0.35, reason: "It missed the second page" };
  expect(await patch(bot, change, editor)).toMatchObject({ status: 200, body: { revision: 2, retrievalK: 8 } });
  const { items } = await revisions(bot);
  expect(items).toMatchObject([
    {
      number: 2,
      changed: ["retrievalK", "scoreThreshold"],
      reason: "It missed the second page",
      createdByKind: "member",
      createdBy: me.id,
      restoredFrom: null,
    },
    { number: 1, changed: [], reason: "Customers ask for it", createdByKind: "key" },
  ]);
  const { body } = await org.call("GET", `/v1/chatbots/${bot}/revisions/2`);
  const { body: now } = await org.call("GET", `/v1/chatbots/${bot}`);
  expect(now).toMatchObject({ ...body.configuration, revision: 2 });
  expect((await eventsOf(bot, "chatbot.updated"))[0]!.data).toEqual({
    revision: 2,
    changed: ["retrievalK", "scoreThreshold"],
    reason: "It missed the second page",
  });
});

test("what changes nothing, and answering, make no revision and leave the time of the last change", async () => {
  const bot = await newBot();
  const { body: made } = await org.call("GET", `/v1/chatbots/${bot}`);
  expect(await patch(bot, { retrievalK: 5, name: made.name })).toMatchObject({ body: { revision: 1 } });
  await askedWith(bot, org.adminKey);
  expect(await restore(bot, 1)).toMatchObject({ status: 200, body: { revision: 1 } });
  const { body: now } = await org.call("GET", `/v1/chatbots/${bot}`);
  expect(now).toMatchObject({ updatedAt: made.updatedAt, lastActiveAt: expect.any(String) });
  expect((await revisions(bot)).items).toHaveLength(1);
  expect(await patch(bot, { reason: "Only a reason", ifRevision: 1 })).toMatchObject({ status: 400 });
});

test("assigning documents is a revision where it narrows what is answered from, once", async () => {
  const bot = await newBot();
  const documentIds = [
    (await org.call("POST", "/v1/documents", { title: "A", text: bot, mimeType: "text/plain" })).body.id,
  ];
  const path = `/v1/chatbots/${bot}/documents`;
  await org.call("POST", path, { documentIds, reason: "Only the manual" });
  await org.call("POST", path, { documentIds });
  expect((await revisions(bot)).items).toMatchObject([
    { number: 2, changed: ["documentScope"], reason: "Only the manual" },
    { number: 1 },
  ]);
  const told = (await eventsOf(bot, "chatbot.documents_assigned")).map(({ data }) => data);
  expect(told).toEqual([
    { documentIds },
    { documentIds, revision: 2, changed: ["documentScope"], reason: "Only the manual" },
  ]);
});

test("of many changes at once each has a number of its own, without a gap, and pages tell each of them once", async () => {
  const bot = await newBot();
  const done = await Promise.all(Array.from({ length: 8 }, (_, n) => patch(bot, { systemPrompt: `Be ${n}.` })));
  expect(done.map(({ body }) => body.revision).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  for (const { body } of done)
    expect((await org.call("GET", `/v1/chatbots/${bot}/revisions/${body.revision}`)).body.configuration).toMatchObject({
      systemPrompt: body.systemPrompt,
    });
  const seen: number[] = [];
  for (let cursor = ""; cursor !== null; ) {
    const { items, nextCursor } = await revisions(bot, `?limit=4${cursor && `&cursor=${cursor}`}`);
    seen.push(...items.map(({ number }: { number: number }) => number));
    cursor = nextCursor;
  }
  expect(seen).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("of two people who change what both have seen one succeeds, and the other learns the revision that is there", async () => {
  const bot = await newBot();
  const both = await Promise.all([1, 2].map((n) => patch(bot, { retrievalK: 10 + n, ifRevision: 1 })));
  const [won, lost] = both.sort((a, b) => a.status - b.status);
  expect(won).toMatchObject({ status: 200, body: { revision: 2 } });
  expect(lost).toMatchObject({
    status: 409,
    body: { code: "CONFLICT", detail: "This chatbot is at revision 2, not at 1.", errors: [{ path: "ifRevision" }] },
  });
  expect((await org.call("GET", `/v1/chatbots/${bot}`)).body.retrievalK).toBe(won!.body.retrievalK);
  expect(await eventsOf(bot, "chatbot.updated")).toHaveLength(1);
  expect((await restore(bot, 1, { ifRevision: 1 })).status).toBe(409);
});

test("a revision is restored by one call, as a new one, and the chatbot answers whom it answered", async () => {
  const bot = await newBot({ systemPrompt: "Be kind.", knowledgeBaseFilter: { documentType: "safety" } });
  const { body: first } = await org.call("GET", `/v1/chatbots/${bot}/revisions/1`);
  await patch(bot, { status: "active" });
  await patch(bot, { systemPrompt: "Be rude.", knowledgeBaseFilter: {}, modelConfig: { temperature: 0.9 } });
  const { status, body } = await restore(bot, 1, { reason: "People complained" });
  expect([status, body.revision]).toEqual([200, 4]);
  expect(body).toMatchObject({ ...first.configuration, status: "active" });
  expect((await revisions(bot)).items[0]).toMatchObject({
    number: 4,
    restoredFrom: 1,
    reason: "People complained",
    changed: ["knowledgeBaseFilter", "modelConfig", "systemPrompt"],
  });
  expect((await eventsOf(bot, "chatbot.restored"))[0]!.data).toMatchObject({ restoredFrom: 1, revision: 4 });
  expect((await restore(bot, 3)).body).toMatchObject({ systemPrompt: "Be rude.", revision: 5 });
  expect(await restore(bot, 99)).toMatchObject({ status: 404, body: { detail: "This revision does not exist." } });
  expect((await patch(bot, { retrievalK: 7 })).body.revision).toBe(6);
  expect((await revisions(bot)).items[0]).toMatchObject({ restoredFrom: null, reason: null });
});

test("what cannot be any more is not restored: a name that another chatbot has, a model that Bedrock does not know", async () => {
  const name = `Bot ${crypto.randomUUID()}`;
  const bot = await newBot({ name });
  await patch(bot, { name: `Renamed ${name}`, slug: `renamed-${bot}` });
  await newBot({ name });
  expect(await restore(bot, 1)).toMatchObject({ status: 409, body: { errors: [{ path: "name" }] } });
  await superuser`update chatbots set llm_model = 'gpt-9' where id = ${bot}`;
  await patch(bot, { llmModel: null });
  expect(await restore(bot, 3)).toMatchObject({ status: 422, body: { errors: [{ path: "llmModel" }] } });
  expect((await org.call("GET", `/v1/chatbots/${bot}`)).body).toMatchObject({ revision: 4, llmModel: null });
});

test("a difference tells each field before and after, and of a long text each line", async () => {
  const bot = await newBot({ systemPrompt: "Be kind.\nBe brief.\nSay you." });
  await patch(bot, { systemPrompt: "Be kind.\nBe thorough.\nSay you." });
  await patch(bot, { modelConfig: { temperature: 0.2 }, description: "For the shop" });
  const diff = async (path: string) => (await org.call("GET", `/v1/chatbots/${bot}/revisions/${path}`)).body;
  const prompt = {
    field: "systemPrompt",
    before: "Be kind.\nBe brief.\nSay you.",
    after: "Be kind.\nBe thorough.\nSay you.",
    lines: [
      { op: "equal", text: "Be kind." },
      { op: "delete", text: "Be brief." },
      { op: "insert", text: "Be thorough." },
      { op: "equal", text: "Say you." },
    ],
  };
  expect(await diff("2/diff")).toEqual({ from: 1, to: 2, differences: [prompt] });
  expect((await diff("3/diff?with=1")).differences).toEqual([
    { field: "description", before: null, after: "For the shop" },
    prompt,
    { field: "modelConfig", before: {}, after: { temperature: 0.2 } },
  ]);
  expect(await diff("1/diff")).toEqual({ from: 1, to: 1, differences: [] });
  expect(await diff("1/diff?with=9")).toMatchObject({ code: "NOT_FOUND" });
});

test("the lines of a difference are those of both texts, in order, also of texts of 20,000 lines", () => {
  for (const [before, after] of [
    ["", "a"],
    ["a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc"],
    ["x\n".repeat(20_000), "y\n".repeat(20_000)],
  ] as const) {
    const lines = diffLines(before, after);
    const without = (op: string) => lines.flatMap((line) => (line.op === op ? [] : [line.text])).join("\n");
    expect([without("insert") === before, without("delete") === after]).toEqual([true, true]);
  }
  expect(diffLines("a\nb\nc\na\nb\nb\na", "c\nb\na\nb\na\nc").filter(({ op }) => op === "equal")).toHaveLength(4);
});

test("an answer remembers the revision that gave it", async () => {
  const bot = await newBot();
  const { conversationId } = (await askedWith(bot, org.adminKey)).body;
  await patch(bot, { fallbackMessage: "No idea." });
  await org.call("POST", `/v1/chatbots/${bot}/messages`, { content: "And now?", conversationId });
  const { items } = (await org.call("GET", `/v1/conversations/${conversationId}/messages`)).body;
  expect(items.map((message: { chatbotRevision: number | null }) => message.chatbotRevision)).toEqual([
    null,
    1,
    null,
    2,
  ]);
});

test("a draft and a chatbot under test answer those who may change them, an active one everybody, any other nobody", async () => {
  const asking = (await org.call("POST", "/v1/keys", { name: "Site", scopes: ["chatbots:answer"] })).body.secret;
  const [viewer, editor] = [await signIn(org, "viewer"), await signIn(org, "editor")];
  const bot = await newBot();
  for (const [status, makers, public_] of [
    ["draft", 200, 409],
    ["testing", 200, 409],
    ["active", 200, 200],
    ["maintenance", 409, 409],
    ["inactive", 409, 409],
  ] as const) {
    await patch(bot, { status });
    const got = [];
    for (const key of [org.adminKey, editor, viewer, asking]) got.push((await askedWith(bot, key)).status);
    expect([status, ...got]).toEqual([status, makers, makers, public_, public_]);
  }
  await patch(bot, { status: "testing" });
  expect((await askedWith(bot, viewer)).body.detail).toContain("testing");
  expect((await org.call("GET", `/v1/conversations?chatbotId=${bot}&limit=100`)).body.items).toHaveLength(8);
});

test("revisions cannot be rewritten, and go with their chatbot alone", async () => {
  const bot = await newBot();
  for (const attempt of ["update chatbot_revisions set reason = 'x'", "delete from chatbot_revisions"])
    await expect(asTenant(org.id, attempt)).rejects.toMatchObject({ code: "42501" });
  const forged = await asTenant(org.id, "update chatbots set revision = 99 where id = $1 returning revision", [bot]);
  expect(forged).toEqual([{ revision: 1 }]);
  await org.call("DELETE", `/v1/chatbots/${bot}`);
  expect(await superuser`select from chatbot_revisions where chatbot_id = ${bot}`).toEqual([]);
});

test("a name and a slug are one chatbot's, and the provider is Bedrock", async () => {
  const [name, slug] = [`Bot ${crypto.randomUUID()}`, `slug-${crypto.randomUUID()}`];
  await newBot({ name, slug });
  const other = await newBot();
  for (const [field, value] of Object.entries({ name, slug }))
    expect(await patch(other, { [field]: value })).toMatchObject({ status: 409, body: { errors: [{ path: field }] } });
  expect(await patch(other, { llmProvider: "openai" })).toMatchObject({
    status: 400,
    body: { errors: [{ path: "llmProvider" }] },
  });
  expect((await revisions(other)).items).toHaveLength(1);
});
