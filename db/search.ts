import { sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "./client.ts";
import { CORPORA, type CorpusName, type SearchFilter } from "./corpora.ts";

/** Chosen once by the shape that measured best; tuned per corpus later. */
const LEXICAL_SHARE = 0.4;
const CANDIDATES = 60;

export type Question = {
  corpora: readonly CorpusName[];
  /** Term id → how often and how strongly it was asked; empty to search by meaning only. */
  terms: ReadonlyMap<number, number>;
  /** The question's embedding, normalized; null to search by words only. */
  vector: readonly number[] | null;
  model: string;
  filter?: SearchFilter;
  limit: number;
};

export type Hit = {
  corpus: CorpusName;
  id: string;
  sourceId: string;
  sourceType: string;
  content: string;
  context: string;
  title: string;
  page: number | null;
  /** Fused, 0 … 1. */
  score: number;
  lexicalScore: number;
  lexicalRank: number | null;
  vectorScore: number;
  vectorRank: number | null;
};

/**
 * The best entries of the tenant for a question, by words and by meaning, in one statement however many corpora it asks.
 * Candidates come from `hybrid_search`, texts under the caller's own policies.
 */
export async function hybridSearch(tenant: Tenant, question: Question): Promise<Hit[]> {
  const { corpora, terms, vector, filter } = question;
  const chosen = corpora.map((name) => CORPORA[name]);
  const sources = filter && chosen.map((corpus) => corpus.sources(filter));
  const statement = tenant.db.execute<Hit>(sql`
    with hits as materialized (
      select * from hybrid_search(
        ${pgArray(
          chosen.map((corpus) => corpus.number),
          "integer",
        )}::smallint[],
        ${pgArray([...terms.keys()], "integer")}, ${pgArray([...terms.values()], "real")},
        ${vector ? JSON.stringify(vector) : null}::halfvec, ${question.model},
        ${sources ? sql.join(sources, sql` || `) : null}::uuid[], ${LEXICAL_SHARE}, ${CANDIDATES}, ${question.limit})),
    texts as (
      ${sql.join(
        chosen.map(
          (
            corpus,
          ) => sql`(select t.*, h.source_id, h.score, h.lexical_score, h.lexical_rank, h.vector_score, h.vector_rank
            from hits h join (${corpus.read}) t on t.id = h.entry_id where h.corpus = ${corpus.number})`,
        ),
        sql` union all `,
      )})
    select corpus, id, source_id as "sourceId", source_type as "sourceType", content, context, title, page, score,
      lexical_score as "lexicalScore", lexical_rank as "lexicalRank", vector_score as "vectorScore", vector_rank as "vectorRank"
    from texts order by score desc, id limit ${question.limit}`);
  const [found] = await tenant.batch([statement]);
  return found.rows;
}

export type Entry = {
  entryId: string;
  sourceId: string;
  language: string;
  length: number;
  terms: ReadonlyMap<number, number>;
};

/** Makes entries findable by words. Writing an entry again replaces it; the statistics follow by trigger. */
export function indexEntries(
  tenant: Tenant,
  corpus: CorpusName,
  entries: readonly Entry[],
  analyzerVersion: number,
): Statement {
  const { number } = CORPORA[corpus];
  const written = entries.map(({ terms, ...entry }) => ({
    ...entry,
    terms: [...terms.keys()],
    counts: [...terms.values()],
  }));
  return tenant.db.execute(sql`
    with entries as (
      select * from jsonb_to_recordset(${JSON.stringify(written)}::jsonb)
        as e("entryId" uuid, "sourceId" uuid, language text, length integer, terms integer[], counts integer[])),
    average as (
      select coalesce((s.length + e.length) / nullif(s.entries + e.entries, 0), 1) as length
      from (select coalesce(sum(length), 0)::float8 as length, coalesce(sum(entries), 0)::float8 as entries
              from corpus_stats where corpus = ${number}) s,
        (select coalesce(sum(length), 0)::float8 as length, count(*)::float8 as entries from entries) e),
    spoken as (
      update organizations o set languages = (select array_agg(distinct l order by l) from unnest(o.languages || n.languages) l)
      from (select array_agg(distinct language) as languages from entries) n
      where not o.languages @> n.languages)
    insert into search_terms (shelf, corpus, entry_id, source_id, language, length, average_length, analyzer_version, weights, terms)
    select o.shelf, ${number}::smallint, e."entryId", e."sourceId", e.language, e.length, a.length, ${analyzerVersion}::smallint,
      bm25_weights(e.terms, e.counts, e.length, a.length), salted_terms(o.id, e.terms)
    from entries e cross join average a cross join organizations o
    on conflict (organization_id, corpus, entry_id, shelf) do update set source_id = excluded.source_id, language = excluded.language,
      length = excluded.length, average_length = excluded.average_length, analyzer_version = excluded.analyzer_version,
      weights = excluded.weights, terms = excluded.terms`);
}

/**
 * Makes entries findable by meaning. The same entry and model again replaces the vector. An entry that is gone, or is another
 * text since it was read (`version`), gets none: it waits for the embedding of what it says now.
 */
export function saveVectors(
  tenant: Tenant,
  corpus: CorpusName,
  model: string,
  vectors: readonly { entryId: string; sourceId: string; version: string; embedding: readonly number[] }[],
) {
  const written = vectors.map((vector) => ({ ...vector, embedding: JSON.stringify(vector.embedding) }));
  return tenant.db.execute(sql`
    insert into search_vectors (shelf, corpus, entry_id, source_id, model, embedding)
    select o.shelf, ${CORPORA[corpus].number}::smallint, v."entryId", v."sourceId", ${model}::text, v.embedding::halfvec
    from jsonb_to_recordset(${JSON.stringify(written)}::jsonb) as v("entryId" uuid, "sourceId" uuid, version text, embedding text)
      cross join organizations o
      cross join lateral (
        select from search_terms t where t.corpus = ${CORPORA[corpus].number} and t.entry_id = v."entryId"
          and t.xmin::text = v.version for share) unchanged
    on conflict (organization_id, corpus, entry_id, model, shelf)
      do update set embedding = excluded.embedding, source_id = excluded.source_id`);
}

export const clearVectors = (tenant: Tenant, corpus: CorpusName, sourceId: string): Statement =>
  tenant.db.execute(
    sql`delete from search_vectors where corpus = ${CORPORA[corpus].number} and source_id = ${sourceId}`,
  );

type WaitingEntry = { id: string; title: string; context: string; content: string; version: string; waiting: number };

/** Entries of a source that are found by words but not yet by meaning, oldest first, and how many there are. */
export async function entriesWithoutVector(
  tenant: Tenant,
  corpus: CorpusName,
  sourceId: string,
  model: string,
  limit: number,
) {
  const { number, read } = CORPORA[corpus];
  const [found] = await tenant.batch([
    tenant.db.execute<WaitingEntry>(sql`
      with waiting as (
        select t.entry_id, t.xmin::text as version from search_terms t where t.corpus = ${number} and t.source_id = ${sourceId} and not exists (
          select from search_vectors v where v.corpus = t.corpus and v.entry_id = t.entry_id and v.model = ${model}))
      select r.id, r.title, r.context, r.content, w.version, (select count(*)::integer from waiting) as waiting
      from waiting w join (${read}) r on r.id = w.entry_id order by r.id limit ${limit}`),
  ]);
  return found.rows;
}
