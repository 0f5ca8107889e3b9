import { and, desc, eq, lt, ne, sql } from "drizzle-orm";
import { type Db, mustFit, type Statement, type Tenant } from "../../client.ts";
import { webhookDeliveries, webhookEndpoints } from "../../schema/channels.ts";
import { TIER_LIMITS, type WEBHOOK_DELIVERY_STATUSES } from "../../words.ts";
import type { Event } from "../events/event.ts";

export type WebhookEndpoint = typeof webhookEndpoints.$inferSelect;
type Fields = Pick<WebhookEndpoint, "url" | "description" | "types">;

const isThere = (id: string) => and(eq(webhookEndpoints.id, id), ne(webhookEndpoints.status, "deleted"));
const select = ({ db }: Tenant, id: string) => db.select().from(webhookEndpoints).where(isThere(id));

/** The endpoint, locked against others who change it, and not against those who add to what it is told; the batch aborts (EL404) when there is none. */
const mustBeThere = ({ db }: Tenant, id: string): Statement =>
  db.execute(
    sql`select must_exist((select true from ${webhookEndpoints} where ${isThere(id)} for no key update), 'webhook endpoint')`,
  );

export async function insertWebhookEndpoint(
  tenant: Tenant,
  endpoint: Fields & Pick<WebhookEndpoint, "id" | "secret" | "secretId">,
  emits: Statement[],
): Promise<WebhookEndpoint> {
  const others = sql`${webhookEndpoints} where ${ne(webhookEndpoints.status, "deleted")}`;
  const [, [row]] = await tenant.batch([
    mustFit(tenant, others, TIER_LIMITS.webhookEndpoints, "webhook endpoints"),
    tenant.db.insert(webhookEndpoints).values(endpoint).returning(),
    ...emits,
  ]);
  return row!;
}

export async function findWebhookEndpoint(tenant: Tenant, id: string): Promise<WebhookEndpoint | undefined> {
  const [[row]] = await tenant.batch([select(tenant, id)]);
  return row;
}

