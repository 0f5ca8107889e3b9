import { CORPORA } from "../../db/corpora.ts";
import type { BenchDatabase } from "./database.ts";
import type { Asked } from "./measure.ts";

const LIMIT = 10;
/** Enough to walk through the whole graph: it is not stopped before it has found what it can. */
const SCAN_TUPLES_MAX = 300_000;

/** The same vectors in a plain table: compared one by one, and through one HNSW that all tenants share. Timed in the database, like ours. */
export const reference = {
  /** Seconds that the graph took. */
  async make({ owner }: BenchDatabase): Promise<number> {
    await owner.query(`
      create table reference_vectors (organization_id uuid not null, entry_id uuid not null, source_id uuid not null, embedding halfvec(1024) storage plain not null);
      insert into reference_vectors select organization_id, entry_id, source_id, embedding from search_vectors where corpus = ${CORPORA.document_chunk.number};
      create index reference_by_source on reference_vectors (organization_id, source_id);
      create function timed(p_statement text, p_organization uuid, p_vector halfvec, p_sources uuid[], out ms float8, out ids uuid[])
      language plpgsql as $$
      declare began timestamptz := clock_timestamp();
      begin
        execute p_statement into ids using p_organization, p_vector, p_sources;
        ms := extract(epoch from clock_timestamp() - began) * 1000;
      end $$`);
    const started = performance.now();
    // Not in parallel: below pgvector 0.8.2 that overflows.
    await owner.query("set maintenance_work_mem = '2GB'; set max_parallel_maintenance_workers = 0");
    await owner.query("create index reference_graph on reference_vectors using hnsw (embedding halfvec_cosine_ops)");
    return (performance.now() - started) / 1000;
  },

  async sources({ owner }: BenchDatabase, organizationId: string, documentType: string): Promise<string[]> {
    const { rows } = await owner.query<{ id: string }>(
      "select id from documents where organization_id = $1 and document_type = $2",
      [organizationId, documentType],
    );
    return rows.map(({ id }) => id);
  },

  exact: (database: BenchDatabase, organizationId: string, embedding: Float32Array, sources: string[] | undefined) =>
    // "+ 0": no index is in that order.
    timed(database, "(embedding <=> $2) + 0", [], organizationId, embedding, sources),

  graph: (
    database: BenchDatabase,
    organizationId: string,
    embedding: Float32Array,
    sources: string[] | undefined,
    ef: number,
  ) =>
    timed(
      database,
      "embedding <=> $2",
      [
        "hnsw.iterative_scan = strict_order",
        `hnsw.ef_search = ${ef}`,
        `hnsw.max_scan_tuples = ${SCAN_TUPLES_MAX}`,
        ...["seqscan", "sort", "bitmapscan"].map((way) => `enable_${way} = off`),
      ],
      organizationId,
      embedding,
      sources,
    ),
};

async function timed(
  { owner }: BenchDatabase,
  order: string,
  settings: string[],
  organizationId: string,
  embedding: Float32Array,
  sources: string[] | undefined,
): Promise<Asked> {
  const inScope = `organization_id = $1${sources ? " and source_id = any ($3)" : ""}`;
  const statement = `select array_agg(entry_id) from (select entry_id from reference_vectors where ${inScope} order by ${order} limit ${LIMIT}) best`;
  await owner.query(["begin", ...settings.map((setting) => `set local ${setting}`)].join("; "));
  try {
    const { rows } = await owner.query<{ ms: number; ids: string[] | null }>("select * from timed($1, $2, $3, $4)", [
      statement,
      organizationId,
      JSON.stringify([...embedding]),
      sources ?? null,
    ]);
    return { ms: rows[0]!.ms, ids: rows[0]!.ids ?? [] };
  } finally {
    await owner.query("commit");
  }
}
