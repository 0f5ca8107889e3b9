CREATE TABLE "model_routes" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"task" text NOT NULL,
	"model" text,
	"fallback_model" text,
	"updated_by" text DEFAULT current_caller_id(),
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "model_routes_organization_id_task_pk" PRIMARY KEY("organization_id","task"),
	CONSTRAINT "model_routes_task" CHECK (task in ('answer', 'rewrite', 'summarize', 'analyze', 'judge', 'rerank', 'ocr')),
	CONSTRAINT "model_routes_models" CHECK (length(model) between 1 and 200 and length(fallback_model) between 1 and 200)
);
--> statement-breakpoint
ALTER TABLE "model_routes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chatbots" ALTER COLUMN "llm_model" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "ai_usage" ADD COLUMN "outcome" text DEFAULT 'succeeded' NOT NULL;--> statement-breakpoint
ALTER TABLE "ai_usage" ADD COLUMN "quality_score" real;--> statement-breakpoint
ALTER TABLE "ai_usage" ADD COLUMN "request_context" jsonb;--> statement-breakpoint
ALTER TABLE "model_routes" ADD CONSTRAINT "model_routes_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "ai_usage" ADD CONSTRAINT "ai_usage_outcome" CHECK (outcome in ('succeeded', 'failed', 'interrupted', 'withheld'));--> statement-breakpoint
ALTER TABLE "ai_usage" ADD CONSTRAINT "ai_usage_quality" CHECK (quality_score between 0 and 1);--> statement-breakpoint
CREATE POLICY "tenant" ON "model_routes" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
alter table model_routes force row level security;
--> statement-breakpoint
grant select, insert, update, delete on model_routes to edgelore_app;
--> statement-breakpoint
update ai_usage set outcome = 'failed' where error is not null;
--> statement-breakpoint
insert into ai_models (model, valid_from, input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, source) values
  ('anthropic.claude-sonnet-4-6', '2026-02-17', 3000000, 15000000, 300000, 3750000, 'models.dev'),
  ('anthropic.claude-opus-4-6-v1', '2026-02-05', 5000000, 25000000, 500000, 6250000, 'models.dev')
on conflict do nothing;
--> statement-breakpoint
drop function reserve_budget(uuid, text, uuid, uuid, text, bigint, bigint, integer, boolean, integer);
--> statement-breakpoint
-- The budgets that bound what is done for these, as they stand in the periods that run; what the call itself has reserved does not count.
create function budgets_bounding(p_call uuid, p_zone text, p_chatbot uuid, p_agent uuid, p_end_user text)
returns table (id uuid, subject_type text, subject_id text, period text, unit text, amount_limit bigint, enforcement text, step_down_model text,
  starts_on date, spent bigint, reserved bigint) language sql stable as $$
  select b.id, b.subject_type, b.subject_id, b.period, b.unit, b.amount_limit, b.enforcement, b.step_down_model, s.starts_on, coalesce(p.spent, 0), r.reserved
  from budgets b
    cross join lateral (select budget_period(b.period, p_zone, clock_timestamp()) as starts_on) s
    left join budget_periods p on p.organization_id = b.organization_id and p.budget_id = b.id and p.starts_on = s.starts_on
    cross join lateral (select coalesce(sum(v.amount), 0)::bigint as reserved from budget_reservations v where v.organization_id = b.organization_id
      and v.budget_id = b.id and v.id <> p_call and v.expires_at > clock_timestamp()) r
  where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
$$;
--> statement-breakpoint
-- Which model may be called for a task: the one that was asked for, or to which the organization routes the task, or the operator's; its
-- tier is looked up in `p_tiers`. What the call may cost at most is reserved with each hard budget that bounds it, or with none. Who comes
-- at the same time waits, so that what is spent and reserved together is never over a limit. Asked twice for the same call it reserves once.
-- {"model": …, "fallbackModel": …}: the cheaper one of a budget that the model asked for would overshoot; the one that may be
-- called where that one is down, null if there is none or no budget would hold it. {"refusedBy": …} when no model may be called.
create function reserve_call(p_id uuid, p_task text, p_model text, p_default text, p_tiers jsonb, p_chatbot uuid, p_agent uuid, p_end_user text,
  p_input bigint, p_output bigint, p_calls integer, p_may_step_down boolean, p_seconds integer)
