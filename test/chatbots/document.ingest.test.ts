import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { fileForm, organization, settled, type TestOrganization } from "../harness.ts";
import { makeScannedPdf } from "./extraction/pdf-maker.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const fixture = (name: string) => readFileSync(new URL(`./extraction/fixtures/${name}`, import.meta.url));
const bytesOf = (bytes: Uint8Array) => new Uint8Array(bytes);
type Chunk = {
  content: string;
  context: string;
  prefix: string;
  chunkType: string;
  language: string;
  page: number;
  confidence: number | null;
};
const chunksOf = async (id: string) =>
  (await org.call("GET", `/v1/documents/${id}/chunks?limit=100`)).body.items as Chunk[];
const search = async (query: string) => (await org.call("POST", "/v1/search", { query, mode: "lexical" })).body.results;
const reprocessed = async (id: string) => {
  expect((await org.call("POST", `/v1/documents/${id}/reprocess`)).status).toBe(202);
  return settled(org, id);
};

describe("a document that is a picture", () => {
  test("is read, found by what it says, and tells how surely it was read", async () => {
    const { status, body } = await org.call(
      "POST",
      "/v1/documents",
      fileForm(bytesOf(fixture("english.png")), "sign.png"),
    );
    expect(status).toBe(202);
    const document = await settled(org, body.id);
    expect(document).toMatchObject({
      status: "completed",
      pageCount: 1,
      ocrPages: [{ page: 1, confidence: expect.any(Number) }],
    });
    expect(document.ocrConfidence).toBeGreaterThan(0.6);
    const [chunk] = await chunksOf(body.id);
    expect(chunk).toMatchObject({ page: 1, confidence: document.ocrConfidence });
    expect((await search("tea house nine morning"))[0]).toMatchObject({ source: { id: body.id } });
  });

  test("in part has its typed and its scanned pages in their order", async () => {
    const typed = [
      { x: 72, y: 700, text: "The second page was typed and speaks of walruses at some length, for it is a page." },
    ];
    const pages = [fixture("english.png"), typed, ...Array.from({ length: 9 }, () => fixture("thai.png"))];
    const { body } = await org.call("POST", "/v1/documents", fileForm(bytesOf(makeScannedPdf(pages)), "scan.pdf"));
    const document = await settled(org, body.id, 90_000);
    expect(document).toMatchObject({ status: "completed", pageCount: 11, failureReason: null });
    expect(document.ocrPages.map(({ page }) => page)).toEqual([1, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const chunks = await chunksOf(body.id);
    const textOf = (wanted: number) =>
      chunks
        .filter(({ page }) => page === wanted)
        .map(({ content }) => content)
        .join(" ");
    expect(textOf(1)).toContain("tea house opens");
    expect(textOf(2)).toContain("walruses");
    expect(textOf(11).replaceAll(" ", "")).toContain("เก้าโมงเช้า");
    expect(chunks.find(({ page }) => page === 2)).toMatchObject({ confidence: null });
  }, 120_000);
});

test("what the bytes are is said of a document, not what was claimed", async () => {
  const pdf = makeScannedPdf([[{ x: 72, y: 700, text: "This page says that it is a text, and is none." }]]);
  const { body } = await org.call("POST", "/v1/documents", fileForm(bytesOf(pdf), "notes.txt", {}, "text/plain"));
  expect(await settled(org, body.id)).toMatchObject({ status: "completed", mimeType: "application/pdf" });
});

describe("the chunking settings of its type", () => {
  const set = (settings: Record<string, unknown>) =>
    org.call("PUT", "/v1/chunking-settings/marketing", {
      chunkTokens: 512,
      overlapTokens: 0,
      chunkType: null,
      contextualPrefix: false,
      ...settings,
    });
  const upload = async (text: string) =>
    (
      await org.call("POST", "/v1/documents", {
        title: "Teapot",
        documentType: "marketing",
        text,
        mimeType: "text/markdown",
      })
    ).body.id;

  test("hold from its next processing on", async () => {
    const id = await upload(
      `# Teapot\n\n${Array.from({ length: 60 }, (_, i) => `Sentence ${i} says that teapots pour.`).join(" ")}`,
    );
    expect(await settled(org, id)).toMatchObject({ status: "completed" });
    const before = await chunksOf(id);
    await set({ chunkTokens: 100, overlapTokens: 20, chunkType: "product_level" });
    expect(await chunksOf(id)).toEqual(before);
    expect(await reprocessed(id)).toMatchObject({ status: "completed", version: 2 });
    const after = await chunksOf(id);
    expect(after.length).toBeGreaterThan(2 * before.length);
    expect(after.every(({ chunkType }) => chunkType === "product_level")).toBe(true);
  });

  test("have a model say what each chunk is about, which finds it and is not its text", async () => {
    const id = await upload(
      "# Quokka kettle\n\nThe kettle is of steel.\n\n## Care\n\nRinse it every week with cold water.",
    );
    await settled(org, id);
    expect((await chunksOf(id)).map(({ prefix }) => prefix)).toEqual([""]);
    await set({ chunkTokens: 50, contextualPrefix: true });
    expect(await reprocessed(id)).toMatchObject({ status: "completed" });
    const chunks = await chunksOf(id);
    const prefixed = chunks.find(({ prefix, content }) => prefix.includes("Quokka") && !content.includes("Quokka"));
    const all = chunks.map(({ prefix, content, context }) => ({ prefix, content, context }));
    expect(all.every(({ prefix }) => prefix.length > 0)).toBe(true);
    expect(prefixed ?? all.length).toBeTruthy();
    const [hit] = await search("quokka");
    expect(hit).toMatchObject({ source: { id } });
    for (const { context } of await search("quokka")) expect(all.map((chunk) => chunk.context)).toContain(context);
  });
});
