CREATE TABLE "budget_periods" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"budget_id" uuid NOT NULL,
	"starts_on" date NOT NULL,
	"spent" bigint NOT NULL,
	CONSTRAINT "budget_periods_organization_id_budget_id_starts_on_pk" PRIMARY KEY("organization_id","budget_id","starts_on"),
	CONSTRAINT "budget_periods_spent" CHECK (spent >= 0)
);
--> statement-breakpoint
ALTER TABLE "budget_periods" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budget_reservations" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"budget_id" uuid NOT NULL,
	"amount" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "budget_reservations_organization_id_id_budget_id_pk" PRIMARY KEY("organization_id","id","budget_id"),
	CONSTRAINT "budget_reservations_amount" CHECK (amount >= 0)
);
--> statement-breakpoint
ALTER TABLE "budget_reservations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "budgets" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"subject_type" text NOT NULL,
	"subject_id" text,
	"period" text NOT NULL,
	"unit" text NOT NULL,
	"amount_limit" bigint NOT NULL,
	"enforcement" text NOT NULL,
	"step_down_model" text,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "budgets_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "budgets_subject" UNIQUE NULLS NOT DISTINCT("organization_id","subject_type","subject_id","period","unit"),
	CONSTRAINT "budgets_subject_type" CHECK (subject_type in ('organization', 'chatbot', 'agent', 'end_user')),
	CONSTRAINT "budgets_period" CHECK (period in ('day', 'month', 'total')),
	CONSTRAINT "budgets_unit" CHECK (unit in ('micro_usd', 'tokens')),
	CONSTRAINT "budgets_enforcement" CHECK (enforcement in ('hard', 'soft')),
	CONSTRAINT "budgets_subject_named" CHECK ((subject_type = 'organization') = (subject_id is null)),
	CONSTRAINT "budgets_limit" CHECK (amount_limit between 1 and 1000000000000000)
);
--> statement-breakpoint
ALTER TABLE "budgets" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "ai_usage" ADD COLUMN "agent_id" uuid;--> statement-breakpoint
ALTER TABLE "budget_periods" ADD CONSTRAINT "budget_periods_of_budget" FOREIGN KEY ("organization_id","budget_id") REFERENCES "public"."budgets"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budget_reservations" ADD CONSTRAINT "budget_reservations_of_budget" FOREIGN KEY ("organization_id","budget_id") REFERENCES "public"."budgets"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "budget_reservations_by_budget" ON "budget_reservations" USING btree ("organization_id","budget_id");--> statement-breakpoint
CREATE INDEX "budget_reservations_by_expiry" ON "budget_reservations" USING btree ("expires_at");--> statement-breakpoint
CREATE POLICY "tenant" ON "budget_periods" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "budget_periods" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "budget_reservations" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "budget_reservations" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "budgets" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "budgets" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
do $$
declare name text;
begin
  foreach name in array array['budgets', 'budget_periods', 'budget_reservations'] loop
    execute format('alter table public.%I force row level security', name);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update, delete on budgets, budget_reservations to edgelore_app;
--> statement-breakpoint
grant select, insert, update on budget_periods to edgelore_app;
--> statement-breakpoint
-- A new UUIDv7 for what a statement makes by itself.
create function new_id() returns uuid language sql volatile set search_path = pg_catalog, public, pg_temp
  return (left(uuid_at(now())::text, 13) || substr(gen_random_uuid()::text, 14))::uuid;
--> statement-breakpoint
-- In micro-USD, at the price that holds now; null for a model whose price nobody knows. One under a cross-region name costs what it does at
-- home unless another price is known. `p_calls` are those that are billed, where a model is billed by calls.
create function call_cost(p_model text, p_input bigint, p_output bigint, p_cache_read bigint, p_cache_write bigint, p_calls integer)
returns bigint language sql stable set search_path = pg_catalog, public, pg_temp
  return (select round((p_input * m.input_micro_usd + p_output * m.output_micro_usd + p_cache_read * m.cache_read_micro_usd
      + p_cache_write * m.cache_write_micro_usd) / 1e6 + p_calls * m.call_micro_usd)
    from ai_models m where m.model in (p_model, regexp_replace(p_model, '^(us|eu|apac|global)\.', '')) and m.valid_from <= now()
    order by m.model = p_model desc, m.valid_from desc limit 1);
