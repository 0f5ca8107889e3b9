import { expect, test, vi } from "vitest";
import { END_USER_COLUMNS, END_USER_TABLES } from "../../db/end-users.ts";
import { maintained } from "../conversations/talk.ts";
import { asTenant, idle, organization, settled, superuser, type TestOrganization } from "../harness.ts";

const PERSON = `Zoë "O'Hara" 50%/Köln?#\\ 愛`;
const pathOf = (person: string) => `/v1/end-users/${encodeURIComponent(person)}`;

async function chatbotOf(org: TestOrganization): Promise<string> {
  return (await org.call("POST", "/v1/chatbots", { name: `Support ${crypto.randomUUID()}` })).body.id;
}

const ask = async (
  org: TestOrganization,
  chatbotId: string,
  endUser: string,
  content: string,
  more = {},
  headers = {},
) => (await org.call("POST", `/v1/chatbots/${chatbotId}/messages`, { content, endUser, ...more }, { headers })).body;

/** Tables of organizations, and of each the rows of one, as text. */
async function dump(org: TestOrganization): Promise<Record<string, string>> {
  const tables = await superuser`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;
  const dumped: Record<string, string> = {};
  for (const { name } of tables) {
    const rows = await superuser.query(
      `select coalesce(jsonb_agg(to_jsonb(t))::text, '') as text from "${name}" t where organization_id = $1`,
      [org.id],
    );
    dumped[name as string] = rows[0]!.text as string;
  }
  return dumped;
}
const tablesWith = (dumped: Record<string, string>, words: string) =>
  Object.keys(dumped).filter((name) => dumped[name]!.includes(JSON.stringify(words).slice(1, -1)));

/** Of a conversation all that was said and called so far stands in the archives. */
async function archived(org: TestOrganization, conversationId: string) {
  await asTenant(
    org.id,
    "update conversations set status = 'expired', ended_at = now() - interval '40 days' where id = $1",
    [conversationId],
  );
  await maintained("maintain_message_archive(100)");
  await superuser`
    with gone as (delete from ai_usage where conversation_id = ${conversationId} returning *)
    insert into ai_usage_archive select r.* from gone cross join lateral jsonb_populate_record(null::ai_usage_archive, to_jsonb(gone)) r`;
}

/** A person of whom every table that can hold one holds something. */
async function everythingOf(org: TestOrganization, person: string, word: string) {
  const chatbotId = await chatbotOf(org);
  const { body: document } = await org.call("POST", "/v1/documents", {
    title: "Warranty",
    text: "The warranty of the kettle lasts two years.",
    mimeType: "text/plain",
  });
  await settled(org, document.id);
  const slip = {
    name: `Slip of ${word}`,
    text: `The ${word} has the number 17.`,
    mimeType: "text/plain",
    endUser: person,
  };
  const attached = (await org.call("POST", "/v1/attachments", slip)).body.id as string;
  expect((await org.call("POST", "/v1/attachments", { ...slip, text: `Another ${word}.` })).status).toBe(201);
  const first = await ask(
    org,
    chatbotId,
    person,
    `How long is the warranty of ${word}?`,
    { attachments: [attached] },
    { "idempotency-key": `${person.slice(0, 3)} ${word}`.replace(/[^ -~]/g, "") },
  );
  const { conversationId } = first;
  const judgment = { thumbs: "down", text: `Not of ${word}`, correction: word, endUser: person };
  expect((await org.call("PUT", `/v1/messages/${first.message.id}/feedback`, judgment)).status).toBe(200);
  await archived(org, conversationId);
  const golden = await org.call("POST", `/v1/chatbots/${chatbotId}/golden-questions`, { messageId: first.message.id });
  expect(golden.status).toBe(201);
  expect((await org.call("POST", `/v1/chatbots/${chatbotId}/evals`, {})).status).toBe(202);
  await ask(org, chatbotId, person, `And of the other ${word}?`, { conversationId });
  const letter = { title: `Letter of ${word}`, text: `Dear ${word}, hello.`, mimeType: "text/plain" };
  const own = await org.call("POST", "/v1/documents", {
    ...letter,
    origin: "analyzed",
    operation: "summarize",
    conversationId,
  });
  await settled(org, own.body.id);
  await asTenant(
    org.id,
    `insert into relevance_feedback (id, search_id, corpus, entry_id, query, relevance, comment) values ($1, $2, 1, $3, $4, 0, 'Bad')`,
    [crypto.randomUUID(), first.message.id, document.id, `warranty ${word}`],
  );
  const complaint = {
    chatbotId,
    messageId: first.message.id,
    feedbackText: `${word} again.`,
    feedbackType: "other",
    severity: "low",
  };
  expect((await org.call("POST", "/v1/admin-feedback", complaint)).status).toBe(201);
  const budget = { subjectType: "end_user", subjectId: person, period: "month", unit: "tokens", limit: 1_000_000 };
  expect((await org.call("POST", "/v1/budgets", budget)).status).toBe(201);
  const former = (await org.call("POST", "/v1/budgets", { ...budget, period: "day" })).body.id;
  await org.call("DELETE", `/v1/budgets/${former}`);
  await asTenant(
    org.id,
    `insert into events (id, type, data) values (new_id(), 'end-user.limited', jsonb_build_object('endUserId', $1::text, 'said', $2::text))`,
    [person, word],
  );
  await idle(org);
  return { chatbotId, conversationId, documentId: own.body.id as string };
}

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

test("every table that can name a person or what one said is listed, with the type that an export gives it", async () => {
  const found = await superuser`
    select distinct table_name as name from information_schema.columns c join pg_class p on p.oid = ('public.' || quote_ident(table_name))::regclass
    where table_schema = 'public' and column_name = any (${END_USER_COLUMNS}) and p.relkind in ('r', 'p') and not p.relispartition`;
  expect(found.map(({ name }) => name).filter((name) => !(name in END_USER_TABLES))).toEqual([]);
});

test("an export holds everything of a person; after the erasure no table of the organization holds the name or a word, and the money is as before", async () => {
  const org = await organization();
  const word = `zanzibar${crypto.randomUUID().slice(0, 8)}`;
  const { chatbotId, documentId } = await everythingOf(org, PERSON, word);
  const [stored] = await asTenant(org.id, "select storage_key from documents where id = $1", [documentId]);
  const spent = () =>
    asTenant(org.id, "select count(*)::integer as calls, sum(cost_micro_usd)::text as cost from usage_history");
  const before = await spent();
  const holding = tablesWith(await dump(org), PERSON);
  expect(holding).toEqual(
    expect.arrayContaining(["ai_usage", "ai_usage_archive", "budgets", "conversations", "events"]),
  );
  expect(tablesWith(await dump(org), word)).toEqual(expect.arrayContaining(["messages", "message_archive"]));

  const exported = await org.call("GET", `${pathOf(PERSON)}/export`);
  expect(exported.headers.get("content-type")).toBe("application/jsonl");
  const told = linesOf(exported.text);
  const types = [...new Set(Object.values(END_USER_TABLES))].filter((type) => type !== "erasure");
  expect(Object.keys(told.at(-1).counts).sort()).toEqual(
    [...types, "document_bytes", "attachment_bytes", "document_chunk", "idempotency_key"].sort(),
  );
  expect(told.at(-1)).toMatchObject({
    type: "end",
    counts: { conversation: 1, message: 4, document: 1, attachment: 2, search: 2, budget: 1 },
  });
  const bytes = told.filter(({ type }) => type === "document_bytes").map(({ base64 }) => atob(base64));
  expect(bytes.join("")).toBe(`Dear ${word}, hello.`);
  const given = told.filter(({ type }) => type === "attachment_bytes").map(({ base64 }) => atob(base64));
  expect(given).toEqual([`The ${word} has the number 17.`, `Another ${word}.`]);

  const receipt = await org.call("DELETE", pathOf(PERSON));
  expect(receipt).toMatchObject({ status: 200, body: { complete: true } });
  const { counts } = told.at(-1);
  expect(receipt.body.counts).toEqual({
    conversations: counts.conversation,
    messages: counts.message,
    documents: counts.document,
    attachments: counts.attachment,
    calls: counts.usage,
    budgets: counts.budget,
    searches: counts.search,
    judgments: counts.judgment,
    events: told.filter(
      ({ type, data, ipAddress, userAgent }) =>
        type === "event" && (ipAddress || userAgent || Object.keys(data).length > 0),
    ).length,
    idempotencyKeys: counts.idempotency_key,
    embeddings: 2, // of a question that a model made of hers none is kept
  });
  await idle(org);
  const after = await dump(org);
  for (const gone of [PERSON, word]) expect(tablesWith(after, gone)).toEqual([]);
  expect(await spent()).toEqual(before);
  expect((await org.call("GET", `/v1/documents/${documentId}`)).status).toBe(404);
  expect(
    await asTenant(org.id, "select type from events where resource_id = $1 and type = 'document.deleted'", [
      documentId,
    ]),
  ).toHaveLength(1);
  const erased = await asTenant(org.id, "select data, resource_id from events where type = 'end-user.erased'");
  expect(erased).toEqual([{ data: receipt.body.counts, resource_id: receipt.body.id }]);

  expect((await org.call("DELETE", pathOf(PERSON))).status).toBe(404);
  expect((await org.call("GET", `${pathOf(PERSON)}/export`)).status).toBe(404);

  // Whoever named the same bytes now would find none.
  const { conversationId } = await ask(org, chatbotId, "Witness", "Hello?");
  await asTenant(
    org.id,
    `insert into documents (id, title, filename, conversation_id, storage_key, file_size, mime_type, content_hash)
     values (new_id(), 'Copy', 'copy.txt', $1, $2, 1, 'text/plain', 'copy')`,
    [conversationId, stored!.storage_key],
  );
  const witness = linesOf((await org.call("GET", `${pathOf("Witness")}/export`)).text);
  expect(witness.filter(({ type }) => type.startsWith("document")).map(({ type }) => type)).toEqual(["document"]);
});

test("who has a similar name, or the same in another organization, keeps everything", async () => {
  const [ours, theirs] = [await organization(), await organization()];
  const others = [`${PERSON} `, PERSON.toLowerCase(), PERSON.slice(0, -1), `%`, encodeURIComponent(PERSON)];
  const [chatbotId, foreignId] = [await chatbotOf(ours), await chatbotOf(theirs)];
  for (const person of [...others, PERSON]) await ask(ours, chatbotId, person, `Who is ${person}?`);
  await ask(theirs, foreignId, PERSON, "The same question");
  for (const org of [ours, theirs]) await idle(org); // what is asked because of refusals has its calls too
  const state = () =>
    superuser`select c.end_user_id as "endUserId", count(m.id)::integer as messages from conversations c join messages m on m.conversation_id = c.id
      where c.organization_id = any (${[ours.id, theirs.id]}) group by c.organization_id, c.end_user_id`;
  const before = await state();
  const names = async () =>
    (
      await superuser`select end_user_id as name from ai_usage where organization_id = any (${[ours.id, theirs.id]})`
    ).map(({ name }) => name);
  const callsBefore = (await names()).length;

  expect((await ours.call("DELETE", pathOf(PERSON))).body).toMatchObject({
    complete: true,
    counts: { conversations: 1, messages: 2, searches: 1 },
  });
  expect(before).toHaveLength(7);
  expect(await state()).toHaveLength(6);
  const left = await names();
  expect(left).toHaveLength(callsBefore);
  for (const person of others) expect(left).toContain(person);
  expect((await theirs.call("GET", `${pathOf(PERSON)}/export`)).status).toBe(200);
});

test("an erasure that was interrupted anywhere is completed by its job, also of a person with more than one step holds", async () => {
  const org = await organization();
  const chatbotId = await chatbotOf(org);
  const { conversationId } = await ask(org, chatbotId, PERSON, "Hello?");
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, content)
     select gen_random_uuid(), $1, 10 + n, case when n % 2 = 0 then 'user' else 'assistant' end, 'More ' || n from generate_series(1, 1000) n`,
    [conversationId],
  );
  const exported = linesOf((await org.call("GET", `${pathOf(PERSON)}/export`)).text);
  const contents = exported.filter(({ type }) => type === "message").map(({ content }) => content);
  expect(contents).toHaveLength(1002);
  expect(new Set(contents).size).toBe(1002);

  const [erasure] = await asTenant(org.id, "insert into erasures (id, end_user_id) values ($1, $2) returning id", [
    crypto.randomUUID(),
    PERSON,
  ]);
  await asTenant(
    org.id,
    "insert into jobs (id, kind, subject_id, run_after) values ($1, 'end-user.erase', $2, now() - interval '1 hour')",
    [crypto.randomUUID(), erasure!.id],
  );
  const receipts = await Promise.all([1, 2, 3].map(() => org.call("DELETE", pathOf(PERSON))));
  for (const { status, body } of receipts.filter(({ status }) => status !== 404))
    expect([status, body]).toMatchObject([
      200,
      { id: erasure!.id, complete: true, counts: { messages: 1002, conversations: 1 } },
    ]);
  const [row] = await asTenant(org.id, "select end_user_id, counts from erasures");
  expect(row).toMatchObject({ end_user_id: null, counts: { messages: 1002, conversations: 1 } });
  expect(await asTenant(org.id, "select id from events where type = 'end-user.erased'")).toHaveLength(1);
});

