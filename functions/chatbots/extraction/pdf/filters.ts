import { Inflate } from "fflate";

/** Data, piece by piece. */
export type Parts = Generator<Uint8Array>;

/** Unpacks to 8 MB at most, since deflate packs to a 1,032nd at best and run lengths to a 64th, and for LZW to 20 MB. */
const sliceBytes = 8 * 1024;

export function* slicesOf(bytes: Uint8Array): Parts {
  for (let at = 0; at < bytes.length; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

/** The head that pdf.js asks of deflated data. */
export const isDeflated = ([first = 0, second = 0]: Uint8Array) =>
  (first & 15) === 8 && ((first << 8) | second) % 31 === 0 && (second & 32) === 0;

/** What of it can be unpacked, piece by piece, up to where it ends or is damaged. */
export function* inflated(parts: Parts): Parts {
  const found: Uint8Array[] = [];
  const stream = new Inflate((part) => found.push(part));
  // fflate tells nobody that the data ended and would keep all that follows: `f` is the last block, `l` a block under way.
  const { s: state } = stream as unknown as { s: { f?: number; l?: unknown } };
  let headBytes = 2;
  for (const part of parts) {
    try {
      stream.push(part.subarray(headBytes));
    } catch {
      return; // pdf.js, too, takes what came before the damage
    }
    yield* found.splice(0);
    if (state.f && !state.l) return;
    headBytes = 0;
  }
}

/** The other filters of PDF that pack data or write it as text, by their names; those of pictures alone are not among them. */
export const decoders = new Map<string, (parts: Parts) => Parts>([
  ["ASCIIHexDecode", fromHex],
  ["AHx", fromHex],
  ["ASCII85Decode", fromAscii85],
  ["A85", fromAscii85],
  ["RunLengthDecode", fromRuns],
  ["RL", fromRuns],
  ["LZWDecode", fromLzw],
  ["LZW", fromLzw],
]);

function* fromHex(parts: Parts): Parts {
  let high = -1;
  for (const part of parts) {
    const bytes: number[] = [];
    for (const char of part) {
      const digit = Number.parseInt(String.fromCharCode(char), 16);
      if (char === 0x3e) return yield Uint8Array.from(bytes);
      if (Number.isNaN(digit)) continue;
      if (high >= 0) bytes.push(high * 16 + digit);
      high = high >= 0 ? -1 : digit;
    }
    yield Uint8Array.from(bytes);
  }
}

function* fromAscii85(parts: Parts): Parts {
  let [group, count] = [0, 0];
  for (const part of parts) {
    const bytes: number[] = [];
    for (const char of part) {
      if (char === 0x7e) return yield Uint8Array.from(bytes);
      if (char === 0x7a) bytes.push(0, 0, 0, 0);
      if (char < 0x21 || char > 0x75) continue;
      group = group * 85 + char - 0x21;
      if (++count < 5) continue;
      bytes.push(group / 2 ** 24, (group >> 16) & 255, (group >> 8) & 255, group & 255);
      [group, count] = [0, 0];
    }
    yield Uint8Array.from(bytes);
  }
}

/** A length below 128 is followed by one byte more than that as they are, one above it by a byte that is repeated. */
function* fromRuns(parts: Parts): Parts {
  let [length, literal] = [128, 0];
  for (const part of parts) {
    const runs: number[] = [];
    for (const byte of part) {
      if (literal > 0) {
        runs.push(byte);
        literal -= 1;
      } else if (length > 128) {
        for (let i = length; i < 257; i++) runs.push(byte);
        length = 128;
      } else if (byte === 128) return yield Uint8Array.from(runs);
      else if (byte < 128) literal = byte + 1;
      else length = byte;
    }
    yield Uint8Array.from(runs);
  }
}

const [lzwClear, lzwEnd, lzwCodes] = [256, 257, 4096];

/** As pdf.js with /EarlyChange 1; with 0, which nearly nobody writes, what comes of it differs, but hardly its size. */
function* fromLzw(parts: Parts): Parts {
  const words: Uint8Array[] = Array.from({ length: 258 }, (_, i) => Uint8Array.of(i));
  let [bits, width, held] = [0, 9, 0];
  let before: Uint8Array | undefined;
  for (const part of parts) {
    const found: Uint8Array[] = [];
    for (const byte of part) {
      bits = ((bits << 8) | byte) & 0xffffff;
      held += 8;
      if (held < width) continue;
      held -= width;
      const code = (bits >> held) & (2 ** width - 1);
      if (code === lzwEnd) return yield* found;
      if (code === lzwClear) {
        words.length = 258;
        [width, before] = [9, undefined];
        continue;
      }
      const word: Uint8Array = words[code] ?? extended(before ?? words[0]!, before ?? words[0]!);
      found.push(word);
      if (before && words.length < lzwCodes) words.push(extended(before, word));
      before = word;
      width = Math.min(12, Math.max(9, 32 - Math.clz32(words.length + 1)));
    }
    yield* found;
  }
}

function extended(word: Uint8Array, next: Uint8Array): Uint8Array {
  const longer = new Uint8Array(word.length + 1);
  longer.set(word);
  longer[word.length] = next[0]!;
  return longer;
}
