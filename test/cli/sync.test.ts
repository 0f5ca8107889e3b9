import { hash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FolderFile } from "../../scripts/cli/folder.ts";
import { filterOf, matcherOf } from "../../scripts/cli/ignore.ts";
import { planOf, type Step, type SyncedDocument } from "../../scripts/cli/plan.ts";
import { organization, stack } from "../harness.ts";
import { json, listen, newFolder, problem, run, start } from "./stand-in.ts";

type Stored = {
  id: string;
  title: string;
  filename: string;
  contentHash: string;
  metadata: Record<string, unknown>;
  fields: Record<string, string>;
  status: string;
  failureReason: string | null;
  chunkCount: number;
};
type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

const PAGE_SIZE = 2;

/** As much of the API as `sync` uses: bytes are one document, a file whose text says "bad" fails when it is processed. */
async function standIn() {
  const documents: Stored[] = [];
  const seen: string[] = [];
  const next: Handler[] = [];
  let made = 0;

  async function formOf(request: IncomingMessage) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const form = await new Response(new Uint8Array(Buffer.concat(chunks)), { headers }).formData();
    const { file, ...fields } = Object.fromEntries(form as unknown as Iterable<[string, File]>);
    return {
      file: file as File,
      text: await (file as File).text(),
      fields: fields as unknown as Record<string, string>,
    };
  }

  const take = (document: Stored, text: string) => {
    const isBad = text.includes("bad");
    const failureReason = isBad ? "This type is not read." : null;
    return Object.assign(document, {
      contentHash: hash("sha256", text),
      status: isBad ? "failed" : "completed",
      failureReason,
    });
  };
  const withBytes = (text: string) =>
    documents.find(({ contentHash, status }) => contentHash === hash("sha256", text) && status !== "failed");

  async function upload(request: IncomingMessage, response: ServerResponse) {
    const { file, text, fields } = await formOf(request);
    const same = withBytes(text);
    if (same) return problem(response, 409, "CONFLICT", "There already.", { documentId: same.id });
    const { metadata = "{}", ...rest } = fields;
    const title = file.name.replace(/\.\w{1,8}$/, "");
    const id = String(++made).padStart(4, "0");
    const known = { id, title, filename: file.name, fields: rest, metadata: JSON.parse(metadata), chunkCount: 3 };
    documents.push(take({ ...known, contentHash: "", status: "", failureReason: null }, text));
    json(response, 202, { id, status: "uploaded" });
  }

  function list(response: ServerResponse, cursor: string | null) {
    const older = documents.toReversed().filter(({ id }) => cursor === null || id < cursor);
    const items = older.slice(0, PAGE_SIZE);
    json(response, 200, { items, nextCursor: older.length > PAGE_SIZE ? items.at(-1)?.id : null });
  }

  async function one(document: Stored, request: IncomingMessage, response: ServerResponse) {
    if (request.method === "DELETE") {
      documents.splice(documents.indexOf(document), 1);
      return response.writeHead(204).end();
    }
    if (request.method === "PATCH") Object.assign(document, await new Response(request as never).json());
    if (request.method === "PUT") {
      const { text } = await formOf(request);
      const same = withBytes(text);
      if (same && same !== document) return problem(response, 409, "CONFLICT", "Others have these bytes.");
      take(document, text);
    }
    json(response, request.method === "PUT" ? 202 : 200, document);
  }

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://localhost");
    seen.push(`${request.method} ${pathname}`);
    if (request.method !== "GET" && next.length > 0) return next.shift()?.(request, response);
    if (pathname === "/v1/documents")
      return request.method === "POST" ? upload(request, response) : list(response, searchParams.get("cursor"));
    const document = documents.find(({ id }) => id === pathname.split("/")[3]);
    return document ? one(document, request, response) : problem(response, 404, "NOT_FOUND", "It does not exist.");
  });
  const { url, stop } = await listen(server);
  return { url, documents, seen, next, upload, stop };
}

let api: Awaited<ReturnType<typeof standIn>>;
let cwd: string;
beforeEach(async () => {
  api = await standIn();
  cwd = newFolder();
});
afterEach(() => api.stop());

