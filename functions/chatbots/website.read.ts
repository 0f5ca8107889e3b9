import { newId } from "../../db/columns.ts";
import {
  askForUnlisted,
  clearListing,
  completeWebsite,
  deleteWebPage,
  duePages,
  failWebsite,
  findWebsite,
  listPages,
  noteUnread,
  startReading,
  type WebPage,
  type Website,
} from "../../db/queries/chatbots/web-source.ts";
import type { Ctx } from "../kernel/context.ts";
import { fromDatabase } from "../kernel/errors.ts";
import { job, PermanentFailure } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { FetchRefused } from "../kernel/net/fetch-refused.ts";
import { siteOf } from "../kernel/net/public-address.ts";
import { type Robots, readRobots } from "../kernel/net/robots.ts";
import { openWeb } from "../kernel/net/web.ts";
import { deleteWithBytes } from "./content.ts";
import type { Sitemap, SitemapPage } from "./source/sitemap.ts";
import { failureOf, refetchPage, troubleOf, updatePage } from "./web-page.ts";

/** Then the queue carries it on. */
const RUN_MS = 20_000;
const PAGES_PER_RUN = 20;
const PAGES_PER_BATCH = 1_000;
/** So many pages in a row that cannot be fetched at the moment: the site has a trouble, not the pages. */
const TROUBLES_MAX = 3;
/** A busy site is left alone for as long as it wishes, but no run lasts for ever. */
const BUSY_SECONDS = 10;
const BUSY_SECONDS_MAX = 60;
const PAGES_TOLD = 20;

/**
 * Reads a website: first its sitemap, then one page after another, never two at once. What cannot be read leaves the documents
 * as they are.
 */
export const readWebsite = job({
  kind: "website.read",
  async run(ctx, websiteId) {
    const site = await findWebsite(ctx, websiteId);
    if (!site) return []; // deleted meanwhile
    const pages = site.status === "reading" ? await duePages(ctx, websiteId, PAGES_PER_RUN) : undefined;
    if (pages?.length === 0)
      return [
        completeWebsite(ctx, websiteId, PAGES_TOLD),
        ...ctx.emit("website.completed", websiteId, {}, { category: "system" }),
      ];
    try {
      const robots = await readRobots(site.url, { ...openWeb(ctx.env), timeoutMs: LIMITS.webPageTimeoutMs });
      await (pages ? readPages(ctx, site, robots, pages) : readListing(ctx, site, robots));
      return "again";
    } catch (error) {
      throw error instanceof FetchRefused ? failureOf(error) : error;
    }
  },
  failed: (ctx, websiteId, reason) => [
    failWebsite(ctx, websiteId, reason),
    ...ctx.emit("website.failed", websiteId, { reason }, { category: "error", severity: "error" }),
  ],
});

/** Which pages there are, which of them are to be fetched, and which may be gone. */
async function readListing(ctx: Ctx, site: Website, robots: Robots): Promise<void> {
  const { readSitemaps } = await import("./source/sitemap.ts"); // with the reader of XML, which no other request needs
  const sitemap = await readSitemaps(sitemapsOf(site, robots), {
    ...openWeb(ctx.env),
    site: new URL(site.url),
    isWanted: isPartOf(site),
    pagesMax: site.pageLimit,
    timeoutMs: LIMITS.sitemapTimeoutMs,
  });
  if (sitemap.pages.length === 0)
    throw new PermanentFailure(
      `The sitemap names no page at or under ${site.url}. Give the address of another part of the site, or of the sitemap itself.`,
    );
  await ctx.batch([clearListing(ctx, site.id, sitemap.isWhole)]);
  const pages = sitemap.pages.map(({ url, lastModified }) => ({
    id: newId(),
    url,
    changedBefore: changedBefore(lastModified),
  }));
  for (let from = 0; from < pages.length; from += PAGES_PER_BATCH)
    await ctx.batch([listPages(ctx, site.id, pages.slice(from, from + PAGES_PER_BATCH))]);
  await startReading(ctx, site.id, [...sitemap.warnings, ...(await askForGone(ctx, site, sitemap))]);
}

