import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../db/columns.ts";
import { call, events, organization, stack, type TestOrganization } from "../harness.ts";

const FIRST = "0_00000000-0000-0000-0000-000000000000";
type Told = { id: string; type: string; resourceId: string };
type Options = { query?: Record<string, string>; lastEventId?: string; of?: TestOrganization };

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const open = async ({ query = {}, lastEventId, of = org }: Options, signal?: AbortSignal) =>
  fetch(`${stack.url}/v1/events/stream?${new URLSearchParams(query)}`, {
    headers: { authorization: `Bearer ${of.adminKey}`, ...(lastEventId && { "last-event-id": lastEventId }) },
    signal,
  });

/** Listens until that is enough, and leaves. `lastId` is what an EventSource would come back with. */
async function listen(options: Options, isEnough: (told: readonly Told[]) => boolean) {
  const leave = new AbortController();
  const told: Told[] = [];
  let lastId: string | undefined;
  for await (const { id, event, data } of events(await open(options, leave.signal))) {
    expect(event).toBe("change");
    told.push(data as Told);
    lastId = id;
    if (isEnough(told)) break;
  }
  leave.abort();
  return { told, lastId };
}

/** The place from which a reader would go on who is cut off before anything happens. */
async function beginning(options: Options = {}) {
  const leave = new AbortController();
  const reader = (await open(options, leave.signal)).body!.pipeThrough(new TextDecoderStream()).getReader();
  const { value } = await reader.read();
  leave.abort();
  expect(value).toMatch(/^id: \d+_[0-9a-f-]{36}\n: still here\nretry: \d+\n\n$/);
  return /^id: (.*)$/m.exec(value!)![1]!;
}

const newChatbot = async (of = org) => (await of.call("POST", "/v1/chatbots", { name: newId() })).body.id as string;
const isOf = (type: string, resourceId: string) => (told: readonly Told[]) =>
  told.some((event) => event.type === type && event.resourceId === resourceId);

test("what happens is told as it happens, with who and what", async () => {
  const listening = listen({ query: { type: "chatbot.", after: await beginning() } }, (told) => told.length === 2);
  const id = await newChatbot();
  await org.call("DELETE", `/v1/chatbots/${id}`);
  const { told } = await listening;
  expect(told.map(({ type }) => type)).toEqual(["chatbot.created", "chatbot.deleted"]);
  expect(told[0]).toMatchObject({
    resourceType: "chatbot",
    resourceId: id,
    actor: { kind: "key" },
    category: "user_action",
  });
});

test("a reader who comes new is told what happens from now on, also when he is cut off before anything does", async () => {
  const own = await organization();
  const before = await newChatbot(own);
  await listen({ query: { after: FIRST }, of: own }, isOf("chatbot.created", before));
  const lastEventId = await beginning({ of: own });
  const id = await newChatbot(own);
  const { told } = await listen({ lastEventId, of: own }, isOf("chatbot.created", id));
  expect(told.map(({ resourceId }) => resourceId)).toEqual([id]);
});

