import { hashOf, hex } from "./hash.ts";

/** How much of a key a list shows. */
const PREFIX_CHARS = 10;

/** `el_` and 32 random bytes: nothing to guess, so a plain SHA-256 is a safe way to store it. */
export async function newApiKey() {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const secret = `el_${hex(random)}`;
  return { secret, prefix: secret.slice(0, PREFIX_CHARS), hash: await hashOf(secret) };
}
