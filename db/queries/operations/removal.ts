import { type SQL, sql } from "drizzle-orm";
import { pgArray } from "../../client.ts";

/** How much of it is taken out in one transaction. */
export type AtOnce = { conversations: number; messages: number; documents: number; attachments: number };

/** Messages of conversations; `asked` is what was asked, where it was a question: by it its embedding is kept. */
export type Said = { id: string; asked: string | null };

/** What is taken out in a step: messages with the hash of what was embedded of them, if anything was. */
export type Removal = {
  conversationIds: readonly string[];
  messages: readonly { id: string; hash: string | null }[];
  documentIds: readonly string[];
  attachmentIds: readonly string[];
};

/** Of the conversations whose ids the relation holds the last messages, as a JSON array. */
export const lastSaid = (conversations: SQL, { messages }: AtOnce): SQL => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'asked', case when l.role = 'user' then l.content end)), '[]')
  from (
    select m.* from ${conversations} c cross join lateral (
      select id, role, content from message_history
      where organization_id = (select current_organization()) and conversation_id = c.id order by sequence desc limit ${messages}) m
    limit ${messages}) l)`;

/** As arguments of the functions that take it out. */
export const removalOf = (
  { conversationIds, messages, documentIds, attachmentIds }: Removal,
  models: readonly string[],
): SQL =>
  sql`${pgArray(conversationIds, "uuid")}, ${JSON.stringify(messages)}::jsonb, ${pgArray(documentIds, "uuid")}, ${pgArray(attachmentIds, "uuid")},
    array(select jsonb_array_elements_text(${JSON.stringify(models)}::jsonb))`;
