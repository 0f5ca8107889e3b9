import { beforeAll, expect, test } from "vitest";
import { asTenant, organization, type TestOrganization } from "../harness.ts";
import { maintained, messagesOf, newChatbot, stored, talked } from "./talk.ts";

let org: TestOrganization;
let chatbotId: string;
beforeAll(async () => {
  org = await organization();
  chatbotId = await newChatbot(org);
  await org.call("PATCH", `/v1/chatbots/${chatbotId}`, { ragEnabled: false });
});

const ask = async (content: string, more: object = {}) =>
  (await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, ...more })).body;
const regenerate = (messageId: string, body: object = {}, options = {}) =>
  org.call("POST", `/v1/messages/${messageId}/regenerate`, body, options);
const all = async (conversationId: string) =>
  (await org.call("GET", `/v1/conversations/${conversationId}/messages?superseded=true&limit=100`)).body.items;

test("another answer takes the place of the first, which is still read; sent again with its key it is the same one", async () => {
  const first = await ask("How long is the warranty?");
  const key = { headers: { "idempotency-key": crypto.randomUUID() } };
  const again = await regenerate(first.message.id, {}, key);
  expect(again).toMatchObject({
    status: 200,
    body: { conversationId: first.conversationId, questionId: first.questionId, message: { status: "completed" } },
  });
  expect((await regenerate(first.message.id, {}, key)).body).toEqual(again.body);
  expect((await messagesOf(org, first.conversationId)).map(({ id }) => id)).toEqual([
    first.questionId,
    again.body.message.id,
  ]);
  expect(await all(first.conversationId)).toMatchObject([
    { sequence: 1, supersededAt: null },
    { sequence: 2, supersededAt: expect.any(String) },
    { sequence: 3, replaces: first.message.id, questionId: first.questionId, supersededAt: null },
  ]);
  expect((await regenerate(first.message.id)).status).toBe(409);
});

test("an answer in the middle takes along what came after it, and the prompt does not hold what was superseded", async () => {
  const first = await ask("One?");
  const { conversationId } = first;
  await ask("Two?", { conversationId });
  const stream = await regenerate(first.message.id, { stream: true });
  expect(stream.text).toMatch(/event: message.created[\s\S]*event: delta[\s\S]*event: message.completed/);
  expect((await messagesOf(org, conversationId)).map(({ content }) => content)[0]).toBe("One?");
  expect(await messagesOf(org, conversationId)).toHaveLength(2);
  const [alone] = [(await ask("One?")).usage.inputTokens];
  const latest = (await messagesOf(org, conversationId))[1] as unknown as { tokenUsage: { inputTokens: number } };
  expect(latest.tokenUsage.inputTokens).toBe(alone);
});

test("of a user's message 422, of one that is nowhere 404, of one that is still written or was archived 409", async () => {
  const { questionId, message } = await ask("Hello?");
  expect((await regenerate(questionId)).status).toBe(422);
  expect((await regenerate(crypto.randomUUID())).status).toBe(404);
  await asTenant(
    org.id,
    "update messages set status = 'streaming', lease_until = now() + interval '1 minute' where id = $1",
    [message.id],
  );
  expect((await regenerate(message.id)).status).toBe(409);
  const old = await talked(org, { chatbotId, daysAgo: 40 });
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(100)");
  const [, answer] = await messagesOf(org, old);
  expect((await regenerate(answer!.id)).status).toBe(409);
});

