import { type SQL, sql } from "drizzle-orm";
import type { Db } from "../../client.ts";

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
export const forgetIdempotencyKeys = (db: Db) => counted(db, sql`maintain_idempotency_keys()`);

/** One small question that proves the connection, the role and its rights. */
export async function probe(db: Db): Promise<{ role: string; canBypassRowSecurity: boolean }> {
  const { rows } = await db.execute<{ role: string; canBypassRowSecurity: boolean }>(sql`
    select current_user as role, rolsuper or rolbypassrls as "canBypassRowSecurity" from pg_roles where rolname = current_user`);
  return rows[0]!;
}
