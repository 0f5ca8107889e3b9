import { and, desc, eq, getTableColumns, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import type { AppliedChanges, ChatbotConfiguration, FeedbackAnalysis, Suggestion, TraceStep } from "../../json.ts";
import { adminFeedback } from "../../schema/admin-feedback.ts";
import { chatbots } from "../../schema/chatbots.ts";
import type { Chatbot, NewChatbot } from "./chatbot.ts";
import { type Revising, revising } from "./chatbot-revision.ts";
import { insertingCuratedAnswer, type NewCuratedAnswer, type Wording } from "./curated-answer.ts";

const { organizationId: _, ...columns } = getTableColumns(adminFeedback);
export type AdminFeedback = Pick<typeof adminFeedback.$inferSelect, keyof typeof columns>;
export type NewAdminFeedback = Pick<
  AdminFeedback,
  "id" | "chatbotId" | "feedbackText" | "feedbackType" | "severity"
> & { conversationId?: string; messageId?: string; context?: string };

/** The batch aborts (EL404) when the chatbot has no such conversation, or the conversation no such message. */
export async function insertAdminFeedback(
  tenant: Tenant,
  { conversationId, messageId, ...feedback }: NewAdminFeedback,
  emits: Statement[],
): Promise<AdminFeedback> {
  const conversation = messageId
    ? sql<string>`(select m.conversation_id from message_history m where m.organization_id = (select current_organization()) and m.id = ${messageId})`
    : sql<string>`${conversationId ?? null}::uuid`;
  const isOf = sql`exists (select from conversations c where c.id = ${conversation} and c.chatbot_id = ${feedback.chatbotId}
    and (${conversationId ?? null}::uuid is null or c.id = ${conversationId ?? null}))`;
  const isAboutSomething = conversationId !== undefined || messageId !== undefined;
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, chatbots, feedback.chatbotId, "chatbot"),
    tenant.db.execute(
      sql`select must_exist(${isAboutSomething ? isOf : sql`true`}, ${messageId ? "message" : "conversation"})`,
    ),
    tenant.db
      .insert(adminFeedback)
      .values({ ...feedback, messageId, conversationId: isAboutSomething ? conversation : undefined })
      .returning(columns),
    ...emits,
  ]);
  return row!;
}

export async function findAdminFeedback(tenant: Tenant, id: string): Promise<AdminFeedback | undefined> {
  const [[row]] = await tenant.batch([selecting(tenant, id)]);
  return row;
}

const selecting = ({ db }: Tenant, id: string) =>
  db.select(columns).from(adminFeedback).where(eq(adminFeedback.id, id));

export type FeedbackFilter = Partial<Pick<AdminFeedback, "chatbotId" | "status" | "feedbackType" | "severity">>;

export async function listAdminFeedback(
  tenant: Tenant,
  filter: FeedbackFilter,
  after: string | undefined,
  limit: number,
): Promise<AdminFeedback[]> {
  const equal = (Object.keys(filter) as (keyof FeedbackFilter)[]).map((name) =>
    filter[name] === undefined ? undefined : eq(adminFeedback[name], filter[name]),
  );
  const [found] = await tenant.batch([
    tenant.db
      .select(columns)
      .from(adminFeedback)
      .where(and(...equal, after ? lt(adminFeedback.id, after) : undefined))
      .orderBy(desc(adminFeedback.id))
      .limit(limit + 1),
  ]);
  return found;
}

export type SaidTurn = { id: string; role: string; content: string; answered: boolean | null };
export type AnalysisWork = { feedback: AdminFeedback; chatbot: Chatbot; turns: SaidTurn[]; steps: TraceStep[] };

/** What there is to analyze: the feedback, the chatbot as it is, and what was said up to the message. Undefined when that is done, or gone. */
export async function beginAnalysis(tenant: Tenant, id: string, turnsMax: number): Promise<AnalysisWork | undefined> {
  const [[feedback], [chatbot], { rows: turns }, { rows: traces }] = await tenant.batch([
    tenant.db
      .update(adminFeedback)
      .set({ status: "analyzing", reason: null })
      .where(and(eq(adminFeedback.id, id), sql`status in ('pending', 'analyzing')`))
      .returning(columns),
    tenant.db
      .select()
      .from(chatbots)
      .where(sql`${chatbots.id} = (select f.chatbot_id from admin_feedback f where f.id = ${id})`),
    tenant.db.execute<SaidTurn>(sql`
      select t.id, t.role, t.content, t.answered from (
        select m.id, m.role, m.content, m.answered, m.sequence from admin_feedback f join message_history m
          on m.organization_id = f.organization_id and m.conversation_id = f.conversation_id
        where f.id = ${id} and m.role in ('user', 'assistant') and m.sequence <= coalesce((
          select a.sequence from message_history a where a.organization_id = f.organization_id and a.id = f.message_id), 9223372036854775807)
        order by m.sequence desc limit ${turnsMax}) t order by t.sequence`),
    tenant.db.execute<{ steps: TraceStep[] }>(sql`
      select t.steps from admin_feedback f join message_traces t on t.message_id = f.message_id where f.id = ${id}`),
  ]);
  return feedback && chatbot && { feedback, chatbot, turns, steps: traces[0]?.steps ?? [] };
}

