import { and, eq, inArray, isNull, type SQL, sql } from "drizzle-orm";
import { pgArray, type Tenant } from "../../client.ts";
import { conversations, messageHistory } from "../../schema/conversations.ts";

export type MessageFilter = { chatbotId?: string; endUserId?: string; role?: string; from?: string; to?: string };

/**
 * The ids of messages that hold all of these words, as parts of what was said, in any case, and stand in their conversations, archived ones too,
 * the newest first. Where none has three characters they are sought in the newest 100,000.
 */
export async function messagesByWords(
  tenant: Tenant,
  words: readonly string[],
  { chatbotId, endUserId, role, from, to }: MessageFilter,
  before: string | undefined,
  limit: number,
): Promise<string[]> {
  const patterns = words.map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ id: string }>(sql`
      select id from search_messages(array(select jsonb_array_elements_text(${JSON.stringify(patterns)}::jsonb)), ${chatbotId ?? null}, ${endUserId ?? null}, ${role ?? null},
        ${from ?? null}, ${to ?? null}, ${before ?? null}, ${limit}) id`),
  ]);
  return rows.map(({ id }) => id);
}

/**
 * The ids of the messages nearest in meaning to a question whose embedding is in the cache, archived ones too, the nearest first. The vectors
 * that the filter leaves are all compared.
 */
export async function messagesByMeaning(
  tenant: Tenant,
  textHash: string,
  { chatbotId, endUserId, role, from, to }: MessageFilter,
  limit: number,
): Promise<{ id: string; similarity: number }[]> {
  const narrowed: SQL[] = [];
  if (role) narrowed.push(sql` and v.role = ${role}`);
  if (from) narrowed.push(sql` and v.said_at >= ${from}`);
  if (to) narrowed.push(sql` and v.said_at < ${to}`);
  if (chatbotId || endUserId)
    narrowed.push(sql` and v.conversation_id in (select c.id from conversations c
      where (${chatbotId ?? null}::uuid is null or c.chatbot_id = ${chatbotId ?? null}) and (${endUserId ?? null}::text is null or c.end_user_id = ${endUserId ?? null}))`);
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ id: string; similarity: number }>(sql`
      with asked as materialized (
        select o.embedding_model as model, c.embedding from organizations o
          join embedding_cache c on c.model = o.embedding_model and c.text_hash = ${textHash}::bytea)
      select n.id, 1 - n.distance as similarity from (
        select v.message_id as id, v.embedding <=> (select embedding from asked) as distance from message_vectors v
        where v.model = (select model from asked)${sql.join(narrowed)}
        order by distance, v.message_id desc limit ${limit}) n`),
  ]);
  return rows;
}

/** The messages of these ids that are there and not superseded, in this order. */
export async function readFound(tenant: Tenant, ids: readonly string[]) {
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
      .where(and(inArray(id, sql`(select unnest(${pgArray(ids, "uuid")}))`), isNull(messageHistory.supersededAt))),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.flatMap((found) => byId.get(found) ?? []);
}
