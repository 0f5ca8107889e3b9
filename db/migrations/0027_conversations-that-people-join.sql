CREATE TABLE "message_feedback" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"author_kind" text NOT NULL,
	"author" text NOT NULL,
	"thumbs" text,
	"rating" smallint,
	"text" text,
	"correction" text,
	"score" real GENERATED ALWAYS AS (coalesce((rating - 1) / 4.0, case thumbs when 'up' then 1 when 'down' then 0 end)) STORED,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "message_feedback_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "message_feedback_of_author" UNIQUE("organization_id","message_id","author_kind","author"),
	CONSTRAINT "message_feedback_author_kind" CHECK (author_kind in ('end_user', 'member', 'key')),
	CONSTRAINT "message_feedback_thumbs_word" CHECK (thumbs in ('up', 'down')),
	CONSTRAINT "message_feedback_rating" CHECK (rating between 1 and 5)
);
--> statement-breakpoint
ALTER TABLE "message_feedback" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "messages" DROP CONSTRAINT "messages_role";--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "tags" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "held_by" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "held_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "escalated_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "ip_address" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "client_told_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "branched_from_conversation" uuid;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "branched_from_message" uuid;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "question_id" uuid;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "replaces" uuid;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "superseded_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "copied_from" uuid;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "author" text;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "context" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "question_id" uuid;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "replaces" uuid;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "superseded_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "copied_from" uuid;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "author" text;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "context" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "message_feedback" ADD CONSTRAINT "message_feedback_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_feedback_by_conversation" ON "message_feedback" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE INDEX "message_feedback_thumbs" ON "message_feedback" USING btree ("organization_id","thumbs","id");--> statement-breakpoint
CREATE INDEX "conversations_by_tag" ON "conversations" USING gin ("organization_id","tags");--> statement-breakpoint
CREATE INDEX "conversations_escalated" ON "conversations" USING btree ("organization_id","id") WHERE escalated_at is not null;--> statement-breakpoint
CREATE INDEX "conversations_with_client" ON "conversations" USING btree ("organization_id","client_told_at") WHERE client_told_at is not null;--> statement-breakpoint
CREATE INDEX "message_archive_by_trigram" ON "message_archive" USING gin ("organization_id","content" gin_trgm_ops) WHERE status in ('completed', 'interrupted');--> statement-breakpoint
CREATE INDEX "messages_by_trigram" ON "messages" USING gin ("organization_id","content" gin_trgm_ops) WHERE status in ('completed', 'interrupted');--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_held" CHECK ((held_by is null) = (held_at is null) and (held_by is null or status = 'active'));--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_role" CHECK (role in ('user', 'assistant', 'system', 'tool', 'staff'));--> statement-breakpoint
CREATE POLICY "search" ON "conversations" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "search" ON "message_archive" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "search" ON "messages" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "message_feedback" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
alter table message_feedback force row level security;
--> statement-breakpoint
grant select, insert, update, delete on message_feedback to edgelore_app;
--> statement-breakpoint
create trigger message_feedback_touched before update on message_feedback for each row execute function touch_updated_at();
--> statement-breakpoint
-- The calls of some days. The quality of an answer is what people said of it, or else what its validation found.
create or replace function usage_between(p_from date, p_to date)
returns table (day date, task text, model text, chatbot_id uuid, agent_id uuid, end_user_id text, input_tokens bigint, output_tokens bigint,
  cache_read_tokens bigint, cache_write_tokens bigint, cost_micro_usd bigint, latency_ms integer, first_token_ms integer, attempts integer,
  error text, quality_score real)
language sql stable as $$
  with span as materialized (select * from usage_span(p_from, p_to))
  select c.* from (
    select (u.created_at at time zone (select time_zone from span))::date as day, u.task, u.model, u.chatbot_id, u.agent_id, u.end_user_id,
      u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_micro_usd, u.latency_ms, u.first_token_ms, u.attempts,
      u.error, coalesce(f.quality, u.quality_score)::real
    from usage_history u left join (select message_id, avg(score) as quality from message_feedback group by message_id) f
      on u.task = 'answer' and f.message_id = u.message_id
    where u.id >= (select first_id from span) and u.id < (select last_id from span)) c
  where c.day between (select first_day from span) and (select last_day from span)
