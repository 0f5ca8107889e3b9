import { eq, sql } from "drizzle-orm";
import { mustExist, type Tenant } from "../../client.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";
import type { CONTENT_TYPES } from "../../words.ts";
import { insertEvents } from "../events/event.ts";
import type { Message } from "./conversation.ts";
import { nameOf } from "./handling.ts";

export type NewStaffMessage = {
  id: string;
  conversationId: string;
  content: string;
  contentType: (typeof CONTENT_TYPES)[number];
  /** By default the transaction's caller. */
  author: string | undefined;
  requestId: string;
};

/**
 * Says something in a conversation, and tells it, if its author holds it; else nothing is stored, and undefined is the answer. Aborts (EL404)
 * when the tenant has no such conversation.
 */
export async function insertStaffMessage(tenant: Tenant, message: NewStaffMessage): Promise<Message | undefined> {
  const { id, conversationId, content, contentType, author, requestId } = message;
  const [, , , [row]] = await tenant.batch([
    mustExist(tenant, conversations, conversationId, "conversation"),
    tenant.db.execute(sql`
      with counted as (
        update conversations set last_sequence = last_sequence + 1, last_activity_at = greatest(last_activity_at, clock_timestamp())
        where id = ${conversationId} and held_by = ${nameOf(author)} returning id, last_sequence, held_by)
      insert into messages (id, conversation_id, sequence, role, content, content_type, author, completed_at)
      select ${id}::uuid, id, last_sequence, 'staff', ${content}::text, ${contentType}::text, held_by, now() from counted`),
    insertEvents(
      tenant,
      { type: "message.created", resourceType: "message", data: { conversationId }, requestId },
      sql`(select m.id from messages m where m.id = ${id})`,
    ),
    found(tenant, id),
  ]);
  return row;
}

export async function findMessage(tenant: Tenant, id: string): Promise<Message | undefined> {
  const [[row]] = await tenant.batch([found(tenant, id)]);
  return row;
}

const found = ({ db }: Tenant, id: string) => db.select().from(messageHistory).where(eq(messageHistory.id, id));
