import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { Db, Statement } from "../../../db/client.ts";
import { authenticateKey, authenticateMember } from "../../../db/queries/tenancy/authentication.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { hashOf } from "./hash.ts";
import { SCOPES, type Scope } from "./scopes.ts";

/** How a request says who it is; `statement` asks the database in the first batch that it sends. */
export type Credentials = {
  kind: "key" | "member";
  /** Tells one caller from another, and nothing else about them. */
  fingerprint: string;
  statement: (db: Db, scope: Scope | null) => Statement;
};

const keySets = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

function keySetAt(url: string) {
  const keys = keySets.get(url) ?? createRemoteJWKSet(new URL(url));
  keySets.set(url, keys);
  return keys;
}

/** Rejects when the identity provider does not give its keys. */
export const identityReady = (url: string): Promise<void> => keySetAt(url).reload();

/** Reads `Authorization: Bearer …`: an API key (`el_…`) or a token of the identity provider. Refuses with 401 what is neither. */
export async function readCredentials(headers: Headers, env: Env): Promise<Credentials> {
  const [scheme, token] = (headers.get("authorization") ?? "").split(" ");
  if (scheme?.toLowerCase() !== "bearer" || !token)
    throw new ApiError("UNAUTHENTICATED", "Send `Authorization: Bearer` and an API key.");
  if (token.startsWith("el_")) {
    const hash = await hashOf(token);
    return { kind: "key", fingerprint: hash, statement: (db, scope) => authenticateKey(db, hash, scope) };
  }
  const person = await readToken(token, headers.get("x-organization-id"), env);
  const fingerprint = await hashOf(person.userId);
  return {
    kind: "member",
    fingerprint,
    statement: (db, scope) => authenticateMember(db, person, scope && SCOPES[scope]),
  };
}

async function readToken(token: string, organizationId: string | null, env: Env) {
  if (!env.JWKS_URL) throw new ApiError("UNAUTHENTICATED", "This is not an API key, and sign-in is not set up here.");
  if (organizationId !== null && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(organizationId))
    throw new ApiError("UNAUTHENTICATED", "X-Organization-Id is not the id of an organization.");
  try {
    const { payload } = await jwtVerify(token, keySetAt(env.JWKS_URL), {
      algorithms: ["RS256", "ES256", "EdDSA"],
      requiredClaims: ["sub", "exp"],
      ...(env.JWT_ISSUER && { issuer: env.JWT_ISSUER }),
      ...(env.JWT_AUDIENCE && { audience: env.JWT_AUDIENCE }),
    });
    return {
      userId: payload.sub as string,
      verifiedEmail: payload.email_verified === true && typeof payload.email === "string" ? payload.email : null,
      name:
        (typeof payload.name === "string" && payload.name.trim().slice(0, LIMITS.nameCharsMax).toWellFormed()) || null,
      organizationId,
    };
  } catch (cause) {
    if (cause instanceof errors.JWKSTimeout || cause instanceof TypeError)
      throw new ApiError("UNAVAILABLE", "The identity provider does not answer.", { cause, retryAfterSeconds: 5 });
    throw new ApiError("UNAUTHENTICATED", "This token is not valid.", { cause });
  }
}
