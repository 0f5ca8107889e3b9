import { eq, sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "../../client.ts";
import type { ErasureCounts } from "../../json.ts";
import { erasures } from "../../schema/end-users.ts";
import { insertEvents } from "../events/event.ts";

export type Erasure = { id: string; counts: Partial<ErasureCounts>; complete: boolean };

/** That the organization has anything of a person. */
export const isKnown = (endUserId: string) => sql`(
  exists (select from conversations c where c.end_user_id = ${endUserId}) or exists (select from ai_usage u where u.end_user_id = ${endUserId})
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
  /** Of these conversations the last ones; `asked` is the question with the two before it, where it was one. */
  messages: { id: string; asked: string[] | null }[];
  documentIds: string[];
  /** Something else is to be erased. */
  more: boolean;
  /** Conversations are left, also such as cannot be erased yet. */
  left: boolean;
  /** An answer is being given to the person, of which more would be written after it was erased. */
  busy: boolean;
};

const PERSON = (id: string) => sql`(select e.end_user_id from erasures e where e.id = ${id})`;
const BUSY = sql`(select m.conversation_id from messages m where m.status in ('pending', 'streaming') and m.lease_until > now())`;

/** What comes next of an erasure. Conversations in which nobody answers are over with it, so that no message comes meanwhile. */
export async function nextOfErasure(
  tenant: Tenant,
  id: string,
  most: { conversations: number; messages: number; documents: number; earlier: number },
): Promise<ErasureWork> {
  const some = sql`(select c.id from conversations c where c.end_user_id = ${PERSON(id)} and c.id not in ${BUSY}
    order by c.id limit ${most.conversations})`;
  const [, { rows }] = await tenant.batch([
    tenant.db.execute(sql`
      update conversations set status = 'terminated', ended_at = coalesce(ended_at, now()) where status = 'active' and id in ${some}`),
    tenant.db.execute<ErasureWork>(sql`
      with chosen as materialized (select s.id from ${some} s join conversations c on c.id = s.id where c.status <> 'active'),
      last as (
        select m.* from chosen c cross join lateral (
          select id, role, conversation_id, sequence, content from messages where conversation_id = c.id order by sequence desc limit ${most.messages}) m
        limit ${most.messages})
      select array(select id from chosen) as "conversationIds",
        (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'asked', case when l.role = 'user' then (
            select coalesce(jsonb_agg(e.content order by e.sequence), '[]') from (
              select q.content, q.sequence from messages q where q.conversation_id = l.conversation_id and q.sequence < l.sequence and q.role = 'user'
              order by q.sequence desc limit ${most.earlier}) e) || to_jsonb(l.content) end)), '[]') from last l) as messages,
        array(select d.id from documents d join conversations c on c.id = d.conversation_id
          where c.end_user_id = ${PERSON(id)} limit ${most.documents}) as "documentIds",
        exists (select from ai_usage u where u.end_user_id = ${PERSON(id)})
          or exists (select from budgets b where b.subject_type = 'end_user' and b.subject_id = ${PERSON(id)})
          or exists (select from events e where coalesce(e.data ->> 'endUserId', e.data ->> 'subjectId') = ${PERSON(id)}) as more,
        exists (select from conversations c where c.end_user_id = ${PERSON(id)}) as left,
        exists (select from conversations c where c.end_user_id = ${PERSON(id)} and c.id in ${BUSY}) as busy`),
  ]);
  return rows[0]!;
}

export type ErasureStep = {
  conversationIds: readonly string[];
  messages: readonly { id: string; hash: string | null }[];
  documentIds: readonly string[];
};

/** Erases what `nextOfErasure` named, or as much of it as nobody works on; twice or at once it is erased, told and counted once. */
export const eraseStep = (
  tenant: Tenant,
  id: string,
  { conversationIds, messages, documentIds }: ErasureStep,
  models: readonly string[],
  callsMax: number,
  requestId: string,
) =>
  tenant.batch([
    tenant.db.execute(sql`select id from erasures where id = ${id} and completed_at is null for update`),
    insertEvents(
      tenant,
      { type: "document.deleted", resourceType: "document", requestId },
      sql`(select d.id from documents d join conversations c on c.id = d.conversation_id
        where d.id = any (${pgArray(documentIds, "uuid")}::uuid[]) and c.end_user_id = ${PERSON(id)})`,
    ),
    tenant.db.execute(sql`
      select erase_step(${id}, ${pgArray(conversationIds, "uuid")}, ${JSON.stringify(messages)}::jsonb, ${pgArray(documentIds, "uuid")},
        array(select jsonb_array_elements_text(${JSON.stringify(models)}::jsonb)), ${callsMax})`),
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