async function askForGone(ctx: Ctx, site: Website, { isWhole }: Sitemap): Promise<string[]> {
  const { pages, unlisted } = isWhole ? await askForUnlisted(ctx, site.id) : { pages: 0, unlisted: 0 };
  if (2 * unlisted <= pages) return [];
  return [
    `The sitemap does not name ${unlisted} of ${pages} pages any more. As these are most of them, their documents were kept.`,
  ];
}

const isSitemap = ({ url }: Website) => /\.xml(\.gz)?$/i.test(new URL(url).pathname);

function sitemapsOf(site: Website, { sitemaps }: Robots): string[] {
  if (isSitemap(site)) return [site.url];
  return sitemaps.length > 0 ? [...new Set(sitemaps)] : [new URL("/sitemap.xml", site.url).href];
}

function isPartOf(site: Website): (page: URL) => boolean {
  const root = isSitemap(site) ? "" : new URL(site.url).pathname.replace(/\/$/, "");
  return ({ pathname }) => pathname === root || pathname.startsWith(`${root}/`);
}

/** The end of the day or the moment that a sitemap says; a year, a month and what is to come say too little. */
function changedBefore(lastModified: SitemapPage["lastModified"]): string | null {
  if (!lastModified || lastModified.length < "2026-03-03".length) return null;
  const isDay = lastModified.length === "2026-03-03".length;
  const moment = Date.parse(lastModified) + (isDay ? 86_400_000 : 0);
  return moment > 0 && moment < Date.now() ? new Date(moment).toISOString() : null;
}

/** Pages of the site that its robots.txt lets us read, whether the sitemap names them or a redirect leads there. */
const checkFor = (site: Website, robots: Robots) => (url: URL) => {
  if (siteOf(url) !== siteOf(new URL(site.url)))
    throw new FetchRefused(
      "redirected",
      `The page leads to another site, ${url.host}. Make a website of that one too.`,
    );
  if (!robots.allows(url.href))
    throw new FetchRefused("forbidden", "The site's robots.txt asks not to read this page. Upload it as a file.");
};

async function readPages(ctx: Ctx, site: Website, robots: Robots, pages: readonly WebPage[]): Promise<void> {
  const until = Date.now() + RUN_MS;
  const check = checkFor(site, robots);
  let troubles = 0;
  for (const page of pages) {
    if (Date.now() > until) return;
    await sleep(robots.crawlDelaySeconds);
    const refused = await readPage(ctx, site, page, check);
    troubles = refused?.isTemporary ? troubles + 1 : 0;
    if (refused && troubles === TROUBLES_MAX) throw failureOf(refused);
  }
}

/** What refused it, if something did. A busy site ends the run, and the page stays due. */
async function readPage(
  ctx: Ctx,
  site: Website,
  page: WebPage,
  check: (url: URL) => void,
): Promise<FetchRefused | undefined> {
  try {
    const found = await refetchPage(ctx, page, check);
    if (!page.listed && found !== "unchanged" && found.isMoved) await dropPage(ctx, page);
    else await updatePage(ctx, page, found, describedBy(site));
    return undefined;
  } catch (error) {
    const refused = error instanceof FetchRefused ? error : undefined;
    if (refused?.reason === "busy") {
      await sleep(Math.min(refused.retryAfterSeconds ?? BUSY_SECONDS, BUSY_SECONDS_MAX));
      throw error;
    }
    const known = fromDatabase(error);
    if (known?.code === "FORBIDDEN") throw new PermanentFailure(known.message); // as many documents as there may be
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    if (!page.listed && (refused?.reason === "not_found" || refused?.reason === "redirected"))
      await dropPage(ctx, page);
    else await ctx.batch([noteUnread(ctx, page.id, trouble)]);
    return refused;
  }
}

/** Gone from the sitemap and from its address. */
async function dropPage(ctx: Ctx, { id, documentId }: WebPage): Promise<void> {
  if (documentId) await deleteWithBytes(ctx, documentId);
  else await ctx.batch([deleteWebPage(ctx, id)]);
}

const describedBy = ({ productId, documentType, language }: Website) => ({ productId, documentType, language });

const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
