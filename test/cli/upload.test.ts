import { once } from "node:events";
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { progressBar } from "../../scripts/cli/progress.ts";
import { json, newFolder, problem, run, standIn, start } from "./stand-in.ts";

let api: Awaited<ReturnType<typeof standIn>>;
let cwd: string;
beforeEach(async () => {
  api = await standIn();
  cwd = newFolder();
});
afterEach(() => api.stop());

const upload = (...args: string[]) => run(["upload", ...args], { url: api.url, cwd });
const files = (texts: Record<string, string>) => {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(cwd, path, ".."), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
};
const uploaded = () => api.documents.map(({ text }) => text).sort();
const keysOf = () => api.seen.filter(({ path }) => path === "/v1/documents").map(({ key }) => key);

describe("what is uploaded", () => {
  test("a folder with all below it, without hidden files, node_modules and links that lead out or around", async () => {
    files({
      "docs/a.md": "a",
      "docs/deep/b.md": "b",
      "docs/.env": "x",
      "docs/node_modules/c.md": "c",
      "out/d.md": "d",
    });
    symlinkSync("..", join(cwd, "docs/deep/around"));
    symlinkSync(join(cwd, "out"), join(cwd, "docs/out"));
    symlinkSync("../.env", join(cwd, "docs/deep/env.txt"));
    symlinkSync("nowhere", join(cwd, "docs/broken"));
    const { code, stdout, stderr } = await upload("docs", "docs/a.md");
    expect(uploaded()).toEqual(["a", "b"]);
    expect(stderr).toContain("docs/out: a link out of the folder");
    expect(stdout).toContain("2 completed");
    expect(code).toBe(0);
  });

  test("what is said about the files goes with each of them", async () => {
    files({ "a.md": "a" });
    await upload("a.md", "--product", "p1", "--type", "safety", "--language", "th");
    expect(api.documents[0]).toMatchObject({
      filename: "a.md",
      fields: { productId: "p1", documentType: "safety", language: "th" },
    });
  });

  test("a file of more than 25 MB is refused with a clear line, and the others go up", async () => {
    files({ "a.md": "a", "big.pdf": "" });
    truncateSync(join(cwd, "big.pdf"), 25 * 1024 * 1024 + 1);
    const { code, stderr } = await upload("a.md", "big.pdf");
    expect(uploaded()).toEqual(["a"]);
    expect(stderr).toMatch(/failed +big\.pdf: .*larger than 25 MB/);
    expect(code).toBe(1);
  });
});

describe("what it waits for", () => {
  test("the reason of each failed document is told, and the exit code is 1", async () => {
    files({ "a.md": "a", "b.pdf": "bad" });
    const { code, stdout, stderr } = await upload(".");
    expect(stderr).toContain("b.pdf: The PDF is encrypted. Save it[31m without a password.");
    expect(stdout).toContain("1 completed, 1 failed");
    expect(code).toBe(1);
  });

  test("with --no-wait no document is looked at", async () => {
    files({ "b.pdf": "bad" });
    expect(await upload("b.pdf", "--no-wait")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 uploaded"),
    });
    expect(api.seen).toHaveLength(1);
  });

  test("--json tells what became of each file, and stdout holds nothing else", async () => {
    files({ "a.md": "a", "b.pdf": "bad" });
    const { stdout } = await upload("a.md", "b.pdf", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        { path: "a.md", status: "completed", chunkCount: 3 },
        { path: "b.pdf", status: "failed" },
      ],
    });
  });
});

describe("started again", () => {
  test("an interrupted upload goes on: each file is stored once, and its request has the same key", async () => {
    files(Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`docs/${n}.md`, `text ${n}`])));
    const reached = Promise.withResolvers<void>();
    api.overrides["POST /v1/documents"] = (request, response, body) =>
      api.documents.length < 3 ? api.upload(request, response, body) : reached.resolve(); // and no answer
    const child = start(["upload", "docs", "--concurrency", "1"], { url: api.url, cwd });
    await reached.promise;
    delete api.overrides["POST /v1/documents"];
    child.kill("SIGINT");
    const [code] = await once(child, "close");
    expect(code).toBe(130);
    const firstKeys = keysOf();
    expect(await upload("docs")).toMatchObject({ code: 0, stdout: expect.stringContaining("6 completed") });
    expect(uploaded()).toEqual(["text 0", "text 1", "text 2", "text 3", "text 4", "text 5"]);
    expect(new Set(keysOf()).size).toBe(6);
    expect(keysOf()).toEqual(expect.arrayContaining(firstKeys));
  });

  test("a file that is there already is no failure", async () => {
    files({ "a.md": "a", "copy.md": "a", "b.md": "b" });
    await upload("a.md");
    const { code, stdout } = await upload("copy.md", "b.md");
    expect(stdout).toMatch(/already there +copy\.md/);
    expect(stdout).toContain("1 already there, 1 completed");
    expect(code).toBe(0);
  });

  test("a document that failed is processed again", async () => {
    files({ "b.pdf": "bad" });
    expect((await upload("b.pdf")).code).toBe(1);
    expect((await upload("b.pdf")).code).toBe(0);
    expect(api.documents).toHaveLength(1);
  });

  test("a document that was deleted since is uploaded anew", async () => {
    files({ "a.md": "a" });
    await upload("a.md");
    api.documents.length = 0;
    api.next.push((_, response) => problem(response, 404, "NOT_FOUND", "What this Idempotency-Key made is gone."));
    expect((await upload("a.md")).code).toBe(0);
    expect(uploaded()).toEqual(["a"]);
  });
});

describe("what fails in passing", () => {
  test("is tried again with the same key: a full house, a broken line, a request still running", async () => {
    files({ "a.md": "a" });
    api.next.push(
      (request) => request.socket.destroy(),
      (_, response) => problem(response, 429, "RATE_LIMITED", "Too fast."),
      (_, response) => problem(response, 503, "UNAVAILABLE", "Not now."),
      (_, response) => json(response, 409, { title: "Running", status: 409 }, { "retry-after": "0" }),
    );
    const { code, stderr } = await upload("a.md");
    expect(code).toBe(0);
    expect(stderr).toContain("Too fast. Trying again in 0 s.");
    expect(new Set(keysOf()).size).toBe(1);
    expect(keysOf()).toHaveLength(5);
  });

  test("a key that is refused stops the whole upload with one message", async () => {
    files({ "a.md": "a", "b.md": "b", "c.md": "c" });
    api.overrides["POST /v1/documents"] = (_, response) => problem(response, 401, "UNAUTHENTICATED", "Unknown key.");
    const { code, stdout, stderr } = await upload(".", "--concurrency", "1");
    expect(stderr.match(/Unknown key/g)).toHaveLength(1);
    expect(stdout).toContain("3 stopped");
    expect(api.seen).toHaveLength(1);
    expect(code).toBe(1);
  });
});

test("the bar counts what is uploaded, processing, completed and failed, and never wraps", () => {
  const drawn: string[] = [];
  const bar = progressBar(4, { isTTY: true, columns: 60, write: (text) => drawn.push(text) });
  bar.set("a", "uploaded");
  bar.set("b", "processing");
  bar.set("c", "completed");
  bar.set("d", "failed");
  expect(drawn.at(-1)).toContain("██████████░░░░░░░░░░ 2/4  1 uploaded, 1 processing, 1");
  for (const text of drawn) expect(text.replace("\r\u001b[2K", "").length).toBeLessThan(60);
  bar.end();
  bar.set("b", "completed");
  expect(drawn.at(-1)).toBe("\r\u001b[2K");
});
