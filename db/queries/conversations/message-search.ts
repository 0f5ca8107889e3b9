import { desc, eq, inArray, sql } from "drizzle-orm";
import { pgArray, type Tenant } from "../../client.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";

export type MessageSearch = {
  /** All of them, as parts of what was said, in any case. */
  words: readonly string[];
  chatbotId?: string;
  endUserId?: string;
  role?: string;
  from?: string;
  to?: string;
};

/**
 * Messages that hold all of these words and stand in their conversations, archived ones too, the newest first. Where none has
 * three characters they are sought in the newest 100,000.
 */
export async function searchMessages(tenant: Tenant, search: MessageSearch, before: string | undefined, limit: number) {
  const patterns = search.words.map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  const found = await tenant.batch([
    tenant.db.execute<{ id: string }>(sql`
      select id from search_messages(array(select jsonb_array_elements_text(${JSON.stringify(patterns)}::jsonb)), ${search.chatbotId ?? null}, ${search.endUserId ?? null}, ${search.role ?? null},
        ${search.from ?? null}, ${search.to ?? null}, ${before ?? null}, ${limit + 1}) id`),
  ]);
  const ids = found[0].rows.map(({ id }) => id);
  if (ids.length === 0) return [];
  const { id, conversationId, sequence, role, author, content, createdAt } = messageHistory;
  const [rows] = await tenant.batch([
    tenant.db
      .select({
        id,
        conversationId,
        sequence,
        role,
        author,
        content,
        createdAt,
        chatbotId: conversations.chatbotId,
        endUserId: conversations.endUserId,
      })
      .from(messageHistory)
      .innerJoin(conversations, eq(conversations.id, conversationId))
      .where(inArray(id, sql`(select unnest(${pgArray(ids, "uuid")}))`))
      .orderBy(desc(id)),
  ]);
  return rows;
}
