import { type FetchOptions, fetchPublic } from "../../kernel/net/fetch-public.ts";
import { FetchRefused } from "../../kernel/net/fetch-refused.ts";
import { siteOf } from "../../kernel/net/public-address.ts";
import { ExtractionError } from "../extraction/extracted.ts";
import {
  sitemapBytesMax,
  sitemapFilesMax,
  sitemapLevelsMax,
  sitemapUnpackedBytesMax,
  sitemapUrlCharsMax,
} from "./limits.ts";
import { readEntries, type SitemapEntry } from "./sitemap-entries.ts";

/** `lastModified` is what the sitemap says: a year, a month, a day or a moment. */
export type SitemapPage = { url: string; lastModified: string | null };
/** `warnings` are English sentences about what was left out; `isWhole` when none of the wanted pages was. */
export type Sitemap = { pages: SitemapPage[]; warnings: string[]; isWhole: boolean };

type Options = Pick<FetchOptions, "resolve" | "fetch"> & {
  /** Only its pages count. */
  site: URL;
  isWanted: (page: URL) => boolean;
  pagesMax: number;
  /** For all files together. */
  timeoutMs: number;
};
type File = { url: string; level: number };

/**
 * The pages of some sitemaps and of those that they list, each page once, in the order of the files, `pagesMax` at most. Of a
 * file that breaks off, the pages before that are taken. Throws FetchRefused when a file cannot be read and no page was found.
 */
export async function readSitemaps(addresses: readonly string[], options: Options): Promise<Sitemap> {
  const { timeoutMs, resolve, fetch } = options;
  const end = Date.now() + timeoutMs;
  const collected = collect(addresses, options);
  const budget = { bytesLeft: sitemapUnpackedBytesMax };
  let firstRefused: FetchRefused | undefined;
  for (const file of collected.files) {
    const timeLeftMs = end - Date.now();
    if (collected.isFull() || budget.bytesLeft <= 0 || timeLeftMs <= 0) {
      collected.cut();
      break;
    }
    try {
      const fetched = await fetchPublic(file.url, { resolve, fetch, timeoutMs: timeLeftMs, maxBytes: sitemapBytesMax });
      collected.enter(file, new URL(fetched.url));
      if (!readEntries(fetched.bytes, budget, collected.take)) collected.cut();
    } catch (error) {
      const refused = error instanceof ExtractionError ? notASitemap(error) : error;
      if (!(refused instanceof FetchRefused)) throw refused;
      firstRefused ??= refused;
      collected.broken(`The sitemap ${file.url} could not be read to its end. ${refused.message}`);
    }
  }
  const sitemap = collected.result();
  if (firstRefused && sitemap.pages.length === 0) throw firstRefused;
  return sitemap;
}

/** What was found so far: pages, files that are still to be read, and what was left out. */
function collect(addresses: readonly string[], { site, isWanted, pagesMax }: Options) {
  const files: File[] = addresses.slice(0, sitemapFilesMax).map((url) => ({ url, level: 1 }));
  const listed = new Set(addresses);
  const pages = new Map<string, SitemapPage>();
  const warnings: string[] = [];
  let [level, base] = [1, site];
  let strangers = 0;
  let [isCut, isBroken, isTooDeep] = [files.length < addresses.length, false, false];

  /** The URL of an entry, if it is one of the site's. */
  function ownUrl({ location }: SitemapEntry): URL | null {
    const isUrl = location.length > 0 && location.length <= sitemapUrlCharsMax;
    const url = isUrl ? URL.parse(location, base.href) : null;
    if (!url || !/^https?:$/.test(url.protocol) || siteOf(url) !== siteOf(site) || url.username || url.password)
      return null;
    url.hash = "";
    return url.href.length > sitemapUrlCharsMax ? null : url; // longer by its escapes
  }

  /** Answers whether there is room for more. */
  function list(url: string): boolean {
    if (listed.has(url)) return true;
    isTooDeep ||= level === sitemapLevelsMax;
    if (level === sitemapLevelsMax) return true;
    if (files.length >= sitemapFilesMax) return false;
    listed.add(url);
    files.push({ url, level: level + 1 });
    return true;
  }

  return {
    files,
    isFull: () => pages.size >= pagesMax,
    cut: () => {
      isCut = true;
    },
    broken(warning: string) {
      isBroken = true;
      warnings.push(warning);
    },
    /** What follows comes from this file, which redirects may have put elsewhere. */
    enter(file: File, url: URL) {
      if (file.level > 1 && siteOf(url) !== siteOf(site))
        throw new FetchRefused("redirected", "It has moved to another site.");
      [level, base] = [file.level, url];
    },
    /** Answers whether there was room for it. */
    take(entry: SitemapEntry): boolean {
      const url = ownUrl(entry);
      if (!url) strangers += 1;
      if (!url) return true;
      if (entry.kind === "sitemap") return list(url.href);
      const page = pages.get(url.href);
      if (page) page.lastModified ??= entry.lastModified;
      if (page || !isWanted(url)) return true;
      if (pages.size >= pagesMax) return false;
      pages.set(url.href, { url: url.href, lastModified: entry.lastModified });
      return true;
    },
    result(): Sitemap {
      if (strangers > 0)
        warnings.push(`Addresses that are not valid, or on another site, were left out: ${strangers}.`);
      if (isTooDeep) warnings.push(`Sitemaps that list each other more than ${sitemapLevelsMax} deep were left out.`);
      if (isCut) warnings.push(`The sitemap was not read to its end; the first ${pages.size} pages were taken.`);
      return { pages: [...pages.values()], warnings, isWhole: !isCut && !isBroken && !isTooDeep };
    },
  };
}

const notASitemap = (cause: unknown) =>
  new FetchRefused(
    "unsupported_type",
    "It is not a sitemap in XML, or is damaged. Check the address, or give those of the pages themselves.",
    { cause },
  );
