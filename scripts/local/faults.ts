import type { IncomingMessage, ServerResponse } from "node:http";

/** `times` defaults to 1; -1 means until the list is replaced. `match` must occur in what is asked. */
export type Scripted = { kind: string; times?: number; match?: string; delayMs?: number };

/** The first fault that applies, used up once; `match` keeps tests that share a stand-in out of each other's way. */
export function takeFault<F extends Scripted>(faults: F[], asked: string, applies: (fault: F) => boolean = () => true) {
  const index = faults.findIndex(
    (fault) => (fault.match === undefined || asked.includes(fault.match)) && applies(fault),
  );
  const fault = faults[index];
  if (!fault) return undefined;
  const left = (fault.times ?? 1) - 1;
  if (left === 0) faults.splice(index, 1);
  else if (left > 0) fault.times = left;
  return fault;
}

/** POST /faults replaces the list, GET /stats shows the counters: how another process steers a stand-in. */
export async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  { faults, kinds, stats }: { faults: Scripted[]; kinds: readonly string[]; stats: () => object },
): Promise<boolean> {
  const route = `${request.method} ${request.url}`;
  if (route === "GET /stats") {
    sendJson(response, 200, stats());
    return true;
  }
  if (route !== "POST /faults") return false;
  const given = parseJson(await readBody(request));
  const unknown = Array.isArray(given) ? given.find((fault) => !kinds.includes(fault?.kind)) : given;
  if (!Array.isArray(given) || unknown !== undefined) {
    sendJson(response, 400, { message: `expected an array of faults of these kinds: ${kinds.join(", ")}` });
    return true;
  }
  faults.splice(0, Infinity, ...given);
  sendJson(response, 200, faults);
  return true;
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

export function parseJson(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
