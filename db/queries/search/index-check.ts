import { desc, lt, type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { CORPORA, CORPUS_NAMES, type CorpusName } from "../../corpora.ts";
import { indexChecks } from "../../schema/search.ts";
import { BUSY_SOURCES, IDLE_MODEL, MODELS, NAMES_LOCK } from "../../search-entries.ts";

export type IndexCheck = typeof indexChecks.$inferSelect;
export type TrueEntry = {
  entryId: string;
  sourceId: string;
  version: string;
  language: string | null;
  title: string;
  context: string;
  content: string;
};

const LIVE_JOB = sql`from jobs j where j.kind = 'index.check' and j.failed_at is null`;

/** The corpus's rows on the shelf that is searched, as `t`, and the organization `o`. */
const indexed = (number: number) =>
  sql`organizations o join search_terms t on t.shelf = o.shelf and t.corpus = ${number}`;
/** Of an entry `t`; `a` is the average length as it is now. */
const outdated = (analyzerVersion: number) =>
  sql`(t.analyzer_version <> ${analyzerVersion} or abs(t.average_length - a.length) > 0.05 * a.length)`;

/** What a corpus lacks now, in one snapshot; what another job is about to write is not lacking. */
function compared(corpus: CorpusName, analyzerVersion: number): SQL {
  const { number, read } = CORPORA[corpus];
  return sql`(
    with truth as materialized (select r.id, r.source_id not in ${BUSY_SOURCES} as idle from (${read}) r),
    indexed as materialized (select t.entry_id, t.length, t.average_length, t.analyzer_version from ${indexed(number)}),
    embedded as materialized (
      select v.entry_id, v.model from organizations o join search_vectors v on v.shelf = o.shelf and v.corpus = ${number}),
    models as (
      select m.model from organizations o cross join unnest(${MODELS}) as m(model)
      where ${IDLE_MODEL})
    select jsonb_build_object(
      'entries', (select count(*) from truth),
      'indexed', (select count(*) from indexed),
      'missing', (select count(*) from truth r where r.idle and not exists (select from indexed t where t.entry_id = r.id)),
      'orphaned', (
        select count(*) from (select entry_id from indexed union select entry_id from embedded) d
        where not exists (select from truth r where r.id = d.entry_id)),
      'outdated', (
        select count(*) from truth r join indexed t on t.entry_id = r.id cross join (select avg(length)::float8 as length from indexed) a
        where r.idle and ${outdated(analyzerVersion)}),
      'withoutVector', (
        select count(distinct r.id) from truth r cross join models m
        where r.idle and not exists (select from embedded v where v.entry_id = r.id and v.model = m.model))))`;
}

const WRONG = ["missing", "orphaned", "outdated", "withoutVector"] as const;

/** The checks that the job in hand has begun and not completed: what an earlier one gave up stays as it was. */
export async function openChecks(tenant: Tenant): Promise<Pick<IndexCheck, "id" | "corpus">[]> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<Pick<IndexCheck, "id" | "corpus">>(sql`
      select id, corpus from index_checks where completed_at is null and started_at >= (select j.created_at ${LIVE_JOB})`),
  ]);
  return rows;
}

/** Writes down what is wrong before anything of it is repaired, but for the statistics. */
export async function startCheck(
  tenant: Tenant,
  corpus: CorpusName,
  analyzerVersion: number,
  statisticsDiffer: boolean,
): Promise<Pick<IndexCheck, "id" | "corpus">> {
  const check = { id: newId(), corpus: CORPORA[corpus].number };
  await tenant.batch([
    tenant.db.execute(sql`
      insert into index_checks (id, corpus, findings, repaired)
      select ${check.id}, ${check.corpus}, ${compared(corpus, analyzerVersion)}
        || jsonb_build_object('statisticsDiffer', ${statisticsDiffer}::boolean), ${Number(statisticsDiffer)}`),
  ]);
  return check;
}

/** Compares again: what is left is not repaired, so no crash can make the count of repairs wrong. */
export const recheck = (
  tenant: Tenant,
  {
    id,
    corpus,
    analyzerVersion,
    isCompleted,
  }: { id: string; corpus: CorpusName; analyzerVersion: number; isCompleted: boolean },
): Statement => {
  const each = (term: (name: SQL) => SQL) =>
    sql.join(
      WRONG.map((name) => term(sql`${name}::text`)),
      sql` + `,
    );
  return tenant.db.execute(sql`
    update index_checks c set completed_at = case when ${isCompleted} then clock_timestamp() end,
      findings = c.findings || jsonb_build_object('remaining', ${each((name) => sql`(now_is.wrong ->> ${name})::integer`)}),
      repaired = (c.findings ->> 'statisticsDiffer')::boolean::integer
        + ${each((name) => sql`greatest(0, (c.findings ->> ${name})::integer - (now_is.wrong ->> ${name})::integer)`)}
    from (select ${compared(corpus, analyzerVersion)} as wrong offset 0) now_is where c.id = ${id}`);
};

export async function countIndexed(tenant: Tenant, corpus: CorpusName): Promise<number> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ entries: number }>(
      sql`select count(*)::integer as entries from ${indexed(CORPORA[corpus].number)}`,
    ),
  ]);
  return rows[0]!.entries;
}

/**
 * Adds to the statistics what they lack of a fresh count, of the `slice`th of `slices` (a power of 2) parts of the terms.
 * True whether they differed. Count and sum are of one snapshot, in which a writer's entries and its deltas are both or
 * neither, so what is added is right whoever writes or folds meanwhile; another repair cannot, for one worker holds the job.
 */
