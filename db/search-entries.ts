import { type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "./client.ts";
import { CORPORA, type CorpusName } from "./corpora.ts";

export type Entry = {
  entryId: string;
  sourceId: string;
  /** Of the row that it was read from, when that was in another transaction: what has changed since is left alone. */
  version?: string;
  language: string;
  length: number;
  terms: ReadonlyMap<number, number>;
};

/** Makes entries findable by words. Writing an entry again replaces it; the statistics follow by trigger. */
export function indexEntries(
  tenant: Tenant,
  corpus: CorpusName,
  entries: readonly Entry[],
  names: ReadonlyMap<string, number>,
  analyzerVersion: number,
): Statement {
  const { number, table } = CORPORA[corpus];
  // In the order of the chunks, as a deletion of their document goes through them: the two must not wait for each other.
  const unchanged = sql` cross join lateral (
        select from ${sql.identifier(table)} r where r.id = e."entryId" and r.xmin::text = e.version for share) unchanged`;
  const written = entries.map(({ terms, ...entry }) => ({
    ...entry,
    terms: [...terms.keys()],
    counts: [...terms.values()],
  }));
  return tenant.db.execute(sql`
    with entries as materialized (
      select e.* from (
        select * from jsonb_to_recordset(${JSON.stringify(written)}::jsonb) as e("entryId" uuid, "sourceId" uuid, version text,
          language text, length integer, terms integer[], counts integer[]) order by "entryId") e
        ${entries.some(({ version }) => version !== undefined) ? unchanged : sql``}),
    average as (
      select coalesce(sum(length) / nullif(sum(entries), 0), 1) as length from (
        select s.length::float8, s.entries::float8 from corpus_stats s where s.corpus = ${number}
        union all select e.length, 1 from entries e
        union all select -t.length, -1 from organizations o cross join entries e
          join search_terms t on t.shelf = o.shelf and t.corpus = ${number} and t.entry_id = e."entryId") counted),
    spoken as (
      update organizations o set languages = (select array_agg(distinct l order by l) from unnest(o.languages || n.languages) l)
      from (select array_agg(distinct language) as languages from entries) n
      where not o.languages @> n.languages),
    writing as materialized (select pg_advisory_xact_lock_shared(${NAMES_LOCK})),
    named as (
      insert into search_names (name, term)
      select name, term::integer from writing cross join jsonb_each_text(${JSON.stringify(Object.fromEntries(names))}::jsonb) as n(name, term)
      order by name on conflict do nothing)
    insert into search_terms (shelf, corpus, entry_id, source_id, language, length, average_length, analyzer_version, weights, terms)
    select ${SHELVES}, ${number}::smallint, e."entryId", e."sourceId", e.language, e.length, a.length, ${analyzerVersion}::smallint, w.weights,
      salted_terms(o.id, e.terms)
    from entries e cross join average a cross join organizations o cross join lateral (
      select ${sql.raw(bm25Weights("e.length", "a.length"))} as weights from unnest(e.terms, e.counts) as t(term, tf)) w
    on conflict (organization_id, corpus, entry_id, shelf) do update set source_id = excluded.source_id, language = excluded.language,
      length = excluded.length, average_length = excluded.average_length, analyzer_version = excluded.analyzer_version,
      weights = excluded.weights, terms = excluded.terms`);
}

/** Shared by those who write an organization's names, so that whoever drops the unused ones sees all that use them. */
export const NAMES_LOCK = sql`hashtextextended('search_names:' || current_organization(), 0)`;

/**
 * The weights of an entry as an aggregate over its terms `t(term, tf)`: tf / (tf + k1 · (1 − b + b · length / average)), k1 = 0.9,
 * b = 0.4 (Robertson; Lucene's form). In place, for as a function of arrays it took twice as long.
 */
export const bm25Weights = (length: string, average: string): string =>
  `('{' || coalesce(string_agg(t.term || ':' || (t.tf / (t.tf + 0.9::float8 * (0.6::float8 + 0.4::float8 * ${length} / greatest(${average}, 1))))::real, ','), '') || '}/268435456')::sparsevec`;

/** The shelves of the organization `o` that are written to: two while it moves from one to the other. */
const SHELVES = sql`unnest(array_remove(array[o.shelf, o.next_shelf], null))`;

/** The models of the organization `o`, first the one that searches ask. */
export const MODELS = sql`array_remove(array[o.embedding_model, o.other_embedding_model], null)`;

/** Joins the row of an entry only if it has not changed since, and keeps it so: on the shelf of `o` that is searched. */
const asItWasRead = (corpus: CorpusName, entryId: SQL, version: SQL) => sql`cross join lateral (
          select from search_terms t where t.shelf = o.shelf and t.corpus = ${CORPORA[corpus].number} and t.entry_id = ${entryId}
            and t.xmin::text = ${version} for share) unchanged`;

export type NewVector = {
  entryId: string;
  sourceId: string;
  /** Of the entry, as it was read. */
  version: string;
  /** SHA-256 of what was embedded, as a bytea literal. */
  textHash: string;
  embedding: readonly number[];
};

/**
 * Makes entries findable by meaning, and keeps the embeddings in the cache. The same entry and model again replaces the vector.
 * An entry that is gone, or is another text since it was read, gets none: it waits for the embedding of what it says now.
 * So does a model that the organization has no more.
 */
export function saveVectors(
  tenant: Tenant,
  corpus: CorpusName,
  model: string,
  vectors: readonly NewVector[],
  cacheDays: number,
): Statement {
  const written = vectors.map((vector) => ({ ...vector, embedding: JSON.stringify(vector.embedding) }));
  return tenant.db.execute(sql`
    with vectors as materialized (
      select v."entryId", v."sourceId", v.version, v."textHash"::bytea as "textHash", v.embedding::halfvec as embedding
      from jsonb_to_recordset(${JSON.stringify(written)}::jsonb) as v("entryId" uuid, "sourceId" uuid, version text, "textHash" text, embedding text)
      where exists (select from organizations o where ${model}::text in (o.embedding_model, o.other_embedding_model))),
    kept as (
      insert into embedding_cache (model, text_hash, embedding, expires_at)
      select distinct on ("textHash") ${model}::text, "textHash", embedding, now() + make_interval(days => ${cacheDays}) from vectors order by "textHash"
      on conflict (organization_id, model, text_hash) do nothing),
    saved as (
      insert into search_vectors (shelf, corpus, entry_id, source_id, model, embedding)
      select ${SHELVES}, ${CORPORA[corpus].number}::smallint, v."entryId", v."sourceId", ${model}::text, v.embedding
      from vectors v cross join organizations o
        ${asItWasRead(corpus, sql`v."entryId"`, sql`v.version`)}
      ${REPLACED} returning entry_id)
    select count(distinct entry_id)::integer as saved from saved`);
}

/** How many entries the statement of `saveVectors` gave a vector. */
export const savedOf = (result: unknown): number => (result as { rows: { saved: number }[] }).rows[0]!.saved;

const REPLACED = sql`on conflict (organization_id, corpus, entry_id, model, shelf)
      do update set embedding = excluded.embedding, source_id = excluded.source_id`;

/** Whether there is the message because of which something is kept: whoever erases it waits for this. True of nothing that no message is the cause of. */
export const messageStands = (id: string | undefined): SQL =>
  id === undefined
    ? sql`true`
    : sql`(exists (select from messages m where m.id = ${id} for key share) or exists (select from message_archive m where m.id = ${id}))`;

/** Keeps embeddings, so that the next one who asks or stores the same texts waits for no model. */
export const cacheEmbeddings = (
  tenant: Tenant,
  model: string,
  embeddings: readonly { textHash: string; embedding: readonly number[] }[],
  days: number,
  messageId?: string,
): Statement => {
  const written = embeddings.map(({ textHash, embedding }) => ({ textHash, embedding: JSON.stringify(embedding) }));
  return tenant.db.execute(sql`
    insert into embedding_cache (model, text_hash, embedding, expires_at)
    select distinct on (e."textHash") ${model}::text, e."textHash"::bytea, e.embedding::halfvec, now() + make_interval(days => ${days})
    from jsonb_to_recordset(${JSON.stringify(written)}::jsonb) as e("textHash" text, embedding text)
    where ${messageStands(messageId)} order by e."textHash"
    on conflict (organization_id, model, text_hash) do update set expires_at = excluded.expires_at`);
};

/** Which of these texts have no embedding in the cache that lasts for another hour, by the model that searches ask. */
export async function textsNotCached(
  tenant: Tenant,
  textHashes: readonly string[],
): Promise<{ model: string; missing: string[] }> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ model: string; missing: string[] }>(sql`
      select o.embedding_model as model, array(
        select t.hash from jsonb_array_elements_text(${JSON.stringify(textHashes)}::jsonb) with ordinality as t(hash, nr)
        where not exists (select from embedding_cache c where c.model = o.embedding_model and c.text_hash = t.hash::bytea
          and c.expires_at > now() + interval '1 hour')
        order by t.nr) as missing
      from organizations o`),
  ]);
  return rows[0]!;
}

