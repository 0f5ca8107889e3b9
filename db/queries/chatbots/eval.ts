import { and, desc, eq, getTableColumns, inArray, lt, sql } from "drizzle-orm";
import { mustExist, pgArray, type Statement, type Tenant } from "../../client.ts";
import type { AskedQuestion, ChatbotConfiguration, EvalFigures } from "../../json.ts";
import { chatbots, documentChunks } from "../../schema/chatbots.ts";
import { evalResults, evalRuns } from "../../schema/improvement.ts";
import type { EVAL_ASPECTS } from "../../words.ts";
import type { Chatbot } from "./chatbot.ts";

const { organizationId: _, configuration: __, fingerprint: ___, ...told } = getTableColumns(evalRuns);
const columns = {
  ...told,
  completed: sql<number>`(select count(*)::integer from eval_results r where r.eval_id = ${evalRuns.id} and r.status <> 'waiting')`,
};
export type EvalRun = Omit<typeof evalRuns.$inferSelect, "organizationId" | "configuration" | "fingerprint"> & {
  completed: number;
};

export type NewEval = {
  id: string;
  chatbotId: string;
  /** Undefined: the newest. */
  revision?: number;
  change?: Partial<ChatbotConfiguration>;
  costLimitMicroUsd?: number;
  /** Which of the approved questions; all without. */
  questionIds?: readonly string[];
  tags?: readonly string[];
  questionsMax: number;
};

/**
 * Begins a run of the chatbot's approved questions as they are now, the newest first, all in this transaction. The batch aborts
 * when there is no such chatbot or revision (EL404), or no question (EL409).
 */
export async function insertEval(tenant: Tenant, run: NewEval, emits: Statement[]): Promise<EvalRun> {
  const { db } = tenant;
  const ids = run.questionIds && pgArray(run.questionIds, "uuid");
  const tags = run.tags && sql`array(select jsonb_array_elements_text(${JSON.stringify(run.tags)}::jsonb))`;
  const change = run.change && JSON.stringify(run.change);
  const source =
    run.revision === undefined
      ? sql`select chatbot_configuration(to_jsonb(c)) as configuration, c.revision as number from chatbots c where c.id = ${run.chatbotId}`
      : sql`select r.configuration, r.number from chatbot_revisions r where r.chatbot_id = ${run.chatbotId} and r.number = ${run.revision}`;
  const [, , , [row]] = await tenant.batch([
    mustExist(tenant, chatbots, run.chatbotId, "chatbot"),
    db.execute(sql`select must_exist(exists (${source}), 'revision')`),
    db.execute(sql`
      with approved as materialized (select * from golden_questions g where g.chatbot_id = ${run.chatbotId} and g.status = 'approved'),
      chosen as materialized (
        select * from approved g where true ${ids ? sql`and g.id = any (${ids}::uuid[])` : sql``} ${tags ? sql`and g.tags && ${tags}` : sql``}
        order by g.id desc limit ${run.questionsMax}),
      tried as (select s.number, s.configuration || ${change ?? "{}"}::jsonb as configuration from (${source}) s),
      begun as (
        insert into eval_runs (id, chatbot_id, revision, change, configuration, fingerprint, whole, total, cost_limit_micro_usd)
        select ${run.id}::uuid, ${run.chatbotId}::uuid, t.number, ${change ?? null}::jsonb, t.configuration, answering_fingerprint(t.configuration),
          n.chosen = n.approved, n.chosen, ${run.costLimitMicroUsd ?? null}::bigint
        from tried t cross join (select (select count(*) from chosen) as chosen, (select count(*) from approved) as approved) n
        where n.chosen > 0 returning id),
      asked as (
        insert into eval_results (eval_id, golden_question_id, answerable, asked)
        select b.id, g.id, g.answerable, jsonb_build_object('question', g.question, 'history', g.history, 'expectedAnswer', g.expected_answer,
          'expectedFacts', g.expected_facts, 'expectedSources', g.expected_sources, 'language', g.language, 'tags', to_jsonb(g.tags))
        from begun b cross join chosen g)
      select must_have_questions((select count(*) from chosen))`),
    db.select(columns).from(evalRuns).where(eq(evalRuns.id, run.id)),
    ...emits,
  ]);
  return row!;
}

/** Each figure of two runs over the questions that both asked, and whose answers got better and worse. */
export type EvalComparison = {
  evalId: string;
  revision: number;
  change: Partial<ChatbotConfiguration> | null;
  completedAt: string;
  figures: EvalFigures;
  before: EvalFigures;
  better: ComparedQuestion[];
  worse: ComparedQuestion[];
};
export type ComparedQuestion = { goldenQuestionId: string; question: string; what: (typeof EVAL_ASPECTS)[number][] };

