import { eq, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import type { ErasureCounts } from "../../json.ts";
import { erasures } from "../../schema/end-users.ts";
import { type AtOnce, lastSaid, type Removal, removalOf, type Said } from "./removal.ts";

export type Erasure = { id: string; counts: Partial<ErasureCounts>; complete: boolean };

/** That the organization has anything of a person. */
export const isKnown = (endUserId: string) => sql`(
  exists (select from conversations c where c.end_user_id = ${endUserId}) or exists (select from usage_history u where u.end_user_id = ${endUserId})
  or exists (select from attachments a where a.end_user_id = ${endUserId})
  or exists (select from budgets b where b.subject_type = 'end_user' and b.subject_id = ${endUserId})
  or exists (select from events e where coalesce(e.data ->> 'endUserId', e.data ->> 'subjectId') = ${endUserId})
  or exists (select from erasures r where r.end_user_id = ${endUserId}))`;

/** The id of a person's erasure that is under way. */
export async function erasureUnderWay(tenant: Tenant, endUserId: string): Promise<string | undefined> {
  const [[row]] = await tenant.batch([underWay(tenant, endUserId)]);
  return row?.id;
}

const underWay = ({ db }: Tenant, endUserId: string) =>
  db.select({ id: erasures.id }).from(erasures).where(eq(erasures.endUserId, endUserId));

/**
 * The id of the erasure of a person that is under way, begun with this one if there is none; undefined when another one was
 * completed in this moment. The batch aborts (EL404) when nothing is known of the person.
 */
export async function beginErasure(
  tenant: Tenant,
  endUserId: string,
  id: string,
  emits: Statement[],
): Promise<string | undefined> {
  const [, , [row]] = await tenant.batch([
    tenant.db.execute(sql`select must_exist(${isKnown(endUserId)}, 'end user')`),
    tenant.db.insert(erasures).values({ id, endUserId }).onConflictDoNothing(),
    underWay(tenant, endUserId),
    ...emits,
  ]);
  return row?.id;
}

export async function findErasure(tenant: Tenant, id: string): Promise<Erasure | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(erasures).where(eq(erasures.id, id))]);
  return row && { id, counts: row.counts, complete: row.completedAt !== null };
}

export type ErasureWork = {
  conversationIds: string[];
  /** Of these conversations the last ones. */
  messages: Said[];
  documentIds: string[];
  attachmentIds: string[];
  /** Something else is to be erased. */
  more: boolean;
  /** Conversations are left, also such as cannot be erased yet. */
  left: boolean;
  /** An answer is being given to the person, of which more would be written after it was erased. */
  busy: boolean;
};

const PERSON = (id: string) => sql`(select e.end_user_id from erasures e where e.id = ${id})`;
const BUSY = sql`(select conversations_busy())`;

/** What comes next of an erasure. Conversations in which nobody answers are over with it, so that no message comes meanwhile. */
export async function nextOfErasure(tenant: Tenant, id: string, most: AtOnce): Promise<ErasureWork> {
  const some = sql`(select c.id from conversations c where c.end_user_id = ${PERSON(id)} and c.id not in ${BUSY}
    order by c.id limit ${most.conversations})`;
  const [, { rows }] = await tenant.batch([
    tenant.db.execute(sql`
      update conversations set status = 'terminated', ended_at = coalesce(ended_at, now()) where status = 'active' and id in ${some}`),
    tenant.db.execute<ErasureWork>(sql`
      with chosen as materialized (select s.id from ${some} s join conversations c on c.id = s.id where c.status <> 'active')
      select array(select id from chosen) as "conversationIds", ${lastSaid(sql`chosen`, most)} as messages,
        array(select d.id from documents d join conversations c on c.id = d.conversation_id
          where c.end_user_id = ${PERSON(id)} limit ${most.documents}) as "documentIds",
        array(select a.id from attachments a where a.end_user_id = ${PERSON(id)} limit ${most.attachments}) as "attachmentIds",
        exists (select from usage_history u where u.end_user_id = ${PERSON(id)})
          or exists (select from budgets b where b.subject_type = 'end_user' and b.subject_id = ${PERSON(id)})
          or exists (select from events e where coalesce(e.data ->> 'endUserId', e.data ->> 'subjectId') = ${PERSON(id)}) as more,
        exists (select from conversations c where c.end_user_id = ${PERSON(id)}) as left,
        exists (select from conversations c where c.end_user_id = ${PERSON(id)} and c.id in ${BUSY}) as busy`),
  ]);
  return rows[0]!;
}

/** Erases what `nextOfErasure` named, or as much of it as nobody works on; twice or at once it is erased, told and counted once. */
export const eraseStep = (
  tenant: Tenant,
  id: string,
  removal: Removal,
  models: readonly string[],
  callsMax: number,
  requestId: string,
) =>
  tenant.batch([
    tenant.db.execute(sql`select erase_step(${id}, ${removalOf(removal, models)}, ${callsMax}, ${requestId})`),
  ]);

/** Ends an erasure once; a second end changes and tells nothing (EL404). */
export const completeErasure = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    tenant.db.execute(
      sql`select must_exist((select true from erasures where id = ${id} and completed_at is null for update), 'erasure')`,
    ),
    tenant.db.update(erasures).set({ endUserId: null, completedAt: sql`now()` }).where(eq(erasures.id, id)),
    ...emits,
  ]);
