import { type SQL, sql } from "drizzle-orm";
import { type Db, pgArray } from "../../client.ts";
import { CORPORA, CORPUS_NAMES } from "../../corpora.ts";

const counted = async (db: Db, call: SQL): Promise<number> => {
  const { rows } = await db.execute<{ count: number }>(sql`select ${call} as count`);
  return rows[0]!.count;
};

/** Ends answers whose worker died; those that said nothing have failed. */
export const endAbandonedAnswers = (db: Db) => counted(db, sql`maintain_messages()`);
/** Months of the logs ahead; twice makes none. */
export const makePartitions = (db: Db) => counted(db, sql`maintain_partitions()`);
/** At most so many terms at a time, so no transaction is long. */
export const foldStatistics = (db: Db, limit: number) => counted(db, sql`maintain_statistics(${limit})`);
/** Forgets at most so many whose time has passed. */
export const expireEmbeddings = (db: Db, limit: number) => counted(db, sql`maintain_embedding_cache(${limit})`);
/** A row a day and organization, of the days that are over. */
export const summarizeSearches = (db: Db) => counted(db, sql`maintain_search_days()`);
export const forgetIdempotencyKeys = (db: Db) => counted(db, sql`maintain_idempotency_keys()`);

/** What workers that died had reserved. */
export const forgetBudgetReservations = (db: Db) => counted(db, sql`maintain_budget_reservations()`);

/** Ends at most so many in which nobody speaks any more. */
export const endIdleConversations = (db: Db, limit: number) => counted(db, sql`maintain_conversations(${limit})`);
/** Forgets where the words of at most so many came from, once that was told long ago. */
export const forgetClients = (db: Db, limit: number) => counted(db, sql`maintain_clients(${limit})`);
/** A step of moving messages that are old enough to the archive; 0 when none is left. */
export const archiveMessages = (db: Db, limit: number) => counted(db, sql`maintain_message_archive(${limit})`);
/** The same of calls. */
export const archiveUsage = (db: Db, limit: number) => counted(db, sql`maintain_usage_archive(${limit})`);
/** Asks for the deletion of what is kept no longer; twice asks for none. */
export const scheduleRetention = (db: Db) => counted(db, sql`maintain_retention()`);

/** At most so many; one for each organization, twice asks for none. */
export const scheduleIndexChecks = (db: Db, limit: number) => counted(db, sql`maintain_index_checks(${limit})`);

/** The same, of the comparison of files with documents. */
export const scheduleFileChecks = (db: Db, limit: number) => counted(db, sql`maintain_file_checks(${limit})`);

/** The same, of the embedding of what was said. */
export const scheduleMessageVectors = (db: Db, limit: number) => counted(db, sql`maintain_message_vectors(${limit})`);

/** The same, of what became of feedback that was applied a week ago. */
export const scheduleImpact = (db: Db, limit: number) => counted(db, sql`maintain_admin_feedback(${limit})`);

/** Whole months of which every day is so many days ago. */
export const expireSearchLog = (db: Db, days: number) => counted(db, sql`maintain_search_log(${days})`);

export type Refreshed = { name: string; kind: "table" | "view"; done: boolean };

/** Analyzes the partitioned table or refreshes the materialized view that comes next by name; `done` unless somebody else is at it. */
export async function refreshStatistics(db: Db, after: string): Promise<Refreshed | undefined> {
  const { rows } = await db.execute<Refreshed>(sql`select name, kind, done from refresh_statistics(${after})`);
  return rows[0];
}

/** Asks for the figures of organizations in which somebody spoke in the last days; twice asks for none. */
export const scheduleMetrics = (db: Db, days: number) => counted(db, sql`maintain_metrics(${days})`);

/** Asks for the websites and web pages that are due, at most so many of each; twice asks for none. */
export const scheduleWebSources = (db: Db, limit: number) => counted(db, sql`maintain_web_sources(${limit})`);

export type Moved = { started: number; copied: number; switched: number; cleared: number };

/** A step of moving tenants with so many entries in a corpus to a shelf of their own, at most `batch` rows. */
export async function moveShelves(db: Db, entries: number, batch: number): Promise<Moved> {
  const corpora = CORPUS_NAMES.map((name) => CORPORA[name].number);
  const { rows } = await db.execute<Moved>(
    sql`select * from maintain_shelves(${entries}, ${pgArray(corpora, "integer")}::smallint[], ${batch})`,
  );
  return rows[0]!;
}

/** One small question that proves the connection, the role and its rights. */
export async function probe(db: Db): Promise<{ role: string; canBypassRowSecurity: boolean }> {
  const { rows } = await db.execute<{ role: string; canBypassRowSecurity: boolean }>(sql`
    select current_user as role, rolsuper or rolbypassrls as "canBypassRowSecurity" from pg_roles where rolname = current_user`);
  return rows[0]!;
}
