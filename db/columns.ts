import { sql } from "drizzle-orm";
import { pgPolicy, pgRole, timestamp, uuid } from "drizzle-orm/pg-core";
import { v7 } from "uuid";

/** A new UUIDv7: time-ordered, made by the worker before the row exists, so a retry can name the same row. */
export const newId = (): string => v7();

/** The role of the worker: no ownership, no BYPASSRLS. The two others own the SECURITY DEFINER functions of `definers.ts`. */
export const appRole = pgRole("edgelore_app").existing();
export const searchRole = pgRole("edgelore_search").existing();
export const systemRole = pgRole("edgelore_system").existing();

export const id = () => uuid("id").notNull().$defaultFn(newId);

/** Filled from the transaction's tenant, so no TypeScript can name another organization's. */
export const organizationId = () => uuid("organization_id").notNull().default(sql`current_organization()`);

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "string" });
export const at = instant;
export const createdAt = () => instant("created_at").notNull().defaultNow();
export const updatedAt = () => instant("updated_at").notNull().defaultNow();

/** Rows of the transaction's tenant only; without a tenant, none. `(select …)` makes it one initplan, not a call per row. */
export const tenantPolicy = () =>
  pgPolicy("tenant", {
    to: appRole,
    using: sql`organization_id = (select current_organization())`,
    withCheck: sql`organization_id = (select current_organization())`,
  });

/** What a SECURITY DEFINER function of that role may see; its grants say which columns and verbs. */
export const systemPolicy = () => pgPolicy("system", { to: systemRole, using: sql`true`, withCheck: sql`true` });
export const searchPolicy = () => pgPolicy("search", { to: searchRole, for: "select", using: sql`true` });

/** `check (column in (…))` for a closed list of words. */
export const oneOf = (column: string, words: readonly string[]) =>
  sql.raw(`${column} in (${words.map((word) => `'${word}'`).join(", ")})`);
