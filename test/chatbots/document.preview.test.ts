import { beforeAll, expect, test } from "vitest";
import { fileForm, organization, settled, superuser, type TestOrganization, uploadText } from "../harness.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const TEXT = Array.from({ length: 40 }, (_, i) => `Rule ${i} says that boats go slow in the harbour at night.`).join(
  " ",
);
type Chunk = { chunkIndex: number; content: string; startOffset: number; endOffset: number; tokenCount: number };

/** Rows of the organization, of every table. */
async function rowsOf({ id }: TestOrganization): Promise<Record<string, number>> {
  const tables = await superuser`select c.table_name as name from information_schema.columns c
    join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
    where c.table_schema = 'public' and c.column_name = 'organization_id' and t.table_type = 'BASE TABLE'`;
  const counts = await Promise.all(
    tables.map(({ name }) =>
      superuser.query(`select count(*)::integer as rows from "${name}" where organization_id = $1`, [id]),
    ),
  );
  return Object.fromEntries(tables.map(({ name }, index) => [name, counts[index]![0]!.rows]));
}

test("a preview shows the chunks that processing makes, and stores nothing", async () => {
  const id = await uploadText(org, TEXT, "Rules");
  await settled(org, id);
  const before = await rowsOf(org);
  const ways = [
    await org.call("POST", "/v1/documents/preview", { text: TEXT, mimeType: "text/plain" }),
    await org.call("POST", "/v1/documents/preview", fileForm(TEXT, "rules.txt")),
    await org.call("POST", `/v1/documents/${id}/preview`, {}),
  ];
  expect(await rowsOf(org)).toEqual(before);
  const { items } = (await org.call("GET", `/v1/documents/${id}/chunks`)).body as { items: Chunk[] };
  for (const { status, body } of ways) {
    expect(status).toBe(200);
    expect(body).toEqual(ways[0]!.body);
    expect(body).toMatchObject({
      format: "text",
      documentType: "other",
      language: "en",
      pageCount: null,
      warnings: [],
    });
    const shown = body.chunks.map(({ content, startOffset, endOffset }: Chunk) => ({
      content,
      startOffset,
      endOffset,
    }));
    expect(shown).toEqual(items.map(({ content, startOffset, endOffset }) => ({ content, startOffset, endOffset })));
    expect(body.chunkCount).toBe(items.length);
    const sizes = items.map(({ tokenCount }) => tokenCount).sort((a, b) => a - b);
    expect(body.tokens).toEqual({
      min: sizes[0],
      median: sizes[sizes.length >> 1],
      max: sizes.at(-1),
      total: sizes.reduce((sum, size) => sum + size, 0),
    });
  }
});

test("settings that are tried go before those of the type, which go before the defaults", async () => {
  await org.call("PUT", "/v1/chunking-settings/safety", { chunkTokens: 100, chunkType: "product_level" });
  const body = { text: TEXT, mimeType: "text/plain", documentType: "safety", settings: { overlapTokens: 50 } };
  const asJson = await org.call("POST", "/v1/documents/preview", body);
  expect(asJson.body.settings).toEqual({
    chunkTokens: 100,
    overlapTokens: 50,
    chunkType: "product_level",
    contextualPrefix: false,
  });
  for (const [index, chunk] of asJson.body.chunks.entries()) {
    expect(chunk).toMatchObject({ chunkIndex: index, chunkType: "product_level", language: "en" });
    expect(chunk.tokenCount).toBeLessThanOrEqual(100);
    if (index > 0) expect(chunk.startOffset).toBeLessThan(asJson.body.chunks[index - 1].endOffset);
  }
  const form = fileForm(TEXT, "a.txt", { documentType: "safety", settings: JSON.stringify(body.settings) });
  expect((await org.call("POST", "/v1/documents/preview", form)).body).toEqual(asJson.body);
});

test("of a long text the first 200 chunks are shown, and all are counted", async () => {
  const { body } = await org.call("POST", "/v1/documents/preview", {
    text: TEXT.repeat(100),
    mimeType: "text/plain",
    settings: { chunkTokens: 50 },
  });
  expect(body.chunks).toHaveLength(200);
  expect(body.chunkCount).toBeGreaterThan(1_000);
});

test("what cannot be cut is refused with its reason", async () => {
  const bytes = Uint8Array.from({ length: 2_000 }, (_, i) => (i * i * 7 + (i >> 3)) % 256);
  const refused = await org.call("POST", "/v1/documents/preview", fileForm(bytes, "a.bin"));
  expect(refused).toMatchObject({ status: 422, body: { detail: expect.stringContaining("binary") } });
  const big = new Uint8Array(10 * 1024 * 1024 + 1).fill(97);
  expect((await org.call("POST", "/v1/documents/preview", fileForm(big, "a.txt"))).status).toBe(413);
  const form = fileForm("a", "a.txt", { settings: "{" });
  expect(await org.call("POST", "/v1/documents/preview", form)).toMatchObject({
    status: 400,
    body: { errors: [{ path: "settings", message: "is not JSON" }] },
  });
});
