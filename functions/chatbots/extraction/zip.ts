import {
  ERR_ENCRYPTED,
  ERR_ENCRYPTED_CENTRAL_DIRECTORY,
  type FileEntry,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
} from "@zip.js/zip.js/lib/zip-core-native.js";
import { Inflate } from "fflate";
import { ExtractionError } from "./extracted.ts";
import { archiveMembersMax, compressionRatioMax, ratioCheckedFromBytes, unpackedBytesMax } from "./limits.ts";

/** The members of an archive, of which only those that are asked for are unpacked. */
export type Archive = {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Unpacks a member piece by piece and hands on its text; nothing of it is kept. UTF-8, or UTF-16 when its first bytes say so. */
  read(name: string, onText: (text: string) => void): Promise<void>;
  /** A member's text as a whole. */
  text(name: string): Promise<string>;
  /** A member's bytes as a whole. */
  bytes(name: string): Promise<Uint8Array>;
};

/**
 * An archive of 25 MB at most. Throws ExtractionError: `encrypted`, `damaged` (also for a member that is missing), `too_large`
 * for what unpacks to more than 200 MB in all or packs like a bomb; and what the one throws to whom a member's text is handed.
 */
export async function openArchive(bytes: Uint8Array): Promise<Archive> {
  const reader = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false, checkOverlappingEntry: true });
  const members = new Map<string, FileEntry>();
  try {
    for await (const entry of reader.getEntriesGenerator()) {
      if (!entry.directory) members.set(entry.filename.replaceAll("\\", "/").replace(/^\/+/, ""), entry);
      if (members.size > archiveMembersMax)
        throw new ExtractionError(
          "too_large",
          `The file is an archive of more than ${archiveMembersMax.toLocaleString("en")} parts. Save it anew, or split it, and upload that.`,
        );
    }
  } catch (error) {
    throw archiveError(error);
  }
  let unpacked = 0;

  async function unpack(name: string, onBytes: (bytes: Uint8Array) => void): Promise<void> {
    const entry = members.get(name);
    if (!entry) throw damaged(`its part ${name} is missing`);
    let size = 0;
    const take = (part: Uint8Array) => {
      size += part.byteLength;
      unpacked += part.byteLength;
      const isBomb = size > ratioCheckedFromBytes && size > entry.compressedSize * compressionRatioMax;
      if (isBomb || unpacked > unpackedBytesMax)
        throw new ExtractionError(
          "too_large",
          `The file unpacks to more than can be read (${unpackedBytesMax / 1024 / 1024} MB). Split it into smaller files.`,
        );
      onBytes(part);
    };
    const packed = await packedBytes(entry);
    if (entry.compressionMethod === STORED) for (const part of slicesOf(packed)) take(part);
    else if (entry.compressionMethod === DEFLATED) inflate(packed, take);
    else throw damaged(`its part ${name} is packed in an unknown way`);
    if (size !== entry.uncompressedSize) throw damaged(`its part ${name} is not whole`);
  }

  async function read(name: string, onText: (text: string) => void): Promise<void> {
    let decoder: TextDecoder | undefined;
    await unpack(name, (part) => {
      decoder ??= new TextDecoder(encodingOf(part));
      onText(decoder.decode(part, { stream: true }));
    });
    const rest = decoder?.decode();
    if (rest) onText(rest);
  }

  return {
    names: [...members.keys()],
    has: (name) => members.has(name),
    read,
    async text(name) {
      const parts: string[] = [];
      await read(name, (text) => parts.push(text));
      return parts.join("");
    },
    async bytes(name) {
      const parts: Uint8Array[] = [];
      await unpack(name, (part) => parts.push(part));
      return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
    },
  };
}

const [STORED, DEFLATED] = [0, 8];
/** Unpacks to 8 MB at most, since deflate packs to a 1,032nd at best. */
const sliceBytes = 8 * 1024;

function* slicesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += sliceBytes) yield bytes.subarray(at, at + sliceBytes);
}

/** Slice by slice, each handed on before the next: workerd's DecompressionStream unpacks a bomb whole, however slowly it is read. */
function inflate(packed: Uint8Array, onBytes: (bytes: Uint8Array) => void): void {
  const stream = new Inflate((part) => onBytes(part));
  try {
    for (const slice of slicesOf(packed)) stream.push(slice);
    stream.push(new Uint8Array(0), true);
  } catch (error) {
    throw isFlateError(error) ? damaged(error.message, error) : error;
  }
}

const isFlateError = (error: unknown): error is Error =>
  error instanceof Error && "code" in error && typeof error.code === "number";

async function packedBytes(entry: FileEntry): Promise<Uint8Array> {
  try {
    if (entry.encrypted) throw new Error(ERR_ENCRYPTED);
    return await entry.getData(new Uint8ArrayWriter(), { passThrough: true });
  } catch (error) {
    throw archiveError(error);
  }
}

const encodingOf = ([first, second]: Uint8Array) =>
  first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";

const damaged = (what: string, cause?: unknown) =>
  new ExtractionError(
    "damaged",
    `The file is damaged or incomplete (${what}). Save or download it again and upload the new file.`,
    { cause },
  );

function archiveError(error: unknown): ExtractionError {
  if (error instanceof ExtractionError) return error;
  const { message } = error as Error;
  if (message === ERR_ENCRYPTED || message === ERR_ENCRYPTED_CENTRAL_DIRECTORY)
    return new ExtractionError(
      "encrypted",
      "The file needs a password. Save a copy without password protection and upload that.",
      { cause: error },
    );
  return damaged(message, error);
}
