import pg from "pg";
import { type Engine, LIMIT } from "./engine.ts";
import type { Asked } from "./entries.ts";

const BATCH = 500;
const ask = (toQuery: string) => `
  with semantic as (
    select id, rank() over (order by embedding <=> $2::vector) as rank
    from entries order by embedding <=> $2::vector limit ${LIMIT}),
  keyword as (
    select id, rank() over (order by ts_rank_cd(words, query) desc) as rank
    from entries, ${toQuery} query where words @@ query
    order by ts_rank_cd(words, query) desc limit ${LIMIT}),
  fused as (
    select coalesce(s.id, k.id) as id, coalesce(1.0 / (60 + s.rank), 0) + coalesce(1.0 / (60 + k.rank), 0) as score
    from semantic s full outer join keyword k on k.id = s.id order by score desc limit ${LIMIT})
  select e.text_id, e.content, f.score from fused f join entries e using (id) order by f.score desc`;

const ALL_WORDS = "plainto_tsquery('english', $1)";
/** A long question asked with AND finds nothing by its words, so who measures it writes OR. */
const ANY_WORD = "to_tsquery('english', replace(plainto_tsquery('english', $1)::text, '&', '|'))";

/** The hybrid search of pgvector's own example (`rrf.py`), with the words stored in a column instead of parsed at each question. */
export async function openPgvector(url: string): Promise<Engine> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("create extension if not exists vector");
  const { rows } = await client.query<{ v: string }>(
    "select extversion as v from pg_extension where extname = 'vector'",
  );
  const search =
    (statement: string) =>
    async ({ text, vector }: Asked) => {
      const { rows: found } = await client.query<{ text_id: string }>(statement, [text, JSON.stringify(vector)]);
      return { textIds: found.map(({ text_id }) => text_id) };
    };
  return {
    version: `pgvector ${rows[0]?.v}`,
    async index(entries) {
      await client.query(`
        drop table if exists entries;
        create table entries (id bigserial primary key, text_id text not null, content text not null, embedding vector(1024),
          words tsvector generated always as (to_tsvector('english', content)) stored)`);
      for (let from = 0; from < entries.length; from += BATCH) {
        const rows = entries.slice(from, from + BATCH).map(({ textId, content, vector }) => [textId, content, vector]);
        await client.query(
          `insert into entries (text_id, content, embedding)
           select e ->> 0, e ->> 1, (e ->> 2)::vector from jsonb_array_elements($1::jsonb) e`,
          [JSON.stringify(rows)],
        );
      }
      await client.query("create index on entries using hnsw (embedding vector_cosine_ops)");
      await client.query("create index on entries using gin (words)");
      await client.query("vacuum analyze entries");
      await client.query("set hnsw.ef_search = 100");
    },
    ways: [
      {
        name: "pgvector hybrid, all words",
        settings:
          "HNSW with `ef_search` 100, `plainto_tsquery`, `ts_rank_cd`, reciprocal ranks, k = 60: pgvector's own example",
        search: search(ask(ALL_WORDS)),
      },
      {
        name: "pgvector hybrid, any word",
        settings: "the same with the question's words joined by OR",
        search: search(ask(ANY_WORD)),
      },
    ],
    async bytes() {
      const { rows: found } = await client.query<{ b: string }>("select pg_total_relation_size('entries') as b");
      return Number(found[0]?.b);
    },
    close: () => client.end(),
  };
}
