import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, type TestOrganization } from "../harness.ts";
import { maintained, newChatbot } from "./talk.ts";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  chatbotId = await newChatbot(org);
});

const ask = (more: object = {}) =>
  org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "Hello?", ...more });
const get = async (id: string) => (await org.call("GET", `/v1/conversations/${id}`)).body;

test("title, tags, metadata and satisfaction change alone, and lists are narrowed by a tag", async () => {
  const { conversationId } = (await ask({ metadata: { plan: "gold" } })).body;
  expect((await get(conversationId)).metadata).toEqual({ plan: "gold" });
  const change = (body: object) => org.call("PATCH", `/v1/conversations/${conversationId}`, body);
  expect((await change({ tags: ["refund", "late", "refund"], satisfactionScore: 2 })).body).toMatchObject({
    tags: ["refund", "late"],
    satisfactionScore: 2,
    title: "Hello?",
    metadata: { plan: "gold" },
  });
  expect((await org.call("GET", "/v1/conversations?tag=late")).body.items).toMatchObject([{ id: conversationId }]);
  expect((await org.call("GET", "/v1/conversations?tag=la")).body.items).toEqual([]);
  for (const [wrong, path] of [
    [{ satisfactionScore: 6 }, "satisfactionScore"],
    [{ tags: [" "] }, "tags.0"],
    [{}, ""],
  ] as const)
    expect(await change(wrong)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  expect((await ask({ conversationId, metadata: {} })).body.errors).toMatchObject([{ path: "metadata" }]);
});

test("where the end user's words come from stands with the conversation as told last, for as many days as the organization says", async () => {
  const client = { ipAddress: "2001:db8::1", userAgent: "Firefox" };
  const { conversationId } = (await ask({ client })).body;
  const other = (await ask({ client })).body.conversationId;
  await ask({ conversationId, client: { ipAddress: "192.0.2.7" } });
  await ask({ conversationId });
  expect((await get(conversationId)).client).toMatchObject({ ipAddress: "192.0.2.7", userAgent: "Firefox" });
  expect((await ask({ client: { ipAddress: "999.1.1.1" } })).body.errors).toMatchObject([{ path: "client.ipAddress" }]);
  await org.call("PATCH", "/v1/organization", { settings: { clientDays: 3 } });
  await asTenant(org.id, "update conversations set client_told_at = now() - interval '4 days' where id = $1", [
    conversationId,
  ]);
  const { updatedAt } = await get(conversationId);
  await maintained("maintain_clients(10)");
  expect(await get(conversationId)).toMatchObject({ client: null, updatedAt });
  expect((await get(other)).client).toMatchObject(client);
});

test("the context of a question stands with it", async () => {
  const context = { url: "https://shop.example/kettles", title: "Kettles" };
  const { conversationId } = (await ask({ context })).body;
  const { items } = (await org.call("GET", `/v1/conversations/${conversationId}/messages`)).body;
  expect(items.map((message: { context: object }) => message.context)).toEqual([context, {}]);
});
