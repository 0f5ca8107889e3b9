import { and, desc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "../../client.ts";
import { CORPORA, type Viewer } from "../../corpora.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { messageArchive, messageHistory, messages, messageTraces } from "../../schema/conversations.ts";
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
  /** What is stored in its place where the chatbot masks personal data. */
  maskedContent: string;
  leaseSeconds: number;
  historyMax: number;
};

/**
 * Stores the question, and the answer's row as `pending`, before anything is generated. Both get the next numbers of their
 * conversation from the statement that counts them, which also takes up a conversation that had expired. A turn that is
 * there already and whose answer failed is taken up again. Nothing is stored when the chatbot or the conversation does not
 * exist, belongs to another end user or is over, the question is longer than the chatbot takes, or the chatbot does not answer this caller
 * (`answers` is false): then `conversationId` is null. The other statements come in the same transaction, once it has begun.
 */
export async function beginTurn(tenant: Tenant, turn: NewTurn, also: readonly Statement[]) {
  const { db } = tenant;
  const content = sql`(select case c.safety ->> 'personalData' when 'mask' then ${turn.maskedContent}::text else ${turn.content}::text end
    from chatbots c where c.id = ${turn.chatbotId})`;
  const leaseUntil = sql`now() + make_interval(secs => ${turn.leaseSeconds})`;
  const counted = turn.conversationId
    ? sql`update conversations set last_sequence = last_sequence + 2, last_activity_at = greatest(last_activity_at, clock_timestamp()),
          status = 'active', ended_at = null
        where id = ${turn.conversationId} and chatbot_id = ${turn.chatbotId} and status in ('active', 'expired')
          and (${turn.endUserId}::text is null or end_user_id = ${turn.endUserId}) and not exists (select from again)
          and exists (select from asked)
        returning id, last_sequence, archived_sequence`
    : sql`insert into conversations (id, chatbot_id, channel, end_user_id, last_sequence, title)
        select ${turn.newConversationId}::uuid, c.id, ${turn.channel}::text, ${turn.endUserId}::text, 2, left(${content}, 80)
        from asked c where not exists (select from again)
        returning id, last_sequence, archived_sequence`;
  const [[chatbot], stored, history, , ...others] = await tenant.batch([
    db.select().from(chatbots).where(eq(chatbots.id, turn.chatbotId)),
    db.execute<{ answers: boolean; conversationId: string | null; isArchived: boolean | null }>(sql`
      with answering as (select id from chatbots where id = ${turn.chatbotId} and ${answersCaller(turn.makers)}),
      asked as (select a.id from answering a join chatbots c on c.id = a.id
        where ${turn.content.length}::integer <= coalesce((c.safety ->> 'questionCharsMax')::integer, ${turn.content.length}::integer)),
      again as (
        update messages set status = 'pending', error = null, completed_at = null, lease_until = ${leaseUntil}
        where id = ${turn.answerId} and status = 'failed' and exists (select from asked) returning conversation_id),
      counted as (${counted}),
      begun as (
        insert into messages (id, conversation_id, sequence, role, status, content, completed_at, lease_until)
        select ${turn.questionId}::uuid, id, last_sequence - 1, 'user', 'completed', ${content}, now(), null::timestamptz from counted
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
    ...also,
  ]);
  const { answers, conversationId, isArchived } = stored.rows[0]!;
  if (isArchived && history.length < turn.historyMax) {
    const [older] = await tenant.batch([
      saidBefore(tenant, messageArchive, turn.answerId, turn.historyMax - history.length),
    ]);
    history.push(...older);
  }
  return { chatbot, answers, conversationId, history: history.reverse(), others: others as unknown[] };
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

export type Trace = Pick<typeof messageTraces.$inferSelect, "steps" | "durationMs">;

/** An answer ends once, with its trace; a second end changes nothing. */
export const finishAnswer = (
  tenant: Tenant,
  id: string,
  answer: FinishedAnswer,
  trace: Trace | undefined,
  also: Statement[],
) =>
  tenant.batch([
    tenant.db
      .update(messages)
      .set({ ...answer, leaseUntil: null, completedAt: sql`now()` })
      .where(and(eq(messages.id, id), inArray(messages.status, ["pending", "streaming"]))),
    ...(trace ? [keepTrace(tenant, id, trace)] : []),
    ...also,
  ]);

/** Of the message that has ended in this transaction; of one that was taken up again, in the place of the one before. */
const keepTrace = ({ db }: Tenant, id: string, { steps, durationMs }: Trace) =>
  db.execute(sql`
    insert into message_traces (message_id, steps, duration_ms)
    select m.id, ${JSON.stringify(steps)}::jsonb, ${durationMs}::integer from messages m where m.id = ${id} and m.completed_at = now()
    on conflict (organization_id, message_id) do update set steps = excluded.steps, duration_ms = excluded.duration_ms, created_at = now()`);

/** Null when there is such a message and none of how it came about is known; undefined when there is no such message. */
export async function findTrace(tenant: Tenant, messageId: string) {
  const { organizationId: _, ...columns } = getTableColumns(messageTraces);
  const [exists, [trace]] = await tenant.batch([
    tenant.db.select({ id: messageHistory.id }).from(messageHistory).where(eq(messageHistory.id, messageId)),
    tenant.db.select(columns).from(messageTraces).where(eq(messageTraces.messageId, messageId)),
  ]);
  return exists.length > 0 ? (trace ?? null) : undefined;
}

/** Of these chunks, those whose documents this viewer may still be told of, with what they say now. */
export async function chunksStanding(
  tenant: Tenant,
  chunkIds: readonly string[],
  viewer: Viewer,
): Promise<Map<string, string>> {
  const visible = CORPORA.document_chunk.visible(viewer) ?? sql`true`;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ id: string; content: string }>(sql`
      select c.id, c.content from document_chunks c join documents d on d.organization_id = c.organization_id and d.id = c.document_id
      where c.id = any (${pgArray(chunkIds, "uuid")}::uuid[]) and ${visible}`),
  ]);
  return new Map(rows.map(({ id, content }) => [id, content]));
}

export async function findAnswer(tenant: Tenant, id: string) {
  const [[row]] = await tenant.batch([tenant.db.select().from(messageHistory).where(eq(messageHistory.id, id))]);
  return row;
}
