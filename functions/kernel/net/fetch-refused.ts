/** Why nothing was fetched; `busy` is 429 and 503. */
export type RefusalReason =
  | "invalid_url"
  | "private_address"
  | "unknown_host"
  | "dns_failed"
  | "redirected"
  | "unsupported_type"
  | "too_large"
  | "timeout"
  | "unreachable"
  | "forbidden"
  | "not_found"
  | "busy"
  | "server_error"
  | "rejected";

/** After these another try later may do better; the others stay until somebody changes the address or the site. */
const temporary = new Set<RefusalReason>(["dns_failed", "timeout", "unreachable", "busy", "server_error"]);

type Details = { retryAfterSeconds?: number | null; cause?: unknown };

/** Nothing was fetched. The message is for the user: what is wrong and what to do next. */
export class FetchRefused extends Error {
  readonly reason: RefusalReason;
  /** When the site wants to be asked again, if it said so. */
  readonly retryAfterSeconds: number | null;

  constructor(reason: RefusalReason, message: string, { retryAfterSeconds = null, cause }: Details = {}) {
    super(message, { cause });
    this.name = "FetchRefused";
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get isTemporary(): boolean {
    return temporary.has(this.reason);
  }
}

/** What an answer means that is neither a document, nor a redirect, nor "unchanged". */
export function refusedByStatus(host: string, status: number, retryAfterSeconds: number | null): FetchRefused {
  const http = `(HTTP ${status})`;
  const upload = "or download the document yourself and upload the file";
  if ([401, 402, 403, 407, 451].includes(status))
    return new FetchRefused(
      "forbidden",
      `${host} does not let everybody read this address ${http}. Make it public, ${upload}.`,
    );
  if (status === 404 || status === 410)
    return new FetchRefused("not_found", `${host} has nothing at this address ${http}. Check the address.`);
  if (status === 429 || status === 503)
    return new FetchRefused("busy", `${host} is busy ${http}. Try again later.`, { retryAfterSeconds });
  if (status >= 500) return new FetchRefused("server_error", `${host} has an error ${http}. Try again later.`);
  return new FetchRefused("rejected", `${host} did not send a document ${http}. Check the address, ${upload}.`);
}