const sync = (...args: string[]) => {
  api.seen.length = 0;
  return run(["sync", "docs", ...args], { url: api.url, cwd });
};
const write = (texts: Record<string, string>) => {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(cwd, "docs", path, ".."), { recursive: true });
    writeFileSync(join(cwd, "docs", path), text);
  }
};
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.md`, `text ${n}`]));
const changes = () => api.seen.filter((request) => !request.startsWith("GET"));
const pathOf = ({ metadata }: Stored) => (metadata.sync as { path: string }).path;
const paths = () => api.documents.map(pathOf).sort();
const at = (path: string) => api.documents.find((document) => pathOf(document) === path);

describe("the documents become what the folder holds", () => {
  test("new files are uploaded with what they belong to, and a second run does nothing", async () => {
    write({ "a.md": "a", "deep/b.md": "b", "deep/c.md": "c" });
    const first = await sync("--product", "p1", "--type", "safety", "--language", "th");
    expect(first.stdout).toMatch(/^docs: 3 new\n\+ {2}a\.md\n\+ {2}deep\/b\.md\n\+ {2}deep\/c\.md\n/);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n3 completed\n$/) });
    expect(at("deep/b.md")).toMatchObject({
      filename: "b.md",
      metadata: { sync: { root: "docs", path: "deep/b.md" } },
      fields: { productId: "p1", documentType: "safety", language: "th" },
    });
    expect(await sync()).toEqual({ code: 0, stdout: "docs: 3 unchanged\n", stderr: "" });
    expect(changes()).toEqual([]);
  });

  test("a changed file and a renamed one keep their documents; what a person wrote there stays", async () => {
    write({ "a.md": "a", "b.md": "b", "c.md": "c" });
    await sync();
    Object.assign(at("c.md")!, { title: "Chosen", metadata: { ...at("c.md")!.metadata, mine: 1 } });
    const ids = [at("a.md")?.id, at("b.md")?.id, at("c.md")?.id];
    write({ "a.md": "a, but longer", "new/.keep": "" });
    renameSync(join(cwd, "docs/b.md"), join(cwd, "docs/new/bee.md"));
    renameSync(join(cwd, "docs/c.md"), join(cwd, "docs/new/c.md"));
    const { code, stdout } = await sync();
    expect(stdout).toContain("docs: 1 changed, 2 renamed, 1 skipped\n");
    expect(stdout).toContain("=> new/bee.md (was b.md)\n");
    expect(stdout).toContain("~  a.md\n");
    expect(stdout).toMatch(/\n2 renamed, 1 completed\n$/);
    expect(changes().sort()).toEqual([
      ...[ids[1], ids[2]].map((id) => `PATCH /v1/documents/${id}`).sort(),
      `PUT /v1/documents/${ids[0]}/content`,
    ]);
    expect([at("a.md")?.id, at("new/bee.md")?.id, at("new/c.md")?.id]).toEqual(ids);
    expect(at("new/bee.md")?.title).toBe("bee");
    expect(at("new/c.md")).toMatchObject({ title: "Chosen", metadata: { mine: 1 } });
    expect(code).toBe(0);
  });

  test("bytes that went from file to file are stored without a conflict", async () => {
    write({ "log.md": "one", "left.md": "left", "right.md": "right" });
    await sync();
    const id = at("log.md")?.id;
    write({ "log.md": "two", "log.1.md": "one", "left.md": "right", "right.md": "left" });
    expect(await sync()).toMatchObject({ code: 0 });
    expect(at("log.md")).toMatchObject({ id, contentHash: hash("sha256", "two") });
    expect(at("left.md")?.contentHash).toBe(hash("sha256", "right"));
    expect((await sync()).stdout).toBe("docs: 4 unchanged\n");
  });

  test("documents whose files are gone are deleted only with --delete, and those of others never", async () => {
    write({ "a.md": "a", "b.md": "b" });
    await sync("--name", "other");
    write({ "c.md": "c", "d.md": "d" });
    const { stderr } = await sync();
    expect(stderr).toContain('skipped        a.md: these bytes are the document "a"');
    rmSync(join(cwd, "docs"), { recursive: true });
    write({ "c.md": "c" });
    expect((await sync()).stdout).toBe("docs: 1 gone (--delete deletes them), 1 unchanged\n");
    expect((await sync("--delete")).stdout).toContain("docs: 1 to be deleted, 1 unchanged\n-  d.md\n");
    expect(paths()).toEqual(["a.md", "b.md", "c.md"]);
  });
});

describe("before anything is done", () => {
  test("--dry-run shows the whole plan and changes nothing", async () => {
    write({ "a.md": "a", "b.md": "b", "c.md": "c" });
    await sync();
    write({ "a.md": "A", "d.md": "d" });
    renameSync(join(cwd, "docs/b.md"), join(cwd, "docs/bee.md"));
    rmSync(join(cwd, "docs/c.md"));
    expect(await sync("--delete", "--dry-run")).toEqual({
      code: 0,
      stdout: "docs: 1 new, 1 changed, 1 renamed, 1 to be deleted\n=> bee.md (was b.md)\n~  a.md\n+  d.md\n-  c.md\n",
      stderr: "",
    });
    const { stdout } = await sync("--delete", "--dry-run", "--json");
    expect(JSON.parse(stdout).files).toContainEqual({ action: "upload", path: "d.md", status: "planned" });
    expect(changes()).toEqual([]);
  });

  test("more deletions than ten and a tenth are not made without --yes", async () => {
    write(many(14));
    await sync();
    rmSync(join(cwd, "docs"), { recursive: true });
    write({ ...many(3), "new.md": "new" });
    const { code, stderr } = await sync("--delete");
    expect(stderr).toBe(
      "11 of 14 documents of this folder would be deleted. Nothing was changed. If that is right, give --yes.\n",
    );
    expect(code).toBe(1);
    expect(changes()).toEqual([]);
    expect(await sync("--delete", "--dry-run")).toMatchObject({ code: 0 });
    expect(await sync("--delete", "--yes")).toMatchObject({ code: 0 });
    expect(paths()).toEqual(["0.md", "1.md", "2.md", "new.md"]);
  });
});

describe("what is left out", () => {
  test("is told with its reason, once", async () => {
    write({
      "a.md": "a",
      "z.md": "a",
      ".git/x": "x",
      ".env": "x",
      "node_modules/x.md": "x",
      "empty.md": "",
      "big.md": "",
    });
    truncateSync(join(cwd, "docs/big.md"), 25 * 1024 * 1024 + 1);
    writeFileSync(join(cwd, "secret.md"), "secret");
    symlinkSync("../secret.md", join(cwd, "docs/out.md"));
    symlinkSync("nowhere", join(cwd, "docs/broken.md"));
    symlinkSync("a.md", join(cwd, "docs/inside.md"));
    const { code, stderr } = await sync();
    expect(paths()).toEqual(["a.md"]);
    expect(stderr.split("\n")).toEqual([
      "skipped        .env: hidden",
      "skipped        .git: hidden",
      "skipped        big.md: larger than 25 MB",
      "skipped        broken.md: a link to nothing",
      "skipped        empty.md: empty",
      "skipped        inside.md: a link to what is taken where it is",
      "skipped        node_modules: packages, not documents",
      "skipped        out.md: a link out of the folder",
      "skipped        z.md: the same bytes as a.md",
      "",
    ]);
    expect(code).toBe(0);
  });

  test("by .edgeloreignore, --exclude and --include stays as it is, here and there", async () => {
    write({ "a.md": "a", "b.txt": "b", "c.md": "c", "drafts/d.md": "d", "e.tmp.md": "e" });
    write({ ".edgeloreignore": "# not yet\ndrafts/\n*.tmp.md\n" });
    expect(await sync()).toMatchObject({ code: 0, stderr: "" });
    expect(paths()).toEqual(["a.md", "b.txt", "c.md"]);
    rmSync(join(cwd, "docs/a.md"));
    rmSync(join(cwd, "docs/b.txt"));
    rmSync(join(cwd, "docs/c.md"));
    await sync("--delete", "--include", "*.md", "--exclude", "/c.md");
    expect(paths()).toEqual(["b.txt", "c.md"]);
  });

  test("a file that cannot be sent as it is now keeps its document", async () => {
    write({ "a.md": "a", "b.md": "b" });
    await sync();
    write({ "a.md": "" });
    expect((await sync("--delete")).stdout).toBe("docs: 1 unchanged, 1 skipped\n");
    expect(paths()).toEqual(["a.md", "b.md"]);
  });
});

describe("when something goes wrong", () => {
  test("the others go on, the reason is told, and the exit code is 1", async () => {
    write({ "a.md": "a", "bad.bin": "bad", "c.md": "c" });
    const first = await sync();
    expect(first.stderr).toBe("failed         bad.bin: This type is not read.\n");
    expect(first.stdout).toMatch(/\n2 completed, 1 failed\n$/);
    expect(first.code).toBe(1);
    expect(await sync()).toEqual({
      code: 0,
      stdout: "docs: 2 unchanged, 1 skipped\n",
      stderr: "skipped        bad.bin: This type is not read.\n",
    });
    expect(changes()).toEqual([]);
    write({ "bad.bin": "good" });
    expect(await sync()).toMatchObject({ code: 0, stdout: expect.stringContaining("~  bad.bin") });
  });

  test("a refusal of one file leaves the others alone, but for the file that waits for its bytes", async () => {
    write({ "a.md": "a" });
    await sync();
    write({ "a.md": "A", "b.md": "a", "c.md": "c" });
    api.next.push((_, response) => problem(response, 413, "TOO_LARGE", "Too large."));
    const { code, stdout, stderr } = await sync("--concurrency", "1");
    expect(stderr).toContain("a.md: Too large.");
    expect(stderr).toContain("b.md: Its bytes are still those of a document that could not be replaced.");
    expect(stdout).toContain("completed      c.md");
    expect(code).toBe(1);
    expect(await sync()).toMatchObject({ code: 0 });
    expect(paths()).toEqual(["a.md", "b.md", "c.md"]);
  });

  test("a busy API is given the time that it asks for", async () => {
    write({ "a.md": "a" });
    const busy = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
      json(response, status, { title: "Busy.", status }, { "retry-after": "1" });
    api.next.push(busy(429), busy(503));
    const started = Date.now();
    const { code, stderr } = await sync();
    expect(stderr).toMatch(/^(Busy\. Trying again in \d s\.\n){2}$/);
    expect(Date.now() - started).toBeGreaterThan(2_000);
    expect(code).toBe(0);
  });

  test("a key that is refused stops the whole with one message", async () => {
    write(many(3));
    api.next.push((_, response) => problem(response, 403, "FORBIDDEN", "Not with this key."));
    const { code, stdout, stderr } = await sync("--concurrency", "1");
    expect(stderr.match(/Not with this key/g)).toHaveLength(1);
    expect(stdout).toMatch(/\n3 stopped\n$/);
    expect(changes()).toHaveLength(1);
    expect(code).toBe(1);
  });

  test("interrupted and started again, it finishes, and each file is stored once", async () => {
    write(many(6));
    const reached = Promise.withResolvers<void>();
    api.next.push(api.upload, api.upload, () => reached.resolve()); // and no answer
    const child = start(["sync", "docs", "--concurrency", "1"], { url: api.url, cwd });
    await reached.promise;
    child.kill("SIGINT");
    expect((await once(child, "close"))[0]).toBe(130);
    expect(await sync()).toMatchObject({ code: 0, stdout: expect.stringContaining("docs: 4 new, 2 unchanged\n") });
    expect(paths()).toEqual(["0.md", "1.md", "2.md", "3.md", "4.md", "5.md"]);
  });

  test("two runs at once do what one does", async () => {
    write(many(8));
    await sync();
    rmSync(join(cwd, "docs"), { recursive: true });
    write({ ...many(4), "0.md": "changed", "1.md": "text 0", "moved.md": "text 5", "new.md": "new" });
    const both = await Promise.all([sync("--delete"), sync("--delete")]);
    for (const { code, stderr } of both) expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(paths()).toEqual(["0.md", "1.md", "2.md", "3.md", "moved.md", "new.md"]);
    expect(await sync()).toMatchObject({ code: 0, stdout: "docs: 6 unchanged\n" });
  });
});

test("against the real worker: uploaded, left alone, of one name only, and deleted", async () => {
  const org = await organization();
  const env = { EDGELORE_URL: stack.url, EDGELORE_API_KEY: org.apiKey };
  const real = (...args: string[]) => run(["sync", "docs", ...args], { cwd, env });
  write({ "pump.md": "# Pump\n\nThe warranty lasts seven years.\n", "deep/fan.md": "# Fan\n\nIt turns.\n" });
  expect(await real()).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n2 completed\n$/) });
  expect(await real()).toEqual({ code: 0, stdout: "docs: 2 unchanged\n", stderr: "" });
  expect((await real("--name", "other", "--delete")).stdout).toBe("other: 2 skipped\n");
  rmSync(join(cwd, "docs/pump.md"));
  expect(await real("--delete")).toMatchObject({ code: 0, stdout: expect.stringMatching(/\n1 deleted\n$/) });
  const { body } = await org.call("GET", "/v1/documents");
  expect(body.items).toMatchObject([{ title: "fan", metadata: { sync: { root: "docs", path: "deep/fan.md" } } }]);
});

test("--json tells the plan and what became of it, and stdout holds nothing else", async () => {
  write({ "a.md": "a", "bad.bin": "bad", "empty.md": "" });
  const { stdout } = await sync("--json");
  expect(JSON.parse(stdout)).toEqual({
    name: "docs",
    unchanged: 0,
    skipped: [{ path: "empty.md", reason: "empty" }],
    gone: [],
    files: [
      { action: "upload", path: "a.md", documentId: at("a.md")?.id, status: "completed", chunkCount: 3 },
      expect.objectContaining({ path: "bad.bin", status: "failed", failureReason: "This type is not read." }),
    ],
  });
});

test.each([
  ["Which folder?", []],
  ["Which folder?", ["a", "b"]],
  ["There is no nowhere.", ["nowhere"]],
  ["is no folder", ["file.md"]],
  ["Give --name NAME.", [".", "--name", " "]],
  ["[z-a] is no pattern.", [".", "--exclude", "[z-a]"]],
])("what is not understood is told with the short usage: %s", async (message, args) => {
  writeFileSync(join(cwd, "file.md"), "x");
  const { code, stderr } = await run(["sync", ...args], { url: api.url, cwd });
  expect(stderr).toContain(message);
  expect(stderr).toContain("Usage: edgelore sync DIR [options]; see edgelore sync --help");
  expect(code).toBe(2);
});

describe("a pattern", () => {
  test.each([
    ["notes", ["notes", "a/notes", "notes/a.md"], ["notes.md", "a/my-notes"]],
    ["*.tmp", ["a.tmp", "deep/a.tmp", ".tmp"], ["a.tmp.md", "a.tmpx"]],
    ["drafts/", ["drafts/a.md", "x/drafts/y/a.md"], ["drafts", "x/drafts"]],
    ["/todo.md", ["todo.md"], ["a/todo.md"]],
    ["a/*.md", ["a/b.md"], ["a/b/c.md", "x/a/b.md"]],
    ["a/**/z.md", ["a/z.md", "a/b/z.md", "a/b/c/z.md"], ["z.md", "ab/z.md"]],
    ["**/old", ["old", "a/old", "a/old/b.md"], ["older"]],
    ["logs/**", ["logs/a", "logs/a/b"], ["logs", "x/logs/a"]],
    ["page-?.md", ["page-1.md", "page-é.md", "page-😀.md"], ["page-10.md", "page-.md"]],
    ["[Rr]ead[!0-9].md", ["Reada.md", "readx.md"], ["read1.md", "xead1.md"]],
    ["a.b+(c).md", ["a.b+(c).md"], ["aXb+(c).md", "a.bb(c).md"]],
    ["\\#1.md", ["#1.md"], ["1.md"]],
    ["*a*a*a*a*a*a*a*b", [], ["a".repeat(250)]], // in no time
    ["# *", [], ["# a", "a"]],
    ["  ", [], ["a", " "]],
  ])("%s", (line, left, taken) => {
    const isIgnored = matcherOf([line]);
    expect(left.filter((path) => !isIgnored(path, false))).toEqual([]);
    expect(taken.filter((path) => isIgnored(path, false))).toEqual([]);
  });

  test("that comes last decides; `!` takes back, but nothing below a folder that is left out", () => {
    const isIgnored = matcherOf(["*.md", "!keep.md", "drafts/", "!drafts/keep.md"]);
    expect(isIgnored("a.md", false)).toBe(true);
    expect(isIgnored("deep/keep.md", false)).toBe(false);
    expect(isIgnored("drafts/keep.md", false)).toBe(true);
  });

  test("to include leaves folders open, and loses against one to exclude", () => {
    const isTaken = filterOf(["*.tmp.md"], ["*.md", "img/"]);
    expect(isTaken("deep", true)).toBe(true);
    expect(["a.md", "deep/a.md", "img/a.png"].every((path) => isTaken(path, false))).toBe(true);
    expect(["a.txt", "a.tmp.md"].some((path) => isTaken(path, false))).toBe(false);
  });
});

describe("a plan", () => {
  const PATHS = ["a", "b", "c", "d", "e", "f"];
  const HASHES = ["1", "2", "3", "4", "5", "6", "7", "8"];
  const somePath = fc.constantFrom(...PATHS);
  const someHash = fc.constantFrom(...HASHES);
  const someFiles = fc
    .uniqueArray(fc.record({ path: somePath, hash: someHash }), { selector: ({ path }) => path })
    .map((files) => files.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
  /** What the database allows: of documents that have not failed, no two with the same bytes; paths may be anything. */
  const someDocuments = fc
    .uniqueArray(fc.record({ path: somePath, hash: someHash, isOther: fc.boolean() }), { selector: ({ hash }) => hash })
    .map((all) => ({
      documents: all.filter(({ isOther }) => !isOther).map(({ path, hash }) => documentOf(path, hash)),
      others: new Map(all.filter(({ isOther }) => isOther).map(({ hash }) => [hash, "Elsewhere"])),
    }));
  const someFailed = fc.array(fc.record({ path: somePath, hash: someHash }), { maxLength: 2 });
  const someOrder = fc.infiniteStream(fc.nat({ max: 1_000 }));

  let made = 0;
  const documentOf = (path: string, hash: string, failureReason?: string): SyncedDocument => {
    const failure = failureReason === undefined ? {} : { failureReason };
    return { id: `${++made}`, path, hash, title: path, metadata: {}, ...failure };
  };
  const situation = fc
    .record({ files: someFiles, stored: someDocuments, failed: someFailed })
    .map(({ files, stored: { documents, others }, failed }) => ({
      files,
      others,
      documents: [...documents, ...failed.map(({ path, hash }) => documentOf(path, hash, "Broken."))],
    }));

  const isBlocking = ({ failureReason }: SyncedDocument) => failureReason === undefined;
  const without = ({ failureReason: _, ...document }: SyncedDocument): SyncedDocument => document;

  /** What the API does. `isTolerant`: another run may have done it already. */
  function apply(before: SyncedDocument[], files: FolderFile[], step: Step, isTolerant = false): SyncedDocument[] {
    const hash = files.find(({ path }) => path === step.path)?.hash ?? "";
    const isTaken = (id?: string) => before.some((one) => one.hash === hash && one.id !== id && isBlocking(one));
    if (step.action === "upload") {
      if (isTaken() && isTolerant) return before;
      expect(isTaken()).toBe(false);
      return [...before, documentOf(step.path, hash)];
    }
    const { id } = step.document;
    if (step.action === "delete") return before.filter((one) => one.id !== id);
    if (step.action === "rename") return before.map((one) => (one.id === id ? { ...one, path: step.path } : one));
    expect(isTaken(id)).toBe(false);
    return before.map((one) => (one.id === id ? { ...without(one), hash } : one));
  }

  /** In any order in which no step comes before the one that it waits for. */
  function inSomeOrder(steps: Step[], order: Iterator<number>): Step[] {
    const open = [...steps];
    const ordered: Step[] = [];
    while (open.length > 0) {
      const waits = (step: Step) =>
        "after" in step && open.some((one) => one.action === "replace" && one.path === step.after);
      const ready = open.filter((step) => !waits(step));
      const step = ready[order.next().value % ready.length]!;
      open.splice(open.indexOf(step), 1);
      ordered.push(step);
    }
    return ordered;
  }

  const wanted = (files: FolderFile[], others: Map<string, string>) =>
    [...new Set(files.map(({ hash }) => hash))].filter((hash) => !others.has(hash)).sort();

  test("carried out in any order that it allows, and interrupted anywhere, ends with the folder's bytes, each once", () =>
    fc.assert(
      fc.property(situation, someOrder, fc.nat({ max: 12 }), ({ files, documents, others }, order, interruptedAt) => {
        const rest = { others, deletesGone: true };
        const first = inSomeOrder(planOf(files, documents, rest).steps, order).slice(0, interruptedAt);
        const half = first.reduce((stored, step) => apply(stored, files, step), documents);
        const second = inSomeOrder(planOf(files, half, rest).steps, order);
        const all = second.reduce((stored, step) => apply(stored, files, step), half);

        expect(all.map(({ hash }) => hash).sort()).toEqual(wanted(files, others));
        for (const { path, hash } of all) expect(files).toContainEqual({ path, hash });
        expect(planOf(files, all, rest)).toMatchObject({ steps: [], gone: [] });
      }),
      { numRuns: 2_000 },
    ));

  test("without deletion keeps every document, and a second run does nothing", () =>
    fc.assert(
      fc.property(situation, ({ files, documents, others }) => {
        const rest = { others, deletesGone: false };
        const { steps } = planOf(files, documents, rest);
        const after = steps.reduce((stored, step) => apply(stored, files, step), documents);
        const ids = new Set(after.map(({ id }) => id));
        expect(documents.every(({ id }) => ids.has(id))).toBe(true);
        for (const hash of wanted(files, others)) expect(after.filter((one) => one.hash === hash)).not.toEqual([]);
        expect(planOf(files, after, rest).steps).toEqual([]);
      }),
      { numRuns: 2_000 },
    ));

  test("accounts for every file: a step, unchanged, or skipped with a reason", () =>
    fc.assert(
      fc.property(situation, ({ files, documents, others }) => {
        const { steps, unchanged, skipped } = planOf(files, documents, { others, deletesGone: false });
        const told = [...steps, ...skipped].map(({ path }) => path);
        expect(new Set(told).size).toBe(told.length);
        expect(told.length + unchanged).toBe(files.length);
      }),
    ));

  test("lets a file with bytes that are new keep its document", () =>
    fc.assert(
      fc.property(situation, somePath, ({ files, documents, others }, path) => {
        const changed = [...files.filter((file) => file.path !== path), { path, hash: "new" }];
        const { steps } = planOf(changed, documents, { others, deletesGone: true });
        const [step] = steps.filter((one) => one.path === path && one.action !== "delete");
        if (documents.some((one) => one.path === path))
          expect(step).toMatchObject({ action: "replace", document: { path } });
        else expect(step).toEqual({ action: "upload", path, after: undefined });
      }),
    ));

  test("never gives up a sound document whose bytes the folder has, for a failed one least of all", () =>
    fc.assert(
      fc.property(situation, ({ files, documents, others }) => {
        const { gone } = planOf(files, documents, { others, deletesGone: true });
        const hashes = new Set(files.map(({ hash }) => hash));
        expect(gone.filter((one) => isBlocking(one) && hashes.has(one.hash))).toEqual([]);
      }),
      { numRuns: 2_000 },
    ));

  test("keeps of files that are the same the one that is a document already, or has one, a sound one first", () => {
    const files = ["a", "b", "c"].map((path) => ({ path, hash: "1" }));
    const planned = (...documents: SyncedDocument[]) =>
      planOf(files, documents, { others: new Map(), deletesGone: false }).steps;
    expect(planned(documentOf("c", "1"), documentOf("b", "2"))).toEqual([]);
    expect(planned(documentOf("b", "2"))).toMatchObject([{ action: "replace", path: "b" }]);
    expect(planned()).toMatchObject([{ action: "upload", path: "a" }]);
    const sound = documentOf("a", "2");
    expect(planned(documentOf("a", "3", "Broken."), sound)).toMatchObject([{ action: "replace", document: sound }]);
  });

  test("carried out by two runs at once does what one does", () =>
    fc.assert(
      fc.property(situation, someOrder, ({ files, documents, others }, order) => {
        const rest = { others, deletesGone: true };
        const runs = [1, 2].map(() => inSomeOrder(planOf(files, documents, rest).steps, order));
        let stored = documents;
        while (runs.some((steps) => steps.length > 0)) {
          const steps = runs.filter((one) => one.length > 0);
          stored = apply(stored, files, steps[order.next().value % steps.length]!.shift()!, true);
        }
        expect(stored.map(({ hash }) => hash).sort()).toEqual(wanted(files, others));
        expect(planOf(files, stored, rest).steps).toEqual([]);
      }),
      { numRuns: 2_000 },
    ));
});
