import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { apiKeys } from "../../schema/tenancy.ts";

/** Everything but the hash, which never leaves the database. */
const columns = {
  id: apiKeys.id,
  name: apiKeys.name,
  prefix: apiKeys.prefix,
  scopes: apiKeys.scopes,
  expiresAt: apiKeys.expiresAt,
  revokedAt: apiKeys.revokedAt,
  lastUsedAt: apiKeys.lastUsedAt,
  createdBy: apiKeys.createdBy,
  createdAt: apiKeys.createdAt,
};
export type ApiKey = Omit<typeof apiKeys.$inferSelect, "hash" | "organizationId">;
export type NewApiKey = Pick<typeof apiKeys.$inferInsert, "id" | "name" | "prefix" | "hash" | "scopes" | "expiresAt">;

export async function insertApiKey(tenant: Tenant, key: NewApiKey, emits: Statement[]): Promise<ApiKey> {
  const [[row]] = await tenant.batch([tenant.db.insert(apiKeys).values(key).returning(columns), ...emits]);
  return row!;
}

export async function findApiKey(tenant: Tenant, id: string): Promise<ApiKey | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select(columns).from(apiKeys).where(eq(apiKeys.id, id))]);
  return row;
}

export async function listApiKeys(tenant: Tenant, after: string | undefined, limit: number): Promise<ApiKey[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select(columns)
      .from(apiKeys)
      .where(after ? lt(apiKeys.id, after) : undefined)
      .orderBy(desc(apiKeys.id))
      .limit(limit + 1),
  ]);
  return found;
}

export async function updateApiKey(
  tenant: Tenant,
  id: string,
  change: Partial<Pick<NewApiKey, "name" | "scopes" | "expiresAt">>,
  emits: Statement[],
): Promise<ApiKey> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, apiKeys, id, "API key"),
    tenant.db.update(apiKeys).set(change).where(eq(apiKeys.id, id)).returning(columns),
    ...emits,
  ]);
  return row!;
}

/** A revoked key stays in the list, and its first revocation stays the time of it. */
export const revokeApiKey = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, apiKeys, id, "API key"),
    tenant.db
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt))),
    ...emits,
  ]);