/** Unless it was rejected meanwhile, or what it is about was erased. */
export const saveAnalysis = (
  { db }: Tenant,
  id: string,
  analysisResults: FeedbackAnalysis,
  suggestedImprovements: Suggestion[],
): Statement =>
  db
    .update(adminFeedback)
    .set({ status: "completed", analysisResults, suggestedImprovements, processedAt: sql`now()` })
    .where(and(eq(adminFeedback.id, id), eq(adminFeedback.status, "analyzing")));

/** It waits again: its job, replayed, takes it up. */
export const failAnalysis = ({ db }: Tenant, id: string, reason: string): Statement =>
  db
    .update(adminFeedback)
    .set({ status: "pending", reason })
    .where(and(eq(adminFeedback.id, id), eq(adminFeedback.status, "analyzing")));

/** The batch aborts: EL404 when there is none such, EL409 when somebody else was faster. */
const stillBeing = ({ db }: Tenant, id: string, is: SQL, why: string): Statement[] => [
  db.execute(sql`select must_exist((select true from admin_feedback where id = ${id} for update), 'admin feedback')`),
  db.execute(sql`select must_still_be((select ${is} from admin_feedback f where f.id = ${id}), ${why})`),
];

const PROCESSED = { processedBy: sql`current_caller_id()`, processedAt: sql`now()` };
const configurationOf = (chatbotId: string) =>
  sql`(select chatbot_configuration(to_jsonb(c)) from chatbots c where c.id = ${chatbotId})`;

export async function rejectAdminFeedback(
  tenant: Tenant,
  id: string,
  reason: string | undefined,
  emits: Statement[],
): Promise<AdminFeedback> {
  const results = await tenant.batch([
    ...stillBeing(tenant, id, sql`f.status <> 'applied'`, "This feedback has been applied: revert it."),
    tenant.db
      .update(adminFeedback)
      .set({ status: "rejected", reason: reason ?? null, ...PROCESSED })
      .where(eq(adminFeedback.id, id)),
    ...emits,
    selecting(tenant, id),
  ]);
  return (results.at(-1) as AdminFeedback[])[0]!;
}

/**
 * Applies the change and the curated answers, all or nothing, with the chatbot's configuration before and after. Of two who apply it at
 * once one wins. The chatbot's own guards hold: the revision that was seen (EL409), and its gate.
 */
export async function applyAdminFeedback(
  tenant: Tenant,
  { id, chatbotId }: { id: string; chatbotId: string },
  applied: AppliedChanges,
  curated: readonly { answer: NewCuratedAnswer; asked: readonly Wording[] }[],
  { most, ...said }: Revising & { most: number },
  emits: Statement[],
): Promise<AdminFeedback> {
  const results = await tenant.batch([
    ...stillBeing(tenant, id, sql`f.status = 'completed'`, "This feedback is not waiting to be applied."),
    mustExist(tenant, chatbots, chatbotId, "chatbot"),
    revising(tenant, chatbotId, said),
    tenant.db
      .update(adminFeedback)
      .set({
        status: "applied",
        appliedChanges: applied,
        appliedAt: sql`now()`,
        revertedAt: null,
        impactMetrics: null,
        beforeSnapshot: configurationOf(chatbotId),
        ...PROCESSED,
      })
      .where(eq(adminFeedback.id, id)),
    ...changing(tenant, chatbotId, applied.change),
    ...curated.flatMap(({ answer, asked }) => insertingCuratedAnswer(tenant, answer, asked, most)),
    tenant.db
      .update(adminFeedback)
      .set({
        afterSnapshot: configurationOf(chatbotId),
        appliedRevision: sql`(select c.revision from chatbots c where c.id = ${chatbotId})`,
      })
      .where(eq(adminFeedback.id, id)),
    ...emits,
    selecting(tenant, id),
  ]);
  return (results.at(-1) as AdminFeedback[])[0]!;
}

