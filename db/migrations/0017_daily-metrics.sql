CREATE TABLE "daily_metrics" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid DEFAULT new_id() NOT NULL,
	"chatbot_id" uuid,
	"metric_date" date NOT NULL,
	"total_sessions" integer NOT NULL,
	"total_messages" integer NOT NULL,
	"unique_users" integer NOT NULL,
	"avg_session_duration_seconds" real,
	"avg_messages_per_session" real,
	"avg_response_time_ms" real,
	"total_tokens_used" bigint NOT NULL,
	"total_cost_micro_usd" bigint NOT NULL,
	"avg_user_satisfaction" real,
	"successful_responses_ratio" real,
	"platform_breakdown" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "daily_metrics_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "daily_metrics_day" UNIQUE NULLS NOT DISTINCT("organization_id","metric_date","chatbot_id")
);
--> statement-breakpoint
ALTER TABLE "daily_metrics" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "daily_metrics" ADD CONSTRAINT "daily_metrics_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "daily_metrics_of_chatbot" ON "daily_metrics" USING btree ("organization_id","chatbot_id","metric_date");--> statement-breakpoint
CREATE POLICY "tenant" ON "daily_metrics" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
alter table daily_metrics force row level security;
--> statement-breakpoint
grant select, insert, delete on daily_metrics to edgelore_app;
--> statement-breakpoint
-- Makes the last days anew from the facts, so that late ones count and none counts twice; one run at a time. The days before stay.
create function roll_up_metrics(p_days integer) returns integer language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  zone text;
  first_day date;
  first_id uuid;
  written integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('roll_up_metrics ' || current_organization(), 0));
  select o.time_zone into zone from organizations o where o.id = current_organization();
  first_day := (now() at time zone zone)::date - (p_days - 1);
  first_id := uuid_at((first_day - 1)::timestamp at time zone zone); -- rows are written within a day of their ids
  delete from daily_metrics d where d.metric_date >= first_day;
  with began as (
    select c.*, (c.created_at at time zone zone)::date as day from conversations c
    where c.id >= first_id and (c.created_at at time zone zone)::date >= first_day),
  sessions as (
    select b.day, b.chatbot_id, count(*) as sessions, avg(extract(epoch from b.last_activity_at - b.created_at)) as seconds,
      avg(b.last_sequence) as messages, avg(b.satisfaction_score) as satisfaction from began b group by 1, 2),
  channels as (
    select g.day, g.chatbot_id, jsonb_object_agg(g.channel, g.sessions) as breakdown
    from (select b.day, b.chatbot_id, b.channel, count(*) as sessions from began b group by 1, 2, 3) g group by 1, 2),
  said as (
    select (m.created_at at time zone zone)::date as day, c.chatbot_id, count(*) filter (where m.role in ('user', 'assistant')) as messages,
      count(distinct coalesce(c.end_user_id, c.id::text)) as people,
      avg(m.processing_time_ms) filter (where m.role = 'assistant') as milliseconds,
      count(*) filter (where m.role = 'assistant' and m.status = 'completed') as successes,
      count(*) filter (where m.role = 'assistant' and m.status in ('completed', 'interrupted', 'failed')) as ends
    from messages m join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
    where m.id >= first_id and (m.created_at at time zone zone)::date >= first_day group by 1, 2),
  spent as (
    select u.day, u.chatbot_id, sum(u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens) as tokens, sum(u.cost_micro_usd) as cost
    from usage_between(first_day, null) u group by 1, 2),
  days as (select day, chatbot_id from sessions union select day, chatbot_id from said union select day, chatbot_id from spent)
  insert into daily_metrics (chatbot_id, metric_date, total_sessions, total_messages, unique_users, avg_session_duration_seconds,
    avg_messages_per_session, avg_response_time_ms, total_tokens_used, total_cost_micro_usd, avg_user_satisfaction,
    successful_responses_ratio, platform_breakdown)
  select d.chatbot_id, d.day, coalesce(s.sessions, 0), coalesce(t.messages, 0), coalesce(t.people, 0), s.seconds, s.messages, t.milliseconds,
    coalesce(p.tokens, 0), coalesce(p.cost, 0), s.satisfaction, t.successes::real / nullif(t.ends, 0), coalesce(c.breakdown, '{}')
  from days d
    left join sessions s on s.day = d.day and s.chatbot_id is not distinct from d.chatbot_id
    left join channels c on c.day = d.day and c.chatbot_id is not distinct from d.chatbot_id
    left join said t on t.day = d.day and t.chatbot_id is not distinct from d.chatbot_id
    left join spent p on p.day = d.day and p.chatbot_id is not distinct from d.chatbot_id;
  get diagnostics written = row_count;
  return written;
end $$;
--> statement-breakpoint
-- Asks for the roll-up of each organization in which somebody spoke lately; asked for while one waits it is the same one.
create function maintain_metrics(p_days integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id)
    select o.id, new_id(), 'metrics.summarize', o.id from organizations o where exists (
      select from messages m where m.organization_id = o.id and m.id >= uuid_at(now() - make_interval(days => p_days)))
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
revoke all on function maintain_metrics(integer) from public;
--> statement-breakpoint
grant execute on function maintain_metrics(integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function maintain_metrics(integer) owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
