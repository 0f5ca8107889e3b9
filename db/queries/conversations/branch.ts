import { eq, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { conversations } from "../../schema/conversations.ts";
import type { Conversation } from "./conversation.ts";

export type Branch = { id: string; conversationId: string; messageId: string; title?: string; endUser?: string };

/** Whether a message `h` was part of the conversation when `m` was: what one step superseded was superseded at one time. */
const STOOD = sql.raw("(h.superseded_at is null or h.superseded_at >= m.superseded_at)");

/** How many messages a branch would copy: all that stand up to one of them. Undefined where the conversation has none such. */
export async function countUpTo(
  tenant: Tenant,
  { conversationId, messageId, endUser }: Branch,
): Promise<number | undefined> {
  const { rows } = (
    await tenant.batch([
      tenant.db.execute<{ number: number | null }>(sql`
        select (select count(*)::integer from message_history h where h.organization_id = (select current_organization())
          and h.conversation_id = m.conversation_id and h.sequence <= m.sequence and ${STOOD}) as number
        from message_history m join conversations c on c.id = m.conversation_id
        where m.id = ${messageId} and c.id = ${conversationId} and (${endUser ?? null}::text is null or c.end_user_id = ${endUser ?? null})`),
    ])
  )[0];
  return rows[0]?.number ?? undefined;
}

/**
 * A new conversation with the same person and chatbot, which holds copies of what was said up to a message, numbered anew; what did not
 * stand with that message and what broke off without a word is left out. Aborts (EL404) when there is no such conversation.
 */
export async function insertBranch(tenant: Tenant, branch: Branch, emits: Statement[]): Promise<Conversation> {
  const { id, conversationId, messageId, title } = branch;
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, conversations, conversationId, "conversation"),
    tenant.db.execute(sql`
      with said as (
        select h.*, row_number() over (order by h.sequence) as number, new_id() as copy
        from message_history h join message_history m on m.conversation_id = h.conversation_id
        where m.id = ${messageId} and h.organization_id = (select current_organization()) and h.conversation_id = ${conversationId}
          and h.sequence <= m.sequence and ${STOOD} and h.status in ('completed', 'interrupted')),
      begun as (
        insert into conversations (id, chatbot_id, channel, end_user_id, title, context, metadata, tags, last_sequence,
          branched_from_conversation, branched_from_message)
        select ${id}::uuid, c.chatbot_id, c.channel, c.end_user_id, coalesce(${title ?? null}::text, c.title), c.context, c.metadata, c.tags,
          (select count(*) from said), c.id, ${messageId}::uuid
        from conversations c where c.id = ${conversationId} returning id)
      insert into messages (id, conversation_id, sequence, role, status, content, content_type, citations, answered, chatbot_revision, model,
        created_at, completed_at, author, context, attachments, question_id, copied_from)
      select s.copy, b.id, s.number, s.role, s.status, s.content, s.content_type, s.citations, s.answered, s.chatbot_revision, s.model,
        s.created_at, s.completed_at, s.author, s.context, s.attachments, (select q.copy from said q where q.id = s.question_id), s.id
      from said s cross join begun b`),
    tenant.db.select().from(conversations).where(eq(conversations.id, id)),
    ...emits,
  ]);
  return row!;
}
