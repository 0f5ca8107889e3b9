import { and, asc, desc, eq, gt, lt, ne, sql } from "drizzle-orm";
import { mustExist, mustFit, type Statement, type Tenant } from "../../client.ts";
import { documentChunks, documents } from "../../schema/chatbots.ts";
import { TIER_LIMITS } from "../../words.ts";

export type Document = typeof documents.$inferSelect;
export type Chunk = typeof documentChunks.$inferSelect;
export type NewDocument = typeof documents.$inferInsert & { id: string };
export type NewChunk = typeof documentChunks.$inferInsert & { id: string };
type LogEntry = { step: string; detail?: string };

/** Adds a line with its time to the processing log. */
const logged = ({ step, detail }: LogEntry) =>
  sql`${documents.processingLog} || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
    'at', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'step', ${step}::text, 'detail', ${detail ?? null}::text)))`;

/** The same bytes twice in an organization are one document: the second violates `documents_same_bytes`. */
export async function insertDocument(tenant: Tenant, document: NewDocument, emits: Statement[]): Promise<Document> {
  const [, [row]] = await tenant.batch([
    mustFit(tenant, documents, TIER_LIMITS.documents, "documents"),
    tenant.db
      .insert(documents)
      .values({ ...document, processingLog: [{ at: new Date().toISOString(), step: "uploaded" }] })
      .returning(),
    ...emits,
  ]);
  return row!;
}

export async function findDocument(tenant: Tenant, id: string): Promise<Document | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(documents).where(eq(documents.id, id))]);
  return row;
}

export async function findDocumentWithBytes(tenant: Tenant, contentHash: string): Promise<Document | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .select()
      .from(documents)
      .where(and(eq(documents.contentHash, contentHash), ne(documents.status, "failed"))),
  ]);
  return row;
}

export type DocumentFilter = {
  status?: Document["status"];
  documentType?: Document["documentType"];
  productId?: string;
};

export async function listDocuments(
  tenant: Tenant,
  filter: DocumentFilter,
  after: string | undefined,
  limit: number,
): Promise<Document[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(documents)
      .where(
        and(
          after ? lt(documents.id, after) : undefined,
          filter.status && eq(documents.status, filter.status),
          filter.documentType && eq(documents.documentType, filter.documentType),
          filter.productId ? eq(documents.productId, filter.productId) : undefined,
        ),
      )
      .orderBy(desc(documents.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** In the document's order; `after` is the index of the last chunk seen. Undefined when there is no such document. */
export async function listChunks(
  tenant: Tenant,
  documentId: string,
  after: number,
  limit: number,
): Promise<Chunk[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: documents.id }).from(documents).where(eq(documents.id, documentId)),
    tenant.db
      .select()
      .from(documentChunks)
      .where(and(eq(documentChunks.documentId, documentId), gt(documentChunks.chunkIndex, after)))
      .orderBy(asc(documentChunks.chunkIndex))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

export type DocumentChange = Partial<
  Pick<NewDocument, "title" | "productId" | "documentType" | "language" | "metadata">
>;

/** What is to be done again is said by the emits. */
export async function updateDocument(
  tenant: Tenant,
  id: string,
  change: DocumentChange & { status?: Document["status"]; failureReason?: null },
  emits: Statement[],
): Promise<Document> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, documents, id, "document"),
    tenant.db
      .update(documents)
      .set({ ...change, ...(change.status && { processingLog: logged({ step: "reprocess" }) }) })
      .where(eq(documents.id, id))
      .returning(),
    ...emits,
  ]);
  return row!;
}

/** Begins again from the bytes; what was found of it stays findable until the new chunks are written. */
export const restartDocument = (
  tenant: Tenant,
  id: string,
  change: DocumentChange,
  emits: Statement[],
): Promise<Document> => updateDocument(tenant, id, { ...change, status: "uploaded", failureReason: null }, emits);

type NewContent = Pick<NewDocument, "storageKey" | "contentHash" | "fileSize" | "mimeType" | "filename">;

/** Names other bytes from now on; says where those before lie. */
export async function replaceDocument(
  tenant: Tenant,
  id: string,
  content: NewContent,
  emits: Statement[],
): Promise<{ document: Document; before: string }> {
  const [, [before], [document]] = await tenant.batch([
    mustExist(tenant, documents, id, "document"),
    tenant.db.select({ storageKey: documents.storageKey }).from(documents).where(eq(documents.id, id)),
    tenant.db
      .update(documents)
      .set({ ...content, status: "uploaded", failureReason: null, processingLog: logged({ step: "replaced" }) })
      .where(eq(documents.id, id))
      .returning(),
    ...emits,
  ]);
  return { document: document!, before: before!.storageKey };
}

/** Undefined when the document was deleted meanwhile. */
export async function startDocument(tenant: Tenant, id: string, attempt: number): Promise<Document | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .update(documents)
      .set({
        status: "processing",
        failureReason: null,
        processingLog: logged({ step: "extracting", detail: `attempt ${attempt}` }),
      })
      .where(eq(documents.id, id))
      .returning(),
  ]);
  return row;
}

export const clearChunks = (tenant: Tenant, documentId: string): Statement =>
  tenant.db.delete(documentChunks).where(eq(documentChunks.documentId, documentId));

export const insertChunks = (tenant: Tenant, chunks: NewChunk[]): Statement =>
  tenant.db.insert(documentChunks).values(chunks);

export const chunkedDocument = (
  tenant: Tenant,
  id: string,
  result: Pick<NewDocument, "chunkCount" | "language" | "pageCount" | "extractedMetadata">,
  warnings: readonly string[],
): Statement =>
  tenant.db
    .update(documents)
    .set({
      ...result,
      processingLog: logged({
        step: "chunked",
        detail: [`${result.chunkCount} chunks`, ...warnings].join("; ").slice(0, 1_000),
      }),
    })
    .where(eq(documents.id, id));

/** Not while it is being chunked again: then the embedding of those chunks completes it. */
export const completeDocument = (tenant: Tenant, id: string): Statement =>
  tenant.db
    .update(documents)
    .set({ status: "completed", processedAt: sql`now()`, processingLog: logged({ step: "completed" }) })
    .where(
      and(
        eq(documents.id, id),
        eq(documents.status, "processing"),
        sql`not exists (select from jobs j where j.kind = 'document.ingest' and j.subject_id = ${id} and j.failed_at is null)`,
      ),
    );

/** A failed document keeps its reason, has no chunks, and never blocks another upload of the same bytes. */
export const failDocument = (tenant: Tenant, id: string, reason: string): Statement[] => [
  clearChunks(tenant, id),
  tenant.db
    .update(documents)
    .set({
      status: "failed",
      failureReason: reason,
      chunkCount: 0,
      processingLog: logged({ step: "failed", detail: reason }),
    })
    .where(eq(documents.id, id)),
];

/** The row, its chunks and what is derived from them; says where its bytes lie. */
export async function deleteDocument(tenant: Tenant, id: string, emits: Statement[]): Promise<{ storageKey: string }> {
  const [, [gone]] = await tenant.batch([
    mustExist(tenant, documents, id, "document"),
    tenant.db.delete(documents).where(eq(documents.id, id)).returning({ storageKey: documents.storageKey }),
    ...emits,
  ]);
  return gone!;
}