test("an answer that broke off is given from its beginning, once, however often it is asked for at once", async () => {
  const { conversationId, message } = await ask("Hello?");
  await asTenant(org.id, "update messages set status = 'interrupted', content = 'Half a' where id = $1", [message.id]);
  const replies = await Promise.all([1, 2, 3].map(() => regenerate(message.id)));
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  const said = await messagesOf(org, conversationId);
  expect(said.map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(await stored(org, "messages", conversationId)).toEqual([1, 2, 3]);
});

test("a question in other words takes the place of the first and of all that came after it", async () => {
  const first = await ask("How long is the waranty?");
  const { conversationId } = first;
  await ask("And the battery?", { conversationId });
  const edited = await ask("How long is the warranty?", { conversationId, replaces: first.questionId });
  expect(edited.message.status).toBe("completed");
  expect(
    (await all(conversationId)).map(({ supersededAt }: { supersededAt: string }) => supersededAt === null),
  ).toEqual([false, false, false, false, true, true]);
  expect((await all(conversationId))[4]).toMatchObject({ replaces: first.questionId });
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const replacing = (replaces: string, more = { conversationId }) =>
    org.call("POST", path, { content: "Hm?", replaces, ...more });
  expect((await replacing(first.questionId)).status).toBe(409);
  expect((await replacing(edited.message.id)).status).toBe(422);
  expect((await replacing(crypto.randomUUID())).status).toBe(404);
  expect(await org.call("POST", path, { content: "Hm?", replaces: first.questionId })).toMatchObject({
    status: 400,
    body: { errors: [{ path: "replaces" }] },
  });
});

test("a branch holds what was said up to its message, names where it came from and goes on by itself", async () => {
  const first = await ask("One?", { endUser: "zoe" });
  const { conversationId } = first;
  await ask("Two?", { conversationId });
  const again = (await regenerate(first.message.id)).body;
  const branch = (messageId: string) => org.call("POST", `/v1/conversations/${conversationId}/branches`, { messageId });
  const made = await branch(again.message.id);
  expect(made).toMatchObject({
    status: 201,
    body: {
      chatbotId,
      endUserId: "zoe",
      messageCount: 2,
      branchedFrom: { conversationId, messageId: again.message.id },
    },
  });
  const copies = await all(made.body.id);
  expect(copies).toMatchObject([
    { sequence: 1, content: "One?", copiedFrom: first.questionId },
    { sequence: 2, copiedFrom: again.message.id, questionId: copies[0].id },
  ]);
  expect((await ask("And?", { conversationId: made.body.id })).message.status).toBe("completed");
  expect((await messagesOf(org, conversationId)).length).toBe(2);
  const before = await branch(first.message.id); // superseded: what stood when it did
  expect((await all(before.body.id)).map(({ copiedFrom }: { copiedFrom: string }) => copiedFrom)).toEqual([
    first.questionId,
    first.message.id,
  ]);
  expect((await branch(crypto.randomUUID())).status).toBe(404);
  const asAdam = { messageId: again.message.id, endUser: "adam" };
  expect((await org.call("POST", `/v1/conversations/${conversationId}/branches`, asAdam)).status).toBe(404);
  expect((await regenerate(again.message.id, { endUser: "adam" })).status).toBe(404);
});

test("questions of one conversation at once are all stored and answered in order, each knowing the answer before; too many are refused", async () => {
  const { conversationId } = await ask("Zero?");
  const replies = await Promise.all([1, 2, 3].map((n) => ask(`Question ${n}?`, { conversationId })));
  expect(replies.map(({ message }) => message.status)).toEqual(["completed", "completed", "completed"]);
  const said = (await all(conversationId)) as {
    sequence: number;
    role: string;
    completedAt: string;
    content: string;
  }[];
  expect(said.map(({ role }) => role)).toEqual([
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
    "assistant",
  ]);
  expect(said.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const ended = said.filter(({ role }) => role === "assistant").map(({ completedAt }) => completedAt);
  expect(ended).toEqual([...ended].sort());
  const tokens = await asTenant<{ tokens: number }>(
    org.id,
    "select (token_usage ->> 'inputTokens')::integer as tokens from messages where conversation_id = $1 and role = 'assistant' order by sequence",
    [conversationId],
  );
  for (const [index, row] of tokens.slice(1).entries()) expect(row.tokens).toBeGreaterThan(tokens[index]!.tokens);
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, status, lease_until)
     select new_id(), $1, 100 + n, 'assistant', 'pending', now() + interval '1 minute' from generate_series(1, 20) n`,
    [conversationId],
  );
  const refused = await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "More?", conversationId });
  expect(refused.status).toBe(409);
  expect(refused.headers.get("retry-after")).toBe("2");
});

test("a conversation of 200 messages goes on as a short one does: numbered without a gap, answered anew, branched whole", async () => {
  const conversationId = await talked(org, { chatbotId, daysAgo: 0, turns: 100 });
  const next = await ask("And the last word?", { conversationId });
  expect(next).toMatchObject({ conversationId, message: { status: "completed" } });
  expect((await regenerate(next.message.id)).status).toBe(200);
  expect(await stored(org, "messages", conversationId)).toEqual(Array.from({ length: 203 }, (_, n) => n + 1));
  const branch = await org.call("POST", `/v1/conversations/${conversationId}/branches`, { messageId: next.questionId });
  expect(branch.status).toBe(201);
  expect(await stored(org, "messages", branch.body.id)).toHaveLength(201);
});
