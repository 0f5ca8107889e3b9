import { eq, type SQL, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import type { DraftAnswer } from "../../json.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { unansweredQuestions } from "../../schema/curation.ts";
import type { UNANSWERED_QUESTION_STATUSES, UNANSWERED_REASONS } from "../../words.ts";
import type { Chatbot } from "./chatbot.ts";
import {
  type AskedOf,
  embedded,
  insertingCuratedAnswer,
  type NewCuratedAnswer,
  type Wording,
} from "./curated-answer.ts";

type Status = (typeof UNANSWERED_QUESTION_STATUSES)[number];
type Reason = (typeof UNANSWERED_REASONS)[number];

export type Unanswered = {
  chatbotId: string;
  question: string;
  /** The questions before it, which it was searched with: none where it stands alone. */
  earlier: string[];
  reason: Reason;
};

/** What was asked where an answer was none; undefined when it was one, or is gone. */
export async function findUnanswered(
  tenant: Tenant,
  messageId: string,
  earlierMax: number,
): Promise<Unanswered | undefined> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<Unanswered>(sql`
      select c.chatbot_id as "chatbotId", q.content as question, ${earlierThan(sql`q`, sql`coalesce((${leantOn(sql`a.id`)}), ${earlierMax})`)} as earlier, r.reason
      from message_history a join conversations c on c.id = a.conversation_id
        cross join lateral (${WHY}) r
        join message_history q on q.organization_id = (select current_organization()) and q.id = a.question_id
      where a.organization_id = (select current_organization()) and a.id = ${messageId}`),
  ]);
  return rows[0];
}

/** By the trace of an answer, how many earlier questions its question was searched with; null where a model rewrote it, or nothing is known. */
const leantOn = (answerId: SQL) => sql`
  select (s.step ->> 'earlierQuestions')::integer from message_traces t cross join jsonb_array_elements(t.steps) s (step)
  where t.message_id = ${answerId} and s.step ->> 'step' = 'retrieve' and not t.steps @> '[{"step": "rewrite", "failure": null}]' limit 1`;

/** Why the answer `a` is none, in the one place that says so: it was refused, for another reason than an empty budget, or somebody's thumb is down. */
const WHY = sql`
  select case when a.answered = false and a.error is null then 'refused' else 'disliked' end as reason
  where a.role = 'assistant' and a.status = 'completed' and (a.answered = false and a.error is null
    or exists (select from message_feedback f where f.message_id = a.id and f.thumbs = 'down'))`;

const earlierThan = (question: SQL, limit: SQL): SQL => sql`array(
  select e.content from (
    select e.content, e.sequence from message_history e where e.organization_id = (select current_organization())
      and e.conversation_id = ${question}.conversation_id and e.sequence < ${question}.sequence and e.role = 'user'
    order by e.sequence desc limit ${limit}) e order by e.sequence)`;

export type Leader = {
  messageId: string;
  unansweredQuestionId: string;
  question: string;
  earlier: string[];
  drafted: boolean;
};

/**
 * Those that speak for questions of a chatbot and have no embedding by the model that searches ask: the ones before were erased, or the
 * organization changed its model.
 */
export async function leadersToEmbed(
  tenant: Tenant,
  chatbotId: string,
  earlierMax: number,
  limit: number,
): Promise<Leader[]> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<Leader>(sql`
      select m.message_id as "messageId", u.id as "unansweredQuestionId", q.content as question, ${earlierThan(sql`q`, sql`coalesce((${leantOn(sql`m.message_id`)}), ${earlierMax})`)} as earlier,
        u.drafted_at is not null as drafted
      from organizations o cross join unanswered_questions u
        join unanswered_messages m on m.unanswered_question_id = u.id and m.is_leader and m.model is distinct from o.embedding_model
        join message_history q on q.organization_id = m.organization_id and q.id = m.question_id
      where u.chatbot_id = ${chatbotId} order by u.id limit ${limit}`),
  ]);
  return rows;
}

export const embedLeader = ({ db }: Tenant, messageId: string, asked: AskedOf): Statement =>
  db.execute(sql`
    update unanswered_messages m set model = e.model, embedding = e.embedding
    from (select o.embedding_model as model, ${embedded(asked)} as embedding from organizations o) e
    where m.message_id = ${messageId} and m.is_leader and e.embedding is not null`);

export type Placed = { id: string; drafted: boolean };

