import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { answerControl, parseJson, readBody, sendJson, takeFault } from "./faults.ts";
import { type Database, isSqlError, type Result, type Statement } from "./postgres.ts";

export type Fault = {
  kind: "500" | "reset" | "hang" | "slow" | "commit-then-reset";
  times?: number;
  match?: string;
  delayMs?: number;
};

const kinds = ["500", "reset", "hang", "slow", "commit-then-reset"];
const sizeBytesMax = 64 * 1024 * 1024;
const isolationLevels: Record<string, string> = {
  ReadUncommitted: "read uncommitted",
  ReadCommitted: "read committed",
  RepeatableRead: "repeatable read",
  Serializable: "serializable",
};
const errorFields = [
  ...["code", "detail", "hint", "position", "internalPosition", "internalQuery", "severity", "where", "table"],
  ...["column", "schema", "dataType", "constraint", "file", "line", "routine"],
] as const;

type HeaderSource = { get(name: string): string | null };
type Answer = { status: number; body: string };
type Query = { query: string; params: unknown[] };

const refuse = (status: number, message: string): Answer => ({ status, body: JSON.stringify({ message }) });

function isQuery(value: unknown): value is Query {
  const { query, params } = (value ?? {}) as Partial<Query>;
  return typeof query === "string" && Array.isArray(params);
}

/** The request's statements, or undefined where the body is not what the driver sends. */
function parseStatements(text: string): { statements: Statement[]; isBatch: boolean } | undefined {
  const body = parseJson(text);
  const isBatch = Array.isArray(body?.queries);
  const queries: unknown[] = isBatch ? body.queries : [body];
  if (!queries.every(isQuery)) return undefined;
  return { statements: queries.map(({ query, params }) => ({ text: query, params })), isBatch };
}

function formatResult({ command, rowCount, rows, fields }: Result, rowAsArray: boolean) {
  const toObject = (row: Result["rows"][number]) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]]));
  const typed = fields.map((field) => ({ ...field, format: "text" }));
  return { command, rowCount, rows: rowAsArray ? rows : rows.map(toObject), fields: typed, rowAsArray };
}

function formatError(error: unknown): Answer {
  if (!isSqlError(error)) {
    const message = error instanceof Error ? error.message : String(error);
    return { status: 500, body: JSON.stringify({ message: `Control plane request failed: ${message}`, code: "" }) };
  }
  const fields = Object.fromEntries(errorFields.map((field) => [field, error[field] ?? null]));
  return { status: 400, body: JSON.stringify({ message: error.message, ...fields }) };
}

async function answer(database: Database, headers: HeaderSource, text: string): Promise<Answer> {
  if (Buffer.byteLength(text) > sizeBytesMax) return refuse(413, `request is too large (max is ${sizeBytesMax} bytes)`);
  const connectionString = headers.get("neon-connection-string");
  if (!connectionString || !URL.canParse(connectionString)) return refuse(400, "invalid connection string");
  if (headers.get("neon-raw-text-output") !== "true") return refuse(400, "this stand-in speaks raw text output only");
  const request = parseStatements(text);
  if (!request) return refuse(400, "could not parse the request body as a query or a batch");
  const level = headers.get("neon-batch-isolation-level");
  if (level && !isolationLevels[level]) return refuse(400, "invalid isolation level");
  const options = {
    ...(level && { isolation: isolationLevels[level] }),
    readOnly: headers.get("neon-batch-read-only") === "true",
    deferrable: headers.get("neon-batch-deferrable") === "true",
  };
  try {
    const { statements, isBatch } = request;
    const results = await database.transaction(connectionString, statements, isBatch ? options : undefined);
    const shown = results.map((result) => formatResult(result, headers.get("neon-array-mode") === "true"));
    const body = JSON.stringify(isBatch ? { results: shown } : shown[0]);
    if (Buffer.byteLength(body) > sizeBytesMax)
      return refuse(507, `response is too large (max is ${sizeBytesMax} bytes)`);
    return { status: 200, body };
  } catch (error) {
    return formatError(error);
  }
}

/** For `neonConfig.fetchFunction`: the driver talks to the database in process, without a socket. */
export function neonFetch(database: Database) {
  return async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(url, init);
    const { status, body } = await answer(database, request.headers, await request.text());
    request.signal.throwIfAborted();
    return new Response(body, { status, headers: { "content-type": "application/json" } });
  };
}

async function answerSql(database: Database, faults: Fault[], request: IncomingMessage, response: ServerResponse) {
  const text = await readBody(request);
  const asked =
    parseStatements(text)
      ?.statements.map((statement) => statement.text)
      .join("\n") ?? text;
  const fault = takeFault(faults, asked);
  if (fault?.delayMs) await sleep(fault.delayMs);
  if (fault?.kind === "hang") return;
  if (fault?.kind === "reset") return request.socket.destroy();
  if (fault?.kind === "500") return sendJson(response, 500, { message: "Control plane request failed", code: "" });
  const headers = new Headers(request.headers as Record<string, string>);
  const { status, body } = await answer(database, headers, text);
  if (fault?.kind === "commit-then-reset") return request.socket.destroy();
  response.writeHead(status, { "content-type": "application/json", "neon-request-id": randomUUID() });
  response.end(body);
}

/** Neon's SQL over HTTP on a port of its own, with faults to order. */
export async function serveNeon({ database, port = 0 }: { database: Database; port?: number }) {
  const faults: Fault[] = [];
  let requests = 0;

  async function route(request: IncomingMessage, response: ServerResponse) {
    if (await answerControl(request, response, { faults, kinds, stats: () => ({ requests }) })) return;
    if (request.method !== "POST" || request.url !== "/sql") return sendJson(response, 404, { message: "not found" });
    requests++;
    await answerSql(database, faults, request, response);
  }

  const server = createServer((request, response) => {
    // What fails here is a client that left in the middle of its request.
    route(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sql`,
    faults,
    requests: () => requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