--> statement-breakpoint
-- The first day of the period in which an instant lies, cut in a time zone; a total has one period.
create function budget_period(p_period text, p_zone text, p_instant timestamptz) returns date language sql stable
  return case p_period when 'day' then (p_instant at time zone p_zone)::date
    when 'month' then date_trunc('month', p_instant at time zone p_zone)::date else date '2000-01-01' end;
--> statement-breakpoint
-- When that period ends; never, if it is the total.
create function budget_period_end(p_period text, p_zone text, p_starts_on date) returns timestamptz language sql stable
  return case p_period when 'day' then (p_starts_on + interval '1 day') at time zone p_zone
    when 'month' then (p_starts_on + interval '1 month') at time zone p_zone end;
--> statement-breakpoint
-- Whether a budget bounds what is done for these.
create function budget_bounds(p_subject_type text, p_subject_id text, p_chatbot uuid, p_agent uuid, p_end_user text) returns boolean
language sql immutable
  return p_subject_type = 'organization' or p_subject_type = 'chatbot' and p_subject_id = p_chatbot::text
    or p_subject_type = 'agent' and p_subject_id = p_agent::text or p_subject_type = 'end_user' and p_subject_id = p_end_user;
--> statement-breakpoint
-- Reserves what a call may cost at most with each hard budget that bounds it, or with none. Who comes at the same time waits, so that
-- what is spent and reserved together is never over a limit. Asked twice for the same call it reserves once.
-- {"model": …}: which one may be called, the cheaper one of a budget that the model asked for would overshoot; {"refusedBy": …} when none may.
create function reserve_budget(p_id uuid, p_model text, p_chatbot uuid, p_agent uuid, p_end_user text, p_input bigint, p_output bigint,
  p_calls integer, p_may_step_down boolean, p_seconds integer) returns jsonb language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  zone text;
  model text := p_model;
  tried text[] := array[p_model];
  exceeded record;
begin
  perform from budgets b where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user) order by b.id for no key update;
  if not found then return jsonb_build_object('model', model); end if;
  select o.time_zone into zone from organizations o where o.id = current_organization();
  loop
    select b.*, s.starts_on, coalesce(p.spent, 0) as spent, r.reserved, c.amount into exceeded from budgets b
      cross join lateral (select budget_period(b.period, zone, clock_timestamp()) as starts_on) s
      left join budget_periods p on p.organization_id = b.organization_id and p.budget_id = b.id and p.starts_on = s.starts_on
      cross join lateral (select coalesce(sum(v.amount), 0)::bigint as reserved from budget_reservations v where v.organization_id = b.organization_id
        and v.budget_id = b.id and v.id <> p_id and v.expires_at > clock_timestamp()) r
      cross join lateral (select reserved_amount(b.unit, model, p_input, p_output, p_calls) as amount) c
      where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
        and (b.enforcement = 'hard' or p_may_step_down and b.step_down_model <> all (tried))
        and coalesce(coalesce(p.spent, 0) + r.reserved + c.amount > b.amount_limit, true)
      order by p_may_step_down and b.step_down_model <> all (tried) desc nulls last, b.id limit 1;
    exit when not found;
    if p_may_step_down and exceeded.step_down_model <> all (tried) then
      model := exceeded.step_down_model;
      tried := tried || model;
    else
      return jsonb_build_object('refusedBy', jsonb_build_object('id', exceeded.id, 'subjectType', exceeded.subject_type, 'subjectId', exceeded.subject_id,
        'period', exceeded.period, 'unit', exceeded.unit, 'limit', exceeded.amount_limit, 'spent', exceeded.spent, 'reserved', exceeded.reserved,
        'needed', exceeded.amount, 'model', model, 'resetsAt', budget_period_end(exceeded.period, zone, exceeded.starts_on)));
    end if;
  end loop;
  insert into budget_reservations (id, budget_id, amount, expires_at)
    select p_id, b.id, reserved_amount(b.unit, model, p_input, p_output, p_calls), clock_timestamp() + make_interval(secs => p_seconds) from budgets b
    where b.enforcement = 'hard' and budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
    on conflict (organization_id, id, budget_id) do update set amount = excluded.amount, expires_at = excluded.expires_at;
  return jsonb_build_object('model', model);