export async function findEval(tenant: Tenant, id: string): Promise<EvalRun | undefined> {
  const [[row]] = await tenant.batch([tenant.db.select(columns).from(evalRuns).where(eq(evalRuns.id, id))]);
  return row;
}

/**
 * Compares a run with another of the chatbot's: the one that is named, or of those that had completed before it the one with the most
 * questions in common, of several the newest. Null when there is none with any.
 */
export async function compareEval(
  tenant: Tenant,
  id: string,
  other: string | undefined,
  questionsMax: number,
): Promise<EvalComparison | null> {
  const earlier = other
    ? sql`e.id = ${other} and e.id <> m.id`
    : sql`e.id in (select n.id from eval_runs n where n.chatbot_id = m.chatbot_id and n.status = 'completed' and n.id < m.id order by n.id desc limit 50)`;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<EvalComparison>(sql`
      with measure as (
        select e.id, e.revision, e.change, e.completed_at, m.id as mine
        from eval_runs m join eval_runs e on e.chatbot_id = m.chatbot_id and ${earlier}
          cross join lateral (select count(*) as shared from eval_results a join eval_results b
            on b.organization_id = a.organization_id and b.eval_id = e.id and b.golden_question_id = a.golden_question_id
            where a.eval_id = m.id and a.status <> 'waiting' and b.status <> 'waiting') s
        where m.id = ${id} and s.shared > 0
        order by s.shared desc, e.id desc limit 1),
      pairs as (
        select a.golden_question_id as id, a.asked ->> 'question' as question,
          array_remove(array[
            case when a.refused = b.refused or a.refused is null or b.refused is null then null when a.refused = a.answerable then '-refused' else '+refused' end,
            case when a.correctness < b.correctness then '-correctness' when a.correctness > b.correctness then '+correctness' end,
            case when a.recall < b.recall then '-recall' when a.recall > b.recall then '+recall' end,
            case when a.wrong_quotes > b.wrong_quotes then '-wrongQuotes' when a.wrong_quotes < b.wrong_quotes then '+wrongQuotes' end,
            case when a.status = b.status then null when a.status = 'failed' then '-failed' else '+failed' end], null) as what
        from measure m join eval_results a on a.eval_id = m.mine join eval_results b
          on b.organization_id = a.organization_id and b.eval_id = m.id and b.golden_question_id = a.golden_question_id
        where a.status <> 'waiting' and b.status <> 'waiting')
      select m.id as "evalId", m.revision, m.change, to_char(m.completed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "completedAt",
        eval_figures(m.mine, m.id) as figures, eval_figures(m.id, m.mine) as before,
        ${changed("+", questionsMax)} as better, ${changed("-", questionsMax)} as worse
      from measure m`),
  ]);
  return rows[0] ?? null;
}

