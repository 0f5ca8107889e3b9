import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { fetchPublic } from "../../../functions/kernel/net/fetch-public.ts";
import { publicly, reasonOf, refusal, serveSites } from "./site.ts";

const asked = (request: IncomingMessage) => new URL(String(request.headers["x-asked"]));
const redirect = (response: ServerResponse, location: string, status = 302) =>
  void response.writeHead(status, { location: Buffer.from(location).toString("latin1") }).end("moved");
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("a document comes with its bytes, what its site says of it, and where it was found", async () => {
  const { net } = await serveSites((request, response) => {
    if (asked(request).pathname === "/")
      return redirect(response, "https://docs.example.org/r%C3%A9sum%C3%A9.html?v=2#top");
    response.writeHead(200, {
      "content-type": 'Text/HTML; Charset="UTF-8"',
      etag: 'W/"v2"',
      "last-modified": "Tue, 03 Mar 2026 10:00:00 GMT",
    });
    response.end(`<p>héllo`);
  });
  const fetched = await fetchPublic("http://Example.org./#a", net);
  expect({ ...fetched, bytes: text(fetched.bytes) }).toEqual({
    status: "fetched",
    url: "https://docs.example.org/r%C3%A9sum%C3%A9.html?v=2",
    bytes: "<p>héllo",
    contentType: "text/html",
    etag: 'W/"v2"',
    lastModified: "Tue, 03 Mar 2026 10:00:00 GMT",
    filename: "résumé.html",
  });
});

test.each([
  ['attachment; filename="a b.pdf"', "a b.pdf"],
  ["attachment; filename=plain.pdf; size=3", "plain.pdf"],
  [`attachment; filename="x.pdf"; filename*=UTF-8''%E2%82%AC%20rates.pdf`, "€ rates.pdf"],
  ["attachment; filename*=UTF-8'en'caf%E9.txt", "caf%E9.txt"],
  ["attachment; filename*=nonsense'en'caf%E9.txt", "page.html"],
  ['attachment; filename="\u00e3\u0083\u0086.txt"', "テ.txt"],
  ['attachment; filename="../../etc/passwd"', "passwd"],
  ['attachment; filename="C:\\\\temp\\\\a.doc"', "a.doc"],
  ['attachment; filename=".."', "page.html"],
  ["attachment; filename*=UTF-8''evil%E2%80%AEfdp.exe%00", "evilfdp.exe"],
  [`attachment; filename="${"a".repeat(9_000)}`, "page.html"],
  ["inline", "page.html"],
])("the name in %j is %j", async (disposition, filename) => {
  const { net } = await serveSites((_, response) =>
    response.writeHead(200, { "content-disposition": disposition }).end("a"),
  );
  await expect(fetchPublic("https://example.com/docs/page.html", net)).resolves.toMatchObject({ filename });
});

test("a page has no name when neither its address nor its site gives one", async () => {
  const { net } = await serveSites((_, response) => response.end("a"));
  await expect(fetchPublic("https://example.com/docs/", net)).resolves.toMatchObject({
    filename: null,
    contentType: null,
  });
});

test("five redirects are followed and not six, nor any in a circle", async () => {
  const { net, asked: urls } = await serveSites((request, response) => {
    const { pathname } = asked(request);
    const left = Number(pathname.slice(1));
    if (pathname === "/circle") redirect(response, "/circle/", 301);
    else if (pathname === "/circle/") redirect(response, "/circle", 308);
    else if (left > 0) redirect(response, `//host${left - 1}.example.com/${left - 1}`, 307);
    else response.end("there");
  });
  const { url } = await fetchPublic("https://example.com/5", net);
  expect(url).toBe("https://host0.example.com/0");
  urls.length = 0;
  expect(await reasonOf(fetchPublic("https://example.com/6", net))).toBe("redirected");
  expect(urls).toHaveLength(6);
  urls.length = 0;
  expect(await reasonOf(fetchPublic("https://example.com/circle", net))).toBe("redirected");
  expect(urls).toHaveLength(2);
});