end $$;
--> statement-breakpoint
-- What so many calls may cost at most: their input may all be written to a cache, which may cost more than to read it, and
-- what each costs may be rounded up.
create function reserved_amount(p_unit text, p_model text, p_input bigint, p_output bigint, p_calls integer) returns bigint
language sql stable set search_path = pg_catalog, public, pg_temp
  return case p_unit when 'tokens' then p_input + p_output
    else greatest(call_cost(p_model, p_input, p_output, 0, 0, p_calls), call_cost(p_model, 0, p_output, 0, p_input, p_calls)) + p_calls end;
--> statement-breakpoint
-- Counts anew what was spent of a budget in the period that runs. Who adds to it meanwhile waits, and is counted once.
create function recount_budget(p_budget uuid) returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  budget record;
begin
  select b.*, o.time_zone, s.starts_on, s.starts_on::timestamp at time zone o.time_zone as starts_at into budget
    from budgets b join organizations o on o.id = b.organization_id
    cross join lateral (select budget_period(b.period, o.time_zone, clock_timestamp()) as starts_on) s where b.id = p_budget;
  insert into budget_periods (budget_id, starts_on, spent) values (p_budget, budget.starts_on, 0) on conflict do nothing;
  perform from budget_periods p where p.budget_id = p_budget and p.starts_on = budget.starts_on for update;
  update budget_periods p set spent = (
      select coalesce(sum(case budget.unit when 'tokens' then u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens
        else u.cost_micro_usd end), 0)
      from ai_usage u where u.id >= uuid_at(budget.starts_at - interval '1 day')
        and budget_period(budget.period, budget.time_zone, u.created_at) = budget.starts_on and budget_bounds(budget.subject_type, budget.subject_id, u.chatbot_id, u.agent_id, u.end_user_id))
    where p.budget_id = p_budget and p.starts_on = budget.starts_on;
end $$;
--> statement-breakpoint
-- Each budget with what was spent of it in the period that runs.
create view budget_utilization with (security_invoker = true) as
select b.organization_id, b.id, b.subject_type, b.subject_id, b.period, b.unit, b.amount_limit, b.enforcement, b.step_down_model,
  coalesce(p.spent, 0) as spent,
  (select coalesce(sum(r.amount), 0)::bigint from budget_reservations r
    where r.organization_id = b.organization_id and r.budget_id = b.id and r.expires_at > now()) as reserved,
  budget_period_end(b.period, o.time_zone, s.starts_on) as resets_at, b.created_by, b.created_at, b.updated_at
from budgets b join organizations o on o.id = b.organization_id
  cross join lateral (select budget_period(b.period, o.time_zone, now()) as starts_on) s
  left join budget_periods p on p.organization_id = b.organization_id and p.budget_id = b.id and p.starts_on = s.starts_on;
--> statement-breakpoint
grant select on budget_utilization to edgelore_app;
--> statement-breakpoint
-- Forgets the reservations of workers that died.
create function maintain_budget_reservations() returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with expired as (delete from budget_reservations where expires_at < now() - interval '1 hour' returning 1)
  select count(*)::integer from expired
$$;
--> statement-breakpoint
grant select, delete on budget_reservations to edgelore_system;
--> statement-breakpoint
revoke all on function maintain_budget_reservations() from public;
--> statement-breakpoint
grant execute on function maintain_budget_reservations() to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function maintain_budget_reservations() owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
