import { desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import type { ModelComparison } from "../../json.ts";
import { embeddingMigrations } from "../../schema/search.ts";
import { MODELS, missingVectors } from "../../search-entries.ts";

/** The newest one, until it is deleted: the organization has a second model as long as it lives. */
const isLive = (migration: SQL): SQL => sql`(${migration}.status <> 'cancelled'
  and exists (select from organizations where other_embedding_model is not null)
  and ${migration}.id = (select n.id from embedding_migrations n order by n.created_at desc, n.id desc limit 1))`;

const LIVE = isLive(sql`embedding_migrations`);
const ENTRIES = sql`(select count(*) from organizations o join search_terms t on t.shelf = o.shelf)::integer`;

const columns = { ...getTableColumns(embeddingMigrations), live: sql<boolean>`${LIVE}` };
const described = {
  ...columns,
  progress: sql<{ entries: number; embedded: number } | null>`case when ${LIVE} then
    (select jsonb_build_object('entries', e.entries, 'embedded', e.entries - e.missing)
      from (select ${ENTRIES} as entries, ${missingVectors(sql`embedding_migrations.to_model`)} as missing) e) end`,
};

export type EmbeddingMigration = typeof embeddingMigrations.$inferSelect & { live: boolean };
export type DescribedMigration = EmbeddingMigration & { progress: { entries: number; embedded: number } | null };

export async function findMigration(tenant: Tenant, id: string): Promise<EmbeddingMigration | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db.select(columns).from(embeddingMigrations).where(eq(embeddingMigrations.id, id)),
  ]);
  return row;
}

const describing = (tenant: Tenant, id: string) =>
  tenant.db.select(described).from(embeddingMigrations).where(eq(embeddingMigrations.id, id));

/** With how far it has come, counted as it is now; of one that has ended nothing is counted. */
export async function describeMigration(tenant: Tenant, id: string): Promise<DescribedMigration | undefined> {
  const [[row]] = await tenant.batch([describing(tenant, id)]);
  return row;
}