/** Puts it to the questions of its meaning, or begins one with that id; twice it is there once. Undefined when it is gone meanwhile. */
export async function placeUnanswered(
  tenant: Tenant,
  placing: {
    id: string;
    messageId: string;
    reason: Reason;
    language: string;
    asked: AskedOf;
    similarityMin: number;
  },
): Promise<Placed | undefined> {
  const { id, messageId, reason, language, asked, similarityMin } = placing;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<Placed>(sql`
      with placed as materialized (
        select place_unanswered(${id}, ${messageId}, ${reason}, ${language}, o.embedding_model, ${embedded(asked)}, ${similarityMin}) as id
        from organizations o)
      select p.id, coalesce((select u.drafted_at is not null from unanswered_questions u where u.id = p.id), false) as drafted
      from placed p where p.id is not null`),
  ]);
  return rows[0];
}

export type Example = {
  messageId: string;
  conversationId: string;
  question: string;
  reason: Reason;
  language: string;
  askedAt: string;
};
type Row = typeof unansweredQuestions.$inferSelect;
export type UnansweredQuestion = Omit<Row, "organizationId"> & {
  /** In the words of whoever asked first. */
  question: string;
  languages: string[];
  examples: Example[];
};

/** Of more, the languages are those of the last so many. */
const LOOKED_AT_MAX = 200;
const EXAMPLES_MAX = 5;
const iso = (at: string) => sql.raw(`to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

const describing = (which: SQL): SQL => sql`
  select u.id, u.chatbot_id as "chatbotId", u.status, u.times_asked as "timesAsked", ${iso("u.first_asked_at")} as "firstAskedAt",
    ${iso("u.last_asked_at")} as "lastAskedAt", u.draft, ${iso("u.drafted_at")} as "draftedAt", u.curated_answer_id as "curatedAnswerId",
    u.retest_answered as "retestAnswered", ${iso("u.retested_at")} as "retestedAt", u.resolved_by as "resolvedBy",
    ${iso("u.resolved_at")} as "resolvedAt", ${iso("u.created_at")} as "createdAt", coalesce(l.question, '') as question,
    array(select distinct s.language from (
      select m.language from unanswered_messages m where m.unanswered_question_id = u.id order by m.asked_at desc limit ${LOOKED_AT_MAX}) s
      order by s.language) as languages,
    (select coalesce(jsonb_agg(jsonb_build_object('messageId', e.message_id, 'conversationId', e.conversation_id, 'question', e.content,
        'reason', e.reason, 'language', e.language, 'askedAt', ${iso("e.asked_at")}) order by e.asked_at desc), '[]')
      from (
        select m.*, q.content from unanswered_messages m join message_history q on q.organization_id = m.organization_id and q.id = m.question_id
        where m.unanswered_question_id = u.id order by m.asked_at desc limit ${EXAMPLES_MAX}) e) as examples
  from (${which}) u left join lateral (
    select q.content as question from unanswered_messages m join message_history q on q.organization_id = m.organization_id and q.id = m.question_id
    where m.unanswered_question_id = u.id and m.is_leader) l on true
  order by u.times_asked desc, u.id desc`;

export type Place = { timesAsked: number; id: string };

/** The most often asked first; undefined when there is no such chatbot. */
export async function listUnanswered(
  tenant: Tenant,
  chatbotId: string,
  status: Status | undefined,
  after: Place | undefined,
  limit: number,
): Promise<UnansweredQuestion[] | undefined> {
  const [exists, { rows }] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db.execute<UnansweredQuestion>(
      describing(sql`
        select * from unanswered_questions where chatbot_id = ${chatbotId} and (${status ?? null}::text is null or status = ${status ?? null})
          and (${after?.id ?? null}::uuid is null or (times_asked, id) < (${after?.timesAsked ?? null}::integer, ${after?.id ?? null}::uuid))
        order by times_asked desc, id desc limit ${limit + 1}`),
    ),
  ]);
  return exists.length > 0 ? rows : undefined;
}

const one = ({ db }: Tenant, chatbotId: string, id: string) =>
  db.execute<UnansweredQuestion>(
    describing(sql`select * from unanswered_questions where id = ${id} and chatbot_id = ${chatbotId}`),
  );

export async function findUnansweredQuestion(
  tenant: Tenant,
  chatbotId: string,
  id: string,
): Promise<UnansweredQuestion | undefined> {
  const [{ rows }] = await tenant.batch([one(tenant, chatbotId, id)]);
  return rows[0];
}

export type Asking = {
  chatbot: Chatbot;
  question: string;
  earlier: string[];
  /** Of the answer that whoever asked first got: what is searched and spent for it now is erased with that. */
  messageId: string;
  conversationId: string;
  drafted: boolean;
};

/** With what somebody could ask the chatbot again: the words of whoever asked first. Undefined when it is gone. */
export async function findAsking(
  tenant: Tenant,
  id: string,
  earlierMax: number,
  chatbotId?: string,
): Promise<Asking | undefined> {
  const [{ rows }, [chatbot]] = await tenant.batch([
    tenant.db.execute<Omit<Asking, "chatbot">>(sql`
      select q.content as question, ${earlierThan(sql`q`, sql`coalesce((${leantOn(sql`m.message_id`)}), ${earlierMax})`)} as earlier, m.message_id as "messageId", m.conversation_id as "conversationId",
        u.drafted_at is not null as drafted
      from unanswered_questions u join unanswered_messages m on m.unanswered_question_id = u.id and m.is_leader
        join message_history q on q.organization_id = m.organization_id and q.id = m.question_id
      where u.id = ${id} and (${chatbotId ?? null}::uuid is null or u.chatbot_id = ${chatbotId ?? null})`),
    tenant.db
      .select()
      .from(chatbots)
      .where(sql`${chatbots.id} = (select chatbot_id from unanswered_questions where id = ${id})`),
  ]);
  return rows[0] && chatbot && { ...rows[0], chatbot };
}

/** Only where there is none yet. */
export const saveDraft = ({ db }: Tenant, id: string, draft: DraftAnswer): Statement =>
  db.execute(sql`
    update unanswered_questions set draft = ${JSON.stringify(draft)}::jsonb, drafted_at = now() where id = ${id} and drafted_at is null`);

export const saveRetest = (tenant: Tenant, id: string, answered: boolean, emits: Statement[]) =>
  tenant.batch([
    tenant.db
      .update(unansweredQuestions)
      .set({ retestAnswered: answered, retestedAt: sql`now()` })
      .where(eq(unansweredQuestions.id, id)),
    ...emits,
  ]);

/** The batch aborts (EL404) when the chatbot has none such. */
const locked = ({ db }: Tenant, chatbotId: string, id: string): Statement =>
  db.execute(
    sql`select must_exist((select true from unanswered_questions where id = ${id} and chatbot_id = ${chatbotId} for update), 'unanswered question')`,
  );

export async function resolveUnanswered(
  tenant: Tenant,
  chatbotId: string,
  id: string,
  status: Status,
  emits: Statement[],
): Promise<UnansweredQuestion> {
  const [, , { rows }] = await tenant.batch([
    locked(tenant, chatbotId, id),
    tenant.db
      .update(unansweredQuestions)
      .set(status === "open" ? { status, resolvedBy: null, resolvedAt: null } : { status, ...RESOLVED })
      .where(eq(unansweredQuestions.id, id)),
    one(tenant, chatbotId, id),
    ...emits,
  ]);
  return rows[0]!;
}

const RESOLVED = { resolvedBy: sql`current_caller_id()`, resolvedAt: sql`now()` };

/** Makes a curated answer for it. The batch aborts (EL409) when somebody else has answered it meanwhile. */
export async function approveUnanswered(
  tenant: Tenant,
  id: string,
  answer: NewCuratedAnswer,
  asked: readonly Wording[],
  most: number,
  emits: Statement[],
): Promise<UnansweredQuestion> {
  const { chatbotId } = answer;
  const results = await tenant.batch([
    locked(tenant, chatbotId, id),
    tenant.db.execute(sql`select must_still_be(
      (select status <> 'answered' from unanswered_questions where id = ${id}), 'This question has been answered meanwhile.')`),
    ...insertingCuratedAnswer(tenant, answer, asked, most),
    tenant.db
      .update(unansweredQuestions)
      .set({ status: "answered", curatedAnswerId: answer.id, ...RESOLVED })
      .where(eq(unansweredQuestions.id, id)),
    ...emits,
    one(tenant, chatbotId, id),
  ]);
  return (results.at(-1) as unknown as { rows: UnansweredQuestion[] }).rows[0]!;
}
