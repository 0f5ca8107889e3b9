import { type SQL, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";

/** What calls are summed up by, and the field that says it. Days and months are those of the organization's time zone. */
export const USAGE_KEYS = {
  day: "day",
  month: "month",
  model: "model",
  task: "task",
  chatbot: "chatbotId",
  agent: "agentId",
  endUser: "endUserId",
} as const;
export type UsageKey = keyof typeof USAGE_KEYS;
type UsageField = (typeof USAGE_KEYS)[UsageKey];

const COLUMNS: Record<UsageField, SQL> = {
  day: sql`u.day`,
  month: sql`to_char(u.day, 'YYYY-MM')`,
  model: sql`u.model`,
  task: sql`u.task`,
  chatbotId: sql`u.chatbot_id`,
  agentId: sql`u.agent_id`,
  endUserId: sql`u.end_user_id`,
};

export type UsageFilter = Partial<Record<Exclude<UsageField, "day" | "month">, string>>;
/** ISO dates, the last one included. */
export type Days = { from?: string; to?: string };
export type Span = { from: string; to: string; today: string; timeZone: string };
export type Sums = {
  calls: number;
  failedCalls: number;
  /** Attempts beyond the first, of all calls together. */
  retries: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Of the calls whose model had a price; null when there are calls, and none had. */
  costMicroUsd: number | null;
  callsWithoutPrice: number;
};
/** Times are of calls that did not fail; null when there are none. */
export type UsageGroup = Sums & {
  day?: string;
  month?: string;
  model?: string;
  task?: string;
  chatbotId?: string | null;
  agentId?: string | null;
  endUserId?: string | null;
  latencyMsP50: number | null;
  latencyMsP95: number | null;
  firstTokenMsP50: number | null;
  /** 0 to 1, of the calls of which it is known. */
  averageQuality: number | null;
};
export type Usage = { span: Span; items: UsageGroup[]; totals: Sums & { groups: number } };

/** As arguments of the functions that cut days. */
export const span = ({ from, to }: Days): SQL => sql`${from ?? null}::date, ${to ?? null}::date`;
const spanAsJson = sql`jsonb_build_object('from', s.first_day, 'to', s.last_day, 'today', s.today, 'timeZone', s.time_zone)`;

/**
 * The calls of those days by those keys: the newest day or month first, and within it what cost most. The totals are of all groups,
 * also of those beyond the limit; all is of one moment.
 */
export async function readUsage(
  tenant: Tenant,
  keys: readonly UsageKey[],
  days: Days,
  filter: UsageFilter,
  limit: number,
): Promise<Usage> {
  const fields = keys.map((key) => USAGE_KEYS[key]);
  const grouped = sql.join(
    fields.map((field) => sql`${COLUMNS[field]} as ${sql.identifier(field)}`),
    sql`, `,
  );
  const groups = sql.raw(keys.map((_, index) => index + 1).join(", "));
  const newestFirst = sql.raw(
    fields.map((field) => (field === "day" || field === "month" ? `${field} desc, ` : "")).join(""),
  );
  const given = (Object.keys(filter) as (keyof UsageFilter)[]).filter((field) => filter[field] !== undefined);
  const chosen = sql.join([sql`true`, ...given.map((field) => sql`${COLUMNS[field]} = ${filter[field]}`)], sql` and `);
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<Usage>(sql`
      with grouped as materialized (
        select ${grouped}, count(*) as calls, count(u.error) as "failedCalls", sum(u.attempts - 1) as retries, sum(u.input_tokens) as "inputTokens",
          sum(u.output_tokens) as "outputTokens", sum(u.cache_read_tokens) as "cacheReadTokens", sum(u.cache_write_tokens) as "cacheWriteTokens",
          sum(u.cost_micro_usd) as "costMicroUsd", count(*) - count(u.cost_micro_usd) as "callsWithoutPrice",
          percentile_cont(0.5) within group (order by u.latency_ms) filter (where u.error is null) as "latencyMsP50",
          percentile_cont(0.95) within group (order by u.latency_ms) filter (where u.error is null) as "latencyMsP95",
          percentile_cont(0.5) within group (order by u.first_token_ms) filter (where u.error is null) as "firstTokenMsP50",
          avg(u.quality_score) as "averageQuality"
        from usage_between(${span(days)}) u
        where ${chosen} group by ${groups})
      select ${spanAsJson} as span,
        (select coalesce(jsonb_agg(i), '[]') from (
          select * from grouped order by ${newestFirst}"costMicroUsd" desc nulls last, ${groups} limit ${limit}) i) as items,
        (select to_jsonb(t) from (
          select count(*) as groups, coalesce(sum(calls), 0) as calls, coalesce(sum("failedCalls"), 0) as "failedCalls",
            coalesce(sum(retries), 0) as retries,
            coalesce(sum("inputTokens"), 0) as "inputTokens", coalesce(sum("outputTokens"), 0) as "outputTokens",
            coalesce(sum("cacheReadTokens"), 0) as "cacheReadTokens", coalesce(sum("cacheWriteTokens"), 0) as "cacheWriteTokens",
            coalesce(sum("costMicroUsd"), case when count(*) = 0 then 0 end) as "costMicroUsd",
            coalesce(sum("callsWithoutPrice"), 0) as "callsWithoutPrice" from grouped) t) as totals
      from usage_span(${span(days)}) s`),
  ]);
  return rows[0]!;
}

export type DailyCost = {
  day: string;
  costMicroUsd: number | null;
  opusCostMicroUsd: number | null;
  sonnetCostMicroUsd: number | null;
  haikuCostMicroUsd: number | null;
  calls: number;
  callsWithoutPrice: number;
  averageQuality: number | null;
  budgetUtilizationPercent: number | null;
};

/** Each of those days that has come, the newest first, also one without a call; as the view `daily_cost_summary` has it. */
export async function readDailyCosts(tenant: Tenant, days: Days): Promise<{ span: Span; items: DailyCost[] }> {
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ span: Span; items: DailyCost[] }>(sql`
      select ${spanAsJson} as span, (
        select coalesce(jsonb_agg(jsonb_build_object('day', c.date, 'costMicroUsd', c.total_cost, 'opusCostMicroUsd', c.opus_cost,
          'sonnetCostMicroUsd', c.sonnet_cost, 'haikuCostMicroUsd', c.haiku_cost, 'calls', c.request_count,
          'callsWithoutPrice', c.calls_without_price, 'averageQuality', c.avg_quality_score, 'budgetUtilizationPercent', c.budget_utilization) order by c.date desc), '[]')
        from daily_costs(${span(days)}) c) as items
      from usage_span(${span(days)}) s`),
  ]);
  return rows[0]!;
}

export type ModelCost = {
  day: string;
  model: string;
  calls: number;
  callsWithoutPrice: number;
  costMicroUsd: number | null;
};

/** What each model cost on each day of at least the last 31 and the month that runs; today's date in the organization's time zone. */
export async function readModelCosts(tenant: Tenant): Promise<{ span: Span; costs: ModelCost[] }> {
  const days = sql`(now() - interval '33 days')::date, null::date`;
  const [{ rows }] = await tenant.batch([
    tenant.db.execute<{ span: Span; costs: ModelCost[] }>(sql`
      select ${spanAsJson} as span, (
        select coalesce(jsonb_agg(jsonb_build_object('day', c.day, 'model', c.model, 'calls', c.calls,
          'callsWithoutPrice', c.calls_without_price, 'costMicroUsd', c.cost)), '[]') from model_costs(${days}) c) as costs
      from usage_span(${days}) s`),
  ]);
  return rows[0]!;
}
