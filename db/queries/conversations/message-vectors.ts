import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { MODELS } from "../../search-entries.ts";
import { SAID_ROLES } from "../../words.ts";

const WANTED = sql`coalesce((o.settings ->> 'semanticMessageSearch')::boolean, false)`;
const IS_SAID = sql`m.organization_id = (select current_organization()) and m.status in ('completed', 'interrupted') and m.superseded_at is null
  and m.role in (${sql.join(
    SAID_ROLES.map((role) => sql`${role}`),
    sql`, `,
  )})`;

/** Whether the organization wants messages to be found by their meaning. */
export async function findsByMeaning(tenant: Tenant): Promise<boolean> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ wanted: boolean }>(sql`select ${WANTED} as wanted from organizations o`),
  ]);
  return rows[0]!.wanted;
}

export type WaitingMessage = { id: string; model: string; text: string };

/**
 * Forgets vectors that the organization has no use for, at most so many, and yields the newest messages without one, all of one model, that of
 * searches first. Of use are vectors of its models, of its newest messages, where it wants any.
 */
export async function messagesToEmbed(
  tenant: Tenant,
  most: { newest: number; forgotten: number; embedded: number; charsEach: number },
): Promise<{ forgotten: number; waiting: WaitingMessage[] }> {
  const newest = sql`(select m.id from message_history m where ${IS_SAID} and (select ${WANTED} from organizations o)
    order by m.id desc limit ${most.newest})`;
  const [forgetting, { rows }] = await tenant.batch([
    tenant.db.execute(sql`
      with kept as materialized (
        select ${WANTED} as wanted, ${MODELS} as models, (
          select v.message_id from message_vectors v where v.model = o.embedding_model order by v.message_id desc offset ${most.newest - 1} limit 1) as oldest
        from organizations o)
      delete from message_vectors where (organization_id, message_id, model) in (
        select v.organization_id, v.message_id, v.model from kept k cross join message_vectors v
        where not k.wanted or v.model <> all (k.models) or v.message_id < k.oldest limit ${most.forgotten})`),
    tenant.db.execute<WaitingMessage>(sql`
      with newest as materialized ${newest}
      select m.id, w.model, left(m.content, ${most.charsEach}) as text
      from (
        select n.id, k.model, k.nr from organizations o cross join unnest(${MODELS}) with ordinality as k(model, nr) cross join newest n
        where not exists (select from message_vectors v where v.message_id = n.id and v.model = k.model)) w
        join message_history m on m.organization_id = (select current_organization()) and m.id = w.id
      where left(m.content, ${most.charsEach}) ~ '\\S' order by w.nr, w.id desc limit ${most.embedded}`),
  ]);
  const waiting = rows.filter(({ model }) => model === rows[0]!.model);
  return { forgotten: forgetting.rowCount, waiting };
}

/**
 * Gives messages their vectors, once each. What is gone or superseded by now gets none, nor does any once the organization does not want them
 * or has the model no more: who changes that waits for this.
 */
export function saveMessageVectors(
  { db }: Tenant,
  model: string,
  vectors: readonly { id: string; embedding: readonly number[] }[],
): Statement {
  const written = vectors.map(({ id, embedding }) => ({ id, embedding: JSON.stringify(embedding) }));
  return db.execute(sql`
    with wanted as materialized (
      select from organizations o where ${WANTED} and ${model}::text = any (${MODELS}) for share)
    insert into message_vectors (message_id, model, conversation_id, role, said_at, embedding)
    select m.id, ${model}::text, m.conversation_id, m.role, m.created_at, v.embedding::halfvec
    from wanted cross join jsonb_to_recordset(${JSON.stringify(written)}::jsonb) as v(id uuid, embedding text)
      join message_history m on m.id = v.id
    where ${IS_SAID} on conflict do nothing`);
}