export async function listWebhookEndpoints(tenant: Tenant, after: string | undefined, limit: number) {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(webhookEndpoints)
      .where(and(ne(webhookEndpoints.status, "deleted"), after ? lt(webhookEndpoints.id, after) : undefined))
      .orderBy(desc(webhookEndpoints.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** Whatever changes, what waits is tried at once, with all its tries. */
export async function updateWebhookEndpoint(
  tenant: Tenant,
  id: string,
  change: Partial<Fields & { status: "active" | "disabled" }>,
  emits: Statement[],
): Promise<WebhookEndpoint> {
  const [, [row]] = await tenant.batch([
    mustBeThere(tenant, id),
    tenant.db
      .update(webhookEndpoints)
      .set({
        ...change,
        failures: 0,
        retryAt: null,
        ...(change.status && { disabledReason: null }),
        updatedAt: sql`now()`,
      })
      .where(eq(webhookEndpoints.id, id))
      .returning(),
    ...emits,
  ]);
  return row!;
}

/** The secret there was signs beside the new one for so many hours; one before that no more. */
export async function rotateWebhookSecret(
  tenant: Tenant,
  id: string,
  { secret, secretId }: Pick<WebhookEndpoint, "secret" | "secretId">,
  overlapHours: number,
  emits: Statement[],
): Promise<WebhookEndpoint> {
  const [, [row]] = await tenant.batch([
    mustBeThere(tenant, id),
    tenant.db
      .update(webhookEndpoints)
      .set({
        secret,
        secretId,
        previousSecret: sql`secret`,
        previousSecretExpiresAt: sql`now() + make_interval(hours => ${overlapHours})`,
        updatedAt: sql`now()`,
      })
      .where(eq(webhookEndpoints.id, id))
      .returning(),
    ...emits,
  ]);
  return row!;
}

/** From now on it is told nothing, and its secrets are gone; its log is forgotten step by step, and it with that. */
export const deleteWebhookEndpoint = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustBeThere(tenant, id),
    tenant.db
      .update(webhookEndpoints)
      .set({ status: "deleted", secret: "v1:", previousSecret: null, previousSecretExpiresAt: null })
      .where(eq(webhookEndpoints.id, id)),
    ...emits,
  ]);

/** For what happens to an endpoint and changes nothing of it. */
export const tellOfWebhookEndpoint = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([mustBeThere(tenant, id), ...emits]);

export type DeliveryStatus = (typeof WEBHOOK_DELIVERY_STATUSES)[number];
export type Delivery = Pick<
  typeof webhookDeliveries.$inferSelect,
  "status" | "attempts" | "responseStatus" | "responseBody" | "error" | "durationMs" | "createdAt" | "updatedAt"
> & { event: Event };

const EVENT = sql`jsonb_build_object('id', e.id, 'type', e.type, 'category', e.category, 'severity', e.severity,
  'resourceType', e.resource_type, 'resourceId', e.resource_id, 'data', e.data, 'actorKind', e.actor_kind, 'actorId', e.actor_id,
  'ipAddress', e.ip_address, 'userAgent', e.user_agent, 'requestId', e.request_id, 'createdAt', e.created_at)`;
const DELIVERY = sql`d.status, d.attempts, d.response_status as "responseStatus", d.response_body as "responseBody",
  d.error, d.duration_ms as "durationMs", d.created_at as "createdAt", d.updated_at as "updatedAt", ${EVENT} as event`;
/** Each event by its key, whatever the planner thinks of the months. */
const WITH_EVENT = sql`webhook_deliveries d cross join lateral (
  select * from events e where e.organization_id = d.organization_id and e.id = d.event_id limit 1) e`;

const deliveryOf = (row: Delivery): Delivery => ({
  ...row,
  createdAt: iso(row.createdAt),
  updatedAt: iso(row.updatedAt),
  event: { ...row.event, createdAt: iso(row.event.createdAt) },
});
const iso = (instant: string) => new Date(instant).toISOString();

/** From the newest event to the oldest; undefined when there is no such endpoint. */
export async function listDeliveries(
  tenant: Tenant,
  endpointId: string,
  status: DeliveryStatus | undefined,
  after: string | undefined,
  limit: number,
): Promise<Delivery[] | undefined> {
  const [[endpoint], { rows }] = await tenant.batch([
    select(tenant, endpointId),
    tenant.db.execute<Delivery>(sql`
      select ${DELIVERY} from ${WITH_EVENT} where d.endpoint_id = ${endpointId} and ${status ? sql`d.status = ${status}` : sql`true`}
        and ${after ? sql`d.event_id < ${after}` : sql`true`}
      order by d.event_id desc limit ${limit + 1}`),
  ]);
  return endpoint && rows.map(deliveryOf);
}

const selectDelivery = ({ db }: Tenant, endpointId: string, eventId: string) =>
  db.execute<Delivery>(sql`
    select ${DELIVERY} from ${WITH_EVENT} join webhook_endpoints w on w.organization_id = d.organization_id and w.id = d.endpoint_id
    where d.endpoint_id = ${endpointId} and d.event_id = ${eventId} and w.status <> 'deleted'`);

export async function findDelivery(tenant: Tenant, endpointId: string, eventId: string): Promise<Delivery | undefined> {
  const [{ rows }] = await tenant.batch([selectDelivery(tenant, endpointId, eventId)]);
  return rows[0] && deliveryOf(rows[0]);
}

/** What was told is told again, behind what waits; what still waits keeps its place. */
const AGAIN = sql`sequence = nextval('webhook_deliveries_sequence_seq'), status = 'pending', attempts = 0, response_status = null,
  response_body = null, error = null, duration_ms = null, updated_at = now()`;

export async function replayDelivery(
  tenant: Tenant,
  endpointId: string,
  eventId: string,
  emits: Statement[],
): Promise<Delivery> {
  const [, , , { rows }] = await tenant.batch([
    mustBeThere(tenant, endpointId),
    tenant.db.execute(sql`
      select must_exist(exists (select from webhook_deliveries d where d.endpoint_id = ${endpointId} and d.event_id = ${eventId}), 'delivery')`),
    tenant.db.execute(sql`
      update webhook_deliveries set ${AGAIN} where endpoint_id = ${endpointId} and event_id = ${eventId} and status <> 'pending'`),
    selectDelivery(tenant, endpointId, eventId),
    ...emits,
  ]);
  return deliveryOf(rows[0]!);
}

/** The endpoint's own types of what happened then, at most so many. An id is made shortly before its row is written. */
const happened = (endpointId: string, from: string, to: string, limit: number) => sql`
  select e.id, e.xid from webhook_endpoints w cross join events e
  where w.id = ${endpointId} and w.status <> 'deleted' and e.created_at >= ${from}::timestamptz and e.created_at < ${to}::timestamptz
    and e.id >= uuid_at(greatest(${from}::timestamptz - interval '1 hour', 'epoch')) and e.id < uuid_at(greatest(${to}::timestamptz + interval '1 hour', 'epoch'))
    and webhook_tells(w.id, w.types, e.type, e.resource_id, e.data)
  order by e.xid, e.id limit ${limit}`;

/** How many events of a time an endpoint would be told of, counted up to the limit. */
export async function countEvents(
  tenant: Tenant,
  endpointId: string,
  from: string,
  to: string,
  limit: number,
): Promise<number> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ count: number }>(
      sql`select count(*)::integer as count from (${happened(endpointId, from, to, limit)}) h`,
    ),
  ]);
  return rows[0]!.count;
}

