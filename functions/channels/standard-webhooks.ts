import { bytesOf } from "../kernel/auth/hash.ts";
import { fromBase64, toBase64 } from "../kernel/base64.ts";

/** Standard Webhooks 1.0.0, https://www.standardwebhooks.com */
const PREFIX = "whsec_";
const SECRET_BYTES = 32;

export const newSecret = (): string => PREFIX + toBase64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));

type Message = { id: string; body: string };

/** The headers of a message that is sent now, with a signature by each of the secrets. */
export async function signedHeaders(
  secrets: readonly string[],
  { id, body }: Message,
): Promise<Record<string, string>> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signatures = await Promise.all(secrets.map((secret) => signatureOf(secret, `${id}.${timestamp}.${body}`)));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
}

async function signatureOf(secret: string, signed: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", fromBase64(secret.slice(PREFIX.length)), algorithm, false, ["sign"]);
  return `v1,${toBase64(new Uint8Array(await crypto.subtle.sign("HMAC", key, bytesOf(signed))))}`;
}
