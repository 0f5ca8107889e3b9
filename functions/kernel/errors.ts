import { CONSTRAINTS } from "../../db/constraints.ts";
import { log } from "./log.ts";

/** Every way to fail that a caller can tell apart, and its HTTP status. */
export const STATUS = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  BUDGET_EXCEEDED: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
} as const;
export type Code = keyof typeof STATUS;

const TITLES: Record<Code, string> = {
  INVALID: "The request is not valid",
  UNAUTHENTICATED: "Who are you?",
  BUDGET_EXCEEDED: "A budget is used up",
  FORBIDDEN: "This is not allowed",
  NOT_FOUND: "There is no such thing",
  METHOD_NOT_ALLOWED: "This path does not take this method",
  CONFLICT: "This conflicts with what is there",
  TOO_LARGE: "This is too large",
  UNSUPPORTED_MEDIA_TYPE: "This content type is not taken here",
  UNPROCESSABLE: "This cannot be carried out as it is",
  RATE_LIMITED: "Too many requests",
  INTERNAL: "Something went wrong on our side",
  UNAVAILABLE: "This does not work at the moment",
};

export type FieldError = { path: string; message: string };
type Details = {
  errors?: FieldError[];
  retryAfterSeconds?: number;
  /** What is left of which limit, for the header of that name. */
  rateLimit?: string;
  extra?: Record<string, unknown>;
  cause?: unknown;
};

export class ApiError extends Error {
  readonly code: Code;
  readonly details: Details;
  constructor(code: Code, detail: string, details: Details = {}) {
    super(detail, { cause: details.cause });
    this.code = code;
    this.details = details;
  }
}

export const notFound = (what: string) => new ApiError("NOT_FOUND", `This ${what} does not exist.`);

/** `application/problem+json` (RFC 9457) with a stable `code`, the fields that are wrong, and the request's id. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: Code;
  errors?: FieldError[];
  requestId: string;
  [extension: string]: unknown;
};

export function problemOf(error: ApiError, requestId: string): Problem {
  const { errors, extra } = error.details;
  return {
    type: "about:blank",
    title: TITLES[error.code],
    status: STATUS[error.code],
    detail: error.message,
    code: error.code,
    ...(errors && { errors }),
    ...extra,
    requestId,
  };
}

const read = (error: unknown): ApiError =>
  error instanceof ApiError ? error : (fromDatabase(error) ?? unknown(error));

export const codeOf = (error: unknown): Code => read(error).code;

/** What cannot be told to the caller is told to the log, and the caller gets the request's id. */
export function toApiError(error: unknown, requestId: string): ApiError {
  const known = read(error);
  if (STATUS[known.code] >= 500)
    log("error", "request failed", { requestId, code: known.code, error: describe(known.details.cause ?? error) });
  return known;
}

const unknown = (cause: unknown) =>
  new ApiError("INTERNAL", "Please try again; if it stays, tell us the requestId.", { cause });

/** For people: what an ApiError says was written for them; of anything else they learn its kind. */
export const reasonOf = (error: unknown): string =>
  error instanceof ApiError
    ? error.message
    : `An unexpected error (${error instanceof Error ? error.name : "unknown"}).`;

/** Name, message and place of an error; never a statement's parameters. */
export const describe = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${error.message}\n${error.stack?.split("\n").slice(1, 6).join("\n") ?? ""}`
    : String(error);

type DatabaseError = Error & { code?: string; constraint?: string; detail?: string };
const isDatabaseError = (error: unknown): error is DatabaseError =>
  error instanceof Error && (error.name === "NeonDbError" || isDatabaseError(error.cause));

/** SQLSTATEs become codes here and nowhere else. */
export function fromDatabase(thrown: unknown): ApiError | undefined {
  if (!isDatabaseError(thrown)) return undefined;
  const error = thrown.name === "NeonDbError" ? thrown : (thrown.cause as DatabaseError);
  const broken = CONSTRAINTS[error.constraint ?? ""];
  const details: Details = { cause: error, ...(broken && { errors: [broken] }) };
  switch (error.code) {
    case "EL400":
      return new ApiError("INVALID", error.message, details);
    case "EL401":
      return new ApiError("UNAUTHENTICATED", error.message, details);
    case "EL403":
      return new ApiError("FORBIDDEN", error.message, details);
    case "EL404":
      return new ApiError("NOT_FOUND", error.message, details);
    case "EL409":
      return new ApiError("CONFLICT", error.message, details);
    case "23505": // unique_violation
      return new ApiError("CONFLICT", broken?.message ?? "The same thing exists already.", details);
    case "23503": // foreign_key_violation: another tenant's id is no id at all
      return new ApiError("NOT_FOUND", broken?.message ?? "Something that this names does not exist.", details);
    case "23514": // check_violation
    case "22003": // numeric_value_out_of_range
    case "22P02": // invalid_text_representation
    case "22021": // character_not_in_repertoire: a NUL in a text
    case "22P05":
      return new ApiError("INVALID", broken?.message ?? "A value is outside of what can be stored.", details);
    case "57014": // query_canceled
    case "40001":
    case "40P01":
    case "53300":
    case "57P01":
    case "57P03":
    case undefined:
    case "": // no answer, or one that is not from SQL
      return new ApiError("UNAVAILABLE", "The database does not answer. Try again in a few seconds.", {
        ...details,
        retryAfterSeconds: 5,
      });
    default:
      return undefined;
  }
}

/** Whether the database gave no answer: what was asked of it has happened or has not. */
export const unanswered = (error: unknown): boolean => fromDatabase(error)?.code === "UNAVAILABLE";

/** Whether a job's batch was refused because another worker has its lease, or it has ended or is gone with its organization. */
export const isLostLease = (error: unknown): boolean =>
  isDatabaseError(error) && (error.code ?? (error.cause as DatabaseError | undefined)?.code) === "EL409";

/** Whether the database refused a write because of that constraint. */
export const violates = (error: unknown, constraint: string): boolean =>
  isDatabaseError(error) && (error.constraint ?? (error.cause as DatabaseError | undefined)?.constraint) === constraint;
