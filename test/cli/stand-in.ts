import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../scripts/cli.ts", import.meta.url));

export type Stored = { id: string; filename: string; text: string; fields: Record<string, string>; status: string };
export type Seen = { method: string; path: string; key: string | undefined; body: string };
type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

/** Speaks as much of the API as the CLI uses. A document whose text says "bad" fails. */
export async function standIn() {
  const documents: Stored[] = [];
  const byKey = new Map<string, Stored>();
  const seen: Seen[] = [];
  /** Take the place of the API's own answers, one request each. */
  const next: Handler[] = [];
  const overrides: Record<string, Handler> = {};

  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    if (!body) return; // the caller left in the middle
    const [method, path] = [request.method ?? "", request.url ?? ""];
    const key = request.headers["idempotency-key"] as string | undefined;
    seen.push({ method, path, key, body: body.toString() });
    const handler = next.shift() ?? overrides[`${method} ${path}`] ?? (path === "/v1/documents" ? upload : look);
    await handler(request, response, body);
  });

  const upload: Handler = async (request, response, body) => {
    const headers = { "content-type": request.headers["content-type"] ?? "" };
    const form = await new Response(new Uint8Array(body), { headers }).formData();
    const { file, ...fields } = Object.fromEntries(form as unknown as Iterable<[string, File]>);
    const text = await (file as File).text();
    const key = request.headers["idempotency-key"] as string;
    const same = documents.find((one) => one.text === text && one.status !== "failed");
    const replayed = byKey.get(key);
    if (!replayed && same) return problem(response, 409, "CONFLICT", "There already.", { documentId: same.id });
    const status = text.includes("bad") ? "failed" : "completed";
    const made = { id: randomUUID(), filename: (file as File).name, text, fields: fields as never, status };
    if (!replayed) documents.push(made);
    byKey.set(key, replayed ?? made);
    const { id, status: seenStatus } = replayed ?? made;
    json(response, 202, { id, status: replayed ? seenStatus : "uploaded" });
  };

  const look: Handler = (request, response) => {
    const [, , , id, verb] = (request.url ?? "").split("/");
    const found = documents.find((one) => one.id === id);
    if (!found) return problem(response, 404, "NOT_FOUND", "This document does not exist.");
    if (verb === "reprocess") {
      found.status = "completed";
      return json(response, 202, { id, status: "uploaded" });
    }
    const failureReason =
      found.status === "failed" ? "The PDF is encrypted. Save it\u001b[31m without a password." : null;
    json(response, 200, { id, title: found.filename, status: found.status, failureReason, chunkCount: 3 });
  };

  const { url, stop } = await listen(server);
  return { url, documents, seen, next, overrides, upload, stop };
}

export async function listen(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, stop };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch {
    return undefined;
  }
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, detail: string, extra: object = {}) {
  const body = { type: "about:blank", title: code, status, detail, code, requestId: "r1", ...extra };
  response
    .writeHead(status, { "content-type": "application/problem+json", "retry-after": status === 409 ? "" : "0" })
    .end(JSON.stringify(body));
}

export function stream(response: ServerResponse, events: [string, unknown][]) {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const [event, data] of events) response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

export const newFolder = () => mkdtempSync(join(tmpdir(), "edgelore-cli-"));

type Setting = { url?: string; cwd?: string; env?: Record<string, string> };

export function start(args: string[], { url, cwd = newFolder(), env = {} }: Setting = {}): ChildProcess {
  const connection = url ? { EDGELORE_URL: url, EDGELORE_API_KEY: "el_test", EDGELORE_CHATBOT: "bot" } : {};
  return spawn(process.execPath, [CLI, ...args], { cwd, env: { ...connection, ...env } });
}

/** Runs the CLI to its end. */
export async function run(args: string[], setting: Setting = {}) {
  const child = start(args, setting);
  const said = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text) => (said.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text) => (said.stderr += text));
  const [code] = await once(child, "close");
  return { code, ...said };
}
