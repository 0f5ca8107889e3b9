import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../db/columns.ts";
import { asTenant, call, organization, signIn, type TestOrganization } from "../harness.ts";

type Event = { id: string; type: string; severity: string; resourceId: string; actor: object; createdAt: string };
type Page = { items: Event[]; nextCursor: string | null };

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const list = (query: Record<string, string>, of = org) =>
  of.call<Page>("GET", `/v1/events?${new URLSearchParams({ limit: "100", ...query })}`);
const ids = async (query: Record<string, string>, of = org) => (await list(query, of)).body.items.map(({ id }) => id);

/** The smallest id of that time; the last digits tell those of one time apart. */
const idAt = (at: Date, n: number) => {
  const hex = at.getTime().toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, "0")}`;
};
const HOUR = 3_600_000;

async function tell(of: TestOrganization, event: Record<string, unknown>) {
  const row = { id: newId(), type: "kettle.boiled", resource_type: "kettle", resource_id: newId(), ...event };
  const names = Object.keys(row);
  await asTenant(
    of.id,
    `insert into events (${names}) values (${names.map((_, index) => `$${index + 1}`)})`,
    Object.values(row),
  );
  return row.id;
}

test("a change says who made it, from where, and with which request", async () => {
  const headers = { "user-agent": "Kettle/1.0", "cf-connecting-ip": "203.0.113.7" };
  const made = await org.call("POST", "/v1/keys", { name: "Key", scopes: ["search:read"] }, { headers });
  const { items } = (await list({ resourceId: made.body.id })).body;
  const [{ id: actorId }] = (await asTenant(org.id, "select id from api_keys where 'keys:write' = any(scopes)")) as [
    { id: string },
  ];
  expect(items).toEqual([
    {
      id: expect.any(String),
      type: "key.created",
      category: "user_action",
      severity: "info",
      resourceType: "key",
      resourceId: made.body.id,
      data: { scopes: ["search:read"] },
      actor: { kind: "key", id: actorId },
      ipAddress: expect.any(String),
      userAgent: "Kettle/1.0",
      requestId: made.headers.get("x-request-id"),
      createdAt: expect.stringMatching(/Z$/),
    },
  ]);
  expect(await ids({ actorId, actorKind: "key", resourceId: made.body.id })).toEqual([items[0]!.id]);
});

describe("each filter leaves what it names", () => {
  const [now, kettle] = [Date.now(), newId()];
  const at = (hours: number) => new Date(now - hours * HOUR);
  const told: Record<string, string> = {};
  let own: TestOrganization;
  beforeAll(async () => {
    own = await organization();
    const rows: Record<string, Record<string, unknown>> = {
      boiled: { severity: "debug", created_at: at(5), id: idAt(at(5), 1), resource_id: kettle },
      burst: { type: "kettle.burst", severity: "critical", category: "error", created_at: at(4), id: idAt(at(4), 2) },
      slow: { type: "kettle-lid.slow", severity: "warning", category: "performance", resource_type: "kettle-lid" },
      sung: { type: "kettle.sung", actor_id: "o'hara", actor_kind: "member", resource_id: kettle },
    };
    for (const [name, row] of Object.entries(rows)) told[name] = await tell(own, row);
  });
  test.each<[string, Record<string, string>, string[]]>([
    ["a type", { type: "kettle.burst" }, ["burst"]],
    ["all types that begin so", { type: "kettle." }, ["sung", "burst", "boiled"]],
    ["several types", { type: "kettle.burst,kettle-lid.,kettle.whistled" }, ["slow", "burst"]],
    ["a beginning that is none of a whole word", { type: "kettle" }, []],
    ["what LIKE would take for any", { type: "kettle_%." }, []],
    ["a category", { category: "performance" }, ["slow"]],
    ["a severity and worse", { severity: "warning", resourceType: "kettle" }, ["burst"]],
    ["the mildest severity", { severity: "debug", type: "kettle." }, ["sung", "burst", "boiled"]],
    ["a kind of resource", { resourceType: "kettle-lid" }, ["slow"]],
    ["a resource", { resourceId: kettle }, ["sung", "boiled"]],
    ["who did it, with a quote in the id", { actorId: "o'hara" }, ["sung"]],
    ["a kind of actor", { actorKind: "member" }, ["sung"]],
    ["from an instant on", { from: at(4).toISOString(), type: "kettle." }, ["sung", "burst"]],
    ["before an instant", { to: at(4).toISOString(), type: "kettle." }, ["boiled"]],
    ["between two", { from: at(4.5).toISOString(), to: at(3.5).toISOString() }, ["burst"]],
    [
      "from the year 1 to 9999",
      { from: "0001-01-01T00:00:00Z", to: "9999-12-31T23:59:59Z", category: "error" },
      ["burst"],
    ],
    ["several at once", { type: "kettle.", category: "error", severity: "error" }, ["burst"]],
  ])("%s", async (_, query, names) => {
    expect(await ids(query, own)).toEqual(names.map((name) => told[name]));
  });
});

test("the newest is first, and page after page each is told once, though others come meanwhile", async () => {
  const own = await organization();
  const told: string[] = [];
  for (let n = 0; n < 7; n++) told.unshift(await tell(own, {}));
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body } = await list({ limit: "3", type: "kettle.boiled", ...(cursor && { cursor }) }, own);
    seen.push(...body.items.map(({ id }) => id));
    cursor = body.nextCursor;
    await tell(own, {});
  }
  expect(seen).toEqual(told);
});

test.each(["viewer", "support", "editor"])("a member who is %s learns nothing of them: 403", async (role) => {
  const key = await signIn(org, role);
  for (const path of ["/v1/events", "/v1/events/stream"])
    expect(await call("GET", path, undefined, { key })).toMatchObject({ status: 403, body: { code: "FORBIDDEN" } });
});

test("an administrator reads them", async () => {
  expect((await call("GET", "/v1/events", undefined, { key: await signIn(org, "admin") })).status).toBe(200);
});

test("another organization's are never among them, whatever is asked for", async () => {
  const [other, resourceId] = [await organization(), newId()];
  const id = await tell(org, { resource_id: resourceId });
  const [first] = await ids({});
  const queries: Record<string, string>[] = [
    {},
    { resourceId },
    { type: "kettle." },
    { cursor: `${id.slice(0, -1)}f` },
    { cursor: first! },
  ];
  for (const query of queries) expect(await ids(query, other)).not.toContain(id);
  expect(await ids({ resourceId }, other)).toEqual([]);
  expect(await ids({ resourceId })).toEqual([id]);
});

test.each([
  ["category", "funny"],
  ["severity", "loud"],
  ["resourceId", "1'; drop"],
  ["actorKind", "robot"],
  ["from", "yesterday"],
  ["from", "0000-01-01T00:00:00Z"],
  ["to", "2026-13-01T00:00:00Z"],
  ["type", ""],
  ["type", "x".repeat(101)],
  ["type", "kettle.,"],
  ["type", Array.from({ length: 21 }, () => "kettle.").join()],
  ["type", "\u0000"],
  ["cursor", "x"],
  ["limit", "0"],
])("%s=%j is refused by name", async (name, value) => {
  expect(await list({ [name]: value })).toMatchObject({ status: 400, body: { errors: [{ path: name }] } });
});

test("an update is told with what was before and after, and nothing that stayed", async () => {
  const own = await organization();
  const { body: key } = await own.call("POST", "/v1/keys", { name: "Key", scopes: ["search:read"] });
  const limit = { period: "day", unit: "tokens", limit: 5 };
  const { body: budget } = await own.call("POST", "/v1/budgets", limit);
  for (const [path, body] of [
    [`/v1/keys/${key.id}`, { name: "Key", scopes: ["search:read", "documents:read"] }],
    [`/v1/budgets/${budget.id}`, { limit: 7 }],
    ["/v1/organization", { timeZone: "Asia/Tokyo", settings: { retentionDays: 9 } }],
    ["/v1/model-routes/judge", { model: "haiku" }],
    ["/v1/model-routes/judge", { model: "sonnet" }],
  ] as const)
    expect([path, (await own.call("PATCH", path, body)).status]).toEqual([path, 200]);
  const told = await asTenant(own.id, "select type, data from events where type like '%.updated' order by id");
  expect(told).toEqual([
    {
      type: "key.updated",
      data: { before: { scopes: ["search:read"] }, after: { scopes: ["search:read", "documents:read"] } },
    },
    { type: "budget.updated", data: { before: { limit: 5 }, after: { limit: 7 } } },
    {
      type: "organization.updated",
      data: {
        before: { timeZone: "UTC", settings: {} },
        after: { timeZone: "Asia/Tokyo", settings: { retentionDays: 9 } },
      },
    },
    { type: "model-route.updated", data: { task: "judge", before: { model: null }, after: { model: "haiku" } } },
    { type: "model-route.updated", data: { task: "judge", before: { model: "haiku" }, after: { model: "sonnet" } } },
  ]);
});