export async function repairStatistics(
  tenant: Tenant,
  corpus: CorpusName,
  slices: number,
  slice: number,
): Promise<boolean> {
  const { number } = CORPORA[corpus];
  const isOfSlice = (term: SQL) => sql`${term} & ${slices - 1}::integer = ${slice}::integer`;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ differed: boolean }>(sql`
      with told as (
        select s.term, sum(s.entries) as entries from term_stats s where s.corpus = ${number} and ${isOfSlice(sql`s.term`)} group by s.term),
      counted as (
        select i.term, count(*) as entries from ${indexed(number)} cross join unnest(t.terms) as i(term)
        where ${isOfSlice(sql`i.term`)} group by i.term),
      terms as (
        insert into term_stats (corpus, term, entries)
        select ${number}::smallint, term, coalesce(c.entries, 0) - coalesce(t.entries, 0) from told t full join counted c using (term)
        where coalesce(c.entries, 0) <> coalesce(t.entries, 0) returning 1),
      sizes as (
        insert into corpus_stats (corpus, entries, length)
        select ${number}::smallint, c.entries - t.entries, c.length - t.length
        from (select coalesce(sum(entries), 0) as entries, coalesce(sum(length), 0) as length from corpus_stats where corpus = ${number}) t,
          (select count(*) as entries, coalesce(sum(t.length), 0) as length from ${indexed(number)}) c
        where c.entries <> t.entries or c.length <> t.length returning 1)
      select exists (select from terms) or exists (select from sizes) as differed`),
  ]);
  return rows[0]!.differed;
}

/** Deletes derived rows whose entry is gone, at most so many of either kind, and says how many. */
export async function dropOrphans(tenant: Tenant, corpus: CorpusName, limit: number): Promise<number> {
  const { number, table } = CORPORA[corpus];
  const orphansOf = (derived: "search_terms" | "search_vectors") => sql`
    delete from ${sql.identifier(derived)} d using organizations o
    where d.shelf = any (array[o.shelf, o.next_shelf]) and d.corpus = ${number} and d.entry_id in (
      select t.entry_id from organizations o join ${sql.identifier(derived)} t on t.shelf = o.shelf and t.corpus = ${number}
      where not exists (select from ${sql.identifier(table)} r where r.id = t.entry_id) limit ${limit})`;
  const deleted = await tenant.batch([
    tenant.db.execute(orphansOf("search_terms")),
    tenant.db.execute(orphansOf("search_vectors")),
  ]);
  return deleted.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

/** Entries that are not indexed, or not as they would be today, the latter last: meanwhile the average still moves. */
export async function entriesToIndex(
  tenant: Tenant,
  corpus: CorpusName,
  analyzerVersion: number,
  limit: number,
): Promise<TrueEntry[]> {
  const { number, read } = CORPORA[corpus];
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<TrueEntry>(sql`
      select r.id as "entryId", r.source_id as "sourceId", r.version, r.language, r.title, r.context, r.content
      from (select avg(t.length)::float8 as length from ${indexed(number)}) a cross join (${read}) r
        left join (select t.* from ${indexed(number)}) t on t.entry_id = r.id
      where r.source_id not in ${BUSY_SOURCES} and (t.entry_id is null or ${outdated(analyzerVersion)})
      order by t.analyzer_version = ${analyzerVersion}, r.id limit ${limit}`),
  ]);
  return rows;
}

const CORPUS_NUMBERS = sql.join(
  CORPUS_NAMES.map((name) => sql`${CORPORA[name].number}`),
  sql`, `,
);
const SALTED_NAME = sql`(salted_terms(current_organization(), array[n.term]))[1]`;

/** Drops names that are found in no entry any more, at most so many. */
export async function dropUnusedNames(tenant: Tenant, limit: number): Promise<void> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ name: string }>(sql`
      with used as (select s.term from term_stats s where s.corpus in (${CORPUS_NUMBERS}) group by s.term having sum(s.entries) > 0)
      select n.name from search_names n where ${SALTED_NAME} not in (select term from used) limit ${limit}`),
  ]);
  if (rows.length === 0) return;
  const names = JSON.stringify(rows.map(({ name }) => name));
  // Looked at again once no writer is under way: to one that has found its name there, it must not be gone.
  await tenant.batch([
    tenant.db.execute(sql`select pg_advisory_xact_lock(${NAMES_LOCK})`),
    tenant.db.execute(sql`
      delete from search_names n using jsonb_array_elements_text(${names}::jsonb) as unused(name)
      where n.name = unused.name and coalesce((
        select sum(s.entries) from term_stats s where s.corpus in (${CORPUS_NUMBERS}) and s.term = ${SALTED_NAME}), 0) <= 0`),
  ]);
}

/** Forgets the checks that began so many days ago. */
export const forgetChecks = (tenant: Tenant, days: number): Statement =>
  tenant.db.delete(indexChecks).where(lt(indexChecks.startedAt, sql`now() - make_interval(days => ${days}::integer)`));

/** The newest first, and whether a check is waiting or running. */
export async function listIndexChecks(tenant: Tenant, after: string | undefined, limit: number) {
  const [{ rows }, found] = await tenant.batch([
    tenant.db.execute<{ running: boolean }>(sql`select exists (select ${LIVE_JOB}) as running`),
    tenant.db
      .select()
      .from(indexChecks)
      .where(after ? lt(indexChecks.id, after) : undefined)
      .orderBy(desc(indexChecks.id))
      .limit(limit + 1),
  ]);
  return { running: rows[0]!.running, found };
}