test.each([
  ["http://169.254.169.254/latest/meta-data/", "private_address"],
  ["http://[::ffff:127.0.0.1]/", "private_address"],
  ["http://[::ffff:a9fe:a9fe]/", "private_address"],
  ["http://[::1]/", "private_address"],
  ["http://0x7f.1/", "private_address"],
  ["http://0177.0.0.1/", "private_address"],
  ["http://2130706433/", "private_address"],
  ["http://127.1/", "private_address"],
  ["http://①②⑦.⓪.⓪.①/", "private_address"],
  ["http://0/", "private_address"],
  ["//localhost/", "private_address"],
  ["//metadata.google.internal/computeMetadata/v1/", "private_address"],
  ["//private.example.com/", "private_address"],
  ["//user:password@example.com/", "invalid_url"],
  ["//example.com:6379/", "invalid_url"],
  ["file:///etc/passwd", "invalid_url"],
  ["gopher://example.com/", "invalid_url"],
  ["http://[", "invalid_url"],
  ["http://example.com/plain", "redirected"], // from https
])("a redirect to %s is not followed", async (location, reason) => {
  const { net, asked: urls } = await serveSites((_, response) => redirect(response, location));
  const resolve = async (host: string) => (host === "private.example.com" ? ["10.0.0.1"] : publicly());
  expect(await reasonOf(fetchPublic("https://example.com/", { ...net, resolve }))).toBe(reason);
  expect(urls).toEqual(["https://example.com/"]);
});

test("no notation of this machine's own address reaches a server on it", async () => {
  let connections = 0;
  const { server, here } = await serveSites((_, response) => response.end("secret"));
  server.on("connection", () => (connections += 1));
  const { port } = new URL(here);
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.1",
    "0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "localhost",
  ];
  const real = { resolve: async () => ["127.0.0.1"], fetch, maxBytes: 9, timeoutMs: 2_000 };
  for (const host of [...hosts.map((name) => `${name}:${port}`), "127.0.0.1.nip.io", "localtest.me"])
    expect(await reasonOf(fetchPublic(`http://${host}/`, real)), host).toBe("private_address");
  expect(connections).toBe(0);
});

test.each([
  [["93.184.215.14", "127.0.0.1"]],
  [["fd00::1", "93.184.215.14"]],
  [["93.184.215.14", "not an address"]],
  [["::ffff:93.184.215.14"]],
])("a name with the addresses %j is refused, and nothing is asked", async (addresses) => {
  const { net, asked: urls } = await serveSites((_, response) => response.end("secret"));
  const resolve = async () => addresses;
  expect(await reasonOf(fetchPublic("https://example.com/", { ...net, resolve }))).toBe("private_address");
  expect(urls).toEqual([]);
});

test("a name is looked up before every hop, so one that turns private is refused at the second", async () => {
  const { net, asked: urls } = await serveSites((_, response) => redirect(response, "/again"));
  const answers = [["93.184.215.14"], ["192.168.1.1"]];
  const resolve = async () => answers.shift()!;
  expect(await reasonOf(fetchPublic("https://example.com/", { ...net, resolve }))).toBe("private_address");
  expect(urls).toEqual(["https://example.com/"]);
});

test("without an answer about a name nothing is asked", async () => {
  const { net, asked: urls } = await serveSites((_, response) => response.end("secret"));
  const ask = (resolve: () => Promise<string[]>) =>
    reasonOf(fetchPublic("https://example.com/", { ...net, resolve, timeoutMs: 100 }));
  expect(await ask(async () => [])).toBe("unknown_host");
  expect(await ask(() => Promise.reject(new Error("refused")))).toBe("unreachable");
  expect(await ask(() => new Promise(() => {}))).toBe("timeout");
  expect(urls).toEqual([]);
});

const zeros = Buffer.alloc(1024 * 1024);
function* gigabytes(count: number) {
  for (let i = 0; i < count * 1024; i++) yield zeros;
}

