import { desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { chatbots } from "../../schema/chatbots.ts";
import { budgets, budgetUtilization } from "../../schema/usage.ts";
import type { BUDGET_PERIODS, BUDGET_SUBJECTS, BUDGET_UNITS } from "../../words.ts";
import { dueWithinBudget } from "../events/job.ts";
import type { ModelCall } from "./ai-usage.ts";

/** With what was spent of it in the period that runs. */
export type Budget = typeof budgetUtilization.$inferSelect;
export type NewBudget = Pick<
  typeof budgets.$inferInsert,
  "subjectType" | "subjectId" | "period" | "unit" | "limit" | "enforcement" | "stepDownModel"
> & { id: string };

const select = ({ db }: Tenant, id: string) => db.select().from(budgetUtilization).where(eq(budgetUtilization.id, id));

/** What was spent in its period before it was made counts too. */
export async function insertBudget(tenant: Tenant, budget: NewBudget, emits: Statement[]): Promise<Budget> {
  const { id, subjectType, subjectId } = budget;
  const [, , [row]] = await tenant.batch([
    tenant.db.insert(budgets).values(budget),
    tenant.db.execute(sql`select recount_budget(${id})`),
    select(tenant, id),
    ...(subjectType === "chatbot" ? [mustExist(tenant, chatbots, subjectId!, "chatbot")] : []),
    ...emits,
  ]);
  return row!;
}

export async function findBudget(tenant: Tenant, id: string): Promise<Budget | undefined> {
  const [[row]] = await tenant.batch([select(tenant, id)]);
  return row;
}

export async function listBudgets(tenant: Tenant, after: string | undefined, limit: number): Promise<Budget[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(budgetUtilization)
      .where(after ? lt(budgetUtilization.id, after) : undefined)
      .orderBy(desc(budgetUtilization.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** With the jobs that may go on now. */
export async function updateBudget(
  tenant: Tenant,
  id: string,
  change: Partial<Pick<NewBudget, "limit" | "enforcement" | "stepDownModel">>,
  emits: Statement[],
): Promise<{ budget: Budget; due: string[] }> {
  const [, , [budget], { rows: due }] = await tenant.batch([
    mustExist(tenant, budgets, id, "budget"),
    tenant.db
      .update(budgets)
      .set({ ...change, updatedAt: sql`now()` })
      .where(eq(budgets.id, id)),
    select(tenant, id),
    dueWithinBudget(tenant),
    ...emits,
  ]);
  return { budget: budget!, due: due.map((job) => job.id) };
}

/** Yields the jobs that may go on now. */
export async function deleteBudget(tenant: Tenant, id: string, emits: Statement[]): Promise<string[]> {
  const [, , { rows: due }] = await tenant.batch([
    mustExist(tenant, budgets, id, "budget"),
    tenant.db.delete(budgets).where(eq(budgets.id, id)),
    dueWithinBudget(tenant),
    ...emits,
  ]);
  return due.map((job) => job.id);
}

/** What is to be called, at most: it costs no more than it reserves. */
export type Reservation = Pick<ModelCall, "id" | "task" | "chatbotId" | "agentId" | "endUserId"> & {
  /** A model's id or tier; without one, the route of the task, or else its default. */
  model: string | null;
  defaultModel: string;
  /** The models that the tiers stand for. */
  tiers: Readonly<Record<string, string>>;
  inputTokens: number;
  outputTokens: number;
  calls: number;
  /** Whether a budget's cheaper model can do it too. */
  mayStepDown: boolean;
};
/** The model that may be called, and the one that may be where that is down. */
export type Grant = { model: string; fallbackModel: string | null };
export type Refusal = {
  id: string;
  subjectType: (typeof BUDGET_SUBJECTS)[number];
  subjectId: string | null;
  period: (typeof BUDGET_PERIODS)[number];
  unit: (typeof BUDGET_UNITS)[number];
  limit: number;
  spent: number;
  reserved: number;
  /** Null for a model whose price nobody knows. */
  needed: number | null;
  model: string;
  resetsAt: string | null;
};

/** Reserves with every hard budget, or none: what is spent and reserved together is never over a limit. Twice reserves once. */
export async function reserveCall(
  tenant: Tenant,
  reservation: Reservation,
  seconds: number,
): Promise<Grant | { refusedBy: Refusal }> {
  const { id, task, model, defaultModel, tiers, chatbotId, agentId, endUserId } = reservation;
  const { inputTokens, outputTokens, calls, mayStepDown } = reservation;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ reserved: Grant | { refusedBy: Refusal } }>(sql`
      select reserve_call(${id}, ${task}, ${model}, ${defaultModel}, ${JSON.stringify(tiers)}::jsonb, ${chatbotId ?? null}, ${agentId ?? null},
        ${endUserId ?? null}, ${inputTokens}, ${outputTokens}, ${calls}, ${mayStepDown}, ${seconds}) as reserved`),
  ]);
  return rows[0]!.reserved;
}

/** The calls that a turn makes before and for its first token, with the ids of their reservations. */
export type TurnReservation = Pick<Reservation, "tiers" | "endUserId"> & {
  ids: Record<TurnTask, string>;
  defaultModels: Record<TurnTask, string>;
  /** Its id, or a subquery that yields it. */
  chatbotId: string | SQL<string>;
  answerId: string;
  /** Of the question and what is added to it, in bytes. */
  askedBytes: number;
  /** Of the prompts' own words. */
  promptBytes: number;
  answerTokensMax: number;
  answerTokensDefault: number;
  rewriteTokensMax: number;
  isRewritten: boolean;
};
export const TURN_TASKS = ["answer", "embed", "rewrite"] as const;
export type TurnTask = (typeof TURN_TASKS)[number];
export type HeldReservation = {
  task: TurnTask;
  id: string;
  chatbotId: string;
  /** The model that was asked for. */
  asked: string | null;
  inputTokens: number;
  outputTokens: number;
  reserved: Grant | { refusedBy: Refusal };
};

/** Bytes of a prompt for each token of the context window, and for each source: more than almost every prompt has. */
const BYTES_PER_TOKEN = 5;
const BYTES_PER_SOURCE = 6_000;

/**
 * Reserves, with the batch that begins a turn, what its calls may need by the chatbot's configuration, so that no request is made for
 * it later; nothing where no turn has begun. What does not fit into it is reserved anew before it is called.
 */
export const reserveTurn = (tenant: Tenant, turn: TurnReservation, seconds: number): Statement => {
  const { ids, defaultModels, tiers, chatbotId, answerId, endUserId } = turn;
  const { askedBytes, promptBytes, answerTokensMax, answerTokensDefault, rewriteTokensMax } = turn;
  return tenant.db.execute(sql`
    with turn as materialized (
      select c.id, c.llm_model, c.rag_enabled, c.rewrite_follow_ups, o.embedding_model, c.model_config,
        least(c.context_window * ${BYTES_PER_TOKEN}::integer, c.retrieval_k * ${BYTES_PER_SOURCE}::integer + c.context_window)
          + octet_length(c.system_prompt) + ${askedBytes + promptBytes}::integer as bytes
      from chatbots c join organizations o on o.id = c.organization_id
      where c.id = ${chatbotId} and exists (select from messages m where m.id = ${answerId} and m.status = 'pending')),
    wanted as (
      select 'answer' as task, ${ids.answer}::uuid as id, t.id as chatbot_id, t.llm_model as asked, ${defaultModels.answer} as model, t.bytes as input,
        least(coalesce((t.model_config ->> 'maxTokens')::integer, ${answerTokensDefault}::integer), ${answerTokensMax}::integer) as output from turn t
      union all
      select 'embed', ${ids.embed}::uuid, t.id, t.embedding_model, ${defaultModels.embed}, ${askedBytes + promptBytes}::integer, 0 from turn t where t.rag_enabled
      union all
      select 'rewrite', ${ids.rewrite}::uuid, t.id, null, ${defaultModels.rewrite}, t.bytes, ${rewriteTokensMax}::integer
      from turn t where t.rag_enabled and t.rewrite_follow_ups and ${turn.isRewritten}::boolean)
    select w.task, w.id, w.chatbot_id as "chatbotId", w.asked, w.input as "inputTokens", w.output as "outputTokens",
      reserve_call(w.id, w.task, w.asked, w.model, ${JSON.stringify(tiers)}::jsonb, w.chatbot_id, null, ${endUserId ?? null},
        w.input, w.output, 1, w.task <> 'embed', ${seconds}) as reserved
    from wanted w`);
};

/** What the statement of \`reserveTurn\` holds now. */
export const heldBy = (result: unknown): HeldReservation[] => (result as { rows: HeldReservation[] }).rows;

export async function hasPrice(tenant: Tenant, model: string): Promise<boolean> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ known: boolean }>(sql`select call_cost(${model}, 0, 0, 0, 0, 0) is not null as known`),
  ]);
  return rows[0]!.known;
}
