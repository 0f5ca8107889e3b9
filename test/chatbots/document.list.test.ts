import { beforeAll, describe, expect, test } from "vitest";
import {
  asTenant,
  fileForm,
  fixturesOf,
  organization,
  settled,
  type TestOrganization,
  uploadText,
} from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const upload = (fields: object, to = org) =>
  to.call("POST", "/v1/documents", {
    title: "Notes",
    text: `Some words. ${crypto.randomUUID()}`,
    mimeType: "text/plain",
    ...fields,
  });
const get = async (id: string) => (await org.call("GET", `/v1/documents/${id}`)).body;
const refused = (path: string, status = 400) => ({ status, body: { errors: [expect.objectContaining({ path })] } });

describe("a list is narrowed", () => {
  let productId: string;
  let parentId: string;
  beforeAll(async () => {
    org = await organization();
    parentId = (await org.call("POST", "/v1/products", { name: "Ships", category: "-" })).body.id;
    productId = (await org.call("POST", "/v1/products", { name: "Ferry", category: "-", parentId })).body.id;
    const ids = [];
    for (const fields of [
      { title: "old" },
      { title: "safety", documentType: "safety", language: "de", metadata: { region: "EU", year: 2024 } },
      { title: "ferry", productId, metadata: { region: "US" } },
      { title: "generated", origin: "generated" },
    ])
      ids.push((await upload(fields)).body.id);
    await Promise.all(ids.map((id) => settled(org, id)));
  });
  const titles = async (query: Record<string, string>) =>
    (await org.call("GET", `/v1/documents?${new URLSearchParams(query)}`)).body.items.map(
      ({ title }: { title: string }) => title,
    );
  const filtered = (filter: object, more = {}) => titles({ filter: JSON.stringify(filter), ...more });

  test("by what is said about a document", async () => {
    expect(await titles({ status: "completed" })).toEqual(["generated", "ferry", "safety", "old"]);
    expect(await titles({ status: "failed" })).toEqual([]);
    expect(await titles({ documentType: "safety" })).toEqual(["safety"]);
    expect(await titles({ productId })).toEqual(["ferry"]);
    expect(await titles({ origin: "generated" })).toEqual(["generated"]);
    expect(await titles({ origin: "uploaded", language: "de" })).toEqual(["safety"]);
  });

  test("by when it was changed", async () => {
    const [{ id }] = (await org.call("GET", "/v1/documents?limit=1")).body.items;
    const { updatedAt } = (await org.call("PATCH", `/v1/documents/${id}`, { documentType: "marketing" })).body;
    expect(await titles({ updatedSince: updatedAt })).toEqual(["generated"]);
    expect(await titles({ updatedSince: "2020-01-01T00:00:00Z" })).toHaveLength(4);
  });

  test("by the filter of a search, beside the rest", async () => {
    expect(await filtered({ "metadata.region": "EU" })).toEqual(["safety"]);
    expect(await filtered({ "metadata.year": { gte: 2020 }, documentType: { in: ["safety", "other"] } })).toEqual([
      "safety",
    ]);
    expect(await filtered({ productTree: parentId })).toEqual(["ferry"]);
    expect(await filtered({ "metadata.region": { exists: true } }, { productId })).toEqual(["ferry"]);
    expect(await filtered({ productId: crypto.randomUUID() }, { productId })).toEqual([]);
    expect(await filtered({ "metadata.region": { exists: true } }, { limit: 1 })).toEqual(["ferry"]);
  });

  test.each([
    [{ filter: "{" }, "filter"],
    [{ filter: "null" }, "filter"],
    [{ filter: '{"owner":"me"}' }, "filter.owner"],
    [{ filter: '{"metadata.a":"\\ud800"}' }, "filter"],
    [{ filter: '{"documentType":"poem"}' }, "filter.documentType"],
    [{ status: "lost" }, "status"],
    [{ origin: "stolen" }, "origin"],
    [{ language: "english" }, "language"],
    [{ updatedSince: "yesterday" }, "updatedSince"],
    [{ updatedSince: "0000-01-01T00:00:00Z" }, "updatedSince"],
  ])("and %j is refused by name", async (query, path) => {
    expect(await org.call("GET", `/v1/documents?${new URLSearchParams(query)}`)).toMatchObject(refused(path));
  });
});

