import { expect, test } from "vitest";
import { maintained, messagesOf, newChatbot, stored, talked } from "../conversations/talk.ts";
import { asTenant, idle, organization, settled, type TestOrganization } from "../harness.ts";

const keep = (org: TestOrganization, retentionDays: number | null) =>
  org.call("PATCH", "/v1/organization", { settings: { retentionDays } });
const conversationsOf = async (org: TestOrganization) =>
  (await asTenant<{ id: string }>(org.id, "select id from conversations order by id")).map(({ id }) => id);
const deleted = async (org: TestOrganization, type: string) =>
  (await org.call("GET", `/v1/events?type=${type}`)).body.items as { resourceId: string; data: object }[];

test("what was last active before goes for good with what was said, given and found in it, and each is told once; the rest stays", async () => {
  const [org, other] = [await organization(), await organization()];
  const chatbotId = await newChatbot(org);
  const word = `zanzibar${crypto.randomUUID().slice(0, 8)}`;
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const slip = { name: "Slip", text: `Slip of ${word}.`, mimeType: "text/plain" };
  const attached = (await org.call("POST", "/v1/attachments", slip)).body.id as string;
  const asked = (await org.call("POST", path, { content: `What of ${word}?`, attachments: [attached] })).body;
  const letter = { title: `Letter of ${word}`, text: `Dear ${word}, hello.`, mimeType: "text/plain" };
  const given = { ...letter, origin: "analyzed", operation: "summarize", conversationId: asked.conversationId };
  const { body: document } = await org.call("POST", "/v1/documents", given);
  await settled(org, document.id);
  const [file] = await asTenant(org.id, "select storage_key from documents where id = $1", [document.id]);
  await idle(org);
  const young = await talked(org, { chatbotId, daysAgo: 29 });
  const archived = await talked(org, { chatbotId, daysAgo: 31 });
  await maintained("maintain_conversations(100)");
  await maintained("maintain_message_archive(100)");
  expect(await stored(org, "message_archive", archived)).toHaveLength(4);
  const theirs = await talked(other, { chatbotId: await newChatbot(other), daysAgo: 400 });
  const renamed = await aged(org, asked.conversationId, 31);
  const [{ calls }] = (await asTenant(org.id, "select count(*)::integer as calls from ai_usage")) as [
    { calls: number },
  ];

  await keep(org, 30);
  await idle(org);
  expect(await conversationsOf(org)).toEqual([young]);
  expect((await messagesOf(org, young)).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  for (const table of [
    "messages",
    "message_archive",
    "attachments",
    "documents",
    "document_chunks",
    "search_terms",
    "search_log",
  ]) {
    const rows = await asTenant(org.id, `select to_jsonb(t)::text as row from ${table} t`);
    expect([table, rows.filter(({ row }) => (row as string).includes(word))]).toEqual([table, []]);
  }
  expect(await asTenant(org.id, "select id from search_log where id = $1", [asked.message.id])).toEqual([]);
  expect((await org.call("GET", `/v1/documents/${document.id}`)).status).toBe(404);
  expect((await org.call("GET", `/v1/conversations/${archived}`)).status).toBe(404);
  expect((await deleted(org, "conversation.deleted")).map(({ resourceId }) => resourceId).sort()).toEqual(
    [archived, renamed].sort(),
  );
  expect(await deleted(org, "document.deleted")).toMatchObject([{ resourceId: document.id }]);
  expect(await asTenant(org.id, "select count(*)::integer as calls from ai_usage")).toEqual([{ calls }]);
  expect(await conversationsOf(other)).toEqual([theirs]);

  // Whoever named the same bytes now would find none.
  const witness = await talked(org, { chatbotId, daysAgo: 0, endUser: "Witness" });
  await asTenant(
    org.id,
    `insert into documents (id, title, filename, conversation_id, storage_key, file_size, mime_type, content_hash)
     values (new_id(), 'Copy', 'copy.txt', $1, $2, 1, 'text/plain', 'copy')`,
    [witness, file!.storage_key],
  );
  await asTenant(
    org.id,
    `insert into attachments (id, end_user_id, name, type, size, passages, tokens, warnings)
     values ($1, 'Witness', 'copy.txt', 'text/plain', 1, '[]', 0, '[]')`,
    [attached],
  );
  const { text } = await org.call("GET", "/v1/end-users/Witness/export");
  for (const type of ["document", "attachment"]) {
    expect(text).toContain(`"type":"${type}"`);
    expect(text).not.toContain(`${type}_bytes`);
  }
});

/** The conversation under an id of so many days ago, with all that names it. */
async function aged(org: TestOrganization, id: string, days: number): Promise<string> {
  const [row] = await asTenant<{ id: string }>(
    org.id,
    `insert into conversations (id, chatbot_id, channel, last_sequence, created_at, last_activity_at)
     select overlay($1::text placing left(uuid_at(now() - make_interval(days => $2))::text, 13) from 1)::uuid, chatbot_id, channel, last_sequence,
       now() - make_interval(days => $2), now() - make_interval(days => $2) from conversations where id = $1::uuid returning id`,
    [id, days],
  );
  for (const table of ["messages", "documents", "attachments"])
    await asTenant(org.id, `update ${table} set conversation_id = $1 where conversation_id = $2`, [row!.id, id]);
  await asTenant(org.id, "delete from conversations where id = $1", [id]);
  return row!.id;
}

test("an organization that says nothing keeps everything; each night the others are asked for, once", async () => {
  const [keeps, deletes, young] = [await organization(), await organization(), await organization()];
  for (const org of [keeps, deletes]) await talked(org, { chatbotId: await newChatbot(org), daysAgo: 3_000 });
  await talked(young, { chatbotId: await newChatbot(young), daysAgo: 9 });
  for (const org of [deletes, young])
    await asTenant(org.id, `update organizations set settings = '{"retentionDays": 10}'`);
  for (const _ of [1, 2]) await asTenant(null, "select maintain_retention()");
  expect(await asTenant(deletes.id, "select kind from jobs")).toEqual([{ kind: "retention.apply" }]);
  for (const org of [keeps, young]) expect(await asTenant(org.id, "select kind from jobs")).toEqual([]);
  await keep(keeps, null);
  await idle(keeps);
  expect(await conversationsOf(keeps)).toHaveLength(1);
});

test("a conversation with more than one step holds goes whole, one in which an answer is being given waits, and whoever writes meanwhile is told that it is over", async () => {
  const org = await organization();
  const chatbotId = await newChatbot(org);
  const long = await talked(org, { chatbotId, daysAgo: 20, turns: 700 });
  const busy = await talked(org, { chatbotId, daysAgo: 20 });
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, status, lease_until) values (new_id(), $1, 5, 'assistant', 'streaming', now() + interval '1 minute')`,
    [busy],
  );
  await asTenant(org.id, "update conversations set last_sequence = 6 where id = $1", [busy]);
  await keep(org, 10);
  const path = `/v1/chatbots/${chatbotId}/messages`;
  const late = await Promise.all(
    Array.from({ length: 5 }, () => org.call("POST", path, { content: "Hello?", conversationId: long })),
  );
  await idle(org);
  const isTaken = late.some(({ status }) => status === 200);
  if (!isTaken) for (const { status } of late) expect(status).toBe(404);
  const left = await conversationsOf(org);
  expect(left).toEqual(isTaken ? [long, busy].sort() : [busy]);
  expect(await stored(org, "message_history", long)).toHaveLength(isTaken ? 1_400 + 2 * late.length : 0);
  await asTenant(org.id, "update messages set status = 'completed' where status = 'streaming'"); // else it is waited for
  expect((await org.call("POST", path, { content: "Hello?", conversationId: busy })).status).toBe(200);
});
