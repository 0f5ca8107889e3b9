import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { organizations } from "../../schema/tenancy.ts";

export type Organization = typeof organizations.$inferSelect;
export type OrganizationChange = Partial<Pick<Organization, "name" | "slug" | "timeZone">> & {
  settings?: { [Key in keyof Organization["settings"]]: Organization["settings"][Key] | null };
};

/** The tenant's own organization: the policy lets no other be seen. */
export async function readOrganization(tenant: Tenant): Promise<Organization> {
  const [[organization]] = await tenant.batch([tenant.db.select().from(organizations)]);
  return organization!;
}

/** Settings that are named replace the ones before or, where null, take them away; the others stay, whoever else changes some at the same time. */
export async function updateOrganization(
  tenant: Tenant,
  { settings, ...change }: OrganizationChange,
  emits: Statement[],
): Promise<Organization> {
  const merged = settings && sql`jsonb_strip_nulls(${organizations.settings} || ${JSON.stringify(settings)}::jsonb)`;
  const [[organization]] = await tenant.batch([
    tenant.db
      .update(organizations)
      .set({ ...change, ...(merged && { settings: merged }) })
      .returning(),
    ...emits,
  ]);
  return organization!;
}

/** Whether it is the IANA name, letter by letter, of a zone that this database cuts days in; which older names it has, each server decides. */
export async function hasTimeZone(tenant: Tenant, name: string): Promise<boolean> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ known: boolean }>(sql`
      select exists (select from pg_timezone_names z where z.name = ${name}
        and z.name !~ '^(posix|right)/' and z.name not in ('Factory', 'localtime', 'posixrules')) as known`),
  ]);
  return rows[0]!.known;
}

/** Made by a script, as the new organization itself. */
export const insertOrganization = (
  tenant: Tenant,
  organization: Pick<Organization, "id" | "name" | "slug">,
): Statement => tenant.db.insert(organizations).values(organization);
