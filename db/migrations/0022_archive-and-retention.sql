CREATE TABLE "message_archive" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"role" text NOT NULL,
	"status" text DEFAULT 'completed' NOT NULL,
	"content" text DEFAULT '' NOT NULL,
	"content_type" text DEFAULT 'text' NOT NULL,
	"citations" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"answered" boolean,
	"model" text,
	"token_usage" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"processing_time_ms" integer,
	"error" jsonb,
	"lease_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "message_archive_organization_id_id_pk" PRIMARY KEY("organization_id","id")
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "message_archive" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ai_usage_archive" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"task" text NOT NULL,
	"model" text NOT NULL,
	"chatbot_id" uuid,
	"conversation_id" uuid,
	"message_id" uuid,
	"agent_id" uuid,
	"end_user_id" text,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_micro_usd" bigint,
	"latency_ms" integer NOT NULL,
	"first_token_ms" integer,
	"attempts" integer DEFAULT 1 NOT NULL,
	"outcome" text DEFAULT 'succeeded' NOT NULL,
	"error" text,
	"quality_score" real,
	"request_context" jsonb,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ai_usage_archive_organization_id_id_pk" PRIMARY KEY("organization_id","id")
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "ai_usage_archive" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "archived_sequence" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "conversations" ADD COLUMN "to_archive" boolean GENERATED ALWAYS AS (ended_at is not null and archived_sequence < last_sequence) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "message_archive" ADD CONSTRAINT "message_archive_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_archive_in_order" ON "message_archive" USING btree ("organization_id","conversation_id","sequence");--> statement-breakpoint
CREATE INDEX "ai_usage_archive_by_conversation" ON "ai_usage_archive" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE INDEX "ai_usage_archive_by_end_user" ON "ai_usage_archive" USING btree ("organization_id","end_user_id") WHERE end_user_id is not null;--> statement-breakpoint
CREATE INDEX "conversations_active" ON "conversations" USING btree ("organization_id","id") WHERE status = 'active';--> statement-breakpoint
CREATE INDEX "conversations_to_archive" ON "conversations" USING btree ("organization_id","ended_at") WHERE to_archive;--> statement-breakpoint
alter table conversations no force row level security;
--> statement-breakpoint
update conversations set ended_at = case when status <> 'active' then coalesce(ended_at, last_activity_at) end where (status = 'active') <> (ended_at is null);
--> statement-breakpoint
alter table conversations force row level security;
--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_ended" CHECK ((status = 'active') = (ended_at is null));--> statement-breakpoint
CREATE POLICY "erasure" ON "conversations" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "message_archive" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "erasure" ON "message_archive" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "ai_usage_archive" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "erasure" ON "ai_usage_archive" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
alter table message_archive force row level security;
--> statement-breakpoint
alter table ai_usage_archive force row level security;
--> statement-breakpoint
-- Only the functions below fill and empty the archives.
grant select on message_archive, ai_usage_archive to edgelore_app;
--> statement-breakpoint
grant select, insert, delete on message_archive to edgelore_system;
--> statement-breakpoint
grant select, insert, update (end_user_id, conversation_id, message_id) on ai_usage_archive to edgelore_system;
--> statement-breakpoint
grant delete on messages, ai_usage to edgelore_system;
--> statement-breakpoint
grant select, update (status, ended_at, archived_sequence) on conversations to edgelore_system;
--> statement-breakpoint
grant insert on events to edgelore_system;
--> statement-breakpoint
-- That its messages were archived changes nothing about a conversation.
drop trigger conversations_touched on conversations;
--> statement-breakpoint
create trigger conversations_touched before update on conversations for each row
  when (old.archived_sequence = new.archived_sequence) execute function touch_updated_at();
--> statement-breakpoint
-- Messages and calls wherever they stand, each once.
create view message_history with (security_invoker = true) as
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at
from messages
union all
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at
from message_archive;
--> statement-breakpoint
create view usage_history with (security_invoker = true) as
select organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
  output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
  outcome, error, quality_score, request_context, request_id, created_at
