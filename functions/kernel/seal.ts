import { bytesOf } from "./auth/hash.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { Env } from "./env.ts";
import { ApiError } from "./errors.ts";

/** Where a sealed value stands: moved to another organization, row or field it cannot be opened. */
export type Place = { organizationId: string; id: string; field: string };

const IV_BYTES = 12;

/**
 * A secret as it is stored: AES-256-GCM under the first of `ENCRYPTION_KEYS`, with an IV of its own and bound to its place. The
 * key's id stands with it, so that it is read as long as that key is among them.
 */
export async function seal(env: Env, place: Place, secret: string): Promise<string> {
  const [first] = keysOf(env);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const algorithm = { name: "AES-GCM", iv, additionalData: bound(place) };
  const sealed = await crypto.subtle.encrypt(algorithm, await keyOf(first.bytes), bytesOf(secret));
  return `v1:${first.id}:${toBase64(new Uint8Array([...iv, ...new Uint8Array(sealed)]))}`;
}

/** Throws when it was changed, stands elsewhere than where it was sealed, or its key is gone. */
export async function unseal(env: Env, place: Place, sealed: string): Promise<string> {
  const [, keyId, content = ""] = sealed.split(":");
  const key = keysOf(env).find(({ id }) => id === keyId);
  if (!key)
    throw new ApiError("UNAVAILABLE", `A secret was sealed with the key "${keyId}", which ENCRYPTION_KEYS lacks.`);
  const bytes = fromBase64(content);
  const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, IV_BYTES), additionalData: bound(place) };
  const secret = await crypto.subtle.decrypt(algorithm, await keyOf(key.bytes), bytes.subarray(IV_BYTES));
  return new TextDecoder().decode(secret);
}

const bound = ({ organizationId, id, field }: Place) => bytesOf(JSON.stringify([organizationId, id, field]));

const keyOf = (bytes: Uint8Array<ArrayBuffer>) =>
  crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);

function keysOf({ ENCRYPTION_KEYS }: Env) {
  if (ENCRYPTION_KEYS) return ENCRYPTION_KEYS;
  throw new ApiError(
    "UNAVAILABLE",
    "This installation can keep no secrets: whoever runs it has to set ENCRYPTION_KEYS.",
  );
}