describe("where a document comes from", () => {
  test("is kept: what made it, and in which conversation", async () => {
    const { id: chatbot } = (await org.call("POST", "/v1/chatbots", { name: "Bot" })).body;
    const { conversationId } = (await org.call("POST", `/v1/chatbots/${chatbot}/messages`, { content: "Hello?" })).body;
    const made = { origin: "analyzed", operation: "summarize", conversationId };
    const [{ id }, form] = [(await upload(made)).body, fileForm(`A file. ${crypto.randomUUID()}`, "a.txt", made)];
    expect(await get(id)).toMatchObject({ ...made, audience: "staff", url: null });
    expect(await get((await upload({ ...made, audience: "public" })).body.id)).toMatchObject({ audience: "public" });
    expect(await get((await org.call("POST", "/v1/documents", form)).body.id)).toMatchObject(made);
    expect(await get((await upload({})).body.id)).toMatchObject({
      origin: "uploaded",
      operation: null,
      conversationId: null,
      audience: "public",
      version: expect.any(Number),
      ocrConfidence: null,
      ocrPages: [],
    });
    const fetched = await get(await fixturesOf(org).webPage());
    expect(fetched).toMatchObject({ origin: "fetched", url: expect.stringMatching(/^http/) });
  });

  test.each([
    [{ origin: "fetched" }, "origin", 400],
    [{ operation: "summarize" }, "operation", 400],
    [{ origin: "generated", operation: "" }, "operation", 400],
    [{ conversationId: "01999999-9999-7999-8999-999999999999" }, "conversationId", 404],
  ])("is refused by name when it cannot be: %j", async (fields, path, status) => {
    const before = await asTenant(org.id, "select count(*) from documents");
    expect(await upload(fields)).toMatchObject(refused(path, status));
    expect(await asTenant(org.id, "select count(*) from documents")).toEqual(before);
  });
});

describe("how far a document has come", () => {
  const text = () =>
    Array.from({ length: 12 }, (_, n) => `# Part ${n}\n\n${`Word ${n} of many. `.repeat(40)}`).join("\n\n");
  const progress = async (id: string) => {
    const [one, { items }] = [await get(id), (await org.call("GET", "/v1/documents?limit=100")).body];
    expect(items.find((item: { id: string }) => item.id === id).progress).toBe(one.progress);
    return one.progress;
  };

  test("is half reading, half embedding", async () => {
    const id = await uploadText(org, text(), "Long", "text/markdown");
    const { chunkCount } = await settled(org, id);
    expect(chunkCount).toBeGreaterThan(5);
    expect(await progress(id)).toBe(100);
    await asTenant(org.id, "update documents set status = 'processing' where id = $1", [id]);
    expect(await progress(id)).toBe(99);
    const half = Math.floor(chunkCount / 2);
    const some = "select entry_id from search_vectors where source_id = $1 order by entry_id limit $2";
    await asTenant(org.id, `delete from search_vectors where source_id = $1 and entry_id in (${some})`, [id, half]);
    expect(await progress(id)).toBe(50 + Math.floor((50 * (chunkCount - half)) / chunkCount));
    await asTenant(
      org.id,
      "insert into jobs (id, kind, subject_id, run_after) values ($1, 'document.ingest', $2, now() + interval '1 day')",
      [crypto.randomUUID(), id],
    );
    expect(await progress(id)).toBe(10);
    await asTenant(org.id, "delete from jobs where subject_id = $1", [id]);
    await asTenant(org.id, "update documents set status = 'uploaded' where id = $1", [id]);
    expect(await progress(id)).toBe(0);
  });

  test("stands in a view, for those who have SQL", async () => {
    const productId = (await org.call("POST", "/v1/products", { name: "Ferry", category: "-" })).body.id;
    const { id } = (await upload({ title: "Timetable", productId })).body;
    await settled(org, id);
    const columns = `id, title, organization_id, product_id, product_name, processing_status, file_size, document_type, language,
      chunk_count, avg_chunk_confidence, created_at, processed_at, progress`;
    expect(
      await asTenant(org.id, `select ${columns} from document_processing_status where id = $1`, [id]),
    ).toMatchObject([
      { title: "Timetable", product_name: "Ferry", processing_status: "completed", chunk_count: "1", progress: 100 },
    ]);
    const other = await organization();
    expect(await asTenant(other.id, `select ${columns} from document_processing_status`)).toEqual([]);
  });
});
