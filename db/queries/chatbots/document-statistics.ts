import { sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { CORPORA } from "../../corpora.ts";

export type DocumentStatistics = {
  documents: number;
  bytes: number;
  pages: number;
  chunks: number;
  tokens: number;
  embeddingsWaiting: number;
  /** Words of which there is no document are left out. */
  byStatus: Record<string, number>;
  byDocumentType: Record<string, number>;
  byOrigin: Record<string, number>;
  byLanguage: { language: string | null; documents: number }[];
  failures: { reason: string; documents: number }[];
};

/** All at one moment; of languages and reasons the most frequent. A document is completed when none of its chunks waits any more. */
export async function readDocumentStatistics(
  tenant: Tenant,
  most: { languages: number; reasons: number },
): Promise<DocumentStatistics> {
  const { number } = CORPORA.document_chunk;
  const [read] = await tenant.batch([
    tenant.db.execute<{ statistics: DocumentStatistics }>(sql`
      with counted as materialized (
        select grouping(status, document_type, origin, language) as given, status, document_type, origin, language,
          count(*) as documents, coalesce(sum(file_size), 0) as bytes, coalesce(sum(page_count), 0) as pages
        from documents group by grouping sets ((), (status), (document_type), (origin), (language))),
      languages as (select language, documents from counted where given = 14 order by documents desc, language limit ${most.languages}),
      reasons as (
        select failure_reason as reason, count(*) as documents from documents where status = 'failed'
        group by failure_reason order by documents desc, reason limit ${most.reasons}),
      chunks as (select count(*) as chunks, coalesce(sum(token_count), 0) as tokens from document_chunks),
      processing as (
        select count(*) as chunks from documents d join document_chunks k on k.document_id = d.id where d.status = 'processing'),
      embedded as (
        select count(*) as chunks from documents d cross join organizations o
          join search_vectors v on v.shelf = o.shelf and v.corpus = ${number} and v.model = o.embedding_model and v.source_id = d.id
        where d.status = 'processing')
      select jsonb_build_object('documents', c.documents, 'bytes', c.bytes, 'pages', c.pages, 'chunks', a.chunks, 'tokens', a.tokens,
        'embeddingsWaiting', greatest(0, p.chunks - e.chunks),
        'byStatus', (select coalesce(jsonb_object_agg(status, documents), '{}') from counted where given = 7),
        'byDocumentType', (select coalesce(jsonb_object_agg(document_type, documents), '{}') from counted where given = 11),
        'byOrigin', (select coalesce(jsonb_object_agg(origin, documents), '{}') from counted where given = 13),
        'byLanguage', (select coalesce(jsonb_agg(l), '[]') from languages l),
        'failures', (select coalesce(jsonb_agg(r), '[]') from reasons r)) as statistics
      from counted c, chunks a, processing p, embedded e where c.given = 15`),
  ]);
  return read.rows[0]!.statistics;
}
