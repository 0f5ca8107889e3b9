import type { ServerResponse } from "node:http";
import { sendJson } from "../faults.ts";

const statuses = {
  ValidationException: 400,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  UnknownOperationException: 404,
  ThrottlingException: 429,
  InternalServerException: 500,
  ServiceUnavailableException: 503,
};

export class ServiceError extends Error {
  readonly type: keyof typeof statuses;

  constructor(type: keyof typeof statuses, message: string) {
    super(message);
    this.type = type;
  }
}

export const malformed = (what: string) =>
  new ServiceError(
    "ValidationException",
    `Malformed input request: ${what}, please reformat your input and try again.`,
  );

/** AWS names the error in a header; the body has only the message. */
export function sendError(response: ServerResponse, error: unknown): void {
  const { type, message } =
    error instanceof ServiceError
      ? error
      : new ServiceError("InternalServerException", `the stand-in failed: ${error}`);
  sendJson(response, statuses[type], { message }, { "x-amzn-errortype": type });
}