test.each<[string, (response: ServerResponse) => unknown]>([
  ["claims to be", (response) => response.writeHead(200, { "content-length": "999999999999" }).write("a")],
  ["never ends", (response) => pipeline(Readable.from(gigabytes(1_000)), response).catch(() => {})],
  [
    "unpacks to 10 GB",
    (response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      return pipeline(Readable.from(gigabytes(10)), createGzip({ level: 1 }), response).catch(() => {});
    },
  ],
])("a document that %s is refused when the limit is reached, and the connection closed", async (_, send) => {
  const closed = Promise.withResolvers<void>();
  const { net } = await serveSites((_, response) => {
    response.on("close", closed.resolve);
    send(response);
  });
  const before = process.memoryUsage().rss;
  const error = await refusal(
    fetchPublic("https://example.com/", { ...net, maxBytes: 5 * 1024 * 1024, timeoutMs: 60_000 }),
  );
  expect(error).toMatchObject({ reason: "too_large", message: expect.stringContaining("5 MB") });
  await closed.promise;
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test("a document of just the limit is whole, and of one byte more is refused or cut", async () => {
  const { net } = await serveSites((request, response) => {
    response.write("a".repeat(999)); // without a Content-Length
    setTimeout(() => response.end(asked(request).port ? "aa" : "a"), 50);
  });
  const options = { ...net, maxBytes: 1000 };
  expect((await fetchPublic("https://example.com/", options)).bytes).toHaveLength(1000);
  expect(await reasonOf(fetchPublic("https://example.com:8443/", options))).toBe("too_large");
  const cut = await fetchPublic("https://example.com:8443/", { ...options, whenTooLarge: "cut" });
  expect(cut.bytes).toHaveLength(1000);
});

test("a document comes together from however many pieces", async () => {
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  const { net } = await serveSites(async (request, response) => {
    if (asked(request).pathname === "/packed")
      return void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(content));
    for (let at = 0; at < content.length; at += 997) response.write(content.subarray(at, at + 997));
    response.end();
  });
  for (const path of ["", "packed"])
    expect(Buffer.compare((await fetchPublic(`https://example.com/${path}`, net)).bytes, content)).toBe(0);
});

/** A server below HTTP, for what an HTTP server does not send. */
async function serveRaw(send: (write: (text: string) => void) => unknown): Promise<typeof fetch> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => send((raw) => socket.write(raw)));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return (_, init) => fetch(`http://127.0.0.1:${port}/`, init);
}

test.each<[string, (write: (text: string) => void) => unknown]>([
  ["nothing", () => {}],
  ["headers byte by byte", (write) => drip("HTTP/1.1 200 OK\r\nx: y\r\n", write)],
  ["a body byte by byte", (write) => drip("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", write, true)],
])("one deadline ends a site that sends %s", async (_, send) => {
  const rawFetch = await serveRaw(send);
  const started = Date.now();
  const work = fetchPublic("https://example.com/", {
    resolve: publicly,
    fetch: rawFetch,
    maxBytes: 999,
    timeoutMs: 700,
  });
  expect(await refusal(work)).toMatchObject({ reason: "timeout", message: expect.stringContaining("0.7 seconds") });
  expect(Date.now() - started).toBeLessThan(5_000);
});

function drip(headers: string, write: (text: string) => void, isBody = false) {
  if (isBody) write(headers);
  let at = 0;
  const timer = setInterval(() => write(isBody ? "a" : headers[at++ % headers.length]!), 50);
  onTestFinished(() => clearInterval(timer));
}

test("the deadline holds for redirects together, and for a fetch that does not listen", async () => {
  let hop = 0;
  const { net } = await serveSites((_, response) => setTimeout(() => redirect(response, `/${hop++}`), 300));
  expect(await reasonOf(fetchPublic("https://example.com/", { ...net, timeoutMs: 700 }))).toBe("timeout");
  const deaf = { ...net, timeoutMs: 100, fetch: () => new Promise<Response>(() => {}) };
  expect(await reasonOf(fetchPublic("https://example.com/", deaf))).toBe("timeout");
});

test.each<[string, (write: (text: string) => void) => unknown]>([
  ["a header of 1 MB", (write) => write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(1_000_000)}\r\n\r\nhello`)],
  ["no HTTP", (write) => write("220 mail.example.com ESMTP\r\n")],
  ["a body that is not packed as it says", (write) => write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\nhello")],
])("a site that answers with %s is unreachable", async (_, send) => {
  const rawFetch = await serveRaw(send);
  const options = { resolve: publicly, fetch: rawFetch, maxBytes: 9_999_999, timeoutMs: 5_000 };
  expect(await reasonOf(fetchPublic("https://example.com/", options))).toBe("unreachable");
});

test("a document that breaks off is not taken for a whole one", async () => {
  const { net } = await serveSites((_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("half");
    setTimeout(() => response.destroy(), 50);
  });
  expect(await reasonOf(fetchPublic("https://example.com/", net))).toBe("unreachable");
});

test("a document that has not changed is not sent again", async () => {
  const date = "Tue, 03 Mar 2026 10:00:00 GMT";
  const { net } = await serveSites((request, response) => {
    const { "if-none-match": etag, "if-modified-since": since } = request.headers;
    if (asked(request).pathname === "/moved") return redirect(response, "/page");
    response.writeHead(etag === '"v1"' || since === date ? 304 : 200).end();
  });
  const ask = (path: string, more: object) => fetchPublic(`https://example.com/${path}`, { ...net, ...more });
  expect(await ask("page", { etag: '"v1"' })).toEqual({ status: "unchanged" });
  expect(await ask("page", { lastModified: date })).toEqual({ status: "unchanged" });
  expect(await ask("page", { etag: '"v0"' })).toMatchObject({ status: "fetched" });
  // The validators are those of one page: another could have the same by chance.
  expect(await ask("moved", { etag: '"v1"' })).toMatchObject({ status: "fetched" });
});

