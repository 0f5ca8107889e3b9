import { Gunzip } from "fflate";
import { ExtractionError } from "../extraction/extracted.ts";
import { xmlReader } from "../extraction/xml.ts";
import { sitemapUrlCharsMax } from "./limits.ts";

/** What one `<url>` or `<sitemap>` names, as it is written there. */
export type SitemapEntry = { kind: "page" | "sitemap"; location: string; lastModified: string | null };

type Push = (slice: Uint8Array, isLast?: boolean) => void;

/** Unpacks to 8 MB at most, since deflate packs to a 1,032nd at best. */
const sliceBytes = 8 * 1024;

/**
 * Reads one sitemap or index of sitemaps, packed or not, and hands on its entries until `onEntry` answers false or more was
 * unpacked than `budget` has left, from which it takes what it reads. Answers whether that was to the end. Throws ExtractionError
 * for what is not a sitemap or breaks off.
 */
export function readEntries(
  bytes: Uint8Array,
  budget: { bytesLeft: number },
  onEntry: (entry: SitemapEntry) => boolean,
): boolean {
  let isWanted = true;
  const reader = entryReader((entry) => {
    isWanted &&= onEntry(entry);
  });
  const decoder = new TextDecoder();
  const read = (piece: Uint8Array) => {
    budget.bytesLeft -= piece.byteLength;
    isWanted &&= budget.bytesLeft >= 0;
    if (isWanted) reader.write(decoder.decode(piece, { stream: true }));
  };
  const push: Push = isGzip(bytes) ? gunzip(read) : read;
  for (let at = 0; at < bytes.byteLength && isWanted; at += sliceBytes) push(bytes.subarray(at, at + sliceBytes));
  if (!isWanted) return false;
  push(new Uint8Array(0), true);
  reader.write(decoder.decode());
  reader.end();
  return isWanted;
}

/** By its bytes, for a `.gz` may have been unpacked on its way. */
const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** workerd's DecompressionStream would unpack a bomb whole, however slowly it is read. */
function gunzip(onBytes: (bytes: Uint8Array) => void): Push {
  const stream = new Gunzip((part) => onBytes(part));
  return (slice, isLast) => {
    try {
      stream.push(slice, isLast);
    } catch (cause) {
      if (cause instanceof ExtractionError) throw cause;
      throw new ExtractionError("damaged", "The file is damaged or incomplete, and cannot be unpacked.", { cause });
    }
  };
}

const kinds: Record<string, SitemapEntry["kind"]> = { "urlset/url": "page", "sitemapindex/sitemap": "sitemap" };

/** Of the elements inside an entry only its own `<loc>` and `<lastmod>` count: images and videos have some too. */
function entryReader(onEntry: (entry: SitemapEntry) => void) {
  const path: string[] = [];
  let texts = { loc: "", lastmod: "" };
  let isEmpty = true;
  const reader = xmlReader("the sitemap", {
    open(name) {
      isEmpty = false;
      path.push(name);
      if (path.length === 1 && name !== "urlset" && name !== "sitemapindex")
        throw new ExtractionError("unsupported", `The file is not a sitemap: it begins with <${name.slice(0, 40)}>.`);
      if (path.length === 2) texts = { loc: "", lastmod: "" };
    },
    text(text) {
      const name = path[2];
      // One character more than is allowed, so that it shows.
      if (name === "loc" || name === "lastmod") texts[name] = (texts[name] + text).slice(0, sitemapUrlCharsMax + 1);
    },
    close() {
      const kind = path.length === 2 && kinds[path.join("/")];
      if (kind) onEntry({ kind, location: texts.loc.trim(), lastModified: dateOf(texts.lastmod) });
      path.pop();
    },
  });
  return {
    write: reader.write,
    end() {
      reader.end();
      if (isEmpty) throw new ExtractionError("empty", "The file is empty.");
    },
  };
}

/** A date as W3C writes it, unchanged. */
function dateOf(text: string): string | null {
  const date = text.trim();
  return /^\d{4}(-\d\d){0,2}(T[\d:.]{5,18}(Z|[+-]\d\d:\d\d)?)?$/.test(date) && !Number.isNaN(Date.parse(date))
    ? date
    : null;
}
