import { and, desc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { newId } from "../../columns.ts";
import { conversations, messageFeedback } from "../../schema/conversations.ts";
import { insertEvents } from "../events/event.ts";

const { organizationId: _, score: __, ...told } = getTableColumns(messageFeedback);
export type Feedback = Pick<typeof messageFeedback.$inferSelect, keyof typeof told>;
type Judgment = Pick<Feedback, "thumbs" | "rating" | "text" | "correction">;
type Judging = {
  messageId: string;
  /** Whose judgment it is, whom the conversation must name; undefined: the transaction's caller's. */
  endUser: string | undefined;
  requestId: string;
};

/** What may be judged: what was said to the end user. */
const JUDGED = sql`m.role in ('assistant', 'staff')`;
const authorOf = (endUser: string | undefined) =>
  endUser === undefined ? sql`current_caller_kind(), current_caller_id()` : sql`'end_user', ''`;

const mustBeOf = ({ db }: Tenant, { messageId, endUser }: Judging) =>
  db.execute(sql`select must_exist((select true from message_history m join conversations c on c.id = m.conversation_id
    where m.id = ${messageId} and ${JUDGED} and (${endUser ?? null}::text is null or c.end_user_id = ${endUser ?? null})), 'answer')`);

/** Keeps what somebody says of an answer in the place of what the same author said before. Aborts (EL404) when the tenant, or that end user, has no such answer. */
export async function saveMessageFeedback(
  tenant: Tenant,
  judging: Judging,
  said: Judgment,
  emits: Statement[],
): Promise<Feedback> {
  const { messageId, endUser } = judging;
  const { db } = tenant;
  const [, , [row]] = await tenant.batch([
    mustBeOf(tenant, judging),
    db.execute(sql`
      insert into message_feedback (id, conversation_id, message_id, author_kind, author, thumbs, rating, text, correction)
      select ${newId()}::uuid, m.conversation_id, m.id, ${authorOf(endUser)}, ${said.thumbs}::text, ${said.rating}::smallint, ${said.text}::text,
        ${said.correction}::text from message_history m where m.id = ${messageId}
      on conflict on constraint message_feedback_of_author do update set thumbs = excluded.thumbs, rating = excluded.rating, text = excluded.text,
        correction = excluded.correction`),
    db.select(told).from(messageFeedback).where(ofAuthor(judging)),
    ...emits,
  ]);
  return row!;
}

const ofAuthor = ({ messageId, endUser }: Judging) =>
  and(
    eq(messageFeedback.messageId, messageId),
    sql`(${messageFeedback.authorKind}, ${messageFeedback.author}) = (${authorOf(endUser)})`,
  );

/** Takes back what somebody said of a message, if anything. Aborts (EL404) when the tenant, or that end user, has no such message. */
export async function deleteMessageFeedback(tenant: Tenant, judging: Judging): Promise<void> {
  await tenant.batch([
    mustBeOf(tenant, judging),
    insertEvents(
      tenant,
      { type: "message.unrated", resourceType: "message", requestId: judging.requestId },
      sql`(select ${messageFeedback.messageId} from ${messageFeedback} where ${ofAuthor(judging)})`,
    ),
    tenant.db.delete(messageFeedback).where(ofAuthor(judging)),
  ]);
}

export type FeedbackFilter = Partial<Pick<Feedback, "conversationId" | "messageId" | "thumbs" | "authorKind">> & {
  chatbotId?: string;
};

/** The newest first. */
export async function listFeedback(
  tenant: Tenant,
  { chatbotId, ...filter }: FeedbackFilter,
  after: string | undefined,
  limit: number,
): Promise<Feedback[]> {
  const { db } = tenant;
  const chosen = (Object.keys(filter) as (keyof typeof filter)[])
    .filter((field) => filter[field] !== undefined)
    .map((field) => eq(messageFeedback[field], filter[field]!));
  const ofChatbot =
    chatbotId === undefined
      ? undefined
      : inArray(
          messageFeedback.conversationId,
          db.select({ id: conversations.id }).from(conversations).where(eq(conversations.chatbotId, chatbotId)),
        );
  const [found] = await tenant.batch([
    db
      .select(told)
      .from(messageFeedback)
      .where(and(after ? lt(messageFeedback.id, after) : undefined, ofChatbot, ...chosen))
      .orderBy(desc(messageFeedback.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** Of all messages of conversations. */
export const feedbackOf = ({ db }: Tenant, conversationIds: readonly string[]) =>
  db
    .select(told)
    .from(messageFeedback)
    .where(inArray(messageFeedback.conversationId, [...conversationIds]));