from ai_usage
union all
select organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
  output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
  outcome, error, quality_score, request_context, request_id, created_at
from ai_usage_archive;
--> statement-breakpoint
grant select on message_history, usage_history to edgelore_app;
--> statement-breakpoint
grant select on usage_history to edgelore_system;
--> statement-breakpoint
-- An organization's number, or the one that holds where none is set.
create function setting(p_settings jsonb, p_name text) returns integer language sql immutable
  return coalesce((p_settings ->> p_name)::integer,
    case p_name when 'conversationIdleMinutes' then 1440 when 'archiveAfterDays' then 30 when 'usageArchiveAfterDays' then 90 end);
--> statement-breakpoint
-- The month, in UTC, in which a UUIDv7 was made.
create function month_of(p_id uuid) returns timestamptz language sql immutable
  return date_trunc('month', to_timestamp(('x' || replace(left(p_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0), 'UTC');
--> statement-breakpoint
-- Makes the partition of a log's month, or none if it stands. Owned by the tables' owner, since it makes tables. Whoever writes to the log
-- meanwhile waits, and no longer than this waits for those before.
create function make_month(p_log text, p_month timestamptz) returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  partition text := p_log || to_char(p_month at time zone 'UTC', '_YYYY_MM');
begin
  if to_regclass('public.' || quote_ident(partition)) is not null then return 0; end if;
  perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
  if to_regclass('public.' || quote_ident(partition)) is not null then return 0; end if;
  perform set_config('lock_timeout', '1s', true);
  execute format('create table public.%I partition of public.%I for values from (%L) to (%L)', partition, p_log,
    uuid_at(p_month), uuid_at(((p_month at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
  return 1;
end $$;
--> statement-breakpoint
-- As before, and the archives.
create or replace function maintain_partitions() returns integer language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(sum(make_month(log, (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC')), 0)::integer
  from unnest(array['events', 'ai_usage', 'search_log', 'message_archive', 'ai_usage_archive']) log cross join generate_series(-1, 3) ahead
$$;
--> statement-breakpoint
select maintain_partitions();
--> statement-breakpoint
-- Ends conversations with a chatbot in which nobody has spoken for as long as their organization says, at most so many. One in which an
-- answer is being given is left.
create function maintain_conversations(p_limit integer) returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  ended integer := 0;
  number integer;
begin
  for tenant in select o.id, now() - make_interval(mins => setting(o.settings, 'conversationIdleMinutes')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    with idle as (
      select c.id from conversations c
      where c.organization_id = tenant.id and c.status = 'active' and c.chatbot_id is not null and c.id < uuid_at(tenant.until) and c.last_activity_at < tenant.until
        and not exists (select from messages m where m.organization_id = tenant.id and m.conversation_id = c.id and m.status in ('pending', 'streaming'))
      limit p_limit - ended for update skip locked),
    expired as (
      update conversations c set status = 'expired', ended_at = c.last_activity_at from idle i where c.organization_id = tenant.id and c.id = i.id
      returning c.id, c.created_at, c.ended_at)
    insert into events (id, type, category, resource_type, resource_id, data)
      select new_id(), 'conversation.expired', 'system', 'conversation', e.id,
        jsonb_build_object('durationSeconds', round(extract(epoch from e.ended_at - e.created_at))) from expired e;
    get diagnostics number = row_count;
    ended := ended + number;
    exit when ended >= p_limit;
  end loop;
  perform enter_organization(null, 'system', null);
  return ended;
end $$;
--> statement-breakpoint
-- Moves messages of conversations that have been over for as long as their organization says into the archive, at most so many, one run at
-- a time. They go and come in one statement. Whoever goes on with such a conversation waits for the step, or the step leaves it.
create function maintain_message_archive(p_limit integer) returns integer language plpgsql security definer
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
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at)
        select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at
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
-- Moves the calls that are as old as their organization says into the archive, at most some more than so many, one run at a time. They go and
-- come in one statement; one that was told again after its row had been archived is still one row
-- (and counted again in budgets, but calls are told again within minutes, and archived after 31 days at the earliest).
create function maintain_usage_archive(p_limit integer) returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  room integer := p_limit;
  last uuid;
  number integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_usage_archive', 0));
  for tenant in select o.id, uuid_at(now() - make_interval(days => setting(o.settings, 'usageArchiveAfterDays'))) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    select d.id into last from (
      select u.id from ai_usage u where u.organization_id = tenant.id and u.id < tenant.until order by u.id limit room) d order by d.id desc limit 1;
    continue when last is null;
    begin
      with gone as (delete from ai_usage u where u.organization_id = tenant.id and u.id <= last returning u.*),
      kept as (
        insert into ai_usage_archive (organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
          output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
          outcome, error, quality_score, request_context, request_id, created_at)
        select organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
          output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
          outcome, error, quality_score, request_context, request_id, created_at
        from gone on conflict (organization_id, id) do nothing)
      select count(*) into number from gone;
      room := room - number;
      exit when room <= 0;
    exception when check_violation then -- as above
      exit when room < p_limit;
      select sum(make_month('ai_usage_archive', d.month)) into number from (
        select distinct month_of(u.id) as month from ai_usage u where u.organization_id = tenant.id and u.id <= last) d;
      if coalesce(number, 0) = 0 then raise; end if;
      room := room - number;
      exit;
    end;
  end loop;
  perform enter_organization(null, 'system', null);
  return p_limit - room;
end $$;
--> statement-breakpoint
-- The calls of some days, also of those whose calls are in the archive.
create or replace function usage_between(p_from date, p_to date)
returns table (day date, task text, model text, chatbot_id uuid, agent_id uuid, end_user_id text, input_tokens bigint, output_tokens bigint,
  cache_read_tokens bigint, cache_write_tokens bigint, cost_micro_usd bigint, latency_ms integer, first_token_ms integer, attempts integer,
  error text, quality_score real)
language sql stable as $$
  with span as materialized (select * from usage_span(p_from, p_to))
  select c.* from (
    select (u.created_at at time zone (select time_zone from span))::date as day, u.task, u.model, u.chatbot_id, u.agent_id, u.end_user_id,
      u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_micro_usd, u.latency_ms, u.first_token_ms, u.attempts,
      u.error, u.quality_score
    from usage_history u where u.id >= (select first_id from span) and u.id < (select last_id from span)) c
  where c.day between (select first_day from span) and (select last_day from span)
$$;
--> statement-breakpoint
-- Counts anew what was spent of a budget in the period that runs. Who adds to it meanwhile waits, and is counted once.
create or replace function recount_budget(p_budget uuid) returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
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
      from usage_history u where u.id >= uuid_at(budget.starts_at - interval '1 day')
        and budget_period(budget.period, budget.time_zone, u.created_at) = budget.starts_on and budget_bounds(budget.subject_type, budget.subject_id, u.chatbot_id, u.agent_id, u.end_user_id))
    where p.budget_id = p_budget and p.starts_on = budget.starts_on;
end $$;
--> statement-breakpoint
create or replace view database_health with (security_invoker = true) as
select o.id as organization_id, m.metric, m.value::float8 as value
from organizations o cross join lateral (values
  ('documents', (select count(*) from documents d where d.organization_id = o.id)),
  ('failed_documents', (select count(*) from documents d where d.organization_id = o.id and d.status = 'failed')),
  ('document_chunks', (select count(*) from document_chunks c where c.organization_id = o.id)),
  ('products', (select count(*) from products p where p.organization_id = o.id)),
  ('indexed_entries', (select coalesce(sum(s.entries), 0) from corpus_stats s where s.organization_id = o.id)),
  ('chatbots', (select count(*) from chatbots c where c.organization_id = o.id)),
  ('conversations', (select count(*) from conversations c where c.organization_id = o.id)),
  ('messages', (select count(*) from messages m where m.organization_id = o.id)),
  ('archived_messages', (select count(*) from message_archive m where m.organization_id = o.id)),
  ('waiting_jobs', (select count(*) from jobs j where j.organization_id = o.id and j.failed_at is null)),
  ('failed_jobs', (select count(*) from jobs j where j.organization_id = o.id and j.failed_at is not null)),
  ('errors_last_day', (select count(*) from events e where e.organization_id = o.id and e.id >= uuid_at(now() - interval '1 day')
    and e.severity in ('error', 'critical')))) m(metric, value);
--> statement-breakpoint
drop function forget_usage(text, uuid[], integer);
--> statement-breakpoint
-- Calls stay, for money stays true; who asked and what was said is forgotten. At most so many of each kind at a time, and none while it moves.
create function forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  select pg_advisory_xact_lock_shared(hashtextextended('maintain_usage_archive', 0));
  with named as (
    (select u.id from usage_history u where u.organization_id = current_organization() and u.end_user_id = p_end_user limit p_limit)
    union
    (select u.id from usage_history u where u.organization_id = current_organization() and u.conversation_id = any (p_conversations) limit p_limit)),
  forgotten as (
    update ai_usage u set end_user_id = null, conversation_id = null, message_id = null
    from named n where u.organization_id = current_organization() and u.id = n.id returning 1),
  forgotten_archived as (
    update ai_usage_archive u set end_user_id = null, conversation_id = null, message_id = null
    from named n where u.organization_id = current_organization() and u.id = n.id returning 1)
  select ((select count(*) from forgotten) + (select count(*) from forgotten_archived))::integer
$$;
--> statement-breakpoint
-- From the archive, which else only grows.
create function forget_messages(p_messages uuid[]) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with forgotten as (
    delete from message_archive m where m.organization_id = current_organization() and m.id = any (p_messages) returning 1)
  select count(*)::integer from forgotten
$$;
--> statement-breakpoint
-- Conversations in which an answer is being given: more would be written of it.
create function conversations_busy() returns setof uuid language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select m.conversation_id from messages m where m.status in ('pending', 'streaming') and m.lease_until > now()
$$;
--> statement-breakpoint
-- Takes out these messages and documents, with what was derived from them or kept because of them, and counts it. `p_questions` are messages
-- with the hash of what was embedded of them, if anything was. A document's bytes went before.
create function take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_request text) returns jsonb
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  hashes bytea[];
  gone jsonb := jsonb_build_object('messages', cardinality(p_messages), 'documents', cardinality(p_documents));
  number bigint;
begin
  hashes := array(select (q ->> 'hash')::bytea from jsonb_array_elements(p_questions) q where q ->> 'hash' is not null and (q ->> 'id')::uuid = any (p_messages)
    union select k.text_hash from document_chunks k where k.document_id = any (p_documents));
  delete from embedding_cache e where e.model = any (p_models) and e.text_hash = any (hashes);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('embeddings', number);

  delete from relevance_feedback f where f.search_id = any (p_messages);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('judgments', number, 'searches', forget_searches(p_messages));

  delete from idempotency_keys k where k.result_id = any (p_messages || p_documents);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('idempotencyKeys', number);

  delete from messages m where m.id = any (p_messages);
  perform forget_messages(p_messages);
  delete from documents d where d.id = any (p_documents);
  delete from jobs j where j.subject_id = any (p_documents); -- whoever works on one of them writes no more
  insert into events (id, type, resource_type, resource_id, request_id)
    select new_id(), 'document.deleted', 'document', d, p_request from unnest(p_documents) d;
  return gone;
end $$;
--> statement-breakpoint
drop function erase_step(uuid, uuid[], jsonb, uuid[], text[], integer);
--> statement-breakpoint
-- Erases these of a person's, or as much of it as nobody works on, and adds to the erasure's counts. One worker at a time.
create function erase_step(p_erasure uuid, p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_calls integer, p_request text)
returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  person text;
  idle uuid[];
  said uuid[];
  papers uuid[];
  ended uuid[];
  bounds uuid[];
  gone jsonb;
begin
  select e.end_user_id into person from erasures e where e.id = p_erasure and e.completed_at is null for update;
  if not found then return; end if;

  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.end_user_id = person order by d.id for update of d);
  perform from conversations c where c.id = any (p_conversations) and c.end_user_id = person order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  idle := array(select c.id from conversations c where c.id = any (p_conversations) and c.end_user_id = person and c.status <> 'active'
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (idle));
  gone := take_out(said, p_questions, papers, p_models, p_request) || jsonb_build_object('calls', forget_usage(person, idle, p_calls));

  with ending as (
    delete from conversations c where c.id = any (idle) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from usage_history u where u.conversation_id = c.id)
    returning c.id)
  select array(select id from ending) into ended;
  with bounding as (delete from budgets b where b.subject_type = 'end_user' and b.subject_id = person returning b.id)
  select array(select id from bounding) into bounds;
  gone := gone || jsonb_build_object('conversations', cardinality(ended), 'budgets', cardinality(bounds),
    'events', forget_events(person, said || papers || ended || bounds));

  update erasures e set counts = (
      select jsonb_object_agg(g.key, g.value::bigint + coalesce((e.counts ->> g.key)::bigint, 0)) from jsonb_each_text(gone) g)
    where e.id = p_erasure;
end $$;
--> statement-breakpoint
-- What was last active before is kept no longer; empty where everything is.
create function kept_since() returns timestamptz language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select now() - make_interval(days => setting(o.settings, 'retentionDays')) from organizations o where o.id = current_organization()
$$;
--> statement-breakpoint
-- Deletes these conversations, or as much of them as is no longer kept and nobody works on; each is told once, when the last of it goes.
create function retention_step(p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_request text)
returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  since timestamptz := kept_since();
  due uuid[];
  said uuid[];
  papers uuid[];
begin
  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.status = 'terminated' and c.last_activity_at < since order by d.id for update of d);
  perform from conversations c where c.id = any (p_conversations) order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  due := array(select c.id from conversations c where c.id = any (p_conversations) and c.status = 'terminated' and c.last_activity_at < since
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (due));
  perform take_out(said, p_questions, papers, p_models, p_request);

  with gone as (
    delete from conversations c where c.id = any (due) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id)
    returning c.id, c.last_activity_at)
  insert into events (id, type, category, resource_type, resource_id, data, request_id)
    select new_id(), 'conversation.deleted', 'system', 'conversation', g.id,
      jsonb_build_object('reason', 'retention', 'lastActivityAt', to_char(g.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), p_request
    from gone g;
end $$;
--> statement-breakpoint
-- Asks for the deletion of what organizations keep no longer; asked for while one waits it is the same one.
create function maintain_retention() returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  asked integer := 0;
  number integer;
begin
  for tenant in select o.id from organizations o where o.settings ->> 'retentionDays' is not null loop
    perform enter_organization(tenant.id, 'system', null);
    insert into jobs (id, kind, subject_id) select new_id(), 'retention.apply', tenant.id
      where exists (select from conversations c where c.organization_id = tenant.id
        and c.id < uuid_at((select kept_since())) and c.last_activity_at < (select kept_since()))
      on conflict (organization_id, kind, subject_id) where failed_at is null do nothing;
    get diagnostics number = row_count;
    asked := asked + number;
  end loop;
  perform enter_organization(null, 'system', null);
  return asked;
end $$;
--> statement-breakpoint
revoke all on function make_month(text, timestamptz), maintain_conversations(integer), maintain_message_archive(integer), maintain_usage_archive(integer),
  maintain_retention(), forget_usage(text, uuid[], integer), forget_messages(uuid[]) from public;
--> statement-breakpoint
grant execute on function make_month(text, timestamptz) to edgelore_system;
--> statement-breakpoint
grant execute on function maintain_conversations(integer), maintain_message_archive(integer), maintain_usage_archive(integer), maintain_retention(),
  forget_usage(text, uuid[], integer), forget_messages(uuid[]) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
do $$
declare routine regprocedure;
begin
  foreach routine in array array['maintain_conversations(integer)', 'maintain_message_archive(integer)', 'maintain_usage_archive(integer)',
    'maintain_retention()', 'forget_usage(text, uuid[], integer)', 'forget_messages(uuid[])']::regprocedure[] loop
    execute format('alter function %s owner to edgelore_system', routine);
  end loop;
end $$;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
