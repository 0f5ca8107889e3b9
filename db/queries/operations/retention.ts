import { sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { type AtOnce, lastSaid, type Removal, removalOf, type Said } from "./removal.ts";

export type RetentionWork = {
  conversationIds: string[];
  messages: Said[];
  documentIds: string[];
  attachmentIds: string[];
};

/** A conversation that is older than its last activity has an older id. */
const KEPT_NO_LONGER = sql`c.id < uuid_at((select kept_since())) and c.last_activity_at < (select kept_since()) and c.id not in (select conversations_busy())`;

/** What comes next of what the organization keeps no longer, if anything. These conversations are over with it, so that no message comes meanwhile. */
export async function nextOfRetention(tenant: Tenant, most: AtOnce): Promise<RetentionWork> {
  const [, { rows }] = await tenant.batch([
    tenant.db.execute(sql`
      update conversations set status = 'terminated', ended_at = coalesce(ended_at, last_activity_at)
      where status <> 'terminated' and last_activity_at < (select kept_since())
        and id in (select c.id from conversations c where ${KEPT_NO_LONGER} order by c.id limit ${most.conversations})`),
    tenant.db.execute<RetentionWork>(sql`
      with chosen as materialized (
        select c.id from conversations c where ${KEPT_NO_LONGER} and c.status = 'terminated' order by c.id limit ${most.conversations})
      select array(select id from chosen) as "conversationIds", ${lastSaid(sql`chosen`, most)} as messages,
        array(select d.id from chosen c join documents d on d.conversation_id = c.id limit ${most.documents}) as "documentIds",
        array(select a.id from chosen c join attachments a on a.conversation_id = c.id limit ${most.attachments}) as "attachmentIds"`),
  ]);
  return rows[0]!;
}

/** Deletes what `nextOfRetention` named, or as much of it as is due; twice or at once it is deleted and told once. */
export const retentionStep = (tenant: Tenant, removal: Removal, models: readonly string[], requestId: string) =>
  tenant.batch([tenant.db.execute(sql`select retention_step(${removalOf(removal, models)}, ${requestId})`)]);
