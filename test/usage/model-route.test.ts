import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, settled, type TestOrganization, uploadText } from "../harness.ts";

const [CHEAP, DEAR] = ["amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"];
const MANUAL = "# Aurora kettle\n\nThe Aurora kettle has a warranty of two years. Batteries are not covered by it.";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  await settled(org, await uploadText(org, MANUAL, "Aurora manual", "text/markdown"));
});
const route = (task: string, body: object) => org.call("PATCH", `/v1/model-routes/${task}`, body);
const routes = async () => {
  const { body } = await org.call<{ items: { task: string }[] }>("GET", "/v1/model-routes");
  return Object.fromEntries(body.items.map((item) => [item.task, item]));
};
const chatbot = async (more: object = {}) =>
  (await org.call("POST", "/v1/chatbots", { name: crypto.randomUUID(), ...more })).body;
async function ask(chatbotId: string) {
  const question = { content: "How long is the warranty of the Aurora kettle?" };
  const { body } = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, question);
  const calls = await org.call("GET", `/v1/model-calls?messageId=${body.message.id}&task=answer`);
  return calls.body.items[0];
}

test("a task is done by the model to which it is routed, by its id or tier, until that is taken back", async () => {
  const { id, llmModel } = await chatbot();
  expect(llmModel).toBeNull();
  const before = await ask(id);
  expect(await route("answer", { model: "haiku", fallbackModel: CHEAP })).toMatchObject({
    status: 200,
    body: { task: "answer", model: "haiku", usedModel: expect.stringContaining("haiku"), usedFallbackModel: CHEAP },
  });
  expect((await ask(id))?.model).toContain("anthropic.claude-haiku");
  await route("answer", { model: DEAR });
  expect(await routes()).toMatchObject({ answer: { usedModel: DEAR, fallbackModel: CHEAP }, judge: { model: null } });
  expect((await ask(id))?.model).toBe(DEAR);
  await route("answer", { model: null, fallbackModel: null });
  expect((await ask(id))?.model).toBe(before?.model);
});

test("a chatbot's own model goes before", async () => {
  await route("answer", { model: DEAR });
  expect((await ask((await chatbot({ llmModel: CHEAP })).id))?.model).toBe(CHEAP);
  await route("answer", { model: null });
});

test("a call's row says how it ended, how good the answer was, and what asked for it", async () => {
  const [key] = await asTenant(org.id, "select id from api_keys where scopes @> '{organization:write}'");
  expect(await ask((await chatbot()).id)).toMatchObject({
    outcome: "succeeded",
    qualityScore: 1,
    requestContext: { operation: "message.send", callerKind: "key", callerId: key?.id },
  });
  const { items, totals } = (await org.call("GET", "/v1/usage?groupBy=task&task=answer")).body;
  expect(items).toMatchObject([{ task: "answer", averageQuality: 1 }]);
  expect(totals).toMatchObject({ retries: 0 });
  expect((await org.call("GET", "/v1/usage/days")).body.items[0]).toMatchObject({ averageQuality: 1 });
});

test.each([
  ["model", { model: "gpt-9" }],
  ["fallbackModel", { model: CHEAP, fallbackModel: "gpt-9" }],
])("a model that Bedrock does not know is refused, and nothing changes: %s", async (field, body) => {
  const before = await routes();
  expect(await route("judge", body)).toMatchObject({
    status: 422,
    body: { code: "UNPROCESSABLE", errors: [{ path: field, message: expect.stringContaining("gpt-9") }] },
  });
  expect(await routes()).toEqual(before);
});

test("a chatbot refuses a model that Bedrock does not know", async () => {
  const refused = { status: 422, body: { errors: [{ path: "llmModel" }] } };
  expect(await org.call("POST", "/v1/chatbots", { name: "Wrong", llmModel: "gpt-9" })).toMatchObject(refused);
  const { id } = await chatbot();
  expect(await org.call("PATCH", `/v1/chatbots/${id}`, { llmModel: "gpt-9" })).toMatchObject(refused);
});

test("embeddings are not routed, and there is no other task", async () => {
  expect(await route("embed", { model: CHEAP })).toMatchObject({ status: 422 });
  expect(await route("dream", { model: CHEAP })).toMatchObject({ status: 404 });
  expect(await routes()).toMatchObject({ embed: { usedModel: expect.stringContaining("titan") } });
});
