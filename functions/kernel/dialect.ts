import type { StreamEvent } from "./endpoint.ts";
import { type ApiError, type Code, problemOf, STATUS } from "./errors.ts";

/** In whose manners an endpoint is spoken to. What it does, and what keeps it, is the same in each. */
export type Dialect = {
  /** Whether a body may hold fields that nobody here knows. */
  takesUnknownFields: boolean;
  statusOf(code: Code): (typeof STATUS)[Code];
  errorType: string;
  errorOf(error: ApiError, requestId: string): object;
  /** For clients that try again by themselves: whether it is of any use, where the status leaves that open. */
  headersOf(error: ApiError): Record<string, string>;
  /** An event on the wire; `sequence` counts those of one answer. */
  written(told: StreamEvent, sequence: number): string;
  brokenOff(error: ApiError, requestId: string): StreamEvent;
  /** What follows the last event of an answer that was told whole. */
  end: string;
};

const edgelore: Dialect = {
  takesUnknownFields: false,
  statusOf: (code) => STATUS[code],
  errorType: "application/problem+json",
  errorOf: problemOf,
  headersOf: () => ({}),
  written: ({ event, data }, sequence) => `id: ${sequence}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
  brokenOff: (error, requestId) => ({ event: "error", data: problemOf(error, requestId) }),
  end: "",
};

type OpenAiError = { type: string; code: string };

const refused = (code: string): OpenAiError => ({ type: "invalid_request_error", code });
/** The words that OpenAI has, and clients know; ours where it has none. */
const OPENAI_ERRORS: Record<Code, OpenAiError> = {
  INVALID: refused("invalid_value"),
  UNAUTHENTICATED: refused("invalid_api_key"),
  BUDGET_EXCEEDED: { type: "insufficient_quota", code: "insufficient_quota" },
  FORBIDDEN: refused("insufficient_permissions"),
  NOT_FOUND: refused("not_found"),
  METHOD_NOT_ALLOWED: refused("method_not_supported"),
  CONFLICT: refused("conflict"),
  TOO_LARGE: refused("request_too_large"),
  UNSUPPORTED_MEDIA_TYPE: refused("unsupported_content_type"),
  UNPROCESSABLE: refused("unprocessable"),
  RATE_LIMITED: { type: "requests", code: "rate_limit_exceeded" },
  INTERNAL: { type: "server_error", code: "internal_error" },
  UNAVAILABLE: { type: "server_error", code: "service_unavailable" },
};

/** `messages.0.content` as OpenAI writes it: `messages[0].content`. */
const paramOf = (path: string) => path.replace(/\.(\d+)(?=\.|$)/g, "[$1]");

const openAiError = (error: ApiError) => {
  const path = error.details.errors?.[0]?.path;
  const told = error.code === "NOT_FOUND" && path === "model" ? refused("model_not_found") : OPENAI_ERRORS[error.code];
  return { error: { message: error.message, ...told, param: path ? paramOf(path) : null } };
};

const openai: Dialect = {
  takesUnknownFields: true,
  // Its clients know no 402: a quota that is used up is the 429 that it is of no use to repeat.
  statusOf: (code) => (code === "BUDGET_EXCEEDED" ? STATUS.RATE_LIMITED : STATUS[code]),
  errorType: "application/json",
  errorOf: openAiError,
  headersOf: ({ code }): Record<string, string> => (code === "BUDGET_EXCEEDED" ? { "x-should-retry": "false" } : {}),
  written: ({ data }) => `data: ${JSON.stringify(data)}\n\n`,
  brokenOff: (error) => ({ event: "error", data: openAiError(error) }),
  end: "data: [DONE]\n\n",
};

export const DIALECTS = { edgelore, openai } as const satisfies Record<string, Dialect>;
export type DialectName = keyof typeof DIALECTS;
/** Every error of the OpenAI form, for its description. */
export const OPENAI_ERROR_CODES: readonly string[] = [
  ...Object.values(OPENAI_ERRORS).map(({ code }) => code),
  "model_not_found",
];
export const OPENAI_ERROR_TYPES: readonly string[] = [...new Set(Object.values(OPENAI_ERRORS).map(({ type }) => type))];
