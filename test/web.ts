import { createServer, type IncomingMessage, type RequestListener, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Of names under `private.`, and of those under `rebind.` from the second question on. */
const PRIVATE = "169.254.169.254";
const PUBLIC = "93.184.215.14";

/**
 * The internet, as the tests' worker reaches it: a resolver for which names under example.com are public, and a proxy that asks
 * the server on this machine whose port a name says, such as `p41234.example.com`. That server finds the URL in `x-asked`.
 */
export async function startWeb() {
  const questions = new Map<string, number>();
  // workerd names the host in the URL alone.
  const server = createServer({ requireHostHeader: false }, (asked, response) => {
    const url = new URL(asked.url!);
    if (url.hostname === "cloudflare-dns.com") resolve(url, response, questions);
    else forward(url, asked, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

function resolve({ searchParams }: URL, response: ServerResponse, questions: Map<string, number>) {
  const [name, type] = [searchParams.get("name")!, searchParams.get("type")!];
  const before = questions.get(name + type) ?? 0;
  questions.set(name + type, before + 1);
  const isPrivate = name.startsWith("private.") || (name.startsWith("rebind.") && before > 0);
  const isKnown = name.endsWith(".example.com") && !name.startsWith("missing.");
  const answer = type === "A" && isKnown ? [{ name, type: 1, TTL: 1, data: isPrivate ? PRIVATE : PUBLIC }] : [];
  response.writeHead(200, { "content-type": "application/dns-json" });
  response.end(JSON.stringify({ Status: isKnown ? 0 : 3, TC: false, Answer: answer }));
}

function forward(url: URL, asked: IncomingMessage, response: ServerResponse) {
  const port = /\bp(\d+)\./.exec(url.hostname)?.[1];
  if (!port) return void response.writeHead(404).end();
  const headers = { ...asked.headers, "x-asked": url.href };
  const { method } = asked;
  const onward = request({ host: "127.0.0.1", port, method, path: url.pathname + url.search, headers }, (answer) => {
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
    answer.on("error", () => response.destroy());
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  asked.pipe(onward);
}

/** What a site answers for a path: HTML, or an answer in full; `{site}` in it is the site's own address. Nothing: 404. */
export type Answer = string | { status?: number; headers?: Record<string, string>; body?: string | Buffer };

/** A site on the tests' internet. `pages` may change; `asked` has what was asked for, with its headers, and how many at once. */
export async function openSite(pages: Record<string, Answer | RequestListener> = {}) {
  const asked: { path: string; headers: IncomingMessage["headers"] }[] = [];
  const atOnce = { now: 0, most: 0 };
  const server = createServer((request, response) => {
    asked.push({ path: request.url!, headers: request.headers });
    atOnce.most = Math.max(atOnce.most, ++atOnce.now);
    response.on("close", () => (atOnce.now -= 1));
    const answer = pages[request.url!];
    if (typeof answer === "function") return answer(request, response);
    if (answer === undefined) return void response.writeHead(404).end();
    const { status = 200, headers = {}, body = "" } = typeof answer === "string" ? { body: answer } : answer;
    const own = (text: string) => text.replaceAll("{site}", url);
    const told = Object.entries(headers).map(([name, value]) => [name, own(value)]);
    response.writeHead(status, { "content-type": "text/html", ...Object.fromEntries(told) });
    response.end(typeof body === "string" ? own(body) : body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  server.unref();
  const { port } = server.address() as AddressInfo;
  const url = `https://p${port}.example.com`;
  return { url, port, pages, asked, atOnce, paths: () => asked.map(({ path }) => path) };
}
export type Site = Awaited<ReturnType<typeof openSite>>;
