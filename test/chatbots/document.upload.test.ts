import { beforeAll, describe, expect, test } from "vitest";
import { asTenant, fileForm, organization, settled, superuser, type TestOrganization, uploadText } from "../harness.ts";
import { makePdf } from "./extraction/pdf-maker.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});
const minimalPdf = (pages: string[]) => new Uint8Array(makePdf(pages.map((text) => [{ x: 72, y: 700, text }])));
const bytes = (...values: number[]) => new Uint8Array(values);
const send = (content: Uint8Array<ArrayBuffer> | string, name: string, fields = {}, type = "") =>
  org.call("POST", "/v1/documents", fileForm(content, name, fields, type));
const documents = async () =>
  (await superuser`select count(*)::int as count from documents where organization_id = ${org.id}`)[0]?.count;

describe("a file", () => {
  test.each([
    ["plain text", "notes.txt", `Opening hours are nine to five. ${crypto.randomUUID()}`],
    [
      "Markdown",
      "guide.md",
      `# Guide ${crypto.randomUUID()}\n\n## Cleaning\n\nRinse the kettle with water.\n\n| Part | Price |\n|---|---|\n| Filter | 4 EUR |`,
    ],
    [
      "HTML with scripts",
      "page.html",
      `<html><head><title>T</title><script>steal()</script></head><body><nav>Home</nav><main><h1>Care</h1><p>Wipe it dry ${crypto.randomUUID()}.</p><script>alert(1)</script></main></body></html>`,
    ],
    [
      "invalid UTF-8",
      "broken.txt",
      Uint8Array.of(
        ...new TextEncoder().encode(`The price is 5 ${crypto.randomUUID()} `),
        0xff,
        0xfe,
        0x41,
        ...new TextEncoder().encode(" and readable again."),
      ),
    ],
  ])("%s is completed, with its chunks in order", async (_, name, content) => {
    const upload = await send(content as string, name);
    expect(upload).toMatchObject({ status: 202, body: { status: "uploaded" } });
    const document = await settled(org, upload.body.id);
    expect([document.status, document.failureReason]).toEqual(["completed", null]);
    const { items } = (await org.call("GET", `/v1/documents/${upload.body.id}/chunks`)).body;
    expect(items).toHaveLength(document.chunkCount);
    expect(items.map(({ chunkIndex }: { chunkIndex: number }) => chunkIndex)).toEqual(
      items.map((_: unknown, index: number) => index),
    );
    expect(JSON.stringify(items)).not.toMatch(/alert|steal|Home/);
  });

  test("a PDF is completed, and its chunks know their page", async () => {
    const upload = await send(
      minimalPdf(["The first page is about boiling water.", "The second page is about the warranty."]),
      "manual.pdf",
    );
    expect(await settled(org, upload.body.id)).toMatchObject({ status: "completed", chunkCount: expect.any(Number) });
    const found = await org.call("POST", "/v1/search", {
      query: "warranty second page",
      filter: { documentId: upload.body.id },
    });
    expect(found.body.results[0].source.page).toBeGreaterThan(0);
  });

  test.each([
    [
      "binary junk named .txt",
      "junk.txt",
      bytes(0, 1, 2, 3, 0xff, 0xfe, 0, 0, 7, 8, 9, 0x80, 0x81, 0, 0, 1, 2),
      /text|binary/i,
    ],
    ["a truncated PDF", "cut.pdf", minimalPdf(["Cut"]).slice(0, 120), /damaged|PDF/i],
    ["a PDF without pages", "none.pdf", minimalPdf([]), /page|empty|text/i],
    [
      "a picture",
      "photo.png",
      bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52),
      /image|picture|PNG/i,
    ],
    ["only white space", "blank.txt", " \n\t\n ", /empty|no text/i],
  ])("%s fails with the true reason and leaves no chunk", async (_, name, content, reason) => {
    const unique = typeof content === "string" ? content : Uint8Array.of(...content);
    const upload = await send(unique, name);
    expect(upload.status).toBe(202);
    const document = await settled(org, upload.body.id);
    expect([document.status, document.chunkCount]).toEqual(["failed", 0]);
    expect(document.failureReason).toMatch(reason);
    expect((await org.call("GET", `/v1/documents/${upload.body.id}/chunks`)).body.items).toEqual([]);
  });

  test("that is empty, too large or missing is refused and changes nothing", async () => {
    const before = await documents();
    expect(await send("", "empty.txt")).toMatchObject({
      status: 400,
      body: { errors: [{ path: "file", message: "is empty" }] },
    });
    expect(await send(new Uint8Array(25 * 1024 * 1024 + 1), "large.txt")).toMatchObject({
      status: 413,
      body: { code: "TOO_LARGE", bytesMax: 26214400 },
    });
    const form = new FormData();
    form.append("title", "No file");
    expect(await org.call("POST", "/v1/documents", form)).toMatchObject({
      status: 400,
      body: { errors: [{ path: "file" }] },
    });
    const headers = { "content-type": "multipart/form-data; boundary=x" };
    expect((await org.call("POST", "/v1/documents", "--y\r\njunk", { headers })).status).toBe(400);
    expect((await org.call("POST", "/v1/documents", "<x/>", { headers: { "content-type": "text/xml" } })).status).toBe(
      415,
    );
    expect(await documents()).toBe(before);
  });

  test("of exactly 25 MB is taken", async () => {
    const line = "All work and no play makes a large file. ";
    const upload = await send(
      line.repeat(Math.ceil((25 * 1024 * 1024) / line.length)).slice(0, 25 * 1024 * 1024),
      "limit.txt",
    );
    expect(upload.status).toBe(202);
    await org.call("DELETE", `/v1/documents/${upload.body.id}`);
  });

  test("with a wrong field beside it is refused by name", async () => {
    for (const [fields, path] of [
      [{ documentType: "novel" }, "documentType"],
      [{ language: "English" }, "language"],
      [{ productId: "1" }, "productId"],
      [{ color: "red" }, "color"],
    ] as const) {
      const reply = await send(crypto.randomUUID(), "a.txt", fields);
      expect([reply.status, reply.body.errors?.[0].path]).toEqual([400, path]);
    }
    const nowhere = await send(crypto.randomUUID(), "a.txt", { productId: crypto.randomUUID() });
    expect(nowhere).toMatchObject({ status: 404, body: { errors: [{ path: "productId" }] } });
  });

  test("named as a path or with control characters gets a plain name", async () => {
    const upload = await send(crypto.randomUUID(), "../../etc/pass\u0007wd.txt");
    const { filename, title } = (await org.call("GET", `/v1/documents/${upload.body.id}`)).body;
    expect([filename, title]).toEqual(["passwd.txt", "passwd"]);
  });
});