export const clearVectors = (tenant: Tenant, corpus: CorpusName, sourceId: string): Statement =>
  tenant.db.execute(
    sql`delete from search_vectors where corpus = ${CORPORA[corpus].number} and source_id = ${sourceId}`,
  );

/** What is embedded of a row of `read`, and how the cache knows it. */
const EMBEDDED_TEXT = sql`concat_ws(E'\n', nullif(r.title, ''), nullif(r.context, ''), nullif(r.content, ''))`;
export const DOCUMENT_KIND = "document";
const TEXT_HASH = sql`sha256(convert_to(${DOCUMENT_KIND} || E'\n' || ${EMBEDDED_TEXT}, 'UTF8'))`;

/** The subjects of live jobs: what is missing of such a source is about to come. */
export const BUSY_SOURCES = sql`(select j.subject_id from jobs j where j.failed_at is null)`;
/** That no change of models is giving the entries of the organization `o` vectors of the model `m`. */
export const IDLE_MODEL = sql`(m.model = o.embedding_model
  or not exists (select from jobs j where j.kind = 'embedding-migration.embed' and j.failed_at is null))`;

export type WaitingEntry = {
  id: string;
  sourceId: string;
  model: string;
  /** Whether searches ask this model. */
  asked: boolean;
  text: string;
  textHash: string;
  version: string;
  /** How many vectors are missing in all, this one included. */
  waiting: number;
};

