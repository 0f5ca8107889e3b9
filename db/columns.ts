import { sql } from "drizzle-orm";
import { customType, pgPolicy, pgRole, text, uuid } from "drizzle-orm/pg-core";
import { v7 } from "uuid";
import { SELF_CHECK_ORGANIZATION } from "./words.ts";

/** A new UUIDv7: time-ordered, made by the worker before the row exists, so a retry can name the same row. */
export const newId = (): string => v7();

/** Of Titan V2, and of every vector that is stored. */
export const EMBEDDING_DIMENSIONS = 1024;

/** The role of the worker: no ownership, no BYPASSRLS. The two others own the SECURITY DEFINER functions of `definers.ts`. */
export const appRole = pgRole("edgelore_app").existing();
export const searchRole = pgRole("edgelore_search").existing();
export const systemRole = pgRole("edgelore_system").existing();

export const id = () => uuid("id").notNull().$defaultFn(newId);

/** Filled from the transaction's tenant, so no TypeScript can name another organization's. */
export const organizationId = () => uuid("organization_id").notNull().default(sql`current_organization()`);

/** A `timestamptz` that is an ISO 8601 string in UTC on our side, as the API says it. */
export const at = customType<{ data: string; driverData: string }>({
  dataType: () => "timestamp with time zone",
  fromDriver: (value) => new Date(value).toISOString(),
});
/** A transaction's number, which never wraps. */
export const xid8 = customType<{ data: string; driverData: string }>({ dataType: () => "xid8" });
export const bytea = customType<{ data: string; driverData: string }>({ dataType: () => "bytea" });
export const createdAt = () => at("created_at").notNull().default(sql`now()`);
export const updatedAt = () => at("updated_at").notNull().default(sql`now()`);

/** A person of the customer's, as the customer names them. Who carries it is erased and exported with the person: `end-users.ts`. */
export const endUserId = () => text("end_user_id");

/** Who did it, from the transaction's caller: the id of an API key or a member. */
export const createdBy = (name = "created_by") => text(name).default(sql`current_caller_id()`);

/** Rows of the transaction's tenant only; without a tenant, none. `(select …)` makes it one initplan, not a call per row. */
export const tenantPolicy = () =>
  pgPolicy("tenant", {
    to: appRole,
    using: sql`organization_id = (select current_organization())`,
    withCheck: sql`organization_id = (select current_organization())`,
  });

/** What a SECURITY DEFINER function of that role may see; its grants say which columns and verbs. */
export const systemPolicy = () => pgPolicy("system", { to: systemRole, using: sql`true`, withCheck: sql`true` });
/** The same, of the transaction's tenant alone. */
export const erasurePolicy = () =>
  pgPolicy("erasure", {
    to: systemRole,
    using: sql`organization_id = (select current_organization())`,
    withCheck: sql`organization_id = (select current_organization())`,
  });
/** What anybody may be told of: how the platform's check of itself ended. */
export const selfCheckPolicy = () =>
  pgPolicy("self_check", {
    to: systemRole,
    for: "select",
    using: sql.raw(`organization_id = '${SELF_CHECK_ORGANIZATION.id}'`),
  });
export const searchPolicy = () => pgPolicy("search", { to: searchRole, for: "select", using: sql`true` });

/** `check (column in (…))` for a closed list of words. */
export const oneOf = (column: string, words: readonly string[]) =>
  sql.raw(`${column} in (${words.map((word) => `'${word}'`).join(", ")})`);
