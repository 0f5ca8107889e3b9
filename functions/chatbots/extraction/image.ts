import type { ImageFormat } from "./detect.ts";
import { type Extracted, ExtractionError } from "./extracted.ts";
import { imageSidePixelsMax, imageSizeBytesMax } from "./limits.ts";

type Size = { width: number; height: number };

/**
 * An image as one page whose text is yet to be recognized. Only its header is read. Throws ExtractionError: damaged
 * where that tells no size, too_large above what can be recognized.
 */
export function extractImage(bytes: Uint8Array, format: ImageFormat): Extracted {
  const { width, height } = sizeOf[format](bytes);
  if (width === 0 || height === 0)
    throw new ExtractionError(
      "damaged",
      "The image is damaged: its header does not tell its size. Save or download it again and upload the new file.",
    );
  if (Math.max(width, height) > imageSidePixelsMax)
    throw new ExtractionError(
      "too_large",
      `The image has ${width} × ${height} pixels; at most ${imageSidePixelsMax} on a side can be read. Make it smaller or cut it into parts.`,
    );
  if (bytes.length > imageSizeBytesMax)
    throw new ExtractionError(
      "too_large",
      `The image has ${(bytes.length / 1e6).toFixed(2)} MB; at most ${imageSizeBytesMax / 1e6} MB can be read. Save it as JPEG, make it smaller or cut it into parts.`,
    );
  return {
    format: "image",
    title: null,
    language: null,
    pageCount: 1,
    metadata: {},
    warnings: [],
    pagesWithoutText: [1],
    blocks: [],
  };
}

/** By the header; zeros where that is cut off or wrong. */
const sizeOf: Record<ImageFormat, (bytes: Uint8Array) => Size> = {
  png(bytes) {
    const head = headOf(bytes);
    return nameAt(head, 12) === "IHDR" ? { width: head.getUint32(16), height: head.getUint32(20) } : none;
  },
  gif(bytes) {
    const head = headOf(bytes);
    return { width: head.getUint16(6, true), height: head.getUint16(8, true) };
  },
  jpeg: jpegSize,
  webp(bytes) {
    const head = headOf(bytes);
    const kind = bytes.length < 30 ? "" : nameAt(head, 12);
    if (kind === "VP8 ") return { width: head.getUint16(26, true) & 0x3fff, height: head.getUint16(28, true) & 0x3fff };
    if (kind === "VP8X")
      return { width: 1 + (head.getUint32(24, true) & 0xffffff), height: 1 + (head.getUint32(26, true) >>> 8) };
    const bits = head.getUint32(21, true);
    return kind === "VP8L" ? { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) } : none;
  },
};

const none: Size = { width: 0, height: 0 };

/** The first bytes, zeros behind the end. */
function headOf(bytes: Uint8Array): DataView {
  const head = new Uint8Array(32);
  head.set(bytes.subarray(0, head.length));
  return new DataView(head.buffer);
}

const nameAt = (head: DataView, at: number) =>
  String.fromCharCode(...[0, 1, 2, 3].map((offset) => head.getUint8(at + offset)));

/** JPEG is segments, each with its marker and length; the one that begins the frame tells its size. */
function jpegSize(bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    if (isFrame(marker)) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    at += marker === 0xff ? 1 : 2 + view.getUint16(at + 2);
  }
  return none;
}

/** C0 to CF begin a frame, but for tables (C4, CC) and an extension (C8). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
