import { nulSharesByPhase, wideEncoding } from "./detect.ts";
import { guessLegacyEncoding } from "./legacy-encoding.ts";
import { detectionSampleBytes, encodingSampleBytes } from "./limits.ts";

/** `encoding` is a WHATWG label, or utf-32le / utf-32be. The text has `\n` line ends and no byte order mark. */
export type Decoded = { text: string; encoding: string; warnings: string[] };

const byteOrderMarks: [string, number[]][] = [
  ["utf-32le", [0xff, 0xfe, 0, 0]],
  ["utf-32be", [0, 0, 0xfe, 0xff]],
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * Bytes to text, whatever the encoding: byte order mark, NUL pattern, strict UTF-8, the charset the file declares (html
 * meta, XML declaration), then the most plausible legacy encoding. Bytes that fit nothing become U+FFFD with a warning;
 * never throws.
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const head = latin1Head(bytes);
  const marked = byteOrderMarks.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  if (marked) return decoded(bytes, marked[0]);
  const wide = wideEncoding(nulSharesByPhase(head));
  if (wide) return decoded(bytes, wide);
  try {
    return {
      text: normalized(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
      encoding: "utf-8",
      warnings: [],
    };
  } catch {
    return decoded(bytes, declaredCharset(head) ?? notStrictUtf8(bytes));
  }
}

function latin1Head(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, detectionSampleBytes));
}

/** A file that says UTF-8 but is not keeps its say only if it is nearly so; hence null for UTF-8 here. */
function declaredCharset(head: string): string | null {
  const label =
    head.match(/<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i)?.[1] ??
    head.match(/^<\?xml[^>]+encoding=["']([\w-]+)/)?.[1];
  if (!label) return null;
  try {
    const { encoding } = new TextDecoder(label);
    return encoding.startsWith("utf-") ? null : encoding;
  } catch {
    return null;
  }
}

/** UTF-8 with a few broken bytes stays UTF-8, since a stray byte must not turn all accents into something else. */
function notStrictUtf8(bytes: Uint8Array): string {
  const sample = sampleAroundHighBytes(bytes);
  const text = new TextDecoder("utf-8").decode(sample, { stream: true });
  let broken = 0;
  let multibyte = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0xfffd) broken += 1;
    else if (unit > 0x7f) multibyte += 1;
  }
  if (broken === 0 || multibyte > broken * 4) return "utf-8";
  return guessLegacyEncoding(sample);
}

/** The first non-ASCII byte of a long English text may stand far behind its beginning. */
function sampleAroundHighBytes(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte > 0x7f);
  return bytes.subarray(Math.max(0, first - 64), first + encodingSampleBytes);
}

function decoded(bytes: Uint8Array, encoding: string): Decoded {
  const raw = encoding.startsWith("utf-32")
    ? decodeUtf32(bytes, encoding === "utf-32le")
    : new TextDecoder(encoding).decode(bytes);
  const text = normalized(raw);
  const broken = text.split("\ufffd").length - 1;
  const warnings: string[] = [];
  if (broken > 0) {
    warnings.push(`${broken} characters could not be read as ${encoding} and were replaced; save the file as UTF-8.`);
  } else if (!encoding.startsWith("utf-")) {
    warnings.push(`The file is not UTF-8; it was read as ${encoding}.`);
  }
  return { text, encoding, warnings };
}

/** The WHATWG encodings, and so TextDecoder, have no UTF-32. */
function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let i = 0; i + 4 <= bytes.byteLength; i += 4) {
    const point = view.getUint32(i, littleEndian);
    parts.push(point > 0x10ffff || (point >= 0xd800 && point < 0xe000) ? "\ufffd" : String.fromCodePoint(point));
  }
  return parts.join("");
}

function normalized(text: string): string {
  const unmarked = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const lined = unmarked.includes("\r") ? unmarked.replace(/\r\n?/g, "\n") : unmarked;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Postgres refuses NUL, readers show the others as boxes
  const controls = /[\x00-\x08\x0b\x0e-\x1f\x7f]/g;
  return (controls.test(lined) ? lined.replace(controls, "") : lined).replaceAll("\f", "\n\n");
}
