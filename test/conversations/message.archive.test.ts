import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";
import { maintained, messagesOf, newChatbot, stored, talked } from "./talk.ts";

const archive = async (limit = 3) => {
  await maintained("maintain_conversations(100)");
  return maintained(`maintain_message_archive(${limit})`);
};

test("messages of what was over for 30 days are read as before, and stand in the archive alone, each once, however often and at once it is asked for", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const [old, young] = [
    await talked(org, { chatbotId, daysAgo: 31, turns: 5 }),
    await talked(org, { chatbotId, daysAgo: 29 }),
  ];
  const before = await Promise.all([messagesOf(org, old), messagesOf(org, young)]);
  await maintained("maintain_conversations(100)");
  const { updatedAt } = (await org.call("GET", `/v1/conversations/${old}`)).body;
  await Promise.all([archive(), archive(4), archive()]);
  expect(await Promise.all([messagesOf(org, old), messagesOf(org, young)])).toEqual(before);
  expect((await org.call("GET", `/v1/conversations/${old}`)).body).toMatchObject({ updatedAt, messageCount: 10 });
  expect(await stored(org, "messages", old)).toEqual([]);
  expect(await stored(org, "message_archive", old)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(await stored(org, "messages", young)).toEqual([1, 2, 3, 4]);
  const page = await org.call("GET", `/v1/conversations/${old}/messages?limit=4`);
  const next = await org.call("GET", `/v1/conversations/${old}/messages?limit=4&cursor=${page.body.nextCursor}`);
  expect(next.body.items).toEqual(before[0].slice(4, 8));
});

test("a conversation that goes on after that counts on, remembers what was said, and is archived again", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const conversationId = await talked(org, { chatbotId, daysAgo: 40 });
  await archive();
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const key = { headers: { "idempotency-key": crypto.randomUUID() } };
  const first = await org.call("POST", path, { content: "Once more?", conversationId }, key);
  expect(first.status).toBe(200);
  const said = await messagesOf(org, conversationId);
  expect(said.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(said.map(({ content }) => content).slice(0, 5)).toEqual([
    "Word 1",
    "Word 2",
    "Word 3",
    "Word 4",
    "Once more?",
  ]);
  await asTenant(org.id, "update conversations set last_activity_at = now() - interval '35 days'");
  await archive();
  expect(await stored(org, "message_archive", conversationId)).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await org.call("POST", path, { content: "Once more?", conversationId }, key)).body).toEqual(first.body);
  expect(await messagesOf(org, conversationId)).toEqual(said);
});

test("whoever goes on with a conversation while it is moved loses nothing, and gets the next numbers", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const conversations = await Promise.all(Array.from({ length: 6 }, () => talked(org, { chatbotId, daysAgo: 40 })));
  await maintained("maintain_conversations(100)");
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const asked = conversations.flatMap((conversationId) =>
    [1, 2].map(() => org.call("POST", path, { content: "And?", conversationId })),
  );
  const [replies] = await Promise.all([Promise.all(asked), archive(1), archive(2), archive(3)]);
  expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));
  for (const id of conversations) {
    expect((await messagesOf(org, id)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await stored(org, "message_history", id)).toHaveLength(8);
    expect((await org.call("GET", `/v1/conversations/${id}`)).body.status).toBe("active");
  }
});

test("a prompt holds what was said before its conversation was archived", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  await org.call("PATCH", `/v1/chatbots/${chatbotId}`, { ragEnabled: false });
  const ask = async (conversationId: string) => {
    await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content: "And?", conversationId });
    const [call] = await asTenant(
      org.id,
      "select input_tokens::integer as tokens from ai_usage where conversation_id = $1 and task = 'answer' order by id desc limit 1",
      [conversationId],
    );
    return call!.tokens as number;
  };
  const [archived, kept] = [
    await talked(org, { chatbotId, daysAgo: 40 }),
    await talked(org, { chatbotId, daysAgo: 20 }),
  ];
  await archive();
  expect(await stored(org, "messages", archived)).toEqual([]);
  expect(await ask(archived)).toBe(await ask(kept));
  expect(await ask(archived)).toBe(await ask(kept));
});

test("a month that the archive does not have is made, and another organization's messages are moved with it or without", async () => {
  const [org, other] = [await organization(), await organization()];
  const ancient = await talked(org, { chatbotId: await newChatbot(org), daysAgo: 800 });
  const old = await talked(other, { chatbotId: await newChatbot(other), daysAgo: 31 });
  await archive(1_000);
  expect(await stored(org, "message_archive", ancient)).toEqual([1, 2, 3, 4]);
  expect(await stored(other, "message_archive", old)).toEqual([1, 2, 3, 4]);
  expect((await messagesOf(org, ancient)).map(({ content }) => content)).toHaveLength(4);
});

test("an answer that is being given keeps its conversation at hand, and a message that comes late follows the others", async () => {
  const org = await organization();
  const conversationId = await talked(org, { chatbotId: await newChatbot(org), daysAgo: 31 });
  await maintained("maintain_conversations(100)");
  const answer = crypto.randomUUID();
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, status, lease_until) values (new_id(), $1, 5, 'assistant', 'pending', now() + interval '1 minute')`,
    [conversationId],
  );
  await archive();
  expect(await stored(org, "messages", conversationId)).toEqual([1, 2, 3, 4, 5]);
  await asTenant(org.id, "update messages set status = 'completed', content = $1 where status = 'pending'", [answer]);
  await archive();
  await asTenant(
    org.id,
    "insert into messages (id, conversation_id, sequence, role, content) values (new_id(), $1, 6, 'system', 'late')",
    [conversationId],
  );
  await asTenant(org.id, "update conversations set last_sequence = 6");
  await archive();
  expect(await stored(org, "message_archive", conversationId)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("the worker's role can neither add to the archive nor take from it", async () => {
  const org = await organization();
  const conversationId = await talked(org, { chatbotId: await newChatbot(org), daysAgo: 31 });
  await archive();
  for (const attempt of [
    "delete from message_archive",
    "update message_archive set content = ''",
    "insert into message_archive select * from messages",
  ])
    await expect(asTenant(org.id, attempt)).rejects.toMatchObject({ code: "42501" });
  const stranger = await organization();
  const [{ id }] = (await asTenant(org.id, "select id from message_archive limit 1")) as [{ id: string }];
  expect(await asTenant(stranger.id, "select forget_messages(array[$1::uuid]) as gone", [id])).toEqual([{ gone: 0 }]);
  expect(await stored(org, "message_archive", conversationId)).toHaveLength(4);
});
