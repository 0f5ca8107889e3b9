import { and, desc, eq, getTableColumns, lt, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Tenant } from "../../client.ts";
import { CORPORA } from "../../corpora.ts";
import { conditionsOf, type Filter } from "../../filter.ts";
import { documents } from "../../schema/chatbots.ts";

/** `d`, as what is searched calls it. */
const d = alias(documents, "d");

/** With how far it has come, in percent, and where it was fetched from. */
export type DocumentStatus = typeof documents.$inferSelect & { progress: number; url: string | null };

const selectStatus = ({ db }: Tenant) =>
  db
    .select({
      ...getTableColumns(d),
      progress: sql<number>`(select s.progress from document_processing_status s where s.id = d.id)`,
      url: sql<string | null>`(select w.url from web_pages w where w.document_id = d.id)`,
    })
    .from(d);

/** The statement that reads one document. */
export const documentStatus = (tenant: Tenant, id: string) => selectStatus(tenant).where(eq(d.id, id));

export async function findDocumentStatus(tenant: Tenant, id: string): Promise<DocumentStatus | undefined> {
  const [[row]] = await tenant.batch([documentStatus(tenant, id)]);
  return row;
}

/** The newest first: those of which every filter holds, in the language in which a search is narrowed. */
export async function listDocuments(
  tenant: Tenant,
  filters: readonly Partial<Filter>[],
  after: string | undefined,
  limit: number,
): Promise<DocumentStatus[]> {
  const conditions = filters.flatMap((filter) => conditionsOf(filter, CORPORA.document_chunk));
  const [found] = await tenant.batch([
    selectStatus(tenant)
      .where(and(after ? lt(d.id, after) : undefined, ...conditions))
      .orderBy(desc(d.id))
      .limit(limit + 1),
  ]);
  return found;
}