test.each([
  [401, "forbidden"],
  [403, "forbidden"],
  [404, "not_found"],
  [410, "not_found"],
  [429, "busy"],
  [503, "busy"],
  [500, "server_error"],
  [204, "rejected"],
  [206, "rejected"],
  [300, "rejected"],
  [302, "rejected"], // without a Location
  [304, "rejected"], // which nobody asked for
  [418, "rejected"],
])("the answer %i is refused as %s", async (status, reason) => {
  const { net } = await serveSites((_, response) => response.writeHead(status).end());
  const error = await refusal(fetchPublic("https://example.com/", net));
  expect(error).toMatchObject({ reason, retryAfterSeconds: null });
  expect(error.message).toMatch(/^example\.com .+ \(HTTP \d+\)\. .+\.$/);
});

test("a busy site says when it wants to be asked again", async () => {
  const wishes = ["120", new Date(Date.now() + 60_000).toUTCString(), "999999999", "soon", new Date(0).toUTCString()];
  const { net } = await serveSites((_, response) => response.writeHead(503, { "retry-after": wishes.shift() }).end());
  const ask = async () => (await refusal(fetchPublic("https://example.com/", net))).retryAfterSeconds;
  expect(await ask()).toBe(120);
  expect(await ask()).toBeOneOf([59, 60, 61]);
  expect(await ask()).toBe(86_400);
  expect(await ask()).toBe(null);
  expect(await ask()).toBe(0);
});

test("only the types that are asked for are taken, and never what does not end", async () => {
  const { net } = await serveSites((request, response) => {
    const type = asked(request).searchParams.get("type")!;
    response.writeHead(200, type ? { "content-type": type } : {}).write("data: 1\n\n");
    if (!type.includes("event-stream")) response.end();
  });
  const ask = (type: string, accept?: string[]) =>
    fetchPublic(`https://example.com/?type=${encodeURIComponent(type)}`, { ...net, accept });
  const documents = ["text/*", "application/pdf"];
  expect(await ask("text/html;charset=utf-8", documents)).toMatchObject({ contentType: "text/html" });
  expect(await ask("application/pdf", documents)).toMatchObject({ contentType: "application/pdf" });
  expect(await ask("", documents)).toMatchObject({ contentType: null });
  expect(await reasonOf(ask("video/mp4", documents))).toBe("unsupported_type");
  expect(await reasonOf(ask("application/pdfx", documents))).toBe("unsupported_type");
  expect(await reasonOf(ask("text/event-stream; charset=utf-8", documents))).toBe("unsupported_type");
  expect(await reasonOf(ask("text/event-stream"))).toBe("unsupported_type");
});

test.each(["zstd", "compress", "gzip, gzip"])(
  "a document packed with %s is refused, for its bytes could be packed still",
  async (encoding) => {
    const { net } = await serveSites((_, response) =>
      response.writeHead(200, { "content-encoding": encoding }).end("a"),
    );
    expect(await reasonOf(fetchPublic("https://example.com/", net))).toBe("unsupported_type");
  },
);

test("a site learns who asks, and gets no cookie back at the next hop", async () => {
  const seen: (string | undefined)[] = [];
  const { net } = await serveSites((request, response) => {
    seen.push(request.headers["user-agent"], request.headers.cookie, request.headers.referer);
    if (asked(request).pathname === "/b") return void response.end();
    response.setHeader("set-cookie", "id=1; Path=/");
    redirect(response, "/b");
  });
  await fetchPublic("https://example.com/a", net);
  const agent = expect.stringMatching(/\bEdgelore\/\d/);
  expect(seen).toEqual([agent, undefined, undefined, agent, undefined, undefined]);
});