const changed = (sign: "+" | "-", most: number) => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('goldenQuestionId', p.id, 'question', p.question, 'what',
      (select jsonb_agg(substr(w, 2)) from unnest(p.what) w where w like ${`${sign}%`}))), '[]')
  from (select * from pairs p where exists (select from unnest(p.what) w where w like ${`${sign}%`}) order by p.id limit ${most}) p)`;

/** The newest first. Undefined when there is no such chatbot. */
export async function listEvals(
  tenant: Tenant,
  chatbotId: string,
  after: string | undefined,
  limit: number,
): Promise<EvalRun[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: chatbots.id }).from(chatbots).where(eq(chatbots.id, chatbotId)),
    tenant.db
      .select(columns)
      .from(evalRuns)
      .where(and(eq(evalRuns.chatbotId, chatbotId), after ? lt(evalRuns.id, after) : undefined))
      .orderBy(desc(evalRuns.id))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

const { organizationId: ____, evalId: _____, ...resultColumns } = getTableColumns(evalResults);
export type EvalResult = Omit<typeof evalResults.$inferSelect, "organizationId" | "evalId">;

/** The newest question first. Undefined when there is no such eval. */
export async function listEvalResults(
  tenant: Tenant,
  evalId: string,
  after: string | undefined,
  limit: number,
): Promise<EvalResult[] | undefined> {
  const [exists, found] = await tenant.batch([
    tenant.db.select({ id: evalRuns.id }).from(evalRuns).where(eq(evalRuns.id, evalId)),
    tenant.db
      .select(resultColumns)
      .from(evalResults)
      .where(and(eq(evalResults.evalId, evalId), after ? lt(evalResults.goldenQuestionId, after) : undefined))
      .orderBy(desc(evalResults.goldenQuestionId))
      .limit(limit + 1),
  ]);
  return exists.length > 0 ? found : undefined;
}

const SPENT = sql`(select coalesce(sum(r.cost_micro_usd), 0)::text from eval_results r where r.eval_id = eval_runs.id)`;

export type EvalWork = {
  chatbot: Chatbot;
  costLimitMicroUsd: number | null;
  spentMicroUsd: number;
  waiting: { goldenQuestionId: string; answerable: boolean; asked: AskedQuestion }[];
};

/** The next questions of a run, with the chatbot as it is tried; undefined when it does not run any more. */
export async function nextOfEval(tenant: Tenant, id: string, limit: number): Promise<EvalWork | undefined> {
  const [[found], waiting] = await tenant.batch([
    tenant.db
      .select({
        chatbot: chatbots,
        configuration: evalRuns.configuration,
        costLimitMicroUsd: evalRuns.costLimitMicroUsd,
        spentMicroUsd: sql`${SPENT}`.mapWith(Number),
      })
      .from(evalRuns)
      .innerJoin(chatbots, eq(chatbots.id, evalRuns.chatbotId))
      .where(and(eq(evalRuns.id, id), eq(evalRuns.status, "running"))),
    tenant.db
      .select({
        goldenQuestionId: evalResults.goldenQuestionId,
        answerable: evalResults.answerable,
        asked: evalResults.asked,
      })
      .from(evalResults)
      .where(and(eq(evalResults.evalId, id), eq(evalResults.status, "waiting")))
      .orderBy(desc(evalResults.goldenQuestionId))
      .limit(limit),
  ]);
  if (!found) return undefined;
  const { chatbot, configuration, ...money } = found;
  return { chatbot: { ...chatbot, ...configuration }, ...money, waiting };
}

export type FinishedQuestion = { answerId: string } & Omit<
  EvalResult,
  "goldenQuestionId" | "asked" | "answerable" | "costMicroUsd" | "completedAt" | "answerId"
>;

/**
 * Stores what came of a question, once, with its calls in the ledger and what they cost; nobody's search, it leaves the log of searches.
 * Says whether the run still goes on, and what it has cost so far.
 */
export async function saveEvalResult(
  tenant: Tenant,
  evalId: string,
  goldenQuestionId: string,
  result: FinishedQuestion,
  calls: Statement[],
): Promise<{ isRunning: boolean; spentMicroUsd: number }> {
  const { db } = tenant;
  const results = await tenant.batch([
    ...calls,
    db
      .update(evalResults)
      .set({
        ...result,
        // Its calls were made after its id: of the ledger, the last seconds are read.
        costMicroUsd: sql`(select sum(u.cost_micro_usd) from ai_usage u where u.id > ${result.answerId} and u.message_id = ${result.answerId})`,
        completedAt: sql`now()`,
      })
      .where(
        and(
          eq(evalResults.evalId, evalId),
          eq(evalResults.goldenQuestionId, goldenQuestionId),
          eq(evalResults.status, "waiting"),
        ),
      ),
    db
      .select({ isRunning: sql<boolean>`${evalRuns.status} = 'running'`, spentMicroUsd: sql`${SPENT}`.mapWith(Number) })
      .from(evalRuns)
      .where(eq(evalRuns.id, evalId)),
  ]);
  const [run] = results.at(-1) as unknown as { isRunning: boolean; spentMicroUsd: number }[];
  return run ?? { isRunning: false, spentMicroUsd: 0 };
}

/** Ends a run once, with its figures; the batch aborts (EL404) when it does not run any more. */
export const completeEval = ({ db }: Tenant, id: string): Statement =>
  db.execute(sql`
    with ended as (
      update eval_runs set status = 'completed', summary = eval_summary(id), completed_at = now() where id = ${id} and status = 'running' returning 1)
    select must_exist((select true from ended), 'running eval')`);

/** With the figures of what was asked until then. */
export const failEval = ({ db }: Tenant, id: string, reason: string): Statement =>
  db.execute(sql`
    update eval_runs set status = 'failed', failure_reason = ${reason}, summary = eval_summary(id), completed_at = now()
    where id = ${id} and status = 'running'`);

/** One that has ended stays as it ended. */
export async function cancelEval(tenant: Tenant, id: string, emits: Statement[]): Promise<EvalRun> {
  const [, , [row]] = await tenant.batch([
    mustExist(tenant, evalRuns, id, "eval"),
    tenant.db.execute(sql`
      update eval_runs set status = 'cancelled', summary = eval_summary(id), completed_at = now() where id = ${id} and status = 'running'`),
    tenant.db.select(columns).from(evalRuns).where(eq(evalRuns.id, id)),
    ...emits,
  ]);
  return row!;
}

/** The stored text of chunks, of those that there are. */
export async function chunkTexts(tenant: Tenant, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const [found] = await tenant.batch([
    tenant.db
      .select({ id: documentChunks.id, content: documentChunks.content })
      .from(documentChunks)
      .where(inArray(documentChunks.id, [...ids])),
  ]);
  return new Map(found.map(({ id, content }) => [id, content]));
}