$$;
--> statement-breakpoint
-- Until now a question and its answer always followed each other. Unforced for a moment: under its own policies an owner sees no row.
alter table messages no force row level security;
--> statement-breakpoint
alter table message_archive no force row level security;
--> statement-breakpoint
update messages a set question_id = q.id from (select organization_id, conversation_id, sequence, id, role from messages
  union all select organization_id, conversation_id, sequence, id, role from message_archive) q
  where a.role = 'assistant' and q.role = 'user' and q.organization_id = a.organization_id and q.conversation_id = a.conversation_id and q.sequence = a.sequence - 1;
--> statement-breakpoint
update message_archive a set question_id = q.id from (select organization_id, conversation_id, sequence, id, role from messages
  union all select organization_id, conversation_id, sequence, id, role from message_archive) q
  where a.role = 'assistant' and q.role = 'user' and q.organization_id = a.organization_id and q.conversation_id = a.conversation_id and q.sequence = a.sequence - 1;
--> statement-breakpoint
alter table message_archive force row level security;
--> statement-breakpoint
alter table messages force row level security;
--> statement-breakpoint
-- What is over is held by nobody, whoever ends it.
create function release_conversation() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  new.held_by := null;
  new.held_at := null;
  new.escalated_at := null;
  return new;
end $$;
--> statement-breakpoint
create trigger conversations_released before update on conversations for each row
  when (new.status <> 'active' and (new.held_by is not null or new.escalated_at is not null)) execute function release_conversation();
--> statement-breakpoint
-- The archive takes all of it along.
create or replace view message_history with (security_invoker = true) as
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context
from messages
union all
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context
from message_archive;
--> statement-breakpoint
-- What was superseded is no message of its day, and was an answer that succeeded or failed; what a branch copied is nothing new.
create or replace function roll_up_metrics(p_days integer) returns integer language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
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
    select (m.created_at at time zone zone)::date as day, c.chatbot_id, count(*) filter (where m.role in ('user', 'assistant', 'staff') and m.superseded_at is null) as messages,
      count(distinct coalesce(c.end_user_id, c.id::text)) as people,
      avg(m.processing_time_ms) filter (where m.role = 'assistant') as milliseconds,
      count(*) filter (where m.role = 'assistant' and m.status = 'completed') as successes,
      count(*) filter (where m.role = 'assistant' and m.status in ('completed', 'interrupted', 'failed')) as ends
    from messages m join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
    where m.id >= first_id and m.copied_from is null and (m.created_at at time zone zone)::date >= first_day group by 1, 2),
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
create or replace view chatbot_performance_summary with (security_invoker = true) as
with sessions as (
  select c.organization_id, c.id, c.chatbot_id, c.end_user_id, c.satisfaction_score,
    extract(epoch from coalesce(c.ended_at, c.last_activity_at) - c.created_at)::double precision as seconds
  from conversations c
  where c.id >= uuid_at(now() - interval '31 days') and c.created_at >= now() - interval '30 days'),
talks as (
  select s.organization_id, s.chatbot_id, count(*) as sessions, count(distinct coalesce(s.end_user_id, s.id::text)) as people,
    avg(s.seconds) as seconds, avg(s.satisfaction_score)::double precision as satisfaction
  from sessions s group by 1, 2),
said as (
  select s.organization_id, s.chatbot_id, count(*) filter (where m.superseded_at is null) as messages,
    avg(m.processing_time_ms) filter (where m.role = 'assistant')::double precision as milliseconds,
    count(*) filter (where m.role = 'assistant' and m.status = 'completed')::double precision
      / nullif(count(*) filter (where m.role = 'assistant' and m.status in ('completed', 'interrupted', 'failed')), 0) as successes
  from sessions s join message_history m on m.organization_id = s.organization_id and m.conversation_id = s.id
  where m.id >= uuid_at(now() - interval '31 days') and m.copied_from is null group by 1, 2),
