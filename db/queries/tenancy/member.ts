import { desc, eq, lt } from "drizzle-orm";
import { mustExist, mustFit, type Statement, type Tenant } from "../../client.ts";
import { members } from "../../schema/tenancy.ts";
import { TIER_LIMITS } from "../../words.ts";

export type Member = typeof members.$inferSelect;
export type NewMember = Pick<Member, "id" | "email" | "name" | "role">;
export type MemberChange = Partial<Pick<Member, "name" | "role" | "preferences">>;

/** The first sign-in with this verified address becomes this member. */
export async function insertMember(tenant: Tenant, member: NewMember, emits: Statement[]): Promise<Member> {
  const [, [row]] = await tenant.batch([
    mustFit(tenant, members, TIER_LIMITS.members, "members"),
    tenant.db.insert(members).values(member).returning(),
    ...emits,
  ]);
  return row!;
}

export async function findMember(tenant: Tenant, id: string): Promise<Member | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(members).where(eq(members.id, id))]);
  return row;
}

export async function listMembers(tenant: Tenant, after: string | undefined, limit: number): Promise<Member[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(members)
      .where(after ? lt(members.id, after) : undefined)
      .orderBy(desc(members.id))
      .limit(limit + 1),
  ]);
  return found;
}

export async function updateMember(
  tenant: Tenant,
  id: string,
  change: MemberChange,
  emits: Statement[],
): Promise<Member> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, members, id, "member"),
    tenant.db.update(members).set(change).where(eq(members.id, id)).returning(),
    ...emits,
  ]);
  return row!;
}

export const deleteMember = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, members, id, "member"),
    tenant.db.delete(members).where(eq(members.id, id)),
    ...emits,
  ]);
