import { and, asc, desc, eq, inArray, isNull, lt, lte, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { documents, webPages, websites } from "../../schema/chatbots.ts";

export type WebPage = typeof webPages.$inferSelect;
export type NewWebPage = typeof webPages.$inferInsert & { id: string };
export type Website = typeof websites.$inferSelect;
export type NewWebsite = typeof websites.$inferInsert & { id: string };
type Validators = Pick<NewWebPage, "etag" | "lastModified">;

const hoursFromNow = (hours: number | null | undefined) =>
  hours ? sql<string>`now() + make_interval(hours => ${hours})` : null;

/** Says where a new document came from, for the batch that writes it. A URL gives one document: another violates `web_pages_url`. */
export const insertWebPage = (
  tenant: Tenant,
  page: Pick<NewWebPage, "id" | "url" | "intervalHours"> & Validators,
): Statement =>
  tenant.db
    .insert(webPages)
    .values({ ...page, documentId: page.id, fetchedAt: sql`now()`, dueAt: hoursFromNow(page.intervalHours) });

export async function findWebPage(tenant: Tenant, id: string): Promise<WebPage | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(webPages).where(eq(webPages.id, id))]);
  return row;
}

/** Where those of the documents that come from web pages came from, by the document's id. */
export async function listUrls(tenant: Tenant, documentIds: readonly string[]): Promise<Map<string, string>> {
  const { id, url } = webPages;
  const [found] = await tenant.batch([
    tenant.db
      .select({ id, url })
      .from(webPages)
      .where(inArray(id, [...documentIds])),
  ]);
  return new Map(found.map((page) => [page.id, page.url]));
}

export async function findWebPageByUrl(tenant: Tenant, url: string): Promise<WebPage | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(webPages).where(eq(webPages.url, url))]);
  return row;
}

/** From now on it is fetched so often; null: never. A website's page waits for the website all the same. */
export async function scheduleWebPage(
  tenant: Tenant,
  id: string,
  intervalHours: number | null,
  emits: Statement[],
): Promise<WebPage> {
  const [, [row]] = await tenant.batch([
    webPageMustExist(tenant, id),
    tenant.db
      .update(webPages)
      .set({
        intervalHours,
        dueAt: sql`case when ${webPages.websiteId} is null then ${hoursFromNow(intervalHours)} else ${webPages.dueAt} end`,
      })
      .where(eq(webPages.id, id))
      .returning(),
    ...emits,
  ]);
  return row!;
}

export const webPageMustExist = (tenant: Tenant, id: string): Statement =>
  mustExist(tenant, webPages, id, "document from a URL");

/** A website's page was due for one reading, any other is at its interval. */
const dueAgain = sql`case when ${webPages.websiteId} is null then ${webPages.dueAt} end`;

/** Its document is as the page is now. */
export const noteFetched = (
  tenant: Tenant,
  id: string,
  said: Validators & Pick<NewWebPage, "documentId"> = {},
): Statement =>
  tenant.db
    .update(webPages)
    .set({ ...said, fetchedAt: sql`now()`, lastError: null, dueAt: dueAgain })
    .where(eq(webPages.id, id));

/** Its document stays as it was, if there is one. */
export const noteUnread = (tenant: Tenant, id: string, lastError: string): Statement =>
  tenant.db.update(webPages).set({ lastError, dueAt: dueAgain }).where(eq(webPages.id, id));

/** A page without a document; with one it goes with that. */
export const deleteWebPage = (tenant: Tenant, id: string): Statement =>
  tenant.db.delete(webPages).where(and(eq(webPages.id, id), isNull(webPages.documentId)));

export async function insertWebsite(tenant: Tenant, website: NewWebsite, emits: Statement[]): Promise<Website> {
  const [[row]] = await tenant.batch([
    tenant.db
      .insert(websites)
      .values({ ...website, dueAt: hoursFromNow(website.intervalHours) })
      .returning(),
    ...emits,
  ]);
  return row!;
}

export async function findWebsite(tenant: Tenant, id: string): Promise<Website | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(websites).where(eq(websites.id, id))]);
  return row;
}

