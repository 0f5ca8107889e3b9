import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  inet,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  createdAt,
  erasurePolicy,
  id,
  oneOf,
  organizationId,
  selfCheckPolicy,
  systemPolicy,
  tenantPolicy,
  xid8,
} from "../columns.ts";
import type { JsonObject } from "../json.ts";
import { CALLER_KINDS, EVENT_CATEGORIES, EVENT_SEVERITIES } from "../words.ts";
import { organizations } from "./tenancy.ts";

/**
 * What happened, append-only, partitioned by month at UUIDv7 bounds of `id`. `xid` orders the change feed:
 * ids in time order would miss a transaction that commits late.
 */
export const events = pgTable(
  "events",
  {
    organizationId: organizationId(),
    id: id(),
    xid: xid8("xid").notNull().default(sql`pg_current_xact_id()`),
    type: text("type").notNull(),
    category: text("category", { enum: EVENT_CATEGORIES }).notNull().default("user_action"),
    severity: text("severity", { enum: EVENT_SEVERITIES }).notNull().default("info"),
    resourceType: text("resource_type"),
    resourceId: uuid("resource_id"),
    /** Names an end user as `endUserId`, or the `subjectId` of a budget, or not at all: so erasure finds it. */
    data: jsonb("data").$type<JsonObject>().notNull().default({}),
    actorKind: text("actor_kind", { enum: CALLER_KINDS }).notNull().default(sql`current_caller_kind()`),
    actorId: text("actor_id").default(sql`current_caller_id()`),
    ipAddress: inet("ip_address"),
    userAgent: text("user_agent"),
    requestId: text("request_id"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    index("events_by_order").on(t.organizationId, t.xid, t.id),
    index("events_by_resource").on(t.organizationId, t.resourceId),
    index("events_by_type").on(t.organizationId, sql`type collate "C"`, t.id),
    index("events_of_trouble")
      .on(t.organizationId, t.id)
      .where(sql`severity in ('warning', 'error', 'critical') or category in ('error', 'performance')`),
    index("events_by_end_user")
      .on(t.organizationId, sql`coalesce(data ->> 'endUserId', data ->> 'subjectId')`)
      .where(sql`coalesce(data ->> 'endUserId', data ->> 'subjectId') is not null`),
    check("events_category", oneOf("category", EVENT_CATEGORIES)),
    check("events_severity", oneOf("severity", EVENT_SEVERITIES)),
    check("events_actor_kind", oneOf("actor_kind", CALLER_KINDS)),
    tenantPolicy(),
    erasurePolicy(),
    selfCheckPolicy(),
  ],
);

/** Work to do. A queue message carries only the id; what is done leaves no row, what failed for good keeps `failed_at`. */
export const jobs = pgTable(
  "jobs",
  {
    organizationId: organizationId(),
    id: id(),
    kind: text("kind").notNull(),
    subjectId: uuid("subject_id").notNull(),
    runAfter: at("run_after").notNull().default(sql`now()`),
    leaseUntil: at("lease_until"),
    /** Claims since it last got further; the fence of a lease too. */
    attempts: integer("attempts").notNull().default(0),
    /** Counts the causes: work asked for again while it runs runs again. */
    version: integer("version").notNull().default(0),
    lastError: text("last_error"),
    failedAt: at("failed_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    uniqueIndex("jobs_live").on(t.organizationId, t.kind, t.subjectId).where(sql`failed_at is null`),
    index("jobs_due").on(t.runAfter).where(sql`failed_at is null`),
    index("jobs_by_id").on(t.id),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** How each cron went last: of the platform, whose counts are of all organizations. */
export const cronRuns = pgTable("cron_runs", {
  name: text("name").primaryKey(),
  /** Of the last run that began. */
  startedAt: at("started_at").notNull(),
  /** When somebody last had it run by hand. */
  requestedAt: at("requested_at"),
  /** From here on of the last run that ended. */
  finishedAt: at("finished_at"),
  durationMs: integer("duration_ms"),
  /** What it did, by kind. */
  did: jsonb("did").$type<Record<string, number>>(),
  /** For people; the log has the rest. */
  error: text("error"),
  /** In a row. */
  failures: integer("failures").notNull().default(0),
});

export const failedJobs = pgView("failed_jobs")
  .with({ securityInvoker: true })
  .as((q) =>
    q
      .select({
        organizationId: jobs.organizationId,
        id: jobs.id,
        kind: jobs.kind,
        subjectId: jobs.subjectId,
        attempts: jobs.attempts,
        lastError: jobs.lastError,
        failedAt: jobs.failedAt,
        createdAt: jobs.createdAt,
      })
      .from(jobs)
      .where(sql`${jobs.failedAt} is not null`),
  );