returns jsonb language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  zone text;
  model text;
  fallback text;
  tried text[];
  exceeded record;
begin
  select coalesce(p_model, r.model, p_default), r.fallback_model into model, fallback from (values (p_task)) t(task)
    left join model_routes r on r.task = t.task;
  model := coalesce(p_tiers ->> model, model);
  fallback := nullif(coalesce(p_tiers ->> fallback, fallback), model);
  perform from budgets b where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user) order by b.id for no key update;
  if not found then return jsonb_build_object('model', model, 'fallbackModel', fallback); end if;
  select o.time_zone into zone from organizations o where o.id = current_organization();
  tried := array[model];
  loop
    select b.*, c.amount, d.cheaper into exceeded from budgets_bounding(p_id, zone, p_chatbot, p_agent, p_end_user) b
      cross join lateral (select coalesce(p_tiers ->> b.step_down_model, b.step_down_model) as cheaper) d
      cross join lateral (select reserved_amount(b.unit, model, p_input, p_output, p_calls) as amount) c
      where (b.enforcement = 'hard' or p_may_step_down and d.cheaper <> all (tried))
        and coalesce(b.spent + b.reserved + c.amount > b.amount_limit, true)
      order by p_may_step_down and d.cheaper <> all (tried) desc nulls last, b.id limit 1;
    exit when not found;
    if p_may_step_down and exceeded.cheaper <> all (tried) then
      model := exceeded.cheaper;
      tried := tried || model;
    else
      return jsonb_build_object('refusedBy', jsonb_build_object('id', exceeded.id, 'subjectType', exceeded.subject_type, 'subjectId', exceeded.subject_id,
        'period', exceeded.period, 'unit', exceeded.unit, 'limit', exceeded.amount_limit, 'spent', exceeded.spent, 'reserved', exceeded.reserved,
        'needed', exceeded.amount, 'model', model, 'resetsAt', budget_period_end(exceeded.period, zone, exceeded.starts_on)));
    end if;
  end loop;
  if fallback = model or exists (
      select from budgets_bounding(p_id, zone, p_chatbot, p_agent, p_end_user) b where b.enforcement = 'hard'
        and coalesce(b.spent + b.reserved + reserved_amount(b.unit, fallback, p_input, p_output, p_calls) > b.amount_limit, true)) then
    fallback := null;
  end if;
  insert into budget_reservations (id, budget_id, amount, expires_at)
    select p_id, b.id, greatest(reserved_amount(b.unit, model, p_input, p_output, p_calls), reserved_amount(b.unit, fallback, p_input, p_output, p_calls)),
      clock_timestamp() + make_interval(secs => p_seconds) from budgets b
    where b.enforcement = 'hard' and budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
    on conflict (organization_id, id, budget_id) do update set amount = excluded.amount, expires_at = excluded.expires_at;
  return jsonb_build_object('model', model, 'fallbackModel', fallback);
end $$;
--> statement-breakpoint
drop view daily_cost_summary;
--> statement-breakpoint
drop function daily_costs(date, date);
--> statement-breakpoint
drop function model_costs(date, date);
--> statement-breakpoint
drop function usage_between(date, date);
--> statement-breakpoint
-- The model calls of those days, each with its day. Days are compared, not instants: where clocks go back at midnight, it comes
-- twice. Every report reads the ledger here. Without `set` it becomes part of the statement that asks, which then skips months.
create function usage_between(p_from date, p_to date)
returns table (day date, task text, model text, chatbot_id uuid, agent_id uuid, end_user_id text, input_tokens bigint, output_tokens bigint,
  cache_read_tokens bigint, cache_write_tokens bigint, cost_micro_usd bigint, latency_ms integer, first_token_ms integer, attempts integer,
  error text, quality_score real)
