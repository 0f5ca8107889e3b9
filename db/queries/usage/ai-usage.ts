import { sql } from "drizzle-orm";
import { pgArray, type Statement, type Tenant } from "../../client.ts";
import type { CALL_OUTCOMES, Task } from "../../words.ts";
import { ENDPOINTS_TOLD, tellsEndpoints } from "../events/event.ts";

export type ModelCall = {
  id: string;
  task: Task;
  model: string;
  chatbotId?: string;
  conversationId?: string;
  messageId?: string;
  agentId?: string;
  endUserId?: string;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  latencyMs: number;
  firstTokenMs?: number;
  attempts: number;
  outcome: (typeof CALL_OUTCOMES)[number];
  error?: string;
  qualityScore?: number;
  /** The endpoint or job that called. */
  operation: string;
  requestId: string;
};

/** Shares of a limit whose passing is told, in percent. */
const ALERTS = [50, 80, 100];

/**
 * Each call is one row, however often it is told, at the price that holds now; a model without a price has no
 * cost, not 0. With its row it is counted in every budget that bounds it, whose alert is told once, and the
 * reservations that are named are given back.
 */
export function recordModelCalls(
  tenant: Tenant,
  calls: readonly ModelCall[],
  reservations: readonly string[],
): Statement {
  return tellsEndpoints(
    tenant.db.execute(sql`
    with called as (
      insert into ai_usage (id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens, output_tokens,
        cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts, outcome, error, quality_score, request_context, request_id)
      select c.id, c.task, c.model, c."chatbotId", c."conversationId", c."messageId", c."agentId", c."endUserId", c."inputTokens", c."outputTokens",
        c."cacheReadTokens", c."cacheWriteTokens",
        call_cost(c.model, c."inputTokens", c."outputTokens", c."cacheReadTokens", c."cacheWriteTokens", (c.error is null)::integer),
        c."latencyMs", c."firstTokenMs", c.attempts, c.outcome, c.error, c."qualityScore",
        jsonb_strip_nulls(jsonb_build_object('operation', c.operation, 'callerKind', current_caller_kind(), 'callerId', current_caller_id())), c."requestId"
      from jsonb_to_recordset(${JSON.stringify(calls)}::jsonb) as c(id uuid, task text, model text, "chatbotId" uuid,
        "conversationId" uuid, "messageId" uuid, "agentId" uuid, "endUserId" text, "inputTokens" bigint, "outputTokens" bigint,
        "cacheReadTokens" bigint, "cacheWriteTokens" bigint, "latencyMs" integer, "firstTokenMs" integer, attempts integer,
        outcome text, error text, "qualityScore" real, operation text, "requestId" text)
      on conflict (organization_id, id) do nothing returning *),
    given_back as (
      delete from budget_reservations where id in (
        select v::uuid from jsonb_array_elements_text(${JSON.stringify(reservations)}::jsonb) as v)),
    spending as (
      select b.id, b.amount_limit, budget_period(b.period, o.time_zone, now()) as starts_on, max(c.request_id) as request_id,
        sum(case b.unit when 'tokens' then c.input_tokens + c.output_tokens + c.cache_read_tokens + c.cache_write_tokens
          else coalesce(c.cost_micro_usd, 0) end)::bigint as amount
      from called c join budgets b on budget_bounds(b.subject_type, b.subject_id, c.chatbot_id, c.agent_id, c.end_user_id)
        join organizations o on o.id = b.organization_id group by b.organization_id, b.id, o.time_zone),
    counted as (
      insert into budget_periods as p (budget_id, starts_on, spent) select s.id, s.starts_on, s.amount from spending s order by s.id
      on conflict (organization_id, budget_id, starts_on) do update set spent = p.spent + excluded.spent returning p.budget_id, p.spent)
    insert into events (id, type, category, severity, resource_type, resource_id, data, request_id)
    select new_id(), 'budget.alerted', 'system', case when a.percent < 100 then 'warning' else 'error' end, 'budget', s.id,
      jsonb_build_object('percent', a.percent, 'spent', c.spent, 'limit', s.amount_limit), s.request_id
    from counted c join spending s on s.id = c.budget_id cross join unnest(${pgArray(ALERTS, "integer")}) as a(percent)
    where c.spent * 100 >= a.percent * s.amount_limit and (c.spent - s.amount) * 100 < a.percent * s.amount_limit
    returning ${ENDPOINTS_TOLD} as endpoints`),
  );
}
