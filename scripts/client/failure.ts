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

/** The API did not answer, or not to the end. */
export class ConnectionError extends Error {
  /** Nothing listens there, or there is no such host. */
  readonly isRefused: boolean;
  constructor(message: string, options: { cause?: unknown; isRefused?: boolean } = {}) {
    super(message, { cause: options.cause });
    this.name = "ConnectionError";
    this.isRefused = options.isRefused ?? false;
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

/** What `fetch` threw, said so that one can act on it. */
export function connectionError(cause: unknown, url: string): ConnectionError {
  const code = codeOf(cause);
  if (code === "ECONNREFUSED") return new ConnectionError(`Nothing answers at ${url}.`, { cause, isRefused: true });
  if (code === "ENOTFOUND") return new ConnectionError(`There is no host of ${url}.`, { cause, isRefused: true });
  const why = cause instanceof Error && cause.name === "TimeoutError" ? "no answer in time" : (code ?? String(cause));
  return new ConnectionError(`The connection to ${url} broke: ${why}.`, { cause });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return "code" in error && typeof error.code === "string" ? error.code : codeOf(error.cause);
}
