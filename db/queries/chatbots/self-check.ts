import { and, eq, isNull, sql } from "drizzle-orm";
import { type Db, enterOrganization, openTenant, type Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { chatbots, documents } from "../../schema/chatbots.ts";
import { jobs } from "../../schema/events.ts";
import { organizations } from "../../schema/tenancy.ts";
import { SELF_CHECK_ORGANIZATION } from "../../words.ts";
import type { Document } from "./document.ts";

/**
 * Makes the hidden organization unless it is there, and asks for its check unless one waits or runs. What work the checks
 * before gave up is forgotten: nobody could replay it. Yields the ids of jobs to be woken.
 */
export async function askForSelfCheck(db: Db, requestId: string): Promise<string[]> {
  const { id } = SELF_CHECK_ORGANIZATION;
  const tenant = openTenant(db, { statements: () => [enterOrganization(db, id, { kind: "system", id: null })] });
  const [, , asked] = await tenant.batch([
    db.insert(organizations).values(SELF_CHECK_ORGANIZATION).onConflictDoNothing({ target: organizations.id }),
    db.execute(sql`delete from jobs where failed_at is not null`),
    db.execute<{ id: string }>(sql`
      with asked as (
        insert into jobs (id, kind, subject_id) values (${newId()}, 'self-check.run', ${id})
        on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning id),
      told as (
        insert into events (id, type, category, resource_type, resource_id, request_id)
        select ${newId()}::uuid, 'self-check.requested', 'system', 'self-check', ${id}::uuid, ${requestId} from asked)
      select id from asked`),
  ]);
  return asked.rows.map((job) => job.id);
}

export type SelfCheckState = {
  startedAt: string;
  /** What this check has stored. */
  document: Document | undefined;
  /** All there are, of the checks before too. */
  documentIds: string[];
  chatbotIds: string[];
};

/** How far the check has come is told by what it has made. */
export async function readSelfCheck({ db, batch }: Tenant): Promise<SelfCheckState> {
  const [[job], stored, bots] = await batch([
    db
      .select({ startedAt: jobs.createdAt })
      .from(jobs)
      .where(and(eq(jobs.kind, "self-check.run"), isNull(jobs.failedAt))),
    db.select().from(documents).orderBy(documents.id),
    db.select({ id: chatbots.id }).from(chatbots),
  ]);
  const { startedAt } = job!;
  return {
    startedAt,
    document: stored.find(({ createdAt }) => createdAt >= startedAt),
    documentIds: stored.map(({ id }) => id),
    chatbotIds: bots.map(({ id }) => id),
  };
}
