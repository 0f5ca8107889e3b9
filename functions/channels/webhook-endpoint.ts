import * as z from "zod";
import type { WebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { count, id, instant, text, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { FetchRefused } from "../kernel/net/fetch-refused.ts";
import { publicUrl } from "../kernel/net/public-address.ts";
import type { Place } from "../kernel/seal.ts";

export const endpointParams = z.object({ endpointId: id("webhook endpoint") });

const url = text(LIMITS.urlCharsMax, 1).meta({
  description: "Where events are posted: https, and on the public internet, which is looked up anew each time",
});
const description = words(LIMITS.nameCharsMax).nullable();
const types = z
  .array(
    z
      .string()
      .max(100)
      .regex(/^[a-z][a-z-]*\.([a-z_]+)?$/, "is no type of event, as `budget.alerted` or `budget.` is"),
  )
  .max(LIMITS.webhookTypesMax)
  .meta({ description: "Types of events; with a dot at its end all that begin so. None: every event there is" });
const status = z.enum(["active", "disabled"]).meta({
  description:
    "A disabled one is told nothing. Made active again it is told what waited when it was disabled, and what happens from then on",
});

export const NewEndpoint = z.object({ url, description: description.default(null), types: types.default([]) });
export const EndpointChange = z.object({ url, description, types, status }).partial();

export const EndpointReply = z
  .object({
    id: id("webhook endpoint"),
    url,
    description,
    types,
    status,
    disabledReason: text(1_000).nullable().meta({ description: "Null when you did it" }),
    failures: count.meta({
      description: "Tries that failed since one succeeded; the event that is first in line is tried again",
    }),
    retryAt: instant
      .nullable()
      .meta({ description: "When it is tried again; what else happens waits behind it, in order" }),
    previousSecretExpiresAt: instant
      .nullable()
      .meta({ description: "Until then the secret before this one signs too" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "WebhookEndpoint" });

export const EndpointWithSecretReply = EndpointReply.extend({
  secret: text(100).nullable().meta({
    description: "Verifies the signatures, `whsec_…`. It is shown this once; null when the request is repeated",
  }),
}).meta({ id: "WebhookEndpointWithSecret" });

/** What the API says of one: no secret, sealed or not. */
export const endpointReply = (endpoint: WebhookEndpoint): z.input<typeof EndpointReply> => {
  const { secret: _, secretId: __, previousSecret: ___, organizationId: ____, ...told } = endpoint;
  return { ...told, status: told.status === "active" ? "active" : "disabled" };
};

/** As it is sent to. Names are looked up when something is sent; here is refused what no name could make right. */
export function receiverUrl(url: string): string {
  const refused = (message: string) =>
    new ApiError("INVALID", `url: ${message}`, { errors: [{ path: "url", message }] });
  try {
    const { href, protocol } = publicUrl(url);
    if (protocol !== "https:") throw refused("must begin with https://");
    return href;
  } catch (error) {
    throw error instanceof FetchRefused ? refused(error.message) : error;
  }
}

/** Where the secrets of an endpoint are sealed. */
export const placeOf = (organizationId: string, endpointId: string): Place => ({
  organizationId,
  id: endpointId,
  field: "webhook_endpoints.secret",
});