language sql stable as $$
  with span as materialized (select * from usage_span(p_from, p_to))
  select c.* from (
    select (u.created_at at time zone (select time_zone from span))::date as day, u.task, u.model, u.chatbot_id, u.agent_id, u.end_user_id,
      u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_micro_usd, u.latency_ms, u.first_token_ms, u.attempts,
      u.error, u.quality_score
    from ai_usage u where u.id >= (select first_id from span) and u.id < (select last_id from span)) c
  where c.day between (select first_day from span) and (select last_day from span)
$$;
--> statement-breakpoint
-- What each model cost on each of those days, empty where none of its calls had a price; and how good those were of which that is known.
create function model_costs(p_from date, p_to date)
returns table (day date, model text, calls bigint, calls_without_price bigint, cost bigint, scored bigint, quality double precision)
language sql stable as $$
  select u.day, u.model, count(*), count(*) filter (where u.cost_micro_usd is null), sum(u.cost_micro_usd)::bigint, count(u.quality_score),
    sum(u.quality_score::double precision)
  from usage_between(p_from, p_to) u group by u.day, u.model
$$;
--> statement-breakpoint
-- Each of those days that has come, also one without a call. A cost is empty where calls were made and none had a price. What was used
-- of the organization's daily budget is in percent of its limit as it is now, and empty for days before there was one.
create function daily_costs(p_from date, p_to date)
returns table (organization_id uuid, date date, total_cost bigint, opus_cost bigint, sonnet_cost bigint, haiku_cost bigint, request_count bigint,
  calls_without_price bigint, avg_quality_score double precision, budget_utilization double precision) language sql stable as $$
  with tiers as (
    select substring(c.model from 'opus|sonnet|haiku') as tier, c.* from model_costs(p_from, p_to) c),
  summed as (
    select s.time_zone, d.day::date, coalesce(sum(t.calls), 0)::bigint as calls, coalesce(sum(t.calls_without_price), 0)::bigint as unpriced,
      sum(t.quality) / nullif(sum(t.scored), 0) as quality,
      coalesce(sum(t.cost), case when count(t.day) = 0 then 0 end)::bigint as total,
      coalesce(sum(t.cost) filter (where t.tier = 'opus'), case when count(*) filter (where t.tier = 'opus') = 0 then 0 end)::bigint as opus,
      coalesce(sum(t.cost) filter (where t.tier = 'sonnet'), case when count(*) filter (where t.tier = 'sonnet') = 0 then 0 end)::bigint as sonnet,
      coalesce(sum(t.cost) filter (where t.tier = 'haiku'), case when count(*) filter (where t.tier = 'haiku') = 0 then 0 end)::bigint as haiku
    from usage_span(p_from, p_to) s
      cross join lateral generate_series(s.first_day::timestamp, least(s.last_day, s.today)::timestamp, interval '1 day') d(day)
      left join tiers t on t.day = d.day::date
    group by 1, 2)
  select current_organization(), m.day, m.total, m.opus, m.sonnet, m.haiku, m.calls, m.unpriced, m.quality,
    case when m.day >= (b.created_at at time zone m.time_zone)::date then 100.0 * m.total / b.amount_limit end
  from summed m left join budgets b on b.subject_type = 'organization' and b.period = 'day' and b.unit = 'micro_usd'
$$;
--> statement-breakpoint
-- What each of the last 90 days cost, in micro-USD, and how good the answers were, 0 to 1.
create view daily_cost_summary with (security_invoker = true) as
select c.* from daily_costs((now() - interval '89 days')::date, null) c;
--> statement-breakpoint
grant select on daily_cost_summary to edgelore_app;
