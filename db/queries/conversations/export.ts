import { and, asc, gt, inArray, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";
import { type Conversation, type ConversationFilter, filtered, type Message } from "./conversation.ts";
import { type Feedback, feedbackOf } from "./feedback.ts";

export type Told =
  | { type: "conversation"; conversation: Conversation }
  | { type: "message"; message: Message; feedback: Feedback[] };

/**
 * Conversations that a filter leaves, the oldest first, each followed by all that was said in it, also what was superseded, with what
 * people said of it; read in pages, so that however much it is, little of it is held. What comes meanwhile may be told or not.
 */
export async function* exportConversations(
  tenant: Tenant,
  filter: ConversationFilter,
  size: { conversations: number; messages: number },
): AsyncGenerator<Told> {
  for (let after: string | undefined; ; ) {
    const [page] = await tenant.batch([
      tenant.db
        .select()
        .from(conversations)
        .where(and(after ? gt(conversations.id, after) : undefined, filtered(filter)))
        .orderBy(asc(conversations.id))
        .limit(size.conversations),
    ]);
    yield* withMessages(tenant, page, size.messages);
    after = page.at(-1)?.id;
    if (after === undefined || page.length < size.conversations) return;
  }
}

async function* withMessages(tenant: Tenant, page: readonly Conversation[], size: number): AsyncGenerator<Told> {
  if (page.length === 0) return;
  const waiting = [...page];
  const until = function* (id: string | undefined): Generator<Told> {
    while (waiting[0] && (id === undefined || waiting[0].id <= id))
      yield { type: "conversation", conversation: waiting.shift()! };
  };
  const ids = page.map(({ id }) => id);
  const [judgments] = await tenant.batch([feedbackOf(tenant, ids)]);
  const judged = Map.groupBy(judgments, ({ messageId }) => messageId);
  for (let after = { conversationId: ids[0]!, sequence: 0 }; ; ) {
    const [messages] = await tenant.batch([
      tenant.db
        .select()
        .from(messageHistory)
        .where(
          and(
            sql`${messageHistory.organizationId} = (select current_organization())`,
            inArray(messageHistory.conversationId, ids),
            sql`(${messageHistory.conversationId}, ${messageHistory.sequence}) > (${after.conversationId}::uuid, ${after.sequence})`,
          ),
        )
        .orderBy(messageHistory.conversationId, messageHistory.sequence)
        .limit(size),
    ]);
    for (const message of messages) {
      yield* until(message.conversationId);
      yield { type: "message", message, feedback: judged.get(message.id) ?? [] };
    }
    const last = messages.at(-1);
    if (!last || messages.length < size) break;
    after = last;
  }
  yield* until(undefined);
}
