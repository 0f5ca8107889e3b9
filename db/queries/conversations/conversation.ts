import { and, desc, eq, gt, lt } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { conversations, messages } from "../../schema/conversations.ts";

export type Conversation = typeof conversations.$inferSelect;
export type Message = typeof messages.$inferSelect;
export type ConversationFilter = { chatbotId?: string; endUserId?: string };

export async function findConversation(tenant: Tenant, id: string): Promise<Conversation | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(conversations).where(eq(conversations.id, id))]);
  return row;
}

export async function listConversations(
  tenant: Tenant,
  filter: ConversationFilter,
  after: string | undefined,
  limit: number,
): Promise<Conversation[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(conversations)
      .where(
        and(
          after ? lt(conversations.id, after) : undefined,
          filter.chatbotId ? eq(conversations.chatbotId, filter.chatbotId) : undefined,
          filter.endUserId ? eq(conversations.endUserId, filter.endUserId) : undefined,
        ),
      )
      .orderBy(desc(conversations.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** In the order of the conversation; `after` is the last number seen. Undefined when there is no such conversation. */
export async function listMessages(
  tenant: Tenant,
  conversationId: string,
  after: number,
  limit: number,
): Promise<Message[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: conversations.id }).from(conversations).where(eq(conversations.id, conversationId)),
    tenant.db
      .select()
      .from(messages)
      .where(and(eq(messages.conversationId, conversationId), gt(messages.sequence, after)))
      .orderBy(messages.sequence)
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}
