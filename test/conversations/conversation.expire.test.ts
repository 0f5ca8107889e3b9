import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";
import { maintained, messagesOf, newChatbot, talked } from "./talk.ts";

const expire = () => maintained("maintain_conversations(3)");

test("a conversation in which nobody has spoken for a day has ended when somebody last did, and an event says how long it was", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const [old, young] = [await talked(org, { chatbotId, daysAgo: 1.1 }), await talked(org, { chatbotId, daysAgo: 0.9 })];
  await Promise.all([expire(), expire(), expire()]);
  const { body } = await org.call("GET", `/v1/conversations/${old}`);
  expect(body).toMatchObject({ status: "expired", durationSeconds: 90, endedAt: body.lastActivityAt });
  expect((await org.call("GET", `/v1/conversations/${young}`)).body).toMatchObject({ status: "active", endedAt: null });
  const told = (await org.call("GET", "/v1/events?type=conversation.expired")).body.items;
  expect(told).toMatchObject([
    { resourceType: "conversation", resourceId: old, data: { durationSeconds: 90 }, actor: { kind: "system" } },
  ]);
  const listed = await org.call("GET", "/v1/conversations?status=expired");
  expect(listed.body.items.map(({ id }: { id: string }) => id)).toEqual([old]);
});

test("each organization says how long that is", async () => {
  const [hasty, patient] = [await organization(), await organization()];
  for (const [org, conversationIdleMinutes] of [
    [hasty, 5],
    [patient, 43_200],
  ] as const)
    expect((await org.call("PATCH", "/v1/organization", { settings: { conversationIdleMinutes } })).status).toBe(200);
  const [gone, kept] = [
    await talked(hasty, { chatbotId: await newChatbot(hasty), daysAgo: 0.01 }),
    await talked(patient, { chatbotId: await newChatbot(patient), daysAgo: 29 }),
  ];
  await expire();
  expect((await hasty.call("GET", `/v1/conversations/${gone}`)).body.status).toBe("expired");
  expect((await patient.call("GET", `/v1/conversations/${kept}`)).body.status).toBe("active");
});

test("who speaks in it again goes on with it; what was ended for good stays over", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const conversationId = await talked(org, { chatbotId, daysAgo: 2 });
  await expire();
  const path = `/v1/chatbots/${chatbotId}/messages`;
  expect((await org.call("POST", path, { content: "And now?", conversationId })).status).toBe(200);
  expect((await org.call("GET", `/v1/conversations/${conversationId}`)).body).toMatchObject({
    status: "active",
    endedAt: null,
    messageCount: 6,
  });
  expect((await messagesOf(org, conversationId)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  await expire();
  expect((await org.call("GET", `/v1/conversations/${conversationId}`)).body.status).toBe("active");
  await asTenant(org.id, "update conversations set status = 'terminated', ended_at = now()");
  expect((await org.call("POST", path, { content: "Hello?", conversationId })).status).toBe(404);
});

test("one in which an answer is being given, and one that is no chatbot's, is left", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const [answered, other] = [
    await talked(org, { chatbotId, daysAgo: 2 }),
    await talked(org, { chatbotId, daysAgo: 2 }),
  ];
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, status, lease_until) values ($1, $2, 5, 'assistant', 'streaming', now() + interval '1 minute')`,
    [crypto.randomUUID(), answered],
  );
  await asTenant(org.id, "update conversations set chatbot_id = null where id = $1", [other]);
  await expire();
  expect(await asTenant(org.id, "select distinct status from conversations")).toEqual([{ status: "active" }]);
});

test("a setting that is none, or out of range, is refused by its name; null takes one away", async () => {
  const org = await organization();
  const change = (settings: object) => org.call("PATCH", "/v1/organization", { settings });
  for (const [name, wrong] of [
    ["conversationIdleMinutes", 4],
    ["conversationIdleMinutes", 43_201],
    ["archiveAfterDays", 3],
    ["archiveAfterDays", 3_651],
    ["usageArchiveAfterDays", 30],
    ["usageArchiveAfterDays", 90.5],
    ["retentionDays", "30"],
  ] as const) {
    const { status, body } = await change({ [name]: wrong });
    expect([name, status, body.errors?.[0].path]).toEqual([name, 400, `settings.${name}`]);
  }
  expect(await change({ archiveAfter: 30 })).toMatchObject({
    status: 400,
    body: { errors: [{ path: "settings.archiveAfter" }] },
  });
  await change({ retentionDays: 30, archiveAfterDays: 10 });
  expect((await change({ retentionDays: null })).body.settings).toEqual({ archiveAfterDays: 10 });
});