test("the same bytes again are a conflict that names the document there is", async () => {
  const text = `Once. ${crypto.randomUUID()}`;
  const first = await send(text, "first.txt");
  const again = await send(text, "second.txt");
  expect(again).toMatchObject({ status: 409, body: { code: "CONFLICT", documentId: first.body.id } });
  const other = await organization();
  expect((await other.call("POST", "/v1/documents", fileForm(text, "theirs.txt"))).status).toBe(202);
});

test("a failed document never blocks another try with the same bytes", async () => {
  const junk = Uint8Array.of(0, 1, 2, 3, 0xff, 0, 9, ...crypto.getRandomValues(new Uint8Array(64)), 0, 0);
  const first = await send(junk, "junk.txt");
  expect((await settled(org, first.body.id)).status).toBe("failed");
  expect((await send(junk, "junk.txt")).status).toBe(202);
});

test("deleting takes the row, the chunks, what is found by them, and the bytes unless another document has the same", async () => {
  const id = await uploadText(org, `To be deleted. ${crypto.randomUUID()}`);
  await settled(org, id);
  expect((await org.call("DELETE", `/v1/documents/${id}`)).status).toBe(200);
  expect((await org.call("GET", `/v1/documents/${id}`)).status).toBe(404);
  const left = await asTenant(
    org.id,
    "select 1 from document_chunks where document_id = $1 union all select 1 from search_terms where source_id = $1 union all select 1 from search_vectors where source_id = $1",
    [id],
  );
  expect(left).toEqual([]);
});

test("bytes uploaded again while their first document is deleted stay", async () => {
  for (let round = 0; round < 10; round++) {
    const text = `Deleted and uploaded again. ${crypto.randomUUID()}`;
    const first = await uploadText(org, text);
    const uploads = () => org.call("POST", "/v1/documents", { title: "Again", text, mimeType: "text/plain" });
    const [, again] = await Promise.all([org.call("DELETE", `/v1/documents/${first}`), uploads()]);
    const { status, body } = again.status === 202 ? again : await uploads();
    expect(status).toBe(202);
    expect(await settled(org, body.id)).toMatchObject({ status: "completed", failureReason: null });
  }
});

test("however much a file says of itself, and however little in much space, it can be read and found", async () => {
  const meta = `<html><head><meta name="description" content="${"long ".repeat(6_000)}"></head><body><p>Described at length ${crypto.randomUUID()}.</p></body></html>`;
  const wide = `kettle${" ".repeat(250_000)}warranty ${crypto.randomUUID()}`;
  for (const [content, name] of [
    [meta, "meta.html"],
    [wide, "wide.txt"],
  ] as const) {
    const { id } = (await send(content, name)).body;
    expect((await settled(org, id)).status).toBe("completed");
    expect((await org.call("GET", `/v1/documents/${id}/chunks`)).status).toBe(200);
  }
  expect((await org.call("GET", "/v1/documents")).status).toBe(200);
  expect((await org.call("POST", "/v1/search", { query: "kettle warranty" })).status).toBe(200);
});

