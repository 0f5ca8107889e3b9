import * as z from "zod";
import { ALL_SCOPES } from "../kernel/auth/scopes.ts";
import { id, instant, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const scopes = z.array(z.enum(ALL_SCOPES)).min(1).max(LIMITS.scopesMax);
export const keyParams = z.object({ keyId: id("API key") });

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