export type Waiting = { sourceId?: string; model?: string; idle?: boolean };

/** Entries of a source, or of all, that are found by words but not by meaning: see `entriesWithoutVector`. */
const waitingEntries = (corpus: CorpusName, { sourceId, model, idle }: Waiting): SQL => sql`
    select t.entry_id, t.source_id, t.xmin::text as version, m.model, m.nr, o.shelf, o.next_shelf
    from organizations o cross join unnest(${MODELS}) with ordinality as m(model, nr)
      join search_terms t on t.shelf = o.shelf and t.corpus = ${CORPORA[corpus].number}${sourceId ? sql` and t.source_id = ${sourceId}` : sql``}${idle ? sql` and t.source_id not in ${BUSY_SOURCES} and ${IDLE_MODEL}` : sql``}
    where ${model ? sql`m.model = ${model} and ` : sql``}not exists (select from search_vectors v where v.shelf = o.shelf and v.corpus = t.corpus and v.entry_id = t.entry_id and v.model = m.model)`;

/** Gives such entries the vectors of their texts that are in the cache, at most so many. */
export const vectorsFromCache = (tenant: Tenant, corpus: CorpusName, of: Waiting, limit: number): Statement =>
  tenant.db.execute(sql`
      with waiting as materialized (${waitingEntries(corpus, of)} limit ${limit}),
      texts as materialized (
        select w.*, ${TEXT_HASH} as text_hash from waiting w join (${CORPORA[corpus].read}) r on r.id = w.entry_id),
      -- One look into the cache for each text: joined, every text was hashed for every embedding there is.
      known as materialized (
        select t.*, e.embedding from texts t cross join lateral (
          select c.embedding from embedding_cache c where c.model = t.model and c.text_hash = t.text_hash and c.expires_at > now() limit 1) e)
      insert into search_vectors (shelf, corpus, entry_id, source_id, model, embedding)
      select ${SHELVES}, ${CORPORA[corpus].number}::smallint, o.entry_id, o.source_id, o.model, o.embedding
      from known o ${asItWasRead(corpus, sql`o.entry_id`, sql`o.version`)}
      ${REPLACED}`);

/**
 * Entries of a source, or of all, that are found by words but not yet by meaning, by that model or any that the organization
 * has: of the first such model, oldest first; with `idle` those that no other job gives one. Those whose text is in the cache are saved at once and not among them.
 */
export async function entriesWithoutVector(
  tenant: Tenant,
  corpus: CorpusName,
  of: Waiting,
  limit: number,
  cachedLimit: number,
): Promise<WaitingEntry[]> {
  const [, found] = await tenant.batch([
    vectorsFromCache(tenant, corpus, of, cachedLimit),
    tenant.db.execute<WaitingEntry>(sql`
      with waiting as (${waitingEntries(corpus, of)})
      select r.id, w.source_id as "sourceId", w.model, w.nr = 1 as asked, ${EMBEDDED_TEXT} as text, ${TEXT_HASH}::text as "textHash", w.version, (select count(*)::integer from waiting) as waiting
      from waiting w join (${CORPORA[corpus].read}) r on r.id = w.entry_id
      where w.nr = (select min(nr) from waiting) order by r.id limit ${limit}`),
  ]);
  return found.rows;
}

/** How many entries that are found by words have no vector of the model, each corpus counted as `entriesWithoutVector` sees it. */
export const missingVectors = (model: SQL): SQL => {
  const counts = Object.values(CORPORA).map(
    ({
      number,
      read,
    }) => sql`(select count(*) from organizations o join search_terms t on t.shelf = o.shelf and t.corpus = ${number}
      where not exists (select from search_vectors v where v.shelf = o.shelf and v.corpus = t.corpus and v.entry_id = t.entry_id and v.model = ${model})
        and exists (select from (${read}) r where r.id = t.entry_id))`,
  );
  return sql`(${sql.join(counts, sql` + `)})::integer`;
};
