export type Problem = {
  title: string;
  status: number;
  detail?: string;
  code?: string;
  errors?: { path: string; message: string }[];
  requestId?: string;
  /** Names the document that has these bytes already, when an upload is a conflict. */
  documentId?: string;
};

/** The API said no. */
export class ProblemError extends Error {
  readonly problem: Problem;
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail || problem.title);
    this.name = "ProblemError";
    this.problem = problem;
    this.status = problem.status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** `absent`: nothing listens there, or there is no such host; `broken`: the line; `impossible`: will not go well later either. */
type Kind = "absent" | "broken" | "impossible";

/** The API did not answer, or not to the end. */
export class ConnectionError extends Error {
  readonly kind: Kind;
  constructor(message: string, kind: Kind, cause?: unknown) {
    super(message, { cause });
    this.name = "ConnectionError";
    this.kind = kind;
  }
}

const RETRY_AFTER_MS_MAX = 120_000;

const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" && value !== null && "title" in value && typeof value.title === "string";

export const problemError = async (response: Response) =>
  new ProblemError(await problemOf(response), retryAfterMs(response.headers.get("retry-after")));

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => undefined);
  if (isProblem(body)) return { ...body, status: response.status };
  const { status } = response;
  const location = response.headers.get("location");
  const detail = location ? `The URL leads on to ${location}; give that one.` : undefined;
  return { title: `HTTP ${status}, and not in the manner of Edgelore. Is the URL right?`, status, detail };
}

/** `Retry-After` as seconds or as a date. */
export function retryAfterMs(header: string | null): number | undefined {
  if (!header) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MS_MAX);
}

const BROKEN =
  /^(ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|UND_ERR_(SOCKET|\w+_TIMEOUT))$/;

/** What `fetch` threw, said so that one can act on it. */
export function connectionError(thrown: unknown, url: string): ConnectionError {
  const cause = rootOf(thrown);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : "";
  if (code === "ECONNREFUSED") return new ConnectionError(`Nothing answers at ${url}.`, "absent", thrown);
  if (code === "ENOTFOUND") return new ConnectionError(`There is no such host: ${url}.`, "absent", thrown);
  const isBroken = BROKEN.test(code) || cause.name === "TimeoutError";
  const why = (cause.message || code).replace(/\.$/, "");
  return new ConnectionError(`No connection to ${url}: ${why}.`, isBroken ? "broken" : "impossible", thrown);
}

/** The innermost cause; of several addresses that were tried, they all share the outer code. */
function rootOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
