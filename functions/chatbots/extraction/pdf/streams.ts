import { ExtractionError } from "../extracted.ts";
import {
  compressionRatioMax,
  pdfDamagedStreamsMax,
  pdfStreamBytesMax,
  pdfStreamsMax,
  ratioCheckedFromBytes,
  unpackedBytesMax,
} from "../limits.ts";
import { decoders, inflated, isDeflated, type Parts, slicesOf } from "./filters.ts";

/**
 * Refuses a PDF with ExtractionError `too_large` whose streams unpack to more than can be read, in all or one of them, or
 * pack like a bomb. pdf.js unpacks a stream as a whole before it tells of it, so they are measured before it sees the file,
 * and what comes of them is not held. Pictures and attached files are left out: neither is unpacked for text.
 * Deflated data is known by its first bytes, even inside other data, since its dictionary may name the filters elsewhere.
 * Not measured is what is encrypted, in a disguise as a picture, or inside a stream of objects.
 */
export function checkStreams(bytes: Uint8Array): void {
  let [total, streams, damaged] = [0, 0, 0];
  for (const found of streamsOf(bytes)) {
    const { dictionary, start } = found;
    if (++streams > pdfStreamsMax || rowBytesOf(dictionary) > pdfStreamBytesMax) throw tooMuch();
    if (/\/Subtype\s*\/Image\b|\/Type\s*\/EmbeddedFile\b/.test(dictionary)) continue;
    const totalBefore = total;
    let packed = 0;
    const counted = function* (parts: Parts): Parts {
      let size = 0;
      for (const part of parts) {
        size += part.length;
        total += part.length;
        const isBomb = size > ratioCheckedFromBytes && size > packed * compressionRatioMax;
        if (isBomb || size > pdfStreamBytesMax || total > unpackedBytesMax) throw tooMuch();
        yield* slicesOf(part);
      }
    };
    const filters = filtersOf(dictionary);
    if (filters.length === 0 && !isDeflated(bytes.subarray(start, start + 2))) continue;
    const end = filters.length > 0 ? endOf(bytes, found) : bytes.length;
    let data: Parts = (function* () {
      for (const slice of slicesOf(bytes.subarray(start, end))) {
        packed += slice.length;
        yield slice;
      }
    })();
    for (const decode of filters) data = counted(decode(plain(data, counted)));
    for (const _ of plain(data, counted));
    if (total === totalBefore && ++damaged > pdfDamagedStreamsMax) throw tooMuch();
  }
}

/** Deflated data in deflated data in deflated data goes no deeper: some unpacks to itself. */
const layersMax = 8;

/** The data, inflated as often as it is deflated. */
function* plain(parts: Parts, counted: (parts: Parts) => Parts, layers = 0): Parts {
  const { value: first, done } = parts.next();
  if (done) return;
  const all = (function* () {
    yield first;
    yield* parts;
  })();
  if (layers < layersMax && isDeflated(first)) yield* plain(counted(inflated(all)), counted, layers + 1);
  else yield* all;
}

type Found = { dictionary: string; start: number; firstEnd: number };

/** Where data begins, what stands before it, and the first word behind it that may end it. The words have but one spelling. */
function* streamsOf(bytes: Uint8Array): Generator<Found> {
  let [from, start, firstEnd] = [0, 0, 0];
  for (let at = find(bytes, opening, 0); at < bytes.length; at = find(bytes, opening, from)) {
    const before = bytes.subarray(Math.max(from, at - dictionaryBytesMax), at);
    from = at + opening.length;
    if (bytes[at - 1] === closing[2]) continue; // the end of one
    if (start < from) start = lineEndAfter(bytes, from);
    if (firstEnd < start) firstEnd = find(bytes, closing, start);
    yield { dictionary: dictionaryIn(before), start, firstEnd };
  }
}

const codesOf = (word: string) => Array.from(word, (char) => char.charCodeAt(0));
const [opening, closing] = [codesOf("stream"), codesOf("endstream")];
const dictionaryBytesMax = 16 * 1024;

/** Where the word stands next, or the end. */
function find(bytes: Uint8Array, word: number[], from: number): number {
  for (let at = bytes.indexOf(word[0]!, from); at >= 0; at = bytes.indexOf(word[0]!, at + 1))
    if (word.every((char, i) => bytes[at + i] === char)) return at;
  return bytes.length;
}

function lineEndAfter(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0x0a && bytes[at] !== 0x0d) at += 1;
  return bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at + 2 : at + 1;
}

/** Names may be written with codes: /Fl#61teDecode. */
function dictionaryIn(bytes: Uint8Array): string {
  const text = new TextDecoder("latin1").decode(bytes);
  return text
    .slice(text.lastIndexOf(" obj") + 1)
    .replace(/#([\da-f]{2})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
}

function filtersOf(dictionary: string) {
  const names = /\/(?:Filter|F)\s*(\[[^[\]]*\]|\/\w+)/.exec(dictionary)?.[1]?.match(/\w+/g) ?? [];
  return names.flatMap((name) => decoders.get(name) ?? []);
}

/** pdf.js holds a row of a table of bytes whole, however little of it is there. */
function rowBytesOf(dictionary: string): number {
  const of = (key: string, usual: number) => Number(new RegExp(`/${key}\\s+(\\d+)`).exec(dictionary)?.[1] ?? usual);
  return /\/Subtype\s*\/Image\b/.test(dictionary)
    ? 0
    : (of("Columns", 1) * of("Colors", 1) * of("BitsPerComponent", 8)) / 8;
}

/** As pdf.js finds it: behind the length that is given if the word stands there, else before the first such word. */
function endOf(bytes: Uint8Array, { dictionary, start, firstEnd }: Found): number {
  const end = start + Number(/\/Length\s+(\d+)(?!\d|\s+\d+\s+R)/.exec(dictionary)?.[1] ?? 0);
  const behind = bytes.subarray(end, end + 2 * closing.length);
  return find(behind, closing, 0) < behind.length ? end : firstEnd;
}

const tooMuch = () =>
  new ExtractionError(
    "too_large",
    `The PDF unpacks to more than can be read (${unpackedBytesMax / 1024 / 1024} MB in all). Print it to a new PDF, or split it, and upload that.`,
  );
