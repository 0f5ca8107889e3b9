ALTER TABLE "ai_models" ADD CONSTRAINT "ai_models_prices" CHECK (least(input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, call_micro_usd) >= 0);
--> statement-breakpoint
-- The days from one to another, cut in the organization's time zone, and the ids that calls of them can have: a call's row is
-- written within a day of its id. Without dates the last 30 days; with the first alone the days since, 366 at most.
create function usage_span(p_from date, p_to date)
returns table (time_zone text, today date, first_day date, last_day date, first_id uuid, last_id uuid) language sql stable as $$
  select o.time_zone, t.today, f.first_day, l.last_day, uuid_at((f.first_day - 1)::timestamp at time zone o.time_zone),
    uuid_at((l.last_day + 2)::timestamp at time zone o.time_zone)
  from organizations o
    cross join lateral (select (now() at time zone o.time_zone)::date as today) t
    cross join lateral (select coalesce(p_from, coalesce(p_to, t.today) - 29) as first_day) f
    cross join lateral (select coalesce(p_to, least(t.today, f.first_day + 365)) as last_day) l
  where o.id = current_organization()
$$;
--> statement-breakpoint
-- The model calls of those days, each with its day. Days are compared, not instants: where clocks go back at midnight, it comes
-- twice. Every report reads the ledger here. Without `set` it becomes part of the statement that asks, which then skips months.
create function usage_between(p_from date, p_to date)
returns table (day date, task text, model text, chatbot_id uuid, agent_id uuid, end_user_id text, input_tokens bigint, output_tokens bigint,
  cache_read_tokens bigint, cache_write_tokens bigint, cost_micro_usd bigint, latency_ms integer, first_token_ms integer, error text)
language sql stable as $$
  with span as materialized (select * from usage_span(p_from, p_to))
  select c.* from (
    select (u.created_at at time zone (select time_zone from span))::date as day, u.task, u.model, u.chatbot_id, u.agent_id, u.end_user_id,
      u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_micro_usd, u.latency_ms, u.first_token_ms, u.error
    from ai_usage u where u.id >= (select first_id from span) and u.id < (select last_id from span)) c
  where c.day between (select first_day from span) and (select last_day from span)
$$;
--> statement-breakpoint
-- What each model cost on each of those days; empty where none of its calls had a price.
create function model_costs(p_from date, p_to date) returns table (day date, model text, calls bigint, calls_without_price bigint, cost bigint)
language sql stable as $$
  select u.day, u.model, count(*), count(*) filter (where u.cost_micro_usd is null), sum(u.cost_micro_usd)::bigint
  from usage_between(p_from, p_to) u group by u.day, u.model
$$;
--> statement-breakpoint
-- Each of those days that has come, also one without a call. A cost is empty where calls were made and none had a price. What was used
-- of the organization's daily budget is in percent of its limit as it is now, and empty for days before there was one.
create function daily_costs(p_from date, p_to date)
returns table (organization_id uuid, date date, total_cost bigint, opus_cost bigint, sonnet_cost bigint, haiku_cost bigint, request_count bigint,
  calls_without_price bigint, budget_utilization double precision) language sql stable as $$
  with tiers as (
    select c.day, substring(c.model from 'opus|sonnet|haiku') as tier, c.calls, c.calls_without_price, c.cost from model_costs(p_from, p_to) c),
  summed as (
    select s.time_zone, d.day::date, coalesce(sum(t.calls), 0)::bigint as calls, coalesce(sum(t.calls_without_price), 0)::bigint as unpriced,
      coalesce(sum(t.cost), case when count(t.day) = 0 then 0 end)::bigint as total,
      coalesce(sum(t.cost) filter (where t.tier = 'opus'), case when count(*) filter (where t.tier = 'opus') = 0 then 0 end)::bigint as opus,
      coalesce(sum(t.cost) filter (where t.tier = 'sonnet'), case when count(*) filter (where t.tier = 'sonnet') = 0 then 0 end)::bigint as sonnet,
      coalesce(sum(t.cost) filter (where t.tier = 'haiku'), case when count(*) filter (where t.tier = 'haiku') = 0 then 0 end)::bigint as haiku
    from usage_span(p_from, p_to) s
      cross join lateral generate_series(s.first_day::timestamp, least(s.last_day, s.today)::timestamp, interval '1 day') d(day)
      left join tiers t on t.day = d.day::date
    group by 1, 2)
  select current_organization(), m.day, m.total, m.opus, m.sonnet, m.haiku, m.calls, m.unpriced,
    case when m.day >= (b.created_at at time zone m.time_zone)::date then 100.0 * m.total / b.amount_limit end
  from summed m left join budgets b on b.subject_type = 'organization' and b.period = 'day' and b.unit = 'micro_usd'
$$;
--> statement-breakpoint
-- What each of the last 90 days cost, in micro-USD.
create view daily_cost_summary with (security_invoker = true) as
select c.* from daily_costs((now() - interval '89 days')::date, null) c;
--> statement-breakpoint
grant select on daily_cost_summary to edgelore_app;
