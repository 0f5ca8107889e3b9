import { desc, gte, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import type { IndexFindings } from "../../json.ts";
import { queryPerformanceDiagnostics } from "../../schema/search.ts";

export type SearchDay = {
  day: string;
  searches: number;
  questions: number;
  withoutResult: number;
  embeddingsCached: number;
  embeddingsComputed: number;
  latencyMsP50: number;
  latencyMsP95: number;
  judgments: number;
  meanRelevance: number | null;
};
export type StrategyDay = typeof queryPerformanceDiagnostics.$inferSelect;
export type IndexState = {
  corpus: number;
  shelf: number;
  embeddingModel: string;
  entries: number;
  /** Of the model that is asked. */
  vectors: number;
  lastCheck: { startedAt: string; completedAt: string | null; findings: IndexFindings; repaired: number } | null;
};
export type SearchStatistics = { days: SearchDay[]; strategies: StrategyDay[]; index: IndexState[] };

/** The last so many days with a search, the newest first, today and yesterday as the log stands now; and the index of each corpus. */
export async function readSearchStatistics(
  tenant: Tenant,
  days: number,
  corpora: readonly number[],
): Promise<SearchStatistics> {
  const first = sql`((now() at time zone 'UTC')::date - ${days - 1}::integer)`;
  const [searched, strategies, index] = await tenant.batch([
    tenant.db.execute<SearchDay>(sql`
      with recent as (
        select * from searches_by_day(date_trunc('day', now(), 'UTC') - interval '24 hours'))
      select day::text, searches, questions, without_result as "withoutResult", embeddings_cached as "embeddingsCached",
        embeddings_computed as "embeddingsComputed", latency_ms_p50 as "latencyMsP50", latency_ms_p95 as "latencyMsP95",
        judgments, mean_relevance as "meanRelevance"
      from (select * from recent union all select * from search_days d where not exists (select from recent r where r.day = d.day)) every_day
      where day >= ${first} order by day desc`),
    tenant.db
      .select()
      .from(queryPerformanceDiagnostics)
      .where(gte(queryPerformanceDiagnostics.day, first))
      .orderBy(
        desc(queryPerformanceDiagnostics.day),
        desc(queryPerformanceDiagnostics.searches),
        queryPerformanceDiagnostics.corpus,
      ),
    tenant.db.execute<IndexState>(sql`
      select c.number as corpus, o.shelf, o.embedding_model as "embeddingModel",
        (select coalesce(sum(s.entries), 0)::integer from corpus_stats s where s.corpus = c.number) as entries,
        (select count(*)::integer from search_vectors v where v.shelf = o.shelf and v.corpus = c.number and v.model = o.embedding_model) as vectors,
        (select jsonb_build_object('startedAt', i.started_at, 'completedAt', i.completed_at, 'findings', i.findings, 'repaired', i.repaired)
          from index_checks i where i.corpus = c.number order by i.started_at desc limit 1) as "lastCheck"
      from organizations o cross join (select t::smallint as number from jsonb_array_elements_text(${JSON.stringify(corpora)}::jsonb) as e(t)) c
      order by c.number`),
  ]);
  return { days: searched.rows, strategies, index: index.rows };
}
