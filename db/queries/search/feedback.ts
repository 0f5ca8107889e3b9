import { sql } from "drizzle-orm";
import { pgArray, type Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { CORPORA, type CorpusName } from "../../corpora.ts";

export type Judgment = { entryId: string; relevance: number; comment?: string };
export type StoredJudgment = { entryId: string; corpus: number; relevance: number; comment: string | null };

export type Judged = {
  /** False where another question was told than the one that was asked. */
  sameQuery: boolean;
  /** Of those that were sent: not among the results of the search, or not there any more. */
  strange: { index: number; reason: "not found" | "gone" }[];
  /** All of the search, once these were stored. */
  judgments: StoredJudgment[];
};

/**
 * Stores what is said about a search's results: of each entry what was said last. All of it or, where some does not fit the
 * search, nothing. Aborts (EL404) when the tenant has no such search, or it was of a corpus that may not be read.
 */
export async function saveFeedback(
  tenant: Tenant,
  searchId: string,
  readable: readonly CorpusName[],
  judgments: readonly Judgment[],
  query?: { text: string; hash: string },
): Promise<Judged> {
  const numbers = pgArray(
    readable.map((name) => CORPORA[name].number),
    "integer",
  );
  const told = judgments.map((judgment) => ({ ...judgment, id: newId() }));
  const [, { rows }, { rows: stored }] = await tenant.batch([
    tenant.db.execute(
      sql`select must_exist((select true from search_log where id = ${searchId} and corpora <@ ${numbers}::smallint[]), 'search')`,
    ),
    tenant.db.execute<Omit<Judged, "judgments">>(sql`
      with search as (
        select corpora, result_ids, coalesce(query_hash = ${query?.hash ?? null}::bytea, true) as same_query from search_log where id = ${searchId}),
      judged as materialized (
        select j.nr::integer - 1 as index, j.id, j."entryId", j.relevance, j.comment, j."entryId" = any (s.result_ids) as found, t.corpus
        from search s cross join organizations o
          cross join rows from (jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as (id uuid, "entryId" uuid, relevance smallint, comment text))
            with ordinality as j(id, "entryId", relevance, comment, nr)
          left join search_terms t on t.shelf = o.shelf and t.corpus = any (s.corpora) and t.entry_id = j."entryId"),
      strange as (
        select index, case when found then 'gone' else 'not found' end as reason from judged where not found or corpus is null),
      written as (
        insert into relevance_feedback (id, search_id, corpus, entry_id, query, relevance, comment)
        select id, ${searchId}, corpus, "entryId", ${query?.text ?? null}, relevance, comment
        from judged cross join search where same_query and not exists (select from strange)
        on conflict (organization_id, search_id, entry_id) do update set query = coalesce(excluded.query, relevance_feedback.query),
          relevance = excluded.relevance, comment = excluded.comment, created_by = excluded.created_by, created_at = excluded.created_at)
      select same_query as "sameQuery", (select coalesce(jsonb_agg(to_jsonb(x) order by x.index), '[]') from strange x) as strange from search`),
    tenant.db.execute<StoredJudgment>(sql`
      select entry_id as "entryId", corpus, relevance, comment from relevance_feedback where search_id = ${searchId} order by relevance desc, entry_id`),
  ]);
  return { ...rows[0]!, judgments: stored };
}