spent as (
  select u.organization_id, u.chatbot_id, sum(u.cost_micro_usd)::bigint as cost from usage_history u
  where u.id >= uuid_at(now() - interval '30 days') and u.chatbot_id is not null group by 1, 2)
select b.id, b.name, b.organization_id, b.status, coalesce(t.sessions, 0) as total_sessions, coalesce(d.messages, 0) as total_messages,
  coalesce(t.people, 0) as unique_users, t.seconds as avg_session_duration, d.milliseconds as avg_response_time, t.satisfaction as avg_satisfaction,
  d.successes as successful_responses_ratio, coalesce(p.cost, 0) as total_cost_micro_usd
from chatbots b
  left join talks t on t.organization_id = b.organization_id and t.chatbot_id = b.id
  left join said d on d.organization_id = b.organization_id and d.chatbot_id = b.id
  left join spent p on p.organization_id = b.organization_id and p.chatbot_id = b.id;
--> statement-breakpoint
-- An organization's number, or the one that holds where none is set.
create or replace function setting(p_settings jsonb, p_name text) returns integer language sql immutable
  return coalesce((p_settings ->> p_name)::integer,
    case p_name when 'conversationIdleMinutes' then 1440 when 'archiveAfterDays' then 30 when 'usageArchiveAfterDays' then 90 when 'clientDays' then 30 end);
--> statement-breakpoint
-- That it was forgotten where words came from changes nothing about a conversation either.
drop trigger conversations_touched on conversations;
--> statement-breakpoint
create trigger conversations_touched before update on conversations for each row
  when (old.archived_sequence = new.archived_sequence and (old.client_told_at is null or new.client_told_at is not null))
  execute function touch_updated_at();