export async function listWebsites(tenant: Tenant, after: string | undefined, limit: number): Promise<Website[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(websites)
      .where(after ? lt(websites.id, after) : undefined)
      .orderBy(desc(websites.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** Undefined when there is no such website. */
export async function listWebPages(
  tenant: Tenant,
  websiteId: string,
  after: string | undefined,
  limit: number,
): Promise<WebPage[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: websites.id }).from(websites).where(eq(websites.id, websiteId)),
    tenant.db
      .select()
      .from(webPages)
      .where(and(eq(webPages.websiteId, websiteId), after ? lt(webPages.id, after) : undefined))
      .orderBy(desc(webPages.id))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

export type PageCounts = Record<
  "waiting" | "withoutDocument" | "uploaded" | "processing" | "completed" | "failed" | "withError",
  number
>;

/** A website, and where its pages stand. */
export async function describeWebsite(
  tenant: Tenant,
  id: string,
): Promise<(Website & { pages: PageCounts }) | undefined> {
  const counted = (condition: ReturnType<typeof sql>) => sql<number>`(count(*) filter (where ${condition}))::integer`;
  const withStatus = (status: (typeof documents.$inferSelect)["status"]) =>
    counted(sql`${documents.status} = ${status}`);
  const [[website], [pages]] = await tenant.batch([
    tenant.db.select().from(websites).where(eq(websites.id, id)),
    tenant.db
      .select({
        waiting: counted(sql`${webPages.dueAt} is not null`),
        withoutDocument: counted(sql`${webPages.documentId} is null`),
        uploaded: withStatus("uploaded"),
        processing: withStatus("processing"),
        completed: withStatus("completed"),
        failed: withStatus("failed"),
        withError: counted(sql`${webPages.lastError} is not null`),
      })
      .from(webPages)
      .leftJoin(documents, eq(documents.id, webPages.documentId))
      .where(eq(webPages.websiteId, id)),
  ]);
  return website && { ...website, pages: pages! };
}

/** To be read again, once the reading that may be under way has ended. */
export async function restartWebsite(tenant: Tenant, id: string, emits: Statement[]): Promise<Website> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, websites, id, "website"),
    tenant.db
      .update(websites)
      .set({ status: sql`case status when 'reading' then status else 'waiting' end`, failureReason: null })
      .where(eq(websites.id, id))
      .returning(),
    ...emits,
  ]);
  return row!;
}

/** Its documents stay and are fetched no more. */
export const deleteWebsite = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, websites, id, "website"),
    tenant.db.delete(webPages).where(and(eq(webPages.websiteId, id), isNull(webPages.documentId))),
    tenant.db.update(webPages).set({ dueAt: null }).where(eq(webPages.websiteId, id)),
    tenant.db.delete(websites).where(eq(websites.id, id)),
    ...emits,
  ]);

/** Before the pages of a sitemap are listed: those that it does not name are not `listed`, if it could be read to its end. */
export const clearListing = (tenant: Tenant, websiteId: string, isWhole: boolean): Statement =>
  tenant.db.update(webPages).set({ listed: !isWhole, dueAt: null }).where(eq(webPages.websiteId, websiteId));

/** `changedBefore`: nothing was changed after, so that who fetched it later has it. */
export type ListedPage = { id: string; url: string; changedBefore: string | null };

/**
 * The pages that a sitemap names: due if they are new, may have changed since they were fetched, or had an error. A page that
 * neither another website nor a schedule of its own keeps current becomes one of this website.
 */
export const listPages = (tenant: Tenant, websiteId: string, pages: readonly ListedPage[]): Statement =>
  tenant.db.execute(sql`
    with listed as (
      select * from jsonb_to_recordset(${JSON.stringify(pages)}::jsonb) as p(id uuid, url text, "changedBefore" timestamptz)),
    known as (
      update web_pages w set website_id = ${websiteId}, listed = true, due_at = case when
        p."changedBefore" <= w.fetched_at and w.last_error is null then null else now() end
      from listed p where w.url = p.url and (w.website_id = ${websiteId} or w.website_id is null and w.interval_hours is null))
    insert into web_pages (id, website_id, url, due_at) select id, ${websiteId}, url, now() from listed
    on conflict (organization_id, url) do nothing`);

/** The pages that the sitemap does not name any more are asked whether they are gone, unless they are most of the website. */
export async function askForUnlisted(tenant: Tenant, websiteId: string): Promise<{ pages: number; unlisted: number }> {
  const [[counts]] = await tenant.batch([
    tenant.db
      .select({
        pages: sql<number>`count(*)::integer`,
        unlisted: sql<number>`(count(*) filter (where not ${webPages.listed}))::integer`,
      })
      .from(webPages)
      .where(eq(webPages.websiteId, websiteId)),
    tenant.db.execute(sql`
      update web_pages set due_at = now() where website_id = ${websiteId} and not listed
        and (select 2 * count(*) filter (where not listed) <= count(*) from web_pages where website_id = ${websiteId})`),
  ]);
  return counts!;
}

/** From now on its due pages are fetched. */
export const startReading = (tenant: Tenant, id: string, warnings: string[]) =>
  tenant.batch([
    tenant.db.update(websites).set({ status: "reading", warnings, failureReason: null }).where(eq(websites.id, id)),
  ]);

/** Those first that may be gone: another page may have their text by now, which is one document only. */
export async function duePages(tenant: Tenant, websiteId: string, limit: number): Promise<WebPage[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(webPages)
      .where(and(eq(webPages.websiteId, websiteId), lte(webPages.dueAt, sql`now()`)))
      .orderBy(asc(webPages.listed), asc(webPages.id))
      .limit(limit),
  ]);
  return found;
}

/** The first pages that could not be read are told among the warnings. */
export const completeWebsite = (tenant: Tenant, id: string, pagesTold: number): Statement =>
  tenant.db
    .update(websites)
    .set({
      status: "completed",
      readAt: sql`now()`,
      warnings: sql`${websites.warnings} || (select coalesce(jsonb_agg(p.url || ': ' || p.last_error), '[]') from (
        select url, last_error from web_pages where website_id = ${id} and last_error is not null order by id limit ${pagesTold}) p)`,
    })
    .where(eq(websites.id, id));

export const failWebsite = (tenant: Tenant, id: string, failureReason: string): Statement =>
  tenant.db.update(websites).set({ status: "failed", failureReason }).where(eq(websites.id, id));
