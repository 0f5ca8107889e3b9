import { and, desc, eq, getTableColumns, gt, inArray, isNull, or, type SQL, sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "../../client.ts";
import { CORPORA, type Viewer } from "../../corpora.ts";
import type { JsonObject } from "../../json.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { messageArchive, messageHistory, messages, messageTraces } from "../../schema/conversations.ts";
import type { CHANNELS, CONTENT_TYPES } from "../../words.ts";
import { insertEvents } from "../events/event.ts";
import { attachedTo } from "./attachment.ts";
import { answersCaller, type Makers } from "./chatbot.ts";

type Message = typeof messages.$inferSelect;

type Asking = {
  answerId: string;
  /** Who may ask a chatbot that is not published: keys with that scope, members with one of these roles. */
  makers: Makers;
  leaseSeconds: number;
  historyMax: number;
  /** So many answers of one conversation are given or waited for at once. */
  answersAtOnce: number;
  /** How far back files are looked for that came with questions, and how many are shown. */
  attached: { reach: number; most: number };
};

export type NewTurn = Asking & {
  /** Its id, or a subquery that yields it. */
  chatbotId: string | SQL<string>;
  /** Null begins a conversation, with `newConversationId`. */
  conversationId: string | null;
  newConversationId: string;
  questionId: string;
  channel: (typeof CHANNELS)[number];
  endUserId: string | null;
  content: string;
  /** What is stored in the place of content and context where the chatbot masks personal data. */
  maskedContent: string;
  maskedContext: JsonObject;
  contentType: (typeof CONTENT_TYPES)[number];
  /** A question of the conversation in whose place this one is asked: it and what came after it are superseded. */
  replaces: string | null;
  context: JsonObject;
  /** Files that wait for it, or came with the question that it replaces, and are of its end user. */
  attachments: readonly string[];
  /** Of the conversation that begins. */
  metadata: JsonObject;
  client: { ipAddress?: string; userAgent?: string } | null;
  requestId: string;
};

/** The message that is to be replaced, as it stands in its conversation. */
export type Target = {
  role: Message["role"];
  isSuperseded: boolean;
  isArchived: boolean;
  isWritten: boolean;
};

type Begun = {
  answers: boolean;
  conversationId: string | null;
  isArchived: boolean | null;
  /** A person answers: there is the question, under the answer's id, and no answer. */
  isHeld: boolean | null;
  questionId: string;
  /** Of the files that were named, those that could be taken. */
  attachable: string[];
  /** What stood before this statement; null where there is no such conversation, or it is over, or another's. */
  found: {
    held: boolean;
    answering: number;
    endUserId: string | null;
    target: Target | null;
    /** That the message to be replaced answers. */
    question: { content: string; context: JsonObject } | null;
  } | null;
};

/**
 * Stores the question, and the answer's row as `pending`, before anything is generated. Both get the next numbers of their
 * conversation from the statement that counts them, which also takes up a conversation that was over for now. A turn that is
 * there already and whose answer failed is taken up again. Where a person holds the conversation the question is stored alone, and
 * told. Nothing is stored when the chatbot or the conversation does not exist, belongs to another end user or is over, the question is longer
 * than the chatbot takes, the chatbot does not answer this caller (`answers` is false), too much is being answered, what is to be replaced
 * cannot be or a file cannot be taken: then `conversationId` is null. The other statements come in the same transaction, once it has begun.
 */
export async function beginTurn(tenant: Tenant, turn: NewTurn, also: readonly Statement[]) {
  const { conversationId, client } = turn;
  const unlessMasked = (written: SQL, masked: SQL) =>
    sql`(select case c.safety ->> 'personalData' when 'mask' then ${masked} else ${written} end from chatbots c where c.id = ${turn.chatbotId})`;
  const content = unlessMasked(sql`${turn.content}::text`, sql`${turn.maskedContent}::text`);
  const json = (object: JsonObject) => sql`${JSON.stringify(object)}::jsonb`;
  const context = unlessMasked(json(turn.context), json(turn.maskedContext));
  const leaseUntil = sql`now() + make_interval(secs => ${turn.leaseSeconds})`;
  const address = sql`${client?.ipAddress ?? null}::text`;
  const agent = sql`${client?.userAgent ?? null}::text`;
  const areAttachable = sql`(select count(*) from attachable) = ${turn.attachments.length}`;
  const toldAt = client ? sql`now()` : sql`null::timestamptz`;
  const counted = conversationId
    ? sql`update conversations set last_sequence = last_sequence + case when held_by is null then 2 else 1 end,
          last_activity_at = greatest(last_activity_at, clock_timestamp()), status = 'active', ended_at = null,
          ip_address = coalesce(${address}, ip_address), user_agent = coalesce(${agent}, user_agent), client_told_at = coalesce(${toldAt}, client_told_at)
        where id = (select id from talk) and ${mayBegin(turn)} and ${areAttachable}
          and ${turn.replaces === null ? sql`true` : sql`exists (select from replaced)`}
        returning id, last_sequence, archived_sequence, held_by is not null as held`
    : sql`insert into conversations (id, chatbot_id, channel, end_user_id, last_sequence, title, metadata, ip_address, user_agent, client_told_at)
        select ${turn.newConversationId}::uuid, c.id, ${turn.channel}::text, ${turn.endUserId}::text, 2, left(${content}, 80),
          ${JSON.stringify(turn.metadata)}::jsonb, ${address}, ${agent}, ${toldAt}
        from asked c where not exists (select from again) and ${areAttachable}
        returning id, last_sequence, archived_sequence, false as held`;
  const questionId = sql`case when held then ${turn.answerId}::uuid else ${turn.questionId}::uuid end`;
  const beginning = {
    chatbotId: turn.chatbotId,
    conversationId: sql`${conversationId}::uuid`,
    endUserId: turn.endUserId,
    target: turn.replaces,
    questionId,
    questionChars: turn.content.length,
    attachments: turn.attachments,
    told: { conversationId },
    stored: sql`
      replaced as (select * from target where role = 'user' and not "isSuperseded" and not "isArchived"),
      counted as (${counted}),
      ${SUPERSEDED},
      attached as (
        update attachments a set conversation_id = c.id, message_id = ${questionId} from counted c where a.id in (select id from attachable)),
      begun as (
        insert into messages (id, conversation_id, sequence, role, status, content, content_type, context, attachments, completed_at, lease_until, question_id, replaces)
        select ${questionId}, id, case when held then last_sequence else last_sequence - 1 end,
          'user', 'completed', ${content}, ${turn.contentType}::text, ${context},
          coalesce((select jsonb_agg(jsonb_build_object('id', id, 'name', name, 'type', type, 'size', size) order by position) from attachable), '[]'),
          now(), null::timestamptz, null::uuid, ${turn.replaces}::uuid from counted
        union all
        select ${turn.answerId}::uuid, id, last_sequence, 'assistant', 'pending', '', 'text', '{}'::jsonb, '[]'::jsonb, null::timestamptz, ${leaseUntil},
          ${turn.questionId}::uuid, null::uuid from counted where not held
        returning 1)`,
  };
  return begin(tenant, turn, beginning, also);
}

/**
 * Stores the row of another answer to the question that a message answers, as `beginTurn` does; that message and what came after it are
 * superseded. Nothing is stored where a person holds the conversation.
 */
export function beginAnotherAnswer(
  tenant: Tenant,
  turn: Asking & { messageId: string; endUserId: string | null; requestId: string },
) {
  const of = (column: SQL) =>
    sql<string>`(select ${column} from message_history m join conversations c on c.id = m.conversation_id where m.id = ${turn.messageId})`;
  const beginning = {
    chatbotId: of(sql`c.chatbot_id`),
    conversationId: of(sql`c.id`),
    endUserId: turn.endUserId,
    target: turn.messageId,
    questionId: sql`(select question_id from replaced)`,
    questionChars: 0,
    attachments: [],
    told: {},
    stored: sql`
      replaced as (
        select * from target where role = 'assistant' and not "isSuperseded" and not "isArchived" and not "isWritten" and question_id is not null),
      counted as (
        update conversations set last_sequence = last_sequence + 1, last_activity_at = greatest(last_activity_at, clock_timestamp()),
          status = 'active', ended_at = null
        where id = (select id from talk) and ${mayBegin(turn)} and held_by is null and exists (select from replaced)
        returning id, last_sequence, archived_sequence, false as held),
      ${SUPERSEDED},
      begun as (
        insert into messages (id, conversation_id, sequence, role, status, lease_until, question_id, replaces)
        select ${turn.answerId}::uuid, c.id, c.last_sequence, 'assistant', 'pending', now() + make_interval(secs => ${turn.leaseSeconds}), r.question_id, r.id
        from counted c cross join replaced r)`,
  };
  return begin(tenant, turn, beginning, []);
}

/** What is being answered was counted behind the lock of the conversation. */
const mayBegin = ({ answersAtOnce }: Asking) => sql`not exists (select from again) and exists (select from asked)
  and (select number from under_way) < ${answersAtOnce}`;

const SUPERSEDED = sql`superseded as (
  update messages m set superseded_at = now() from counted c cross join replaced r
  where m.conversation_id = c.id and m.sequence >= r.sequence and m.superseded_at is null)`;

type Beginning = {
  chatbotId: string | SQL<string>;
  conversationId: SQL;
  endUserId: string | null;
  target: string | null;
  questionId: SQL;
  questionChars: number;
  attachments: readonly string[];
  /** Of the question that a person is to answer. */
  told: JsonObject;
  /** The CTEs that count and store, of `asked`, `again`, `talk`, `target` and `under_way`. */
  stored: SQL;
};

async function begin(
  tenant: Tenant,
  { answerId, makers, leaseSeconds, historyMax, attached, requestId }: Asking & { requestId: string },
  { chatbotId, conversationId, endUserId, target, questionId, questionChars, attachments, told, stored }: Beginning,
  also: readonly Statement[],
) {
  const { db } = tenant;
  const isWritten = sql`(m.status in ('pending', 'streaming') and m.lease_until > now())`;
  const [, [chatbot], { rows }, history, { rows: files }, , , ...others] = await tenant.batch([
    // Whoever asks in it at the same time waits here, so that each sees what was said before.
    db.execute(sql`select from conversations where id = ${conversationId} for update`),
    db.select().from(chatbots).where(eq(chatbots.id, chatbotId)),
    db.execute<Begun>(sql`
      with answering as (select id from chatbots where id = ${chatbotId} and ${answersCaller(makers)}),
      asked as (select a.id from answering a join chatbots c on c.id = a.id
        where ${questionChars}::integer <= coalesce((c.safety ->> 'questionCharsMax')::integer, ${questionChars}::integer)
          and (${attachments.length} = 0 or c.safety ->> 'personalData' is distinct from 'mask')),
      again as (
        update messages set status = 'pending', error = null, completed_at = null, lease_until = now() + make_interval(secs => ${leaseSeconds})
        where id = ${answerId} and status = 'failed' and exists (select from asked) returning conversation_id, question_id),
      talk as (
        select c.id, c.held_by is not null as held, c.end_user_id, c.archived_sequence from conversations c
        where c.id = ${conversationId} and c.chatbot_id = ${chatbotId} and c.status <> 'terminated'
          and (${endUserId}::text is null or c.end_user_id = ${endUserId})),
      under_way as (
        select count(*)::integer as number from talk t join messages m on m.conversation_id = t.id where m.superseded_at is null and ${isWritten}),
      target as (
        select m.id, m.role, m.sequence, m.question_id, m.superseded_at is not null as "isSuperseded", m.sequence <= t.archived_sequence as "isArchived",
          ${isWritten} as "isWritten"
        from talk t join message_history m on m.conversation_id = t.id where m.id = ${target}::uuid),
      attachable as materialized (
        select a.id, a.name, a.type, a.size, w.position from unnest(${pgArray(attachments, "uuid")}::uuid[]) with ordinality w (id, position)
          join attachments a on a.id = w.id
        where (a.message_id is null or a.message_id = (select id from target))
          and a.end_user_id is not distinct from case when ${conversationId} is null then ${endUserId} else (select end_user_id from talk) end
        for update of a),
      ${stored},
      turn as (
        select a.conversation_id as id, c.archived_sequence, false as held, a.question_id from again a join conversations c on c.id = a.conversation_id
        union all select id, archived_sequence, held, ${questionId} from counted)
      select exists (select from answering) as answers, t.id as "conversationId", t.archived_sequence > 0 as "isArchived", t.held as "isHeld", t.question_id as "questionId",
        array(select id from attachable) as attachable,
        (select jsonb_build_object('held', k.held, 'answering', (select number from under_way), 'endUserId', k.end_user_id,
          'target', (select to_jsonb(g) from target g),
          'question', (select jsonb_build_object('content', q.content, 'context', q.context)
            from target g join message_history q on q.id = g.question_id)) from talk k) as found
      from (values (1)) one left join turn t on true`),
    saidBefore(tenant, messages, answerId, historyMax),
    attachedTo(tenant, answerId, attached),
    db.execute(sql`
      update chatbots set last_active_at = now()
      where id = ${chatbotId} and (last_active_at is null or last_active_at < now() - interval '1 minute')`),
    insertEvents(
      tenant,
      { type: "message.received", resourceType: "message", data: told, requestId },
      sql`(select m.id from messages m where m.id = ${answerId} and m.role = 'user')`,
    ),
    ...also,
  ]);
  return {
    chatbot,
    ...rows[0]!,
    attachments: files,
    others: others as unknown[],
    history: await withArchived(tenant, answerId, history, rows[0]!.isArchived, historyMax),
  };
}

type SaidBefore = { role: "user" | "assistant"; content: string; isWritten: boolean };

/** What was said before, in order, also what is in the archive; `history` is the last of it, the newest first. */
async function withArchived(
  tenant: Tenant,
  answerId: string,
  history: SaidBefore[],
  isArchived: boolean | null,
  most: number,
): Promise<SaidBefore[]> {
  if (!isArchived || history.length >= most) return history.reverse();
  const [older] = await tenant.batch([saidBefore(tenant, messageArchive, answerId, most - history.length)]);
  return [...history, ...older].reverse();
}

/** What was said before an answer's question, once more, while the answer waits for one before it, which it goes on to do. */
export async function historyOf(
  tenant: Tenant,
  answerId: string,
  { isArchived, most, leaseSeconds }: { isArchived: boolean; most: number; leaseSeconds: number },
) {
  const [, history] = await tenant.batch([
    tenant.db
      .update(messages)
      .set({ leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
      .where(and(eq(messages.id, answerId), eq(messages.status, "pending"))),
    saidBefore(tenant, messages, answerId, most),
  ]);
  return withArchived(tenant, answerId, history, isArchived, most);
}

/**
 * The last of what stands before the question of an answer, the newest first, also an answer that is still being written. What people
 * of the organization said stands in the chatbot's place.
 */
const saidBefore = ({ db }: Tenant, told: typeof messages | typeof messageArchive, answerId: string, limit: number) =>
  db
    .select({
      role: sql<"user" | "assistant">`case ${told.role} when 'user' then 'user' else 'assistant' end`,
      content: told.content,
      isWritten: sql<boolean>`${inArray(told.status, ["pending", "streaming"])}`,
    })
    .from(told)
    .where(
      and(
        sql`${told.conversationId} = (select a.conversation_id from messages a where a.id = ${answerId})`,
        sql`${told.sequence} < (select coalesce(q.sequence, a.sequence) from messages a left join message_history q on q.id = a.question_id where a.id = ${answerId})`,
        isNull(told.supersededAt),
        or(
          inArray(told.status, ["completed", "interrupted"]),
          and(inArray(told.status, ["pending", "streaming"]), gt(told.leaseUntil, sql`now()`)),
        ),
        inArray(told.role, ["user", "assistant", "staff"]),
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

/** With the curated answer that it was, as long as its trace is kept. */
export async function findAnswer(tenant: Tenant, id: string) {
  const [[row], { rows }] = await tenant.batch([
    tenant.db.select().from(messageHistory).where(eq(messageHistory.id, id)),
    tenant.db.execute<{ curatedAnswerId: string }>(sql`
      select s.step ->> 'curatedAnswerId' as "curatedAnswerId" from message_traces t cross join jsonb_array_elements(t.steps) s (step)
      where t.message_id = ${id} and s.step ->> 'step' = 'curated'`),
  ]);
  return row && { ...row, curatedAnswerId: rows[0]?.curatedAnswerId ?? null };
}
