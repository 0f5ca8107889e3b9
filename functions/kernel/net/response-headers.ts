import { filenameCharsMax, headerCharsMax, retryAfterSecondsMax } from "./limits.ts";

/** `text/html` of `Text/HTML; charset=utf-8`, or null if there is none. */
export function mediaType(headers: Headers): string | null {
  const type = header(headers, "content-type").split(/[;,]/, 1)[0]!.trim().toLowerCase();
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type : null;
}

/** A value that may be sent back as it is, or null. */
export function validator(headers: Headers, name: "etag" | "last-modified"): string | null {
  const value = headers.get(name);
  return value && /^[\x20-\x7e]{1,256}$/.test(value) ? value : null;
}

/** The seconds of Retry-After, which may be a date, within a day; null if it says none. */
export function retryAfterSeconds(headers: Headers): number | null {
  const value = header(headers, "retry-after").trim();
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), retryAfterSecondsMax);
}

/** A document's name as Content-Disposition or the path gives it, without folders and hidden characters, or null. */
export function filenameOf(headers: Headers, url: URL): string | null {
  const disposition = header(headers, "content-disposition");
  const extended = /filename\*\s*=\s*utf-8'[\w-]*'([^;\s"]+)/i.exec(disposition);
  const quoted = /filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition);
  const bare = /filename\s*=\s*([^;"\s]+)/i.exec(disposition);
  const candidates = [
    extended && unescaped(extended[1]!),
    quoted && unescaped(asUtf8(quoted[1]!.replace(/\\(.)/g, "$1"))),
    bare && unescaped(asUtf8(bare[1]!)),
    unescaped(url.pathname.split("/").at(-1)!),
  ];
  return candidates.map((name) => name && cleaned(name)).find(Boolean) || null;
}

/** Header values come as Latin-1, but servers write UTF-8 into them. */
export function asUtf8(value: string): string {
  if (/[\u0100-\uffff]/.test(value)) return value;
  try {
    const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return value; // it was Latin-1 indeed
  }
}

const header = (headers: Headers, name: string) => (headers.get(name) ?? "").slice(0, headerCharsMax);

/** `%C3%A9` to `é`; what is not escaped that way stays as it is. */
function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Neither folders nor characters that hide or turn what a person reads. */
function cleaned(name: string): string {
  const last = name.split(/[/\\]/).at(-1)!;
  const visible = last.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "").toWellFormed();
  return /^[.\s]*$/.test(visible) ? "" : visible.trim().slice(0, filenameCharsMax);
}
