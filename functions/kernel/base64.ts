/** In parts: a call takes no more arguments than that. */
const BYTES_AT_ONCE = 8_192;

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let from = 0; from < bytes.length; from += BYTES_AT_ONCE)
    binary += String.fromCharCode(...bytes.subarray(from, from + BYTES_AT_ONCE));
  return btoa(binary);
}

/** Throws for what is no base64. */
export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