test("while an answer is being given the erasure is not complete, and once it has ended nothing of it stays", async () => {
  const org = await organization();
  const chatbotId = await chatbotOf(org);
  const { conversationId } = await ask(org, chatbotId, PERSON, "Hello?");
  await asTenant(
    org.id,
    `insert into messages (id, conversation_id, sequence, role, status, lease_until) values ($1, $2, 9, 'assistant', 'streaming', now() + interval '1 minute')`,
    [crypto.randomUUID(), conversationId],
  );
  expect((await org.call("DELETE", pathOf(PERSON))).body).toMatchObject({ complete: false, counts: { messages: 0 } });
  await asTenant(org.id, "update messages set status = 'completed', lease_until = null where sequence = 9");
  expect((await org.call("DELETE", pathOf(PERSON))).body).toMatchObject({
    complete: true,
    counts: { messages: 3, conversations: 1 },
  });
  expect(await asTenant(org.id, "select id from messages")).toEqual([]);
});

test("a person who writes and gives documents while being erased is erased, or is somebody new and can be erased", async () => {
  const org = await organization();
  const chatbotId = await chatbotOf(org);
  const word = `zanzibar${crypto.randomUUID().slice(0, 8)}`;
  const write = async (n: number) => {
    const { conversationId } = await ask(org, chatbotId, PERSON, `What of ${word} ${n}?`);
    const letter = { title: `Letter ${n}`, text: `Dear ${word} ${n}, hello.`, mimeType: "text/plain" };
    await org.call("POST", "/v1/documents", { ...letter, origin: "analyzed", operation: "summarize", conversationId });
    await ask(org, chatbotId, PERSON, `And ${word} ${n}?`, { conversationId });
  };
  const erase = () => org.call("DELETE", pathOf(PERSON));
  await write(0);
  const written = Array.from({ length: 12 }, (_, n) => write(n + 1));
  const erasing = Array.from({ length: 6 }, async (_, n) => {
    await new Promise((resolve) => setTimeout(resolve, 40 * n));
    return erase();
  });
  for (const { status } of await Promise.all(erasing)) expect([200, 404]).toContain(status);
  await Promise.all(written);
  await erase();
  await vi.waitFor(async () => expect((await erase()).status).toBe(404), { timeout: 20_000, interval: 200 });
  await idle(org);
  const after = await dump(org);
  for (const gone of [PERSON, word]) expect(tablesWith(after, gone)).toEqual([]);
  const empty = [
    "conversations",
    "messages",
    "documents",
    "document_chunks",
    "search_terms",
    "search_log",
    "embedding_cache",
  ];
  for (const table of empty) expect([table, after[table]]).toEqual([table, ""]);
});

test("only who may administer erases and exports", async () => {
  const org = await organization();
  for (const [method, path] of [
    ["DELETE", pathOf("x")],
    ["GET", `${pathOf("x")}/export`],
  ] as const)
    expect((await org.call(method, path, undefined, { key: org.apiKey })).status).toBe(403);
});

test("a name that could not stand in a path is refused, when it is given and when it is asked for", async () => {
  const org = await organization();
  const asked = await ask(org, await chatbotOf(org), "..", "Hello?");
  expect(asked).toMatchObject({ status: 400, errors: [{ path: "endUser" }] });
  for (const name of ["\u0000", "x".repeat(256)])
    expect((await org.call("DELETE", pathOf(name))).body).toMatchObject({
      status: 400,
      errors: [{ path: "endUserId" }],
    });
});