--> statement-breakpoint
grant update (ip_address, user_agent, client_told_at) on conversations to edgelore_system;
--> statement-breakpoint
grant create on schema public to edgelore_system; -- which owns these functions
--> statement-breakpoint
set role edgelore_system;
--> statement-breakpoint
create or replace function maintain_message_archive(p_limit integer) returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  room integer := p_limit;
  number integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_message_archive', 0));
  for tenant in select o.id, now() - make_interval(days => setting(o.settings, 'archiveAfterDays')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    begin
      with chosen as materialized (
        select c.id from conversations c where c.organization_id = tenant.id and c.to_archive and c.ended_at < tenant.until
          and not exists (select from messages m
            where m.organization_id = tenant.id and m.conversation_id = c.id and m.status in ('pending', 'streaming'))
        order by c.ended_at limit room / 10 + 1 for update skip locked),
      gone as (
        delete from messages m using (
          select s.id from chosen c cross join lateral (
            select s.id from messages s where s.organization_id = tenant.id and s.conversation_id = c.id order by s.sequence limit room) s
          limit room) d
        where m.organization_id = tenant.id and m.id = d.id returning m.*),
      kept as (
        insert into message_archive (organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context)
        select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context
        from gone),
      last as (select g.conversation_id, max(g.sequence) as sequence from gone g group by g.conversation_id),
      marked as (
        update conversations c set archived_sequence = case when (select count(*) from gone) < room then c.last_sequence else l.sequence end
        from chosen d left join last l on l.conversation_id = d.id
        where c.organization_id = tenant.id and c.id = d.id and ((select count(*) from gone) < room or l.sequence is not null))
      select count(*) into number from gone;
      room := room - number;
      exit when room = 0;
    exception when check_violation then -- a month that has no partition yet; made in a transaction that holds no rows
      exit when room < p_limit;
      select sum(make_month('message_archive', d.month)) into number from (
        select distinct month_of(s.id) as month from (
          select c.id from conversations c where c.organization_id = tenant.id and c.to_archive and c.ended_at < tenant.until
          order by c.ended_at limit room / 10 + 1) c
        cross join lateral (
          select s.id from messages s where s.organization_id = tenant.id and s.conversation_id = c.id order by s.sequence limit room) s) d;
      if coalesce(number, 0) = 0 then raise; end if;
      room := room - number;
      exit;
    end;
  end loop;
  perform enter_organization(null, 'system', null);
  return p_limit - room;
end $$;
--> statement-breakpoint
-- Forgets where the words of end users came from once that was told as long ago as their organization says, at most so many.
create function maintain_clients(p_limit integer) returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  forgotten integer := 0;
  number integer;
begin
  for tenant in select o.id, now() - make_interval(days => setting(o.settings, 'clientDays')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    with old as (
      select c.id from conversations c where c.organization_id = tenant.id and c.client_told_at < tenant.until
      limit p_limit - forgotten for update skip locked)
    update conversations c set ip_address = null, user_agent = null, client_told_at = null from old o where c.organization_id = tenant.id and c.id = o.id;
    get diagnostics number = row_count;
    forgotten := forgotten + number;
    exit when forgotten >= p_limit;
  end loop;
  perform enter_organization(null, 'system', null);
  return forgotten;
end $$;
--> statement-breakpoint
revoke all on function maintain_clients(integer) from public;
--> statement-breakpoint
grant execute on function maintain_clients(integer) to edgelore_app;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
--> statement-breakpoint
grant select on conversations, messages, message_archive to edgelore_search;
--> statement-breakpoint
-- The newest messages of the tenant that hold all of these patterns of `ilike` and stand in their conversations, archived ones too. What people
-- look for is part of a word as often as one, and some scripts have no spaces: trigrams find both. With the rights of another, since
-- under a policy no index answers `ilike`. What many messages hold is found in the newest 5,000; for what few hold the index is asked. No index knows
-- less than three characters: these are looked for in the newest 100,000.
create function search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamptz, p_to timestamptz,
  p_before uuid, p_limit integer) returns setof uuid language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  held text := (select string_agg(format('m.content ilike $1[%s]', n), ' and ') from generate_subscripts(p_patterns, 1) n);
  is_indexed boolean := (select bool_or(length(p) >= 5) from unnest(p_patterns) p);
  found uuid[];
  recent text;
begin
  foreach recent in array array[format('order by m.id desc limit %s', case when is_indexed then 5000 else 100000 end), ''] loop
    execute format($query$
      select coalesce(array_agg(f.id), '{}') from (
        select m.id from (
          select * from (
            select organization_id, id, conversation_id, role, status, content, superseded_at, created_at from messages
            union all
            select organization_id, id, conversation_id, role, status, content, superseded_at, created_at from message_archive) m
          where m.organization_id = $9 and ($7 is null or m.id < $7) and m.status in ('completed', 'interrupted') %s) m
        where %s and m.superseded_at is null and ($4 is null or m.role = $4) and ($5 is null or m.created_at >= $5) and ($6 is null or m.created_at < $6)
          and (($2 is null and $3 is null) or exists (select from conversations c where c.organization_id = $9 and c.id = m.conversation_id
            and ($2 is null or c.chatbot_id = $2) and ($3 is null or c.end_user_id = $3)))
        order by m.id desc limit $8) f$query$, recent, held)
    into found using p_patterns, p_chatbot, p_end_user, p_role, p_from, p_to, p_before, p_limit, current_organization();
    exit when cardinality(found) = p_limit or not is_indexed;
  end loop;
  return query select unnest(found);
end $$;
--> statement-breakpoint
revoke all on function search_messages(text[], uuid, text, text, timestamptz, timestamptz, uuid, integer) from public;
--> statement-breakpoint
grant execute on function search_messages(text[], uuid, text, text, timestamptz, timestamptz, uuid, integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_search;
--> statement-breakpoint
alter function search_messages(text[], uuid, text, text, timestamptz, timestamptz, uuid, integer) owner to edgelore_search;
--> statement-breakpoint
revoke create on schema public from edgelore_search;
