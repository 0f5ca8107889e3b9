import { sql } from "drizzle-orm";
import {
  bigserial,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  smallint,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  createdAt,
  createdBy,
  id,
  oneOf,
  organizationId,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import { WEBHOOK_DELIVERY_STATUSES, WEBHOOK_ENDPOINT_STATUSES } from "../words.ts";
import { organizations } from "./tenancy.ts";

/** A URL of the customer's that is told what happens. */
export const webhookEndpoints = pgTable(
  "webhook_endpoints",
  {
    organizationId: organizationId(),
    id: id(),
    url: text("url").notNull(),
    description: text("description"),
    /** Of events; with a dot at its end all that begin so. None: all there are. */
    types: text("types").array().notNull(),
    status: text("status", { enum: WEBHOOK_ENDPOINT_STATUSES }).notNull().default("active"),
    disabledReason: text("disabled_reason"),
    /** Sealed. A new one signs beside the one before it for a while; its id is that of the request that made it. */
    secret: text("secret").notNull(),
    secretId: uuid("secret_id").notNull(),
    previousSecret: text("previous_secret"),
    previousSecretExpiresAt: at("previous_secret_expires_at"),
    /** Tries that failed since one succeeded, all of the event that is first in line. */
    failures: integer("failures").notNull().default(0),
    /** Nothing is sent before; empty while it works. */
    retryAt: at("retry_at"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    check("webhook_endpoints_status", oneOf("status", WEBHOOK_ENDPOINT_STATUSES)),
    check("webhook_endpoints_sealed", sql`secret like 'v1:%' and previous_secret like 'v1:%'`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** That an endpoint is told of an event, and how that went. What is sent is made of the event, so that an erased person is in none. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    organizationId: organizationId(),
    endpointId: uuid("endpoint_id").notNull(),
    eventId: uuid("event_id").notNull(),
    /** The order of sending: that in which events were written, and behind them what is sent again. */
    sequence: bigserial("sequence", { mode: "number" }).notNull(),
    status: text("status", { enum: WEBHOOK_DELIVERY_STATUSES }).notNull().default("pending"),
    attempts: integer("attempts").notNull().default(0),
    /** Of the last try. */
    responseStatus: smallint("response_status"),
    responseBody: text("response_body"),
    error: text("error"),
    durationMs: integer("duration_ms"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.endpointId, t.eventId] }),
    foreignKey({
      name: "webhook_deliveries_of_endpoint",
      columns: [t.organizationId, t.endpointId],
      foreignColumns: [webhookEndpoints.organizationId, webhookEndpoints.id],
    }).onDelete("cascade"),
    index("webhook_deliveries_pending").on(t.organizationId, t.endpointId, t.sequence).where(sql`status = 'pending'`),
    index("webhook_deliveries_failed").on(t.organizationId, t.endpointId, t.eventId).where(sql`status = 'failed'`),
    check("webhook_deliveries_status", oneOf("status", WEBHOOK_DELIVERY_STATUSES)),
    tenantPolicy(),
    systemPolicy(),
  ],
);
