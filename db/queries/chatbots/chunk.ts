import { and, eq, gte, inArray, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { documentChunks, documents } from "../../schema/chatbots.ts";

export type NewChunk = typeof documentChunks.$inferInsert & { id: string };
export type KnownChunk = Pick<typeof documentChunks.$inferSelect, "id" | "textHash" | "language" | "prefix"> & {
  /** SHA-256 of headings and content, a bytea literal: what a prefix was written for. */
  passageHash: string;
};
/** Where a chunk stands in its document, and what may change while its text stays. */
export type ChunkPlace = Pick<
  NewChunk,
  "id" | "chunkIndex" | "chunkType" | "page" | "startOffset" | "endOffset" | "confidenceScore"
>;

/**
 * No text has so many chunks: from there on stand those of a version that was not complete when they were written. Of one
 * that did not come to its end they go before the next is begun.
 */
export const EARLY_FROM = 1_000_000_000;

export const deleteEarlyChunks = (tenant: Tenant, documentId: string): Statement =>
  tenant.db
    .delete(documentChunks)
    .where(and(eq(documentChunks.documentId, documentId), gte(documentChunks.chunkIndex, EARLY_FROM)));

/** In their order. */
export async function knownChunks(tenant: Tenant, documentId: string): Promise<KnownChunk[]> {
  const { id, textHash, language, prefix, context, content, chunkIndex } = documentChunks;
  const passageHash = sql<string>`sha256(convert_to(${context} || E'\\n' || ${content}, 'UTF8'))::text`;
  const [, , found] = await tenant.batch([
    lockDocument(tenant, documentId),
    deleteEarlyChunks(tenant, documentId),
    tenant.db
      .select({ id, textHash: sql<string | null>`${textHash}::text`, language, prefix, passageHash })
      .from(documentChunks)
      .where(eq(documentChunks.documentId, documentId))
      .orderBy(chunkIndex),
  ]);
  return found;
}

/** Goes first in a batch that writes chunks: a deletion locks the document first and its chunks then, and the two must not wait for each other. */
export const lockDocument = (tenant: Tenant, documentId: string): Statement =>
  tenant.db.select({ id: documents.id }).from(documents).where(eq(documents.id, documentId)).for("no key update");

export const insertChunks = (tenant: Tenant, chunks: NewChunk[]): Statement =>
  tenant.db.insert(documentChunks).values(chunks);

/** With what is found by them. */
export const deleteChunks = (tenant: Tenant, documentId: string, ids: string[]): Statement =>
  tenant.db
    .delete(documentChunks)
    .where(and(eq(documentChunks.documentId, documentId), inArray(documentChunks.id, ids)));

/** All at once, since no two may stand in one place. */
export const moveChunks = (tenant: Tenant, documentId: string, places: ChunkPlace[]): Statement =>
  tenant.db.execute(sql`
    update document_chunks c set chunk_index = p."chunkIndex", chunk_type = p."chunkType", page = p.page,
      start_offset = p."startOffset", end_offset = p."endOffset", confidence_score = p."confidenceScore"
    from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as p(id uuid, "chunkIndex" integer, "chunkType" text, page integer,
      "startOffset" integer, "endOffset" integer, "confidenceScore" real)
    where c.id = p.id and c.document_id = ${documentId}
      and (c.chunk_index, c.chunk_type, c.page, c.start_offset, c.end_offset, c.confidence_score)
        is distinct from (p."chunkIndex", p."chunkType", p.page, p."startOffset", p."endOffset", p."confidenceScore")`);
