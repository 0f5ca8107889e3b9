import pg from "pg";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../db/columns.ts";
import { organization, settled, stack, type TestOrganization, uploadText } from "../harness.ts";

type Change = { id: string; type: string; documentId: string; data: object; actorKind: string };
type Page = { items: Change[]; nextCursor: string };

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const ask = (after?: string, limit = 100, of = org) =>
  of.call<Page>("GET", `/v1/documents/changes?limit=${limit}${after === undefined ? "" : `&after=${after}`}`);
const latest = async (of = org) => (await ask("latest", 1, of)).body.nextCursor;

/** All from a place on, page by page, once a change says that it is over: others at work may hold it back for a while. */
async function follow(cursor: string | undefined, isOver: (change: Change) => boolean, limit = 100, of = org) {
  const told: Change[] = [];
  for (const until = Date.now() + 25_000; Date.now() < until; ) {
    const { items, nextCursor } = (await ask(cursor, limit, of)).body;
    told.push(...items);
    if (told.some(isOver)) return { told, cursor: nextCursor };
    cursor = nextCursor;
    if (items.length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not over: ${told.map(({ type }) => type)}`);
}
const is = (type: string, documentId: string) => (change: Change) =>
  change.type === type && change.documentId === documentId;

test("each change of a document is told once and in order, also that it is gone", async () => {
  const id = await uploadText(org, "The ferry leaves at noon.");
  await settled(org, id);
  await org.call("PATCH", `/v1/documents/${id}`, { documentType: "safety" });
  await org.call("DELETE", `/v1/documents/${id}`);
  const { told } = await follow(undefined, is("document.deleted", id), 2);
  expect(told.map(({ type }) => type)).toEqual(
    ["uploaded", "chunked", "completed", "updated", "deleted"].map((what) => `document.${what}`),
  );
  expect(told.every(({ documentId }) => documentId === id)).toBe(true);
  expect(told.map(({ actorKind }) => actorKind)).toEqual(["key", "system", "system", "key", "key"]);
  expect(told[3]!.data).toEqual({ changed: ["documentType"] });
});

test("asked again with a cursor it tells the same again, and with the last one only what is new", async () => {
  const start = await latest();
  const id = await uploadText(org, `The first. ${crypto.randomUUID()}`);
  const { told, cursor } = await follow(start, is("document.completed", id));
  expect((await follow(start, is("document.completed", id))).told).toEqual(told);
  expect((await ask(cursor)).body.items).toEqual([]);
  await org.call("DELETE", `/v1/documents/${id}`);
  const { told: after } = await follow(cursor, is("document.deleted", id));
  expect(after.map(({ type }) => type)).toEqual(["document.deleted"]);
});

test("a reader who asks all the while that 16 write is told each change once", async () => {
  const start = await latest();
  const writing = Promise.all(
    Array.from({ length: 16 }, async (_, n) => {
      const id = await uploadText(org, `Writer ${n}. ${crypto.randomUUID()}`);
      await org.call("PATCH", `/v1/documents/${id}`, { metadata: { n } });
      await org.call("DELETE", `/v1/documents/${id}`);
      return id;
    }),
  ).then(async (ids) => {
    const last = await uploadText(org, `Last. ${crypto.randomUUID()}`);
    await org.call("DELETE", `/v1/documents/${last}`);
    return [...ids, last];
  });
  const followed = async () => {
    const deleted = new Set<string>();
    return follow(start, ({ type, documentId }) => {
      if (type === "document.deleted") deleted.add(documentId);
      return deleted.size === 17;
    });
  };
  const [ids, { told }] = await Promise.all([writing, followed()]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  for (const id of ids)
    for (const what of ["uploaded", "deleted"]) expect(told.filter(is(`document.${what}`, id))).toHaveLength(1);
});

test("another organization is told nothing, whatever its cursor", async () => {
  const other = await organization();
  const { cursor } = await follow(undefined, ({ type }) => type === "document.deleted");
  for (const after of [undefined, cursor, "0_00000000-0000-0000-0000-000000000000"])
    expect((await ask(after, 100, other)).body.items).toEqual([]);
});

test.each(["", "x", "1_x", "1_", "-1_00000000-0000-0000-0000-000000000000", `${"9".repeat(19)}_${newId()}`, newId()])(
  "the cursor %j is none of ours",
  async (after) => {
    expect(await ask(after)).toMatchObject({ status: 400, body: { errors: [{ path: "after" }] } });
  },
);

// PGlite has one connection.
describe.runIf(stack.isNative)("a change that commits late", () => {
  test("is told late, what began after it is told after it, and nothing is skipped", async () => {
    const late = new pg.Client({ connectionString: stack.superuserUrl });
    await late.connect();
    try {
      const [start, event, document] = [await latest(), newId(), newId()];
      await late.query("begin");
      await late.query(
        "insert into events (organization_id, id, type, resource_type, resource_id) values ($1, $2, 'document.updated', 'document', $3)",
        [org.id, event, document],
      );
      const id = await uploadText(org, `Meanwhile. ${crypto.randomUUID()}`);
      await settled(org, id);
      const { body } = await ask(start);
      expect(body.items).toEqual([]);
      await late.query("commit");
      const { told } = await follow(body.nextCursor, is("document.completed", id));
      expect(told.map(({ type }) => type)).toEqual(
        ["updated", "uploaded", "chunked", "completed"].map((what) => `document.${what}`),
      );
      expect(told[0]).toMatchObject({ id: event, documentId: document });
    } finally {
      await late.end();
    }
  });
});
