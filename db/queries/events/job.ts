import { desc, eq, lt, sql } from "drizzle-orm";
import type { Db, Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { failedJobs } from "../../schema/events.ts";

/** Asks for work: one live row per kind and subject. Asked again while it waits it is the same work; while it runs, it runs again. */
export const enqueueJob = (tenant: Tenant, kind: string, subjectId: string): Statement =>
  tenant.db.execute<{ id: string }>(sql`
    insert into jobs (id, kind, subject_id) values (${newId()}, ${kind}, ${subjectId})
    on conflict (organization_id, kind, subject_id) where failed_at is null
      do update set version = jobs.version + 1, run_after = least(jobs.run_after, now())
    returning id`);

export const enqueuedId = (result: unknown): string => (result as { rows: { id: string }[] }).rows[0]!.id;

export type Claim = { organizationId: string; kind: string; subjectId: string; attempt: number; version: number };

/** At most one worker gets a job; nobody gets one that is done, failed, leased or not due. */
export async function claimJob(db: Db, id: string, leaseSeconds: number): Promise<Claim | undefined> {
  const { rows: claimed } = await db.execute<Claim>(sql`
    select organization_id as "organizationId", kind, subject_id as "subjectId", attempt, version
    from claim_job(${id}, make_interval(secs => ${leaseSeconds}))`);
  return claimed[0];
}

/**
 * Aborts the batch when the lease is lost; else extends it. Goes last in each batch of a job, but for the statement that ends
 * the job: who changes a thing locks first the thing and then the job that it asks for.
 */
export const holdJob = (db: Db, id: string, attempt: number, leaseSeconds: number): Statement =>
  db.execute(sql`select hold_job(${id}, ${attempt}, make_interval(secs => ${leaseSeconds}))`);

/**
 * Done work leaves no row; if it was asked for again meanwhile it is due at once, and if it goes on (`again`) too, or after
 * `delaySeconds` for the `reason` told. Yields in how many seconds, null when done. Its tries are counted anew then, so it gets another
 * id: a worker that lost a lease of the old one stays fenced off.
 */
export async function finishJob(
  tenant: Tenant,
  hold: Statement,
  id: string,
  { version, again, nextId }: Pick<Claim, "version"> & { again: boolean; nextId: string },
  { reason = null, delaySeconds = 0 }: { reason?: string | null; delaySeconds?: number },
  consequences: Statement[],
): Promise<number | null> {
  const end = tenant.db.execute<{ seconds: number }>(sql`
    with done as (
      delete from jobs where id = ${id} and version = ${version} and not ${again} returning 1)
    update jobs set id = ${nextId}, lease_until = null, attempts = 0, last_error = ${reason},
      run_after = now() + make_interval(secs => case when version = ${version} then ${delaySeconds} else 0 end)
    where id = ${id} and not exists (select from done) returning extract(epoch from run_after - now())::integer as seconds`);
  const results = await tenant.batch([...consequences, hold, end], "closed");
  return (results.at(-1) as Awaited<typeof end>).rows[0]?.seconds ?? null;
}

/** Gives the lease back; the job is due after the delay. */
export const releaseJob = (tenant: Tenant, hold: Statement, id: string, error: string, delaySeconds: number) =>
  tenant.batch(
    [
      hold,
      tenant.db.execute(sql`
        update jobs set lease_until = null, last_error = ${error}, run_after = now() + make_interval(secs => ${delaySeconds})
        where id = ${id}`),
    ],
    "closed",
  );

/** Makes due what waits for a budget: only such work has a reason to wait and no try behind it. Yields the jobs' ids. */
export const dueWithinBudget = (tenant: Tenant) =>
  tenant.db.execute<{ id: string }>(sql`
    update jobs set run_after = now()
    where failed_at is null and lease_until is null and attempts = 0 and last_error is not null and run_after > now() returning id`);

/**
 * Gives up: the job stands in `failed_jobs`, and what its kind says about the subject is written with it. What was asked
 * for again during the last try is another job, due now.
 */
export const failJob = (
  tenant: Tenant,
  hold: Statement,
  id: string,
  { version }: Pick<Claim, "version">,
  error: string,
  consequences: Statement[],
) =>
  tenant.batch(
    [
      ...consequences,
      hold,
      tenant.db.execute(sql`
        update jobs set failed_at = now(), lease_until = null, last_error = ${error} where id = ${id}`),
      tenant.db.execute(sql`
        insert into jobs (id, kind, subject_id) select ${newId()}::uuid, kind, subject_id from jobs
        where id = ${id} and version <> ${version}`),
    ],
    "closed",
  );

export const dueJobs = async (db: Db, waitingSeconds: number, limit: number): Promise<string[]> => {
  const { rows: due } = await db.execute<{ id: string }>(
    sql`select id from due_jobs(make_interval(secs => ${waitingSeconds}), ${limit}) as id`,
  );
  return due.map(({ id }) => id);
};

export async function listFailedJobs(tenant: Tenant, after: string | undefined, limit: number) {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(failedJobs)
      .where(after ? lt(failedJobs.id, after) : undefined)
      .orderBy(desc(failedJobs.id))
      .limit(limit + 1),
  ]);
  return found;
}

export async function isFailedJob(tenant: Tenant, id: string): Promise<boolean> {
  const [found] = await tenant.batch([
    tenant.db.select({ id: failedJobs.id }).from(failedJobs).where(eq(failedJobs.id, id)),
  ]);
  return found.length > 0;
}

/** The job, locked; the batch aborts (EL404) when it was not given up. */
const mustHaveFailed = (tenant: Tenant, id: string): Statement =>
  tenant.db.execute(
    sql`select must_exist((select true from jobs where id = ${id} and failed_at is not null for update), 'failed job')`,
  );

/** Brings a failed job back to life with all its tries. */
export const reviveJob = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustHaveFailed(tenant, id),
    tenant.db.execute(sql`
      update jobs set failed_at = null, attempts = 0, last_error = null, lease_until = null, run_after = now() where id = ${id}`),
    ...emits,
  ]);

export const discardJob = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([mustHaveFailed(tenant, id), tenant.db.execute(sql`delete from jobs where id = ${id}`), ...emits]);
