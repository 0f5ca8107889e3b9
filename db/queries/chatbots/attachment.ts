import { and, eq, getTableColumns, sql } from "drizzle-orm";
import type { Db, Statement, Tenant } from "../../client.ts";
import type { Passage } from "../../json.ts";
import { attachments } from "../../schema/conversations.ts";

export type Attachment = typeof attachments.$inferSelect;
export type NewAttachment = Omit<Attachment, "organizationId" | "conversationId" | "messageId" | "createdAt">;

export async function insertAttachment(
  tenant: Tenant,
  attachment: NewAttachment,
  emits: Statement[],
): Promise<Attachment> {
  const [[row]] = await tenant.batch([tenant.db.insert(attachments).values(attachment).returning(), ...emits]);
  return row!;
}

/** Of that end user, where one is named. */
export async function findAttachment(tenant: Tenant, id: string, endUserId?: string): Promise<Attachment | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .select(getTableColumns(attachments))
      .from(attachments)
      .where(and(eq(attachments.id, id), endUserId === undefined ? undefined : eq(attachments.endUserId, endUserId))),
  ]);
  return row;
}

/** A file that came with a question, or with one before it. */
export type Attached = { id: string; name: string; passages: Passage[]; isOwn: boolean };

/** What came with the question of an answer, and with those that stand shortly before it, the newest question's first. */
export const attachedTo = (
  { db }: Tenant,
  answerId: string,
  { reach, most }: { reach: number; most: number },
): Statement =>
  db.execute<Attached>(sql`
    select a.id, a.name, a.passages, m.id = q.id as "isOwn"
    from messages t join messages q on q.id = t.question_id
      join messages m on m.conversation_id = q.conversation_id and m.sequence between q.sequence - ${reach}::integer and q.sequence
        and m.superseded_at is null and m.attachments <> '[]'
      cross join lateral jsonb_array_elements(m.attachments) with ordinality f (file, position)
      join attachments a on a.id = (f.file ->> 'id')::uuid
    where t.id = ${answerId} order by m.sequence desc, f.position limit ${most}`);

/** Deletes at most so many that no question took for so many hours; returns where their bytes lie. */
export async function expireAttachments(db: Db, hours: number, limit: number): Promise<string[]> {
  const { rows } = await db.execute<{ key: string }>(sql`select maintain_attachments(${hours}, ${limit}) as key`);
  return rows.map(({ key }) => key);
}
