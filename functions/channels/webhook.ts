import type { Event } from "../../db/queries/events/event.ts";
import { bytesOf } from "../kernel/auth/hash.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError } from "../kernel/errors.ts";
import { eventReply } from "../kernel/event.ts";
import { LIMITS } from "../kernel/limits.ts";
import { FetchRefused } from "../kernel/net/fetch-refused.ts";
import { postPublic } from "../kernel/net/post-public.ts";
import { retryAfterSeconds } from "../kernel/net/response-headers.ts";
import { openWeb } from "../kernel/net/web.ts";
import { unseal } from "../kernel/seal.ts";
import { signedHeaders } from "./standard-webhooks.ts";
import { placeOf } from "./webhook-endpoint.ts";

export type Told = { id: string; body: string };

/** What an endpoint is sent of an event: all but the address and the browser of a person; what it says of itself only if it fits. */
export function toldOf(event: Event): Told {
  const { ipAddress: _, userAgent: __, ...data } = eventReply(event);
  const bodyOf = (told: object) => JSON.stringify({ type: event.type, timestamp: event.createdAt, data: told });
  const body = bodyOf(data);
  const isTooLarge = bytesOf(body).byteLength >= LIMITS.webhookBytesMax;
  return { id: event.id, body: isTooLarge ? bodyOf({ ...data, data: {} }) : body };
}

export type Receiver = {
  id: string;
  url: string;
  secret: string;
  previousSecret: string | null;
  previousSecretExpiresAt: string | null;
};

/** How a try went: delivered without an error. */
export type Try = {
  error: string | null;
  responseStatus: number | null;
  responseBody: string | null;
  durationMs: number;
  /** The endpoint says that there is nobody any more. */
  isGone: boolean;
  retryAfterSeconds: number | null;
};

const BUSY = [429, 503];
/** Of UTF-8, as many as the characters that are kept can have. */
const RESPONSE_BYTES_MAX = 4 * LIMITS.webhookResponseCharsMax;

/** Sends it once, signed by the secrets that hold now. Only 2xx is success; whatever else happens is a failure and never an exception. */
export async function send(ctx: Ctx, receiver: Receiver, told: Told): Promise<Try> {
  const started = Date.now();
  const none = { responseStatus: null, responseBody: null, isGone: false, retryAfterSeconds: null };
  try {
    const headers = {
      "content-type": "application/json",
      "user-agent": "Edgelore-Webhooks/1.0",
      ...(await signedHeaders(await secretsOf(ctx, receiver), told)),
    };
    const timing = { timeoutMs: LIMITS.webhookTimeoutMs, maxBytes: RESPONSE_BYTES_MAX };
    const posted = await postPublic(receiver.url, { ...openWeb(ctx.env), headers, body: told.body, ...timing });
    const { status, text } = posted;
    return {
      error: status >= 200 && status < 300 ? null : `It answered ${status}.`,
      responseStatus: status,
      responseBody: text.replaceAll("\0", "").slice(0, LIMITS.webhookResponseCharsMax).toWellFormed(),
      durationMs: Date.now() - started,
      isGone: status === 410,
      retryAfterSeconds: BUSY.includes(status) ? retryAfterSeconds(posted.headers) : null,
    };
  } catch (error) {
    return { ...none, error: failureOf(error), durationMs: Date.now() - started };
  }
}

const failureOf = (error: unknown): string =>
  error instanceof FetchRefused || error instanceof ApiError ? error.message : "Its secret cannot be opened.";

async function secretsOf({ env, identify }: Ctx, receiver: Receiver): Promise<string[]> {
  const { organizationId } = await identify();
  const { secret, previousSecret, previousSecretExpiresAt } = receiver;
  const isHeld = previousSecretExpiresAt !== null && Date.parse(previousSecretExpiresAt) > Date.now();
  const sealed = [secret, ...(previousSecret && isHeld ? [previousSecret] : [])];
  return Promise.all(sealed.map((each) => unseal(env, placeOf(organizationId, receiver.id), each)));
}
