import { and, asc, eq, gt, ne, sql } from "drizzle-orm";
import { mustExist, mustFit, type Statement, type Tenant } from "../../client.ts";
import { documentChunks, documents } from "../../schema/chatbots.ts";
import { TIER_LIMITS } from "../../words.ts";
import { EARLY_FROM } from "./chunk.ts";
import { type DocumentStatus, documentStatus } from "./document-status.ts";

export type Document = typeof documents.$inferSelect;
export type Chunk = typeof documentChunks.$inferSelect;
export type NewDocument = typeof documents.$inferInsert & { id: string };
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
  change: DocumentChange & { status?: Document["status"]; failureReason?: null; extractionKey?: null },
  emits: Statement[],
): Promise<DocumentStatus> {
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, documents, id, "document"),
    tenant.db
      .update(documents)
      .set({ ...change, ...(change.status && { processingLog: logged({ step: "reprocess" }) }) })
      .where(eq(documents.id, id)),
    documentStatus(tenant, id),
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
): Promise<DocumentStatus> =>
  updateDocument(tenant, id, { ...change, status: "uploaded", failureReason: null, extractionKey: null }, emits);

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
      .set({
        ...content,
        status: "uploaded",
        failureReason: null,
        extractionKey: null,
        processingLog: logged({ step: "replaced" }),
      })
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
        // Where more than one run works on it, the first one of them says so.
        processingLog: sql`case when ${documents.extractionKey} is not null and ${attempt} = 1 then ${documents.processingLog}
          else ${logged({ step: "extracting", detail: `attempt ${attempt}` })} end`,
      })
      .where(eq(documents.id, id))
      .returning(),
  ]);
  return row;
}

/** Keeps where the text waits that was read of these bytes; false where other bytes or another run have taken over. */
export async function keepExtraction(tenant: Tenant, { id, storageKey }: Document, key: string): Promise<boolean> {
  const [rows] = await tenant.batch([
    tenant.db
      .update(documents)
      .set({ extractionKey: key })
      .where(and(eq(documents.id, id), eq(documents.storageKey, storageKey), eq(documents.status, "processing")))
      .returning({ id: documents.id }),
  ]);
  return rows.length > 0;
}

export const chunkedDocument = (
  tenant: Tenant,
  id: string,
  result: Pick<
    NewDocument,
    "mimeType" | "chunkCount" | "language" | "pageCount" | "extractedMetadata" | "ocrConfidence" | "ocrPages"
  >,
  detail: string,
): Statement =>
  tenant.db
    .update(documents)
    .set({ ...result, extractionKey: null, processingLog: logged({ step: "chunked", detail: detail.slice(0, 2_000) }) })
    .where(eq(documents.id, id));

/** Not while it is being chunked again: then the embedding of those chunks completes it. */
export const completeDocument = (tenant: Tenant, id: string): Statement =>
  tenant.db
    .update(documents)
    .set({
      status: "completed",
      version: sql`${documents.version} + 1`,
      processedAt: sql`now()`,
      processingLog: logged({ step: "completed" }),
    })
    .where(
      and(
        eq(documents.id, id),
        eq(documents.status, "processing"),
        sql`not exists (select from jobs j where j.kind = 'document.ingest' and j.subject_id = ${id} and j.failed_at is null)`,
      ),
    );

/** A failed document keeps its reason and the text that it was completed with before, and never blocks another upload of the same bytes. */
export const failDocument = (tenant: Tenant, id: string, reason: string): Statement[] => [
  tenant.db
    .delete(documentChunks)
    .where(
      and(
        eq(documentChunks.documentId, id),
        sql`(${documentChunks.chunkIndex} >= ${EARLY_FROM} or exists (select from documents d where d.id = ${id} and d.version = 0))`,
      ),
    ),
  tenant.db
    .update(documents)
    .set({
      status: "failed",
      failureReason: reason,
      chunkCount: sql`case when ${documents.version} = 0 then 0 else ${documents.chunkCount} end`,
      processingLog: logged({ step: "failed", detail: reason }),
    })
    .where(eq(documents.id, id)),
];

export type DeletionReceipt = {
  title: string;
  bytes: number;
  chunks: number;
  cachedEmbeddings: number;
  chatbots: number;
  storageKey: string;
};

/** The row, its chunks, what is derived from them, and the embeddings of their texts in the cache; says what went and where its bytes lie. */
export async function deleteDocument(tenant: Tenant, id: string, emits: Statement[]): Promise<DeletionReceipt> {
  const [, { rows }] = await tenant.batch([
    mustExist(tenant, documents, id, "document"),
    tenant.db.execute<DeletionReceipt>(sql`
      with chunks as materialized (select c.text_hash from document_chunks c where c.document_id = ${id}),
      forgotten as (
        delete from embedding_cache e where e.text_hash in (select text_hash from chunks) returning 1),
      gone as (delete from documents d where d.id = ${id} returning d.title, d.file_size, d.storage_key)
      select g.title, g.file_size::float8 as bytes, (select count(*) from chunks)::integer as chunks,
        (select count(*) from forgotten)::integer as "cachedEmbeddings",
        (select count(*) from chatbot_documents a where a.document_id = ${id})::integer as chatbots,
        g.storage_key as "storageKey"
      from gone g`),
    ...emits,
  ]);
  return rows[0]!;
}
