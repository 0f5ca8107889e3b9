import { detectionSampleBytes } from "./limits.ts";
import { isEncryptedOffice } from "./ole.ts";

export type ImageFormat = "png" | "jpeg" | "gif" | "webp";

/**
 * What the bytes are: a PDF, a zip archive, an image, something that looks like text, a format that cannot be read
 * (named), or junk.
 */
export type Detected =
  | { kind: "pdf" | "archive" | "encrypted" | "text" | "binary" }
  | { kind: "image"; format: ImageFormat }
  | { kind: "unsupported"; name: string; isImage: boolean };

type Signature = { at: number; bytes: string };

/** Bytes as latin-1, so that a signature can be written as a string. */
const images: (Signature & { format: ImageFormat })[] = [
  { at: 0, bytes: "\x89PNG\r\n\x1a\n", format: "png" },
  { at: 0, bytes: "\xff\xd8\xff", format: "jpeg" },
  { at: 0, bytes: "GIF87a", format: "gif" },
  { at: 0, bytes: "GIF89a", format: "gif" },
  { at: 8, bytes: "WEBPVP8", format: "webp" },
];

const unsupportedImages: (Signature & { name: string })[] = [
  { at: 0, bytes: "II*\0", name: "a TIFF image" },
  { at: 0, bytes: "MM\0*", name: "a TIFF image" },
  ...["heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"].map((brand) => ({
    ...{ at: 4, bytes: `ftyp${brand}`, name: "a HEIC image" },
  })),
  { at: 4, bytes: "ftypavif", name: "an AVIF image" },
];

const signatures: (Signature & { name: string })[] = [
  { at: 0, bytes: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", name: "an old Microsoft Office file (.doc, .xls, .ppt or .msg)" },
  { at: 0, bytes: "{\\rtf", name: "an RTF document" },
  { at: 4, bytes: "ftyp", name: "a video or audio file" },
  { at: 0, bytes: "ID3", name: "an audio file" },
  { at: 8, bytes: "WAVE", name: "an audio file" },
  { at: 0, bytes: "\x1a\x45\xdf\xa3", name: "a video file" },
  { at: 0, bytes: "\x1f\x8b", name: "a gzip archive" },
  { at: 0, bytes: "7z\xbc\xaf\x27\x1c", name: "a 7-Zip archive" },
  { at: 0, bytes: "Rar!\x1a\x07", name: "a RAR archive" },
  { at: 0, bytes: "%!PS", name: "a PostScript file" },
  { at: 0, bytes: "SQLite format 3\0", name: "an SQLite database" },
  { at: 0, bytes: "\x7fELF", name: "a program" },
];

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);

/** The kind of a file from its bytes alone (at least 1 byte); name and declared type play no part. Never throws. */
export function detect(bytes: Uint8Array): Detected {
  const head = latin1(bytes.subarray(0, detectionSampleBytes));
  // Readers accept junk before the header, as mail gateways add some.
  if (head.slice(0, 1024).includes("%PDF-")) return { kind: "pdf" };
  if (head.startsWith("PK\x03\x04") || head.startsWith("PK\x05\x06")) return { kind: "archive" };
  if (isEncryptedOffice(bytes)) return { kind: "encrypted" };
  const begins = ({ at, bytes }: Signature) => head.startsWith(bytes, at);
  const image = images.find(begins);
  if (image) return { kind: "image", format: image.format };
  const unreadImage = unsupportedImages.find(begins)?.name ?? (isBitmap(head) ? "a BMP image" : undefined);
  if (unreadImage) return { kind: "unsupported", name: unreadImage, isImage: true };
  const signature = signatures.find(begins);
  if (signature) return { kind: "unsupported", name: signature.name, isImage: false };
  return { kind: isBinary(head) ? "binary" : "text" };
}

/** Two letters with which a text may begin too, a size, four NULs, and where the pixels begin: behind headers of less than 64 KB. */
const isBitmap = (head: string) => /^BM[\s\S]{4}\0{4}[\s\S]{2}\0\0/.test(head);

/** NULs are text only in UTF-16 and UTF-32, which have a byte order mark or NULs in a steady place. */
function isBinary(head: string): boolean {
  const nulShare = nulSharesByPhase(head);
  const isWide = /^(\xff\xfe|\xfe\xff|\0\0\xfe\xff)/.test(head) || wideEncoding(nulShare) !== null;
  if (isWide) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const controls = head.match(/[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]/g)?.length ?? 0;
  return controls > head.length * 0.02;
}

/** The share of NULs among the bytes at positions 0, 1, 2 and 3 modulo 4. */
export function nulSharesByPhase(head: string): number[] {
  return [0, 1, 2, 3].map((phase) => {
    let nuls = 0;
    let bytes = 0;
    for (let i = phase; i < head.length; i += 4) {
      bytes += 1;
      if (head.charCodeAt(i) === 0) nuls += 1;
    }
    return bytes === 0 ? 0 : nuls / bytes;
  });
}

/** UTF-16 or UTF-32 told by where the NULs are, or null. A third is enough: Japanese text has spaces and digits too. */
export function wideEncoding(nulShare: number[]): "utf-16le" | "utf-16be" | "utf-32le" | "utf-32be" | null {
  const [a = 0, b = 0, c = 0, d = 0] = nulShare;
  const isFull = (share: number) => share > 0.9;
  const isFree = (share: number) => share < 0.02;
  if (isFree(a) && isFull(c) && isFull(d)) return "utf-32le";
  if (isFree(d) && isFull(a) && isFull(b)) return "utf-32be";
  if (isFree(a) && isFree(c) && b + d > 0.6) return "utf-16le";
  if (isFree(b) && isFree(d) && a + c > 0.6) return "utf-16be";
  return null;
}
