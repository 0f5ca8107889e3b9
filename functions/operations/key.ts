import * as z from "zod";
import { ALL_SCOPES, type Scope } from "../kernel/auth/scopes.ts";
import type { Caller } from "../kernel/context.ts";
import { id, instant, name, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

export const scopes = z.array(z.enum(ALL_SCOPES)).min(1).max(LIMITS.scopesMax);
export const keyParams = z.object({ keyId: id("API key") });

const LATEST = Date.UTC(2200, 0, 1);
const expiry = instant
  .refine((at) => Date.parse(at) > Date.now(), "is in the past")
  .refine((at) => Date.parse(at) < LATEST, "is after the year 2200");

export const KeyFields = z.object({
  name,
  scopes,
  expiresAt: expiry.nullable().optional().meta({ description: "Null: never" }),
});

/** A key gives no scope that it lacks itself. */
export function refuseGift(caller: Caller, given: { scopes?: readonly Scope[] }): void {
  const lacking = given.scopes?.filter((scope) => caller.scopes && !caller.scopes.includes(scope)) ?? [];
  if (lacking.length > 0)
    throw new ApiError("FORBIDDEN", `Your key lacks ${lacking.join(", ")} and cannot give it.`, {
      errors: [{ path: "scopes", message: `you lack ${lacking.join(", ")}` }],
    });
}

export const KeyReply = z
  .object({
    id: id("API key"),
    name,
    prefix: text(20).meta({ description: "The key's first characters, to recognize it" }),
    scopes: z.array(text(64)).max(LIMITS.scopesMax),
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    lastUsedAt: instant.nullable().meta({ description: "To the minute" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
  })
  .meta({ id: "ApiKey" });