export async function listMigrations(
  tenant: Tenant,
  after: string | undefined,
  limit: number,
): Promise<DescribedMigration[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select(described)
      .from(embeddingMigrations)
      .where(after ? lt(embeddingMigrations.id, after) : undefined)
      .orderBy(desc(embeddingMigrations.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** A change of state in one statement; the batch aborts (EL404) when the state is another, and nothing of it has happened. */
const must = (tenant: Tenant, changes: SQL): Statement =>
  tenant.db.execute(sql`with ${changes} select must_exist((select true from changed), 'state')`);

/** From here on every ingest embeds with both models. Of two at once one is made. */
export async function createMigration(
  tenant: Tenant,
  { id, model }: { id: string; model: string },
  emits: Statement[],
): Promise<DescribedMigration> {
  const [, [row]] = await tenant.batch([
    must(
      tenant,
      sql`opened as (
        update organizations set other_embedding_model = ${model} where other_embedding_model is null returning embedding_model),
      changed as (
        insert into embedding_migrations (id, from_model, to_model)
        select ${id}::uuid, embedding_model, ${model}::text from opened returning id)`,
    ),
    describing(tenant, id),
    ...emits,
  ]);
  return row!;
}

/** How many entries would not be found by meaning if this model were asked. */
export async function countMissing(tenant: Tenant, model: string): Promise<number> {
  const [{ rows: counted }] = await tenant.batch([
    tenant.db.execute<{ missing: number }>(sql`select ${missingVectors(sql`${model}`)} as missing`),
  ]);
  return counted[0]!.missing;
}

/** Given-up work that is tried again is no failure any more. */
export const resumeMigration = (tenant: Tenant, id: string) =>
  tenant.batch([
    tenant.db.execute(sql`
      update embedding_migrations set status = 'embedding', failure_reason = null where id = ${id} and status = 'failed'`),
  ]);

/** Ready, if no entry lacks a vector of the new model at this moment. */
export async function completeMigration(tenant: Tenant, id: string): Promise<boolean> {
  const [{ rows: ready }] = await tenant.batch([
    tenant.db.execute(sql`
      update embedding_migrations m set status = 'ready'
      where m.id = ${id} and m.status = 'embedding' and ${isLive(sql`m`)} and ${missingVectors(sql`m.to_model`)} = 0 returning 1`),
  ]);
  return ready.length > 0;
}

export const failMigration = (tenant: Tenant, id: string, reason: string): Statement =>
  tenant.db.execute(sql`
    update embedding_migrations set status = 'failed', failure_reason = ${reason} where id = ${id} and status = 'embedding'`);

/**
 * From one statement to the next every search asks the other model. Only while the migration lives, has embedded everything
 * once, and no entry lacks a vector of that model: what was indexed meanwhile is counted in the statement that switches.
 */
export async function switchModel(
  tenant: Tenant,
  id: string,
  target: "new" | "old",
  emits: Statement[],
): Promise<DescribedMigration> {
  const isNew = target === "new";
  const [from, to] = isNew ? [sql`m.from_model`, sql`m.to_model`] : [sql`m.to_model`, sql`m.from_model`];
  const [, [row]] = await tenant.batch([
    must(
      tenant,
      sql`swapped as (
        update organizations o set embedding_model = ${to}, other_embedding_model = ${from}
        from embedding_migrations m
        where m.id = ${id} and m.status in ('ready', 'switched') and ${isLive(sql`m`)}
          and o.embedding_model = ${from} and o.other_embedding_model = ${to} and ${missingVectors(to)} = 0 returning 1),
      changed as (
        update embedding_migrations set status = ${isNew ? "switched" : "ready"}, switched_at = ${isNew ? sql`now()` : sql`null`}
        where id = ${id} and exists (select from swapped) returning id)`,
    ),
    describing(tenant, id),
    ...emits,
  ]);
  return row!;
}

/** The organization keeps the model that is asked; `forgetModels` removes what the other one left. */
export const endMigration = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    must(
      tenant,
      sql`closed as (
        update organizations set other_embedding_model = null
        where other_embedding_model is not null and exists (select from embedding_migrations m where m.id = ${id} and ${isLive(sql`m`)})
        returning 1),
      changed as (
        update embedding_migrations set status = case status when 'switched' then 'switched' else 'cancelled' end
        where id = ${id} and exists (select from closed) returning id)`,
    ),
    ...emits,
  ]);

/** Deletes vectors and cached embeddings of models that the organization does not have, at most so many of each. */
export async function forgetModels(tenant: Tenant, limit: number): Promise<number> {
  const gone = (table: SQL, key: SQL) => sql`
    delete from ${table} where (${key}) in (select ${key} from ${table} where model not in (
      select unnest(${MODELS}) from organizations o) limit ${limit})`;
  const results = await tenant.batch([
    tenant.db.execute(gone(sql`search_vectors`, sql`organization_id, corpus, entry_id, model, shelf`)),
    tenant.db.execute(gone(sql`embedding_cache`, sql`organization_id, model, text_hash`)),
  ]);
  return results.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

export type TestQuery = { query: string /** Entry → how relevant, above 0. */; relevant: Record<string, number> };

/** The questions that people have judged results of, those with the newest judgment first; of two about one entry the newer counts. */
export async function judgedQueries(tenant: Tenant, limit: number): Promise<TestQuery[]> {
  const [{ rows: found }] = await tenant.batch([
    tenant.db.execute<TestQuery>(sql`
      select j.query, coalesce(jsonb_object_agg(j.entry_id, j.relevance) filter (where j.relevance > 0), '{}') as relevant
      from (select distinct on (query, entry_id) query, entry_id, relevance, created_at from relevance_feedback
        where btrim(query) <> '' order by query, entry_id, id desc) j
      group by j.query order by max(j.created_at) desc, j.query limit ${limit}`),
  ]);
  return found;
}

/** Of each question its ten nearest entries by one model, every entry compared; in the questions' order. */
export async function nearestEntries(
  tenant: Tenant,
  model: string,
  questions: readonly (readonly number[])[],
): Promise<string[][]> {
  const asked = JSON.stringify(questions.map((embedding) => JSON.stringify(embedding)));
  const [{ rows: found }] = await tenant.batch([
    tenant.db.execute<{ entries: string[] }>(sql`
      with asked as materialized (
        select nr, embedding::halfvec as embedding from jsonb_array_elements_text(${asked}::jsonb) with ordinality as q(embedding, nr))
      select array(select v.entry_id from organizations o join search_vectors v on v.shelf = o.shelf and v.model = ${model}
        order by v.embedding <=> asked.embedding, v.entry_id limit 10) as entries
      from asked order by asked.nr`),
  ]);
  return found.map(({ entries }) => entries);
}

export const saveComparison = (tenant: Tenant, id: string, comparison: ModelComparison, emits: Statement[]) =>
  tenant.batch([
    must(
      tenant,
      sql`changed as (
        update embedding_migrations m set comparison = ${JSON.stringify(comparison)}::jsonb where m.id = ${id} and ${isLive(sql`m`)} returning id)`,
    ),
    ...emits,
  ]);
