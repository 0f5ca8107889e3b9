CREATE TABLE "chatbot_revisions" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"configuration" jsonb NOT NULL,
	"changed" text[] NOT NULL,
	"reason" text,
	"restored_from" integer,
	"created_by_kind" text DEFAULT current_caller_kind() NOT NULL,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chatbot_revisions_organization_id_chatbot_id_number_pk" PRIMARY KEY("organization_id","chatbot_id","number"),
	CONSTRAINT "chatbot_revisions_number" CHECK (number > 0 and restored_from between 1 and number - 1),
	CONSTRAINT "chatbot_revisions_reason" CHECK (length(reason) between 1 and 2000),
	CONSTRAINT "chatbot_revisions_created_by_kind" CHECK (created_by_kind in ('key', 'member', 'system'))
);
--> statement-breakpoint
ALTER TABLE "chatbot_revisions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chatbots" ADD COLUMN "revision" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "chatbot_revision" integer;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "chatbot_revision" integer;--> statement-breakpoint
ALTER TABLE "chatbot_revisions" ADD CONSTRAINT "chatbot_revisions_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "tenant" ON "chatbot_revisions" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
grant select, insert on chatbot_revisions to edgelore_app;
--> statement-breakpoint
-- Of a chatbot's row as JSON, what people set of it, as the API names it.
create function chatbot_configuration(p_row jsonb) returns jsonb language sql immutable strict set search_path = pg_catalog
  return jsonb_build_object('name', p_row -> 'name', 'slug', p_row -> 'slug', 'description', p_row -> 'description', 'status', p_row -> 'status',
    'avatarUrl', p_row -> 'avatar_url', 'welcomeMessage', p_row -> 'welcome_message', 'fallbackMessage', p_row -> 'fallback_message',
    'llmProvider', p_row -> 'llm_provider', 'llmModel', p_row -> 'llm_model', 'systemPrompt', p_row -> 'system_prompt',
    'modelConfig', p_row -> 'model_config', 'ragEnabled', p_row -> 'rag_enabled', 'retrievalK', p_row -> 'retrieval_k',
    'scoreThreshold', p_row -> 'score_threshold', 'contextWindow', p_row -> 'context_window', 'documentScope', p_row -> 'document_scope',
    'knowledgeBaseFilter', p_row -> 'knowledge_base_filter', 'integrationSettings', p_row -> 'integration_settings');
--> statement-breakpoint
-- What was there before: when each configuration was made, and by whom, nobody knows. Unforced for a moment: under its own policies an
-- owner sees no row.
alter table chatbots no force row level security;
--> statement-breakpoint
insert into chatbot_revisions (organization_id, chatbot_id, number, configuration, changed, reason, created_by_kind)
  select c.organization_id, c.id, 1, chatbot_configuration(to_jsonb(c)), '{}', 'As it was when revisions began to be kept.', 'system' from chatbots c;
--> statement-breakpoint
alter table chatbots force row level security;
--> statement-breakpoint
alter table chatbot_revisions force row level security;
--> statement-breakpoint
-- Counts the configurations of a chatbot: one more whenever one differs from that before, whoever changes it, and nothing else.
create function revise_chatbot() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  new.revision := old.revision + (chatbot_configuration(to_jsonb(new)) <> chatbot_configuration(to_jsonb(old)))::integer;
  return new;
end $$;
--> statement-breakpoint
create trigger chatbots_revised before update on chatbots for each row execute function revise_chatbot();
--> statement-breakpoint
-- When it was changed, not when it answered; after the trigger that counts, as triggers are called by their names' order.
drop trigger chatbots_touched on chatbots;
--> statement-breakpoint
create trigger chatbots_touched before update on chatbots for each row when (new.revision <> old.revision) execute function touch_updated_at();
--> statement-breakpoint
-- Keeps each configuration with what the transaction says of it (`app.revision`: {"reason": …, "restoredFrom": …}), and notes the change for
-- the event that tells of it.
create function keep_chatbot_revision() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  configuration jsonb := chatbot_configuration(to_jsonb(new));
  said jsonb := coalesce(nullif(current_setting('app.revision', true), '')::jsonb, '{}');
  changed text[] := '{}';
begin
  if tg_op = 'UPDATE' then
    if new.revision = old.revision then return null; end if;
    select array_agg(f.field order by f.field) into changed from (
      select n.key as field, n.value as becomes, o.value as was
      from jsonb_each(configuration) n join jsonb_each(chatbot_configuration(to_jsonb(old))) o on o.key = n.key) f
      where f.becomes <> f.was;
  end if;
  insert into chatbot_revisions (organization_id, chatbot_id, number, configuration, changed, reason, restored_from)
    values (new.organization_id, new.id, new.revision, configuration, changed, said ->> 'reason', (said ->> 'restoredFrom')::integer);
  perform set_config('app.change',
    jsonb_build_object('revision', new.revision, 'changed', changed, 'reason', said ->> 'reason')::text, true);
  return null;
end $$;
--> statement-breakpoint
create trigger chatbots_kept after insert or update on chatbots for each row execute function keep_chatbot_revision();
--> statement-breakpoint
-- Aborts a transaction that would change another revision than the one its caller has seen.
create function must_be_revision(p_revision integer, p_expected integer) returns void language plpgsql stable set search_path = pg_catalog as $$
begin
  if p_revision <> p_expected then
    raise exception 'This chatbot is at revision %, not at %.', p_revision, p_expected using errcode = 'EL409', constraint = 'chatbots_revision';
  end if;
end $$;
--> statement-breakpoint
-- Whether the transaction's caller has a right: a key its scope, a member one of those roles; the platform itself has every one.
create function caller_may(p_scope text, p_roles text[]) returns boolean language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select case current_caller_kind()
    when 'key' then exists (select from api_keys k where k.id = current_caller_id()::uuid and p_scope = any (k.scopes))
    when 'member' then exists (select from members m where m.id = current_caller_id()::uuid and m.role = any (p_roles))
    else current_caller_kind() = 'system' end
$$;
--> statement-breakpoint
-- The archive takes it along.
create or replace view message_history with (security_invoker = true) as
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision
from messages
union all
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision
from message_archive;
--> statement-breakpoint
grant create on schema public to edgelore_system; -- which owns the function that it replaces
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
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision)
        select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision
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
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
--> statement-breakpoint
-- Each chatbot by the conversations that began within 30 days, also one that had none; a conversation counts once, however long it is.
create view chatbot_performance_summary with (security_invoker = true) as
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
  select s.organization_id, s.chatbot_id, count(*) as messages,
    avg(m.processing_time_ms) filter (where m.role = 'assistant')::double precision as milliseconds,
    count(*) filter (where m.role = 'assistant' and m.status = 'completed')::double precision
      / nullif(count(*) filter (where m.role = 'assistant' and m.status in ('completed', 'interrupted', 'failed')), 0) as successes
  from sessions s join message_history m on m.organization_id = s.organization_id and m.conversation_id = s.id
  where m.id >= uuid_at(now() - interval '31 days') group by 1, 2),
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
grant select on chatbot_performance_summary to edgelore_app;
