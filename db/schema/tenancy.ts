import { sql } from "drizzle-orm";
import {
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import {
  appRole,
  at,
  bytea,
  createdAt,
  createdBy,
  id,
  newId,
  oneOf,
  organizationId,
  searchPolicy,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { JsonObject, OrganizationSettings } from "../json.ts";
import { MEMBER_ROLES, SUBSCRIPTION_TIERS } from "../words.ts";

export const organizations = pgTable(
  "organizations",
  {
    id: uuid("id").primaryKey().$defaultFn(newId),
    name: text("name").notNull(),
    slug: text("slug").notNull(),
    settings: jsonb("settings").$type<OrganizationSettings>().notNull().default({}),
    subscriptionTier: text("subscription_tier", { enum: SUBSCRIPTION_TIERS }).notNull().default("basic"),
    timeZone: text("time_zone").notNull().default("UTC"),
    /** Languages of what was indexed so far: a question, too short to detect, is stemmed in each of them. */
    languages: text("languages").array().notNull().default(sql`'{}'`),
    /** Which partition of the derived search tables holds this organization's rows. */
    shelf: smallint("shelf").notNull().default(0),
    /** The shelf that is being filled beside it: every writer writes to both. */
    nextShelf: smallint("next_shelf"),
    /** Whose vectors a search asks; a vector of another model is never compared with. */
    embeddingModel: text("embedding_model").notNull().default("amazon.titan-embed-text-v2:0"),
    /** The model whose vectors are written beside, while and after it is switched. */
    otherEmbeddingModel: text("other_embedding_model"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    unique("organizations_slug").on(t.slug),
    check("organizations_slug_form", sql`slug ~ '^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$'`),
    check("organizations_name_length", sql`length(name) between 1 and 255`),
    check("organizations_models", sql`embedding_model <> other_embedding_model`),
    check("organizations_shelves", sql`shelf <> next_shelf`),
    check("organizations_tier", oneOf("subscription_tier", SUBSCRIPTION_TIERS)),
    pgPolicy("tenant", {
      to: appRole,
      using: sql`id = (select current_organization())`,
      withCheck: sql`id = (select current_organization())`,
    }),
    systemPolicy(),
    searchPolicy(),
  ],
);

export const members = pgTable(
  "members",
  {
    organizationId: organizationId(),
    id: id(),
    /** The subject of the identity provider's tokens; empty until the invited person signs in for the first time. */
    userId: text("user_id"),
    email: text("email").notNull(),
    name: text("name"),
    role: text("role", { enum: MEMBER_ROLES }).notNull(),
    preferences: jsonb("preferences").$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("members_email").on(t.organizationId, t.email),
    unique("members_user").on(t.organizationId, t.userId),
    index("members_by_user").on(t.userId),
    index("members_by_email").on(t.email),
    check("members_role", oneOf("role", MEMBER_ROLES)),
    check("members_email_form", sql`email = lower(email) and email like '%_@_%'`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    organizationId: organizationId(),
    id: id(),
    name: text("name").notNull(),
    /** The first characters of the key, so that a person recognizes it in a list. */
    prefix: text("prefix").notNull(),
    /** SHA-256 of the whole key; the key itself is shown once and stored nowhere. */
    hash: bytea("hash").notNull(),
    scopes: text("scopes").array().notNull(),
    expiresAt: at("expires_at"),
    revokedAt: at("revoked_at"),
    lastUsedAt: at("last_used_at"),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("api_keys_hash").on(t.hash),
    check("api_keys_hash_length", sql`length(hash) = 32`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

export const idempotencyKeys = pgTable(
  "idempotency_keys",
  {
    organizationId: organizationId(),
    key: text("key").notNull(),
    /** SHA-256 of caller, method, path and body: the same key with another of them is a mistake of the caller. */
    fingerprint: bytea("fingerprint").notNull(),
    /** The id of what the request makes, chosen before it is made: a retry after a crash finds it or makes it, never twice. */
    resultId: uuid("result_id").notNull(),
    /** Until then a request with this key counts as running. */
    lockedUntil: at("locked_until").notNull(),
    status: integer("status"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.key] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("idempotency_keys_by_age").on(t.createdAt),
    check("idempotency_keys_key_length", sql`length(key) between 1 and 255`),
    tenantPolicy(),
    systemPolicy(),
  ],
);
