import { and, desc, eq, gt, gte, isNull, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, type Tenant } from "../../client.ts";
import type { JsonObject } from "../../json.ts";
import { conversations, messageFeedback, messageHistory } from "../../schema/conversations.ts";
import type { THUMBS } from "../../words.ts";
import { insertEvents } from "../events/event.ts";

export type Conversation = typeof conversations.$inferSelect;
export type Message = typeof messageHistory.$inferSelect;
export type ConversationFilter = {
  chatbotId?: string;
  endUserId?: string;
  status?: Conversation["status"];
  tag?: string;
  /** Whether the end user waits for a person. */
  escalated?: boolean;
  /** Whether a person holds it. */
  held?: boolean;
  /** With a message that somebody judged so. */
  thumbs?: (typeof THUMBS)[number];
  /** When it began; `to` is exclusive. */
  from?: string;
  to?: string;
};

export async function findConversation(tenant: Tenant, id: string): Promise<Conversation | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select().from(conversations).where(eq(conversations.id, id))]);
  return row;
}

/** Of conversations, those that a filter leaves. */
export const filtered = (filter: ConversationFilter): SQL | undefined =>
  and(
    filter.chatbotId ? eq(conversations.chatbotId, filter.chatbotId) : undefined,
    filter.endUserId ? eq(conversations.endUserId, filter.endUserId) : undefined,
    filter.status ? eq(conversations.status, filter.status) : undefined,
    filter.tag ? sql`${conversations.tags} @> array[${filter.tag}::text]` : undefined,
    filter.escalated === undefined ? undefined : sql`(${conversations.escalatedAt} is not null) = ${filter.escalated}`,
    filter.held === undefined ? undefined : sql`(${conversations.heldBy} is not null) = ${filter.held}`,
    filter.thumbs
      ? sql`exists (select from ${messageFeedback} f where f.organization_id = ${conversations.organizationId}
          and f.conversation_id = ${conversations.id} and f.thumbs = ${filter.thumbs})`
      : undefined,
    filter.from ? gte(conversations.createdAt, filter.from) : undefined,
    filter.to ? lt(conversations.createdAt, filter.to) : undefined,
  );

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
      .where(and(after ? lt(conversations.id, after) : undefined, filtered(filter)))
      .orderBy(desc(conversations.id))
      .limit(limit + 1),
  ]);
  return found;
}

type Changing = {
  /** Of the conversation as it is, whether it is changed. */
  when: SQL;
  set: Partial<Record<keyof Conversation, unknown>>;
  event: { type: `${string}.${string}`; data?: JsonObject; requestId: string };
};

/**
 * Changes a conversation and tells it, or does neither where it is in another state; then `changed` is false. Aborts (EL404) when the
 * tenant has none such.
 */
export async function changeConversation(
  tenant: Tenant,
  id: string,
  { when, set, event }: Changing,
): Promise<{ conversation: Conversation; changed: boolean }> {
  const { db } = tenant;
  const [, , changed, [conversation]] = await tenant.batch([
    mustExist(tenant, conversations, id, "conversation"),
    insertEvents(
      tenant,
      { ...event, resourceType: "conversation" },
      sql`(select ${conversations.id} from ${conversations} where ${conversations.id} = ${id} and ${when})`,
    ),
    db
      .update(conversations)
      .set(set as Partial<Conversation>)
      .where(and(eq(conversations.id, id), when))
      .returning({ id: conversations.id }),
    db.select().from(conversations).where(eq(conversations.id, id)),
  ]);
  return { conversation: conversation!, changed: changed.length > 0 };
}

/** In the order of the conversation; `after` is the last number seen, and what was superseded is told where asked. Undefined when there is no such conversation. */
export async function listMessages(
  tenant: Tenant,
  conversationId: string,
  { after, limit, superseded }: { after: number; limit: number; superseded: boolean },
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
          superseded ? undefined : isNull(messageHistory.supersededAt),
        ),
      )
      .orderBy(messageHistory.sequence)
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}
