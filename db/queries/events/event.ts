import { and, desc, eq, getTableColumns, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import type { JsonObject } from "../../json.ts";
import { events } from "../../schema/events.ts";
import { type CALLER_KINDS, type EVENT_CATEGORIES, EVENT_SEVERITIES } from "../../words.ts";

export type NewEvent = {
  type: string;
  resourceType: string;
  resourceId: string;
  category?: Category;
  severity?: Severity;
  data?: JsonObject;
  requestId: string;
  ipAddress?: string | null;
  userAgent?: string | null;
};

/** The webhook endpoints that are told of an event which a statement inserts, and wait for nothing: for its `returning`. */
export const ENDPOINTS_TOLD: SQL<string[]> = sql`(
  select coalesce(jsonb_agg(w.id), '[]') from webhook_endpoints w where w.status = 'active' and coalesce(w.retry_at <= now(), true)
    and webhook_tells(w.id, w.types, events.type, events.resource_id, events.data))`;

const telling = new WeakSet<Statement>();

/** Marks a statement that returns `ENDPOINTS_TOLD` as `endpoints`. */
export function tellsEndpoints<S extends Statement>(statement: S): S {
  telling.add(statement);
  return statement;
}

/** Which endpoints have something to be told now, once these statements have committed. */
export function endpointsTold(statements: readonly Statement[], results: readonly unknown[]): string[] {
  const rows = statements.flatMap((statement, index) => {
    if (!telling.has(statement)) return [];
    const result = results[index] as { endpoints: string[] }[] | { rows: { endpoints: string[] }[] };
    return Array.isArray(result) ? result : result.rows;
  });
  return [...new Set(rows.flatMap(({ endpoints }) => endpoints))].sort();
}

/** Changes, which are told after they were made, with what the database notes of them, where it does. */
const CHANGES = /\.(updated|restored|documents_assigned)$/;

/**
 * Says what happened, in the transaction in which it happens; who did it is the transaction's caller.
 */
export const insertEvent = (tenant: Tenant, { data = {}, ...event }: NewEvent): Statement =>
  tellsEndpoints(
    tenant.db
      .insert(events)
      .values({
        id: newId(),
        ...event,
        data: CHANGES.test(event.type) ? sql`${JSON.stringify(data)}::jsonb || noted_change()` : data,
      })
      .returning({ endpoints: ENDPOINTS_TOLD }),
  );

/** Says the same of each resource whose id the subquery yields. */
export const insertEvents = (
  tenant: Tenant,
  { type, resourceType, data, requestId }: Omit<NewEvent, "resourceId">,
  ids: SQL,
): Statement =>
  tellsEndpoints(
    tenant.db.execute(sql`
      insert into events (id, type, resource_type, resource_id, data, request_id)
      select new_id(), ${type}, ${resourceType}, r.id,
        ${JSON.stringify(data ?? {})}::jsonb, ${requestId} from ${ids} r (id) returning ${ENDPOINTS_TOLD} as endpoints`),
  );

/** In the order in which transactions began to write; `id` orders what one of them said. */
export type Place = { xid: string; id: string };
const NIL = "00000000-0000-0000-0000-000000000000";
export const START: Place = { xid: "0", id: NIL };
export const END: Place = { xid: "999999999999999999", id: NIL };

export type Category = (typeof EVENT_CATEGORIES)[number];
export type Severity = (typeof EVENT_SEVERITIES)[number];

export type Event = {
  id: string;
  type: string;
  category: Category;
  severity: Severity;
  resourceType: string | null;
  resourceId: string | null;
  data: JsonObject;
  actorKind: (typeof CALLER_KINDS)[number];
  actorId: string | null;
  ipAddress: string | null;
  userAgent: string | null;
  requestId: string | null;
  createdAt: string;
};

/** One of those types, or of all that begin so where one ends with a dot; compared by bytes, as an index of such types is ordered. */
const ofTypes = (types: readonly string[]): SQL | undefined =>
  or(
    ...types.map((type) =>
      type.endsWith(".")
        ? sql`(events.type collate "C" >= ${type} and events.type collate "C" < ${`${type.slice(0, -1)}/`})`
        : sql`events.type collate "C" = ${type}`,
    ),
  );

export type EventFilter = {
  type?: readonly string[];
  category?: Category;
  /** And what is worse. */
  severity?: Severity;
  resourceType?: string;
  resourceId?: string;
  actorId?: string;
  actorKind?: Event["actorKind"];
  from?: string;
  /** Exclusive. */
  to?: string;
};

const { organizationId: _, xid: __, ...told } = getTableColumns(events);

/** From the newest to the oldest, after that id. */
export async function listEvents(tenant: Tenant, filter: EventFilter, after: string | undefined, limit: number) {
  const { type, category, severity, resourceType, resourceId, actorId, actorKind, from, to } = filter;
  const [rows] = await tenant.batch([
    tenant.db
      .select(told)
      .from(events)
      .where(
        and(
          after ? lt(events.id, after) : undefined,
          type && ofTypes(type),
          category ? eq(events.category, category) : undefined,
          severity ? inArray(events.severity, EVENT_SEVERITIES.slice(EVENT_SEVERITIES.indexOf(severity))) : undefined,
          resourceType ? eq(events.resourceType, resourceType) : undefined,
          resourceId ? eq(events.resourceId, resourceId) : undefined,
          actorId ? eq(events.actorId, actorId) : undefined,
          actorKind ? eq(events.actorKind, actorKind) : undefined,
          from ? and(gte(events.createdAt, from), gte(events.id, idNear(from, "-1 hour"))) : undefined,
          to ? and(lt(events.createdAt, to), lt(events.id, idNear(to, "1 hour"))) : undefined,
        ),
      )
      .orderBy(desc(events.id))
      .limit(limit + 1),
  ]);
  return rows;
}

/** An id is made by the worker's clock shortly before its row is written; a bound of ids with that much room finds the months to read. */
const idNear = (instant: string, room: string): SQL =>
  sql`uuid_at(greatest(${instant}::timestamptz + ${room}::interval, 'epoch'))`;

/**
 * What happened after a place, and the place to go on from. Told is only what no running transaction can still come before: what
 * commits late is told late, and nothing is ever skipped.
 */
export async function listChanges(
  tenant: Tenant,
  { type, resourceType }: Pick<EventFilter, "type" | "resourceType">,
  after: Place,
  limit: number,
) {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ until: string } & (({ xid: string } & Event) | { xid: null })>(sql`
      select s.settled::text as until, e.xid::text as xid, e.id, e.type, e.category, e.severity, e.resource_type as "resourceType",
        e.resource_id as "resourceId", e.data, e.actor_kind as "actorKind", e.actor_id as "actorId", e.ip_address as "ipAddress",
        e.user_agent as "userAgent", e.request_id as "requestId", e.created_at as "createdAt"
      from (select pg_snapshot_xmin(pg_current_snapshot()) as settled) s left join lateral (
        select * from events
        where (events.xid, events.id) > (${after.xid}::xid8, ${after.id}::uuid) and events.xid < s.settled
          and ${resourceType ? eq(events.resourceType, resourceType) : sql`true`} and ${type ? ofTypes(type) : sql`true`}
        order by events.xid, events.id limit ${limit}) e on true
      order by e.xid, e.id`),
  ]);
  const changes = rows.flatMap(({ until: _, ...row }) =>
    row.xid === null ? [] : [{ ...row, createdAt: new Date(row.createdAt).toISOString() }],
  );
  const last = changes.at(-1);
  const isAll = changes.length < limit || !last;
  return { changes, isAll, until: isAll ? { xid: rows[0]!.until, id: NIL } : { xid: last.xid, id: last.id } };
}
