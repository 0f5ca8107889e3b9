import { and, desc, eq, gt, lt, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";

export type Conversation = typeof conversations.$inferSelect;
export type Message = typeof messageHistory.$inferSelect;
export type ConversationFilter = { chatbotId?: string; endUserId?: string; status?: Conversation["status"] };

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
          filter.status ? eq(conversations.status, filter.status) : undefined,
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
      .from(messageHistory)
      .where(
        and(
          sql`${messageHistory.organizationId} = (select current_organization())`,
          eq(messageHistory.conversationId, conversationId),
          gt(messageHistory.sequence, after),
        ),
      )
      .orderBy(messageHistory.sequence)
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}
