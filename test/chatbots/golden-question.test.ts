import { beforeAll, expect, test } from "vitest";
import { asTenant, fileForm, idle, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const newBot = async () =>
  (await org.call("POST", "/v1/chatbots", { name: `Bot ${crypto.randomUUID()}` })).body.id as string;
const pathOf = (bot: string) => `/v1/chatbots/${bot}/golden-questions`;
const fileOf = (...lines: unknown[]) => lines.map((line) => JSON.stringify(line)).join("\n");
const importFile = (bot: string, text: string, tags?: string[]) =>
  org.call("POST", `${pathOf(bot)}/import`, fileForm(text, "golden.jsonl", tags && { tags: JSON.stringify(tags) }));

test("a file may be imported again: its questions stay the same ones, expect what it says now, and an export can be imported", async () => {
  const [bot, other] = [await newBot(), await newBot()];
  const history = [
    { role: "user", content: "Which pump?" },
    { role: "assistant", content: "The blue one." },
  ];
  const text = fileOf(
    { question: "How long?", history, expectedFacts: ["two years"] },
    { question: "How long?", tags: ["a"] },
  );
  const first = await importFile(bot, text, ["ci"]);
  expect(first).toMatchObject({ status: 200, body: { added: 2 } });
  const changed = fileOf({ question: "How long?", history, expectedFacts: ["three years"], tags: ["b"] });
  expect(await importFile(bot, changed)).toMatchObject({ body: { added: 0, ids: [first.body.ids[0]] } });
  expect((await org.call("GET", `/v1/golden-questions/${first.body.ids[0]}`)).body).toMatchObject({
    expectedFacts: ["three years"],
    tags: ["b", "ci"],
    history,
    status: "approved",
  });
  expect((await org.call("GET", `${pathOf(bot)}?tag=a`)).body.items).toMatchObject([{ id: first.body.ids[1] }]);
  const exported = await org.call("GET", `${pathOf(bot)}/export`);
  expect(await importFile(other, exported.text)).toMatchObject({ body: { added: 2 } });
  expect((await org.call("GET", `${pathOf(other)}/export`)).text.split("\n").sort()).toEqual(
    exported.text.split("\n").sort(),
  );
});

test("what is wrong with a file is said with its line, and nothing of it is stored", async () => {
  const bot = await newBot();
  const wrong = await importFile(
    bot,
    `${fileOf({ question: "Fine?" }, { question: " " }, { question: "x", color: 1 })}\n{`,
  );
  expect(wrong).toMatchObject({
    status: 400,
    body: {
      code: "INVALID",
      errors: [{ path: "file.2.question" }, { path: "file.3" }, { path: "file.4", message: "is not JSON" }],
    },
  });
  expect((await org.call("GET", pathOf(bot))).body.items).toEqual([]);
  expect(await importFile(bot, "\n\n")).toMatchObject({ status: 400, body: { errors: [{ path: "file" }] } });
});

test("a question is made of an answer with what was said before it, for those who may read conversations, and is erased with it", async () => {
  const bot = await newBot();
  const document = await uploadText(org, "The warranty of the heron kettle lasts nine years.", "Heron");
  await settled(org, document);
  const ask = async (content: string, conversationId?: string) =>
    (await org.call("POST", `/v1/chatbots/${bot}/messages`, { content, conversationId, endUser: "gold-person" })).body;
  const { conversationId } = await ask("Do you know the heron kettle?");
  const { message } = await ask("How long does the warranty of the heron kettle last?", conversationId);
  const made = await org.call("POST", pathOf(bot), { messageId: message.id, tags: ["real"] });
  expect(made).toMatchObject({
    status: 201,
    body: {
      question: "How long does the warranty of the heron kettle last?",
      history: [{ role: "user", content: "Do you know the heron kettle?" }, { role: "assistant" }],
      answerable: true,
      expectedSources: [{ documentId: document, quote: expect.stringContaining("nine years") }],
      messageId: message.id,
    },
  });
  const key = (await org.call("POST", "/v1/keys", { name: "writer", scopes: ["chatbots:write"] })).body.secret;
  expect(await org.call("POST", pathOf(bot), { messageId: message.id }, { key })).toMatchObject({ status: 403 });
  expect(await org.call("POST", pathOf(await newBot()), { messageId: message.id })).toMatchObject({ status: 404 });
  const exported = await org.call("GET", "/v1/end-users/gold-person/export");
  expect(exported.text).toContain(`"golden_question","id":"${made.body.id}"`);
  await org.call("DELETE", "/v1/end-users/gold-person");
  await idle(org);
  expect(await org.call("GET", `/v1/golden-questions/${made.body.id}`)).toMatchObject({ status: 404 });
});

test("proposed questions quote their passage letter by letter, and no eval asks them before they are approved", async () => {
  const bot = await newBot();
  const document = await uploadText(
    org,
    "The otter boiler is emptied by opening the grey valve below the lid.",
    "Otter",
  );
  await settled(org, document);
  const proposal = await org.call("POST", `${pathOf(bot)}/proposals`, { count: 3, documentIds: [document] });
  expect(proposal).toMatchObject({ status: 202, body: { status: "writing", chunks: 1 } });
  await idle(org);
  const done = await org.call("GET", `/v1/question-proposals/${proposal.body.id}`);
  expect(done.body).toMatchObject({ status: "completed", proposed: 1, read: 1, dropped: 0 });
  const { items } = (await org.call("GET", `${pathOf(bot)}?status=proposed`)).body;
  expect(items).toHaveLength(1);
  const [chunk] = await asTenant<{ content: string }>(
    org.id,
    "select content from document_chunks where document_id = $1",
    [document],
  );
  expect(chunk!.content).toContain(items[0].expectedSources[0].quote);
  expect(await org.call("POST", `/v1/chatbots/${bot}/evals`, {})).toMatchObject({ status: 409 });
  await org.call("PATCH", `/v1/golden-questions/${items[0].id}`, { status: "approved" });
  expect(await org.call("POST", `/v1/chatbots/${bot}/evals`, {})).toMatchObject({ status: 202, body: { total: 1 } });
});
