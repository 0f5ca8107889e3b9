import { type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import type { JsonObject } from "../../json.ts";
import { events } from "../../schema/events.ts";
import type { CALLER_KINDS, EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../words.ts";

export type NewEvent = {
  type: string;
  resourceType: string;
  resourceId: string;
  category?: (typeof EVENT_CATEGORIES)[number];
  severity?: (typeof EVENT_SEVERITIES)[number];
  data?: JsonObject;
  requestId: string;
  ipAddress?: string | null;
  userAgent?: string | null;
};

/** Says what happened, in the transaction in which it happens; who did it is the transaction's caller. */
export const insertEvent = (tenant: Tenant, event: NewEvent): Statement =>
  tenant.db.insert(events).values({ id: newId(), ...event });

/** Says the same of each resource whose id the subquery yields. */
export const insertEvents = (
  tenant: Tenant,
  { type, resourceType, data, requestId }: Omit<NewEvent, "resourceId">,
  ids: SQL,
): Statement =>
  tenant.db.execute(sql`
    insert into events (id, type, resource_type, resource_id, data, request_id)
    select (left(uuid_at(now())::text, 13) || substr(gen_random_uuid()::text, 14))::uuid, ${type}, ${resourceType}, r.id,
      ${JSON.stringify(data ?? {})}::jsonb, ${requestId} from ${ids} r (id)`);

/** In the order in which transactions began to write; `id` orders what one of them said. */
export type Place = { xid: string; id: string };
const NIL = "00000000-0000-0000-0000-000000000000";
export const START: Place = { xid: "0", id: NIL };
export const END: Place = { xid: "999999999999999999", id: NIL };

export type Change = {
  id: string;
  type: string;
  resourceId: string;
  data: JsonObject;
  actorKind: (typeof CALLER_KINDS)[number];
  actorId: string | null;
  createdAt: string;
};

/**
 * What happened after a place, and the place to go on from. Told is only what no running transaction can still come before: what
 * commits late is told late, and nothing is ever skipped.
 */
export async function listChanges(tenant: Tenant, resourceType: string, after: Place, limit: number) {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ until: string } & (({ xid: string } & Change) | { xid: null })>(sql`
      select s.settled::text as until, e.xid::text as xid, e.id, e.type, e.resource_id as "resourceId", e.data,
        e.actor_kind as "actorKind", e.actor_id as "actorId", e.created_at as "createdAt"
      from (select pg_snapshot_xmin(pg_current_snapshot()) as settled) s left join lateral (
        select * from events v
        where v.resource_type = ${resourceType} and (v.xid, v.id) > (${after.xid}::xid8, ${after.id}::uuid) and v.xid < s.settled
        order by v.xid, v.id limit ${limit}) e on true
      order by e.xid, e.id`),
  ]);
  const told = rows.flatMap((row) => (row.xid === null ? [] : [row]));
  const last = told.at(-1);
  return {
    changes: told.map(
      ({ until: _, xid: __, createdAt, ...change }): Change => ({
        ...change,
        createdAt: new Date(createdAt).toISOString(),
      }),
    ),
    until: told.length === limit && last ? { xid: last.xid, id: last.id } : { xid: rows[0]!.until, id: NIL },
  };
}
