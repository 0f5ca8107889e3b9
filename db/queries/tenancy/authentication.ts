import { sql } from "drizzle-orm";
import type { Db, Statement } from "../../client.ts";

/** Who calls, as the first statement of the batch found out. */
export type Authenticated = {
  organizationId: string;
  callerId: string;
  role: string | null;
  scopes: string[] | null;
};

const columns = sql.raw(`organization_id as "organizationId", caller_id as "callerId", role, scopes`);

/** Sets the tenant of the key, or aborts the batch: unknown, revoked, expired (EL401), without the scope (EL403). */
export const authenticateKey = (db: Db, hash: string, scope: string | null): Statement =>
  db.execute<Authenticated>(sql`select ${columns} from authenticate_key(${hash}::bytea, ${scope})`);

export type Person = {
  userId: string;
  verifiedEmail: string | null;
  name: string | null;
  organizationId: string | null;
};

/** Sets the tenant of the member, or aborts the batch: no member (EL401), several organizations (EL400), role too small (EL403). */
export const authenticateMember = (db: Db, person: Person, roles: readonly string[] | null): Statement =>
  db.execute<Authenticated>(sql`select ${columns} from authenticate_member(${person.userId}, ${person.verifiedEmail},
    ${person.name}, ${person.organizationId}, ${
      roles &&
      sql`array[${sql.join(
        roles.map((role) => sql`${role}`),
        sql`, `,
      )}]::text[]`
    })`);

export const authenticatedBy = (result: unknown): Authenticated => {
  const [row] = (result as { rows: Authenticated[] }).rows;
  if (!row) throw new Error("authentication returned no row");
  return row;
};