test("cut off again and again while 16 write, a reader is told each event exactly once", async () => {
  const own = await organization();
  let lastEventId: string | undefined = await beginning({ of: own });
  const writing = Promise.all(
    Array.from({ length: 16 }, async () => {
      const id = await newChatbot(own);
      await own.call("PATCH", `/v1/chatbots/${id}`, { name: newId() });
      await own.call("DELETE", `/v1/chatbots/${id}`);
      return id;
    }),
  );
  const told: Told[] = [];
  while (told.length < 48) {
    const part = await listen(
      { lastEventId, of: own, query: { resourceType: "chatbot" } },
      ({ length }) => length === 5 || told.length + length === 48,
    );
    told.push(...part.told);
    lastEventId = part.lastId;
  }
  for (const id of await writing)
    expect(told.filter(({ resourceId }) => resourceId === id).map(({ type }) => type)).toEqual([
      "chatbot.created",
      "chatbot.updated",
      "chatbot.deleted",
    ]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(48);
});

test("the header of a reader who comes back goes before the `after` of his URL", async () => {
  const after = await beginning();
  const first = await newChatbot();
  const { lastId } = await listen({ query: { after } }, isOf("chatbot.created", first));
  const second = await newChatbot();
  const { told } = await listen({ query: { after }, lastEventId: lastId }, isOf("chatbot.created", second));
  expect(told.map(({ resourceId }) => resourceId)).toEqual([second]);
});

test("only what the filters name is told", async () => {
  const after = await beginning();
  const id = await newChatbot();
  await org.call("POST", "/v1/keys", { name: "Key", scopes: ["search:read"] });
  await org.call("DELETE", `/v1/chatbots/${id}`);
  const told = async (query: Record<string, string>) =>
    (await listen({ query: { after, ...query } }, isOf("chatbot.deleted", id))).told.map(({ type }) => type);
  expect(await told({})).toEqual(["chatbot.created", "key.created", "chatbot.deleted"]);
  expect(await told({ type: "chatbot." })).toEqual(["chatbot.created", "chatbot.deleted"]);
  expect(await told({ type: "chatbot.deleted" })).toEqual(["chatbot.deleted"]);
  expect(await told({ type: "key.,chatbot.deleted" })).toEqual(["key.created", "chatbot.deleted"]);
  expect(await told({ resourceType: "chatbot" })).toEqual(["chatbot.created", "chatbot.deleted"]);
});

test("a reader of some types, who is cut off again and again, is brought on by what he does not hear, and misses nothing", async () => {
  const own = await organization();
  const query = { type: "key.created,chatbot.deleted" };
  let lastEventId = await beginning({ of: own });
  const hear = async (type: string, resourceId: string) => {
    const { told, lastId } = await listen({ of: own, query, lastEventId }, isOf(type, resourceId));
    lastEventId = lastId!;
    return told.map((event) => event.type);
  };
  const id = await newChatbot(own);
  const key = (await own.call("POST", "/v1/keys", { name: "Key", scopes: ["search:read"] })).body.id;
  expect(await hear("key.created", key)).toEqual(["key.created"]);
  for (let n = 0; n < 3; n++) await newChatbot(own);
  const passed = await beginning({ of: own, query, lastEventId });
  expect(BigInt(passed.split("_")[0]!)).toBeGreaterThan(BigInt(lastEventId.split("_")[0]!));
  lastEventId = passed;
  await own.call("DELETE", `/v1/chatbots/${id}`);
  expect(await hear("chatbot.deleted", id)).toEqual(["chatbot.deleted"]);
});

test("another organization's reader hears nothing of it, whatever his cursor", async () => {
  const other = await organization();
  const after = await beginning();
  await newChatbot();
  const id = await newChatbot(other);
  for (const from of [after, FIRST]) {
    const { told } = await listen({ query: { after: from, type: "chatbot." }, of: other }, isOf("chatbot.created", id));
    expect(told.map(({ resourceId }) => resourceId)).toEqual([id]);
  }
});

test.each(["x", "1_x", `${"9".repeat(19)}_${newId()}`, newId()])("the place %j is none of ours", async (place) => {
  const refused = { status: 400, body: { errors: [{ path: "after" }] } };
  expect(await org.call("GET", `/v1/events/stream?after=${place}`)).toMatchObject(refused);
  const headers = { "last-event-id": place };
  expect(await call("GET", "/v1/events/stream", undefined, { key: org.adminKey, headers })).toMatchObject(refused);
});

// PGlite has one connection.
describe.runIf(stack.isNative)("an event that is committed late", () => {
  test("is told late, what began after it is told after it, and neither is skipped", async () => {
    const late = new pg.Client({ connectionString: stack.superuserUrl });
    await late.connect();
    try {
      const [after, event] = [await beginning(), newId()];
      await late.query("begin");
      await late.query(
        "insert into events (organization_id, id, type, resource_type, resource_id) values ($1, $2, 'chatbot.late', 'chatbot', $2)",
        [org.id, event],
      );
      const id = await newChatbot();
      const listening = listen({ query: { after } }, isOf("chatbot.created", id));
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await late.query("commit");
      expect((await listening).told.map(({ type }) => type)).toEqual(["chatbot.late", "chatbot.created"]);
    } finally {
      await late.end();
    }
  });
});
