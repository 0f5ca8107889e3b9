import { beforeAll, expect, test } from "vitest";
import { organization, settled, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
let publicManual: string;
beforeAll(async () => {
  org = await organization();
  publicManual = await uploadText(org, "The kettle boils a litre in three minutes.", "Manual");
  const payroll = await uploadText(org, "The chief executive earns 400 gold coins a month.", "Payroll");
  await Promise.all([publicManual, payroll].map((id) => settled(org, id)));
});
const newBot = async () => (await org.call("POST", "/v1/chatbots", { name: `Bot ${crypto.randomUUID()}` })).body.id;
const answers = async (bot: string, content: string) =>
  (await org.call("POST", `/v1/chatbots/${bot}/messages`, { content })).body.message.answered;
const SECRET = "How many gold coins does the chief executive earn a month?";

test("a chatbot answers from all documents until some are assigned to it, and from those alone then", async () => {
  const bot = await newBot();
  expect(await answers(bot, SECRET)).toBe(true);
  expect((await org.call("POST", `/v1/chatbots/${bot}/documents`, { documentIds: [publicManual] })).status).toBe(204);
  expect(await answers(bot, "How long does the kettle take to boil a litre?")).toBe(true);
  expect(await answers(bot, SECRET)).toBe(false);
  const { items } = (await org.call("GET", `/v1/chatbots/${bot}/documents`)).body;
  expect(items).toMatchObject([{ documentId: publicManual, title: "Manual", assignedBy: expect.any(String) }]);
});

test("that its last document goes does not open all the others, only its owner does", async () => {
  const bot = await newBot();
  const only = await uploadText(org, `A public leaflet. ${crypto.randomUUID()}`, "Leaflet");
  await org.call("POST", `/v1/chatbots/${bot}/documents`, { documentIds: [only] });
  await org.call("DELETE", `/v1/documents/${only}`);
  expect((await org.call("GET", `/v1/chatbots/${bot}/documents`)).body.items).toEqual([]);
  expect(await answers(bot, SECRET)).toBe(false);
  await org.call("PATCH", `/v1/chatbots/${bot}`, { documentScope: "all" });
  expect(await answers(bot, SECRET)).toBe(true);
});

test("of documents of which one does not exist none is assigned", async () => {
  const bot = await newBot();
  const theirs = await uploadText(await organization(), "Theirs.");
  for (const stranger of [crypto.randomUUID(), theirs]) {
    const reply = await org.call("POST", `/v1/chatbots/${bot}/documents`, { documentIds: [publicManual, stranger] });
    expect(reply).toMatchObject({ status: 404, body: { errors: [{ path: "documentIds" }] } });
  }
  expect((await org.call("GET", `/v1/chatbots/${bot}/documents`)).body.items).toEqual([]);
});

test("a chatbot that is out of service answers nobody and stores nothing", async () => {
  const bot = await newBot();
  for (const status of ["inactive", "maintenance"]) {
    await org.call("PATCH", `/v1/chatbots/${bot}`, { status });
    expect(await org.call("POST", `/v1/chatbots/${bot}/messages`, { content: "Hello?" })).toMatchObject({
      status: 409,
    });
  }
  expect((await org.call("GET", `/v1/conversations?chatbotId=${bot}`)).body.items).toEqual([]);
  await org.call("PATCH", `/v1/chatbots/${bot}`, { status: "active" });
  expect((await org.call("POST", `/v1/chatbots/${bot}/messages`, { content: "Hello?" })).status).toBe(200);
});

test("a search can be narrowed to what a chatbot answers from", async () => {
  const bot = await newBot();
  await org.call("POST", `/v1/chatbots/${bot}/documents`, { documentIds: [publicManual] });
  const found = async (filter: object) =>
    (await org.call("POST", "/v1/search", { query: "kettle gold coins", filter })).body.results.map(
      ({ source }: { source: { id: string } }) => source.id,
    );
  expect(await found({ chatbotId: bot })).toEqual([publicManual]);
  expect(await found({ chatbotId: await newBot() })).toEqual([]);
});
