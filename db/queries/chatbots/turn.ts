import { and, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { messageArchive, messageHistory, messages } from "../../schema/conversations.ts";
import type { CHANNELS } from "../../words.ts";
import { answersCaller, type Makers } from "./chatbot.ts";

export type NewTurn = {
  /** Its id, or a subquery that yields it. */
  chatbotId: string | SQL<string>;
  /** Null begins a conversation, with `newConversationId`. */
  conversationId: string | null;
  newConversationId: string;
  questionId: string;
  answerId: string;
  channel: (typeof CHANNELS)[number];
  /** Who may ask a chatbot that is not published: keys with that scope, members with one of these roles. */
  makers: Makers;
  endUserId: string | null;
  content: string;
  leaseSeconds: number;
  historyMax: number;
};

/**
 * Stores the question, and the answer's row as `pending`, before anything is generated. Both get the next numbers of their
 * conversation from the statement that counts them, which also takes up a conversation that had expired. A turn that is
 * there already and whose answer failed is taken up again. Nothing is stored when the chatbot or the conversation does not
 * exist, belongs to another end user or is over, or the chatbot does not answer this caller (`answers` is false): then
 * `conversationId` is null.
 */
export async function beginTurn(tenant: Tenant, turn: NewTurn) {
  const { db } = tenant;
  const leaseUntil = sql`now() + make_interval(secs => ${turn.leaseSeconds})`;
  const counted = turn.conversationId
    ? sql`update conversations set last_sequence = last_sequence + 2, last_activity_at = greatest(last_activity_at, clock_timestamp()),
          status = 'active', ended_at = null
        where id = ${turn.conversationId} and chatbot_id = ${turn.chatbotId} and status in ('active', 'expired')
          and (${turn.endUserId}::text is null or end_user_id = ${turn.endUserId}) and not exists (select from again)
          and exists (select from answering)
        returning id, last_sequence, archived_sequence`
    : sql`insert into conversations (id, chatbot_id, channel, end_user_id, last_sequence, title)
        select ${turn.newConversationId}::uuid, c.id, ${turn.channel}::text, ${turn.endUserId}::text, 2, left(${turn.content}::text, 80)
        from answering c where not exists (select from again)
        returning id, last_sequence, archived_sequence`;
  const [[chatbot], stored, history] = await tenant.batch([
    db.select().from(chatbots).where(eq(chatbots.id, turn.chatbotId)),
    db.execute<{ answers: boolean; conversationId: string | null; isArchived: boolean | null }>(sql`
      with answering as (select id from chatbots where id = ${turn.chatbotId} and ${answersCaller(turn.makers)}),
      again as (
        update messages set status = 'pending', error = null, completed_at = null, lease_until = ${leaseUntil}
        where id = ${turn.answerId} and status = 'failed' and exists (select from answering) returning conversation_id),
      counted as (${counted}),
      begun as (
        insert into messages (id, conversation_id, sequence, role, status, content, completed_at, lease_until)
        select ${turn.questionId}::uuid, id, last_sequence - 1, 'user', 'completed', ${turn.content}::text, now(), null::timestamptz from counted
        union all
        select ${turn.answerId}::uuid, id, last_sequence, 'assistant', 'pending', '', null::timestamptz, ${leaseUntil} from counted
        returning 1),
      turn as (
        select a.conversation_id as id, c.archived_sequence from again a join conversations c on c.id = a.conversation_id
        union all select id, archived_sequence from counted)
      select exists (select from answering) as answers, t.id as "conversationId", t.archived_sequence > 0 as "isArchived"
      from (values (1)) one left join turn t on true`),
    saidBefore(tenant, messages, turn.answerId, turn.historyMax),
    db.execute(sql`
      update chatbots set last_active_at = now()
      where id = ${turn.chatbotId} and (last_active_at is null or last_active_at < now() - interval '1 minute')`),
  ]);
  const { answers, conversationId, isArchived } = stored.rows[0]!;
  if (isArchived && history.length < turn.historyMax) {
    const [older] = await tenant.batch([
      saidBefore(tenant, messageArchive, turn.answerId, turn.historyMax - history.length),
    ]);
    history.push(...older);
  }
  return { chatbot, answers, conversationId, history: history.reverse() };
}

/** The last of what was said before a question was asked, the newest first. */
const saidBefore = ({ db }: Tenant, told: typeof messages | typeof messageArchive, answerId: string, limit: number) =>
  db
    .select({ role: told.role, content: told.content })
    .from(told)
    .where(
      and(
        sql`${told.conversationId} = (select a.conversation_id from messages a where a.id = ${answerId})`,
        sql`${told.sequence} < (select a.sequence - 1 from messages a where a.id = ${answerId})`,
        inArray(told.status, ["completed", "interrupted"]),
        inArray(told.role, ["user", "assistant"]),
      ),
    )
    .orderBy(desc(told.sequence))
    .limit(limit);

export type AnswerState = Pick<typeof messages.$inferInsert, "content" | "citations" | "chatbotRevision">;

/** What was said so far, so that a crash keeps it; never over a finished answer. */
export const saveProgress = (tenant: Tenant, id: string, answer: AnswerState, leaseSeconds: number) =>
  tenant.batch([
    tenant.db
      .update(messages)
      .set({ ...answer, status: "streaming", leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
      .where(and(eq(messages.id, id), inArray(messages.status, ["pending", "streaming"]))),
  ]);

export type FinishedAnswer = AnswerState &
  Pick<typeof messages.$inferInsert, "status" | "answered" | "model" | "tokenUsage" | "processingTimeMs" | "error">;

/** An answer ends once; a second end changes nothing. */
export const finishAnswer = (tenant: Tenant, id: string, answer: FinishedAnswer, also: Statement[]) =>
  tenant.batch([
    tenant.db
      .update(messages)
      .set({ ...answer, leaseUntil: null, completedAt: sql`now()` })
      .where(and(eq(messages.id, id), inArray(messages.status, ["pending", "streaming"]))),
    ...also,
  ]);

export async function findAnswer(tenant: Tenant, id: string) {
  const [[row]] = await tenant.batch([tenant.db.select().from(messageHistory).where(eq(messageHistory.id, id))]);
  return row;
}