/** Tells the events of a time, also such as it was never told of, in their order and behind what waits. Yields how many. */
export async function replayEvents(
  tenant: Tenant,
  endpointId: string,
  from: string,
  to: string,
  limit: number,
  emits: Statement[],
): Promise<number> {
  const [, { rows }] = await tenant.batch([
    mustBeThere(tenant, endpointId),
    tenant.db.execute(sql`
      insert into webhook_deliveries (endpoint_id, event_id) select ${endpointId}, h.id from (${happened(endpointId, from, to, limit)}) h order by h.xid, h.id
      on conflict (organization_id, endpoint_id, event_id) do update set ${AGAIN} where webhook_deliveries.status <> 'pending' returning 1`),
    ...emits,
  ]);
  return rows.length;
}

export type Receiver = WebhookEndpoint & { waitSeconds: number };

const selectReceiver = ({ db }: Tenant, id: string) =>
  db
    .select({
      endpoint: webhookEndpoints,
      waitSeconds: sql<number>`coalesce(greatest(ceil(extract(epoch from retry_at - now())), 0), 0)::integer`,
    })
    .from(webhookEndpoints)
    .where(and(eq(webhookEndpoints.id, id), eq(webhookEndpoints.status, "active")));
const receiverOf = (row: { endpoint: WebhookEndpoint; waitSeconds: number } | undefined): Receiver | undefined =>
  row && { ...row.endpoint, waitSeconds: row.waitSeconds };

/** The endpoint, if it is active, and what it is to be told next, in order. */
export async function nextDeliveries(tenant: Tenant, endpointId: string, limit: number) {
  const [[row], { rows }] = await tenant.batch([
    selectReceiver(tenant, endpointId),
    tenant.db.execute<Delivery>(sql`
      select ${DELIVERY} from ${WITH_EVENT} where d.endpoint_id = ${endpointId} and d.status = 'pending' order by d.sequence limit ${limit}`),
  ]);
  return { receiver: receiverOf(row), deliveries: rows.map(deliveryOf) };
}

export type Attempt = Pick<Delivery, "responseStatus" | "responseBody" | "error" | "durationMs">;

/** What becomes of an endpoint with a try. */
export type Consequence =
  | { is: "works" }
  | { is: "failing"; retrySeconds: number }
  | { is: "disabled"; reason: string };

/**
 * Writes down how a try went and what follows, in one transaction; the endpoint as it is then, if it is active. A worker that dies
 * before has told it, and another will again: with the event's id, by which a receiver knows it.
 */
export async function recordAttempt(
  tenant: Tenant,
  endpointId: string,
  eventId: string,
  attempt: Attempt,
  consequence: Consequence,
  emits: Statement[],
): Promise<Receiver | undefined> {
  const status = { works: "delivered", failing: "pending", disabled: "failed" } as const;
  const active = and(eq(webhookEndpoints.id, endpointId), eq(webhookEndpoints.status, "active"));
  const change = {
    works: { failures: 0, retryAt: null },
    failing: {
      failures: sql`failures + 1`,
      retryAt: sql`now() + make_interval(secs => ${consequence.is === "failing" ? consequence.retrySeconds : 0})`,
    },
    disabled: {
      status: "disabled" as const,
      disabledReason: consequence.is === "disabled" ? consequence.reason : null,
      retryAt: null,
    },
  }[consequence.is];
  // One that works is as it was, and nobody has to wait for its row.
  const changed = consequence.is === "works" ? and(active, sql`failures > 0`) : active;
  const [, , [row]] = await tenant.batch([
    tenant.db.update(webhookEndpoints).set(change).where(changed),
    tenant.db
      .update(webhookDeliveries)
      .set({ ...attempt, status: status[consequence.is], attempts: sql`attempts + 1`, updatedAt: sql`now()` })
      .where(
        and(
          eq(webhookDeliveries.endpointId, endpointId),
          eq(webhookDeliveries.eventId, eventId),
          eq(webhookDeliveries.status, "pending"),
        ),
      ),
    selectReceiver(tenant, endpointId),
    ...emits,
  ]);
  return receiverOf(row);
}

/** Asks for the work of at most so many endpoints that have something to be told and nobody who does it. Yields the jobs' ids. */
export async function dueWebhooks(db: Db, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`select id from due_webhooks(${limit}) as id`);
  return rows.map(({ id }) => id);
}

/** Forgets at most so many deliveries of so many days ago, and deleted endpoints. */
export async function forgetDeliveries(db: Db, days: number, limit: number): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(sql`select maintain_webhooks(${days}, ${limit}) as count`);
  return rows[0]!.count;
}
