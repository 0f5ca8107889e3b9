export const bytesOf = (text: string) => new TextEncoder().encode(text);

export const sha256 = async (bytes: Uint8Array<ArrayBuffer>) =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

export const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** SHA-256 of a text, as a bytea literal. */
export const hashOf = async (text: string) => `\\x${hex(await sha256(bytesOf(text)))}`;