const changing = ({ db }: Tenant, chatbotId: string, change: Partial<ChatbotConfiguration>): Statement[] =>
  Object.keys(change).length === 0
    ? []
    : [
        db
          .update(chatbots)
          .set(change as Partial<NewChatbot>)
          .where(eq(chatbots.id, chatbotId)),
      ];

/**
 * Gives the fields that were changed the values that they had before, and withdraws the curated answers. Without `onlyTheseFields` the
 * batch aborts (EL409) when the chatbot has been changed since.
 */
export async function revertAdminFeedback(
  tenant: Tenant,
  { id, chatbotId, appliedRevision, appliedChanges, beforeSnapshot }: AdminFeedback,
  { onlyTheseFields, ...said }: Revising & { onlyTheseFields: boolean },
  emits: Statement[],
): Promise<AdminFeedback> {
  const { change, curatedAnswerIds } = appliedChanges!;
  const before = Object.fromEntries(
    Object.keys(change).map((field) => [field, beforeSnapshot![field as keyof ChatbotConfiguration]]),
  );
  const hasChange = Object.keys(change).length > 0;
  const isUnchanged = sql`(select c.revision from chatbots c where c.id = f.chatbot_id) = ${appliedRevision}`;
  const results = await tenant.batch([
    ...stillBeing(
      tenant,
      id,
      sql`f.status = 'applied' and f.applied_revision = ${appliedRevision}`,
      "This feedback is not applied.",
    ),
    mustExist(tenant, chatbots, chatbotId, "chatbot"),
    ...stillBeing(
      tenant,
      id,
      hasChange && !onlyTheseFields ? isUnchanged : sql`true`,
      `The chatbot has been changed since: it was at revision ${appliedRevision}. With onlyTheseFields the later changes stay.`,
    ),
    revising(tenant, chatbotId, said),
    ...changing(tenant, chatbotId, before),
    ...curatedAnswerIds.map((curatedAnswerId) =>
      tenant.db.execute(
        sql`update curated_answers set status = 'draft', updated_by = current_caller_id() where id = ${curatedAnswerId}`,
      ),
    ),
    tenant.db
      .update(adminFeedback)
      .set({ status: "completed", revertedAt: sql`now()`, ...PROCESSED })
      .where(eq(adminFeedback.id, id)),
    ...emits,
    selecting(tenant, id),
  ]);
  return (results.at(-1) as AdminFeedback[])[0]!;
}

/** Counts what came of the chatbot's answers in the days before it was applied and in those after, up to when it was reverted. */
export const measureImpact = ({ db }: Tenant, id: string, days: number): Statement => {
  const side = (from: SQL, to: SQL) => sql`(
    select jsonb_build_object('answers', count(*), 'refused', count(*) filter (where m.answered = false and m.error is null),
        'thumbsUp', coalesce(sum(j.up), 0), 'thumbsDown', coalesce(sum(j.down), 0))
      || (select jsonb_build_object('rated', count(c.satisfaction_score), 'meanSatisfaction', avg(c.satisfaction_score)::double precision)
        from conversations c where c.chatbot_id = f.chatbot_id and c.created_at >= ${from} and c.created_at < ${to})
    from message_history m join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
      cross join lateral (
        select count(*) filter (where p.thumbs = 'up') as up, count(*) filter (where p.thumbs = 'down') as down
        from message_feedback p where p.organization_id = m.organization_id and p.message_id = m.id) j
    where m.superseded_at is null and m.organization_id = f.organization_id and m.id >= uuid_at(${from}) and m.id < uuid_at(${to}) and c.chatbot_id = f.chatbot_id
      and m.role = 'assistant' and m.status = 'completed')`;
  const span = sql`make_interval(days => ${days})`;
  return db.execute(sql`
    update admin_feedback f set impact_metrics = jsonb_build_object('days', ${days}::integer, 'measuredAt', to_jsonb(now()),
      'before', ${side(sql`(f.applied_at - ${span})`, sql`f.applied_at`)},
      'after', ${side(sql`f.applied_at`, sql`least(f.applied_at + ${span}, case when f.reverted_at > f.applied_at then f.reverted_at end)`)})
    where f.id = ${id} and f.applied_at is not null`);
};
