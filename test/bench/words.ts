import { analyzeQuestion } from "../../functions/kernel/retrieval/analyzer.ts";
import type { BenchDatabase } from "./database.ts";
import type { Material } from "./growth.ts";
import { milliseconds, takeTurns } from "./measure.ts";
import { round, type Section } from "./section.ts";

const LIMIT = 60;
const SHARE_MAX = 1 / 3;

/** Our scores against `ts_rank_cd` of the same entries: those that have any term of the question. */
export async function words(database: BenchDatabase, organizationId: string, material: Material): Promise<Section> {
  const { owner } = database;
  await owner.query(`
    create table reference_words as
      select t.entry_id, t.terms, t.weights, to_tsvector('english', c.content) as text from search_terms t
      join document_chunks c on c.organization_id = t.organization_id and c.id = t.entry_id where t.organization_id = '${organizationId}';
    alter table reference_words add primary key (entry_id);
    analyze reference_words;
    create or replace function timed_words(p_statement text, p_ids uuid[], p_query sparsevec, p_text tsquery, out ms float8, out ids uuid[])
    language plpgsql as $$
    declare began timestamptz := clock_timestamp();
    begin
      execute p_statement into ids using p_ids, p_query, p_text;
      ms := extract(epoch from clock_timestamp() - began) * 1000;
    end $$`);
  const questions: { ids: string[]; query: string; text: string }[] = [];
  for (const { text } of material.asked) {
    const terms = analyzeQuestion(text, ["en"]);
    const { rows } = await owner.query<{ ids: string[] | null; query: string | null; text: string }>(
      `select (select array_agg(entry_id) from reference_words where terms && salted_terms($1, $3)) as ids,
         (select '{' || string_agg(term || ':' || weight, ',' order by term) || '}/268435456'
          from question_weights($1, $2::smallint, $3, $4) w, unnest(w.terms, w.weights) q(term, weight)) as query,
         replace(plainto_tsquery('english', $5)::text, '&', '|') as text`,
      [organizationId, 1, [...terms.keys()], [...terms.values()], text],
    );
    const { ids, query, text: tsquery } = rows[0]!;
    if (ids && query && tsquery) questions.push({ ids, query, text: tsquery });
  }
  const way = (order: string) => {
    const statement = `select array_agg(entry_id) from (select entry_id from reference_words where entry_id = any ($1) order by ${order} limit ${LIMIT}) best`;
    return async (question: number) => {
      const { ids, query, text } = questions[question]!;
      const { rows } = await owner.query<{ ms: number; ids: string[] }>("select * from timed_words($1, $2, $3, $4)", [
        statement,
        ids,
        query,
        text,
      ]);
      return rows[0]!;
    };
  };
  const taken = await takeTurns(
    { bm25: way("weights <#> $2"), rank: way("ts_rank_cd(text, $3) desc"), fetch: way("entry_id") },
    questions.length,
  );
  await owner.query("drop table reference_words; drop function timed_words");
  const [bm25, rank, fetch] = [milliseconds(taken.bm25), milliseconds(taken.rank), milliseconds(taken.fetch)];
  const candidates = questions.reduce((sum, { ids }) => sum + ids.length, 0) / questions.length;
  return {
    title: "Words: exact BM25 against `ts_rank_cd`",
    notes: [
      `${questions.length} questions, ${round(candidates, 0)} candidates each on average; the ${LIMIT} best of them, milliseconds in the database. The tsvector is stored, as are our weights.`,
    ],
    tables: [
      {
        title: "The same candidates",
        columns: ["score", "p50", "p95"],
        rows: [
          ["`weights <#> query`", round(bm25.p50), round(bm25.p95)],
          ["`ts_rank_cd`", round(rank.p50), round(rank.p95)],
          ["none (fetching them alone)", round(fetch.p50), round(fetch.p95)],
        ],
      },
    ],
    figures: [
      {
        name: "p50 of our score, as a share of `ts_rank_cd`'s",
        value: bm25.p50 / rank.p50,
        limit: round(SHARE_MAX, 3),
        atMost: true,
      },
    ],
    plots: [],
  };
}