test("a document deleted while it is processed stays deleted", async () => {
  const ids = await Promise.all(
    Array.from({ length: 5 }, (_, index) => uploadText(org, `Gone soon ${index}. ${crypto.randomUUID()}`)),
  );
  await Promise.all(ids.map((id) => org.call("DELETE", `/v1/documents/${id}`)));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const left = await asTenant(org.id, "select 1 from search_terms where source_id = any($1::uuid[])", [
    `{${ids.join()}}`,
  ]);
  expect(left).toEqual([]);
});

test("processing again gives the same chunks, none double", async () => {
  const id = await uploadText(
    org,
    `# One\n\nAlpha beta.\n\n# Two\n\nGamma delta. ${crypto.randomUUID()}`,
    "Again",
    "text/markdown",
  );
  await settled(org, id);
  const contents = async () =>
    (await org.call("GET", `/v1/documents/${id}/chunks`)).body.items.map(({ content }: { content: string }) => content);
  const before = await contents();
  expect(await org.call("POST", `/v1/documents/${id}/reprocess`)).toMatchObject({ status: 202, body: { id } });
  await settled(org, id);
  expect(await contents()).toEqual(before);
});

test("a list goes page by page through everything, the newest first, and nothing twice", async () => {
  const other = await organization();
  const made: string[] = [];
  for (let index = 0; index < 5; index++) made.push(await uploadText(other, `Page ${index} ${crypto.randomUUID()}`));
  const seen: string[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const { body }: { body: { items: { id: string }[]; nextCursor: string | null } } = await other.call(
      "GET",
      `/v1/documents?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    seen.push(...body.items.map(({ id }: { id: string }) => id));
    cursor = body.nextCursor;
  }
  expect(seen).toEqual([...made].reverse());
  expect(await other.call("GET", "/v1/documents?cursor=nonsense")).toMatchObject({
    status: 400,
    body: { errors: [{ path: "cursor" }] },
  });
  for (const limit of [0, 101, "x"]) expect((await other.call("GET", `/v1/documents?limit=${limit}`)).status).toBe(400);
});

describe("many at once", () => {
  const formOf = (files: [name: string, text: string][], fields: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    for (const [name, text] of files) form.append("file", new File([text], name));
    return form;
  };
  const send = (form: FormData) => org.call("POST", "/v1/documents/import", form);

  test("are a document each with what is said of all, and one that is refused stands in nobody's way", async () => {
    const [oats, rye] = [`Oats ${crypto.randomUUID()}`, `Rye ${crypto.randomUUID()}`];
    const files: [string, string][] = [
      ["oats.txt", oats],
      ["empty.txt", ""],
      ["rye.md", rye],
      ["oats again.txt", oats],
    ];
    const { status, body } = await send(formOf(files, { documentType: "marketing", metadata: '{"crop":"cereal"}' }));
    expect(status).toBe(200);
    const [first, empty, second, again] = body.items;
    expect(body.items.map(({ title }: { title: string }) => title)).toEqual(files.map(([name]) => name));
    for (const [item, title] of [
      [first, "oats"],
      [second, "rye"],
    ] as const) {
      expect(await settled(org, item.id)).toMatchObject({
        status: "completed",
        documentType: "marketing",
        metadata: { crop: "cereal" },
      });
      expect((await org.call("GET", `/v1/documents/${item.id}`)).body.title).toBe(title);
    }
    expect(empty).toMatchObject({ id: null, problem: { code: "INVALID", detail: "file: is empty" } });
    expect(again).toMatchObject({ id: null, problem: { code: "CONFLICT", documentId: first.id } });
  });

  test("are double in no case, whoever sends them twice", async () => {
    const form = () =>
      formOf([
        ["barley.txt", "Barley grows."],
        ["millet.txt", "Millet grows."],
      ]);
    const replies = await Promise.all([send(form()), send(form())]);
    const ids = replies.flatMap(({ body }) => body.items.map(({ id }: { id: string | null }) => id)).filter(Boolean);
    expect(new Set(ids).size).toBe(2);
  });

  test("more than there may be, or two where one is asked for, are refused by name", async () => {
    const many = Array.from({ length: 51 }, (_, i): [string, string] => [`${i}.txt`, `Number ${i}`]);
    expect(await send(formOf(many))).toMatchObject({ status: 400, body: { errors: [{ path: "file" }] } });
    const two = await org.call("POST", "/v1/documents", formOf(many.slice(0, 2)));
    expect(two).toMatchObject({ status: 400, body: { errors: [{ path: "file", message: "at most 1 at once" }] } });
  });
});
