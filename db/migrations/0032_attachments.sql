CREATE TABLE "attachments" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"end_user_id" text,
	"conversation_id" uuid,
	"message_id" uuid,
	"name" text NOT NULL,
	"type" text NOT NULL,
	"size" bigint NOT NULL,
	"passages" jsonb NOT NULL,
	"tokens" integer NOT NULL,
	"warnings" jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "attachments_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "attachments_taken" CHECK ((message_id is null) = (conversation_id is null))
);
--> statement-breakpoint
ALTER TABLE "attachments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "message_archive" ADD COLUMN "attachments" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "attachments" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attachments" ADD CONSTRAINT "attachments_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "attachments_by_conversation" ON "attachments" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE INDEX "attachments_by_end_user" ON "attachments" USING btree ("organization_id","end_user_id");--> statement-breakpoint
CREATE INDEX "attachments_waiting" ON "attachments" USING btree ("created_at") WHERE message_id is null;--> statement-breakpoint
CREATE POLICY "tenant" ON "attachments" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "attachments" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);
--> statement-breakpoint
alter table attachments force row level security;
--> statement-breakpoint
grant select, insert, update, delete on attachments to edgelore_app;
--> statement-breakpoint
grant select, delete, update (message_id) on attachments to edgelore_system; -- whoever locks a row must be one who may change it
--> statement-breakpoint
create or replace view message_history with (security_invoker = true) as
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments
from messages
union all
select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
  token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments
from message_archive;
--> statement-breakpoint
drop function erase_step(uuid, uuid[], jsonb, uuid[], text[], integer, text);
--> statement-breakpoint
drop function retention_step(uuid[], jsonb, uuid[], text[], text);
--> statement-breakpoint
drop function take_out(uuid[], jsonb, uuid[], text[], text);
--> statement-breakpoint
-- As before, and attachments, whose bytes went before.
create function take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text) returns jsonb
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  hashes bytea[];
  gone jsonb := jsonb_build_object('messages', cardinality(p_messages), 'documents', cardinality(p_documents), 'attachments', cardinality(p_attachments));
  number bigint;
  vectors bigint;
begin
  hashes := array(select (q ->> 'hash')::bytea from jsonb_array_elements(p_questions) q where q ->> 'hash' is not null and (q ->> 'id')::uuid = any (p_messages)
    union select k.text_hash from document_chunks k where k.document_id = any (p_documents));
  delete from embedding_cache e where e.model = any (p_models) and e.text_hash = any (hashes);
  get diagnostics number = row_count;
  delete from message_vectors v where v.message_id = any (p_messages);
  get diagnostics vectors = row_count;
  gone := gone || jsonb_build_object('embeddings', number + vectors);

  delete from relevance_feedback f where f.search_id = any (p_messages);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('judgments', number, 'searches', forget_searches(p_messages));

  delete from idempotency_keys k where k.result_id = any (p_messages || p_documents || p_attachments);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('idempotencyKeys', number);

  delete from golden_questions g where g.message_id = any (p_messages);
  delete from messages m where m.id = any (p_messages);
  perform forget_messages(p_messages);
  delete from attachments a where a.id = any (p_attachments);
  delete from documents d where d.id = any (p_documents);
  delete from jobs j where j.subject_id = any (p_documents); -- whoever works on one of them writes no more
  insert into events (id, type, resource_type, resource_id, request_id)
    select new_id(), 'document.deleted', 'document', d, p_request from unnest(p_documents) d;
  return gone;
end $$;
--> statement-breakpoint
-- Erases these of a person's, or as much of it as nobody works on, and adds to the erasure's counts. One worker at a time.
create function erase_step(p_erasure uuid, p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_calls integer, p_request text)
returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  person text;
  idle uuid[];
  said uuid[];
  papers uuid[];
  files uuid[];
  ended uuid[];
  bounds uuid[];
  gone jsonb;
begin
  select e.end_user_id into person from erasures e where e.id = p_erasure and e.completed_at is null for update;
  if not found then return; end if;

  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.end_user_id = person order by d.id for update of d);
  files := array(select a.id from attachments a where a.id = any (p_attachments) and a.end_user_id = person order by a.id for update);
  perform from conversations c where c.id = any (p_conversations) and c.end_user_id = person order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  idle := array(select c.id from conversations c where c.id = any (p_conversations) and c.end_user_id = person and c.status <> 'active'
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (idle));
  gone := take_out(said, p_questions, papers, files, p_models, p_request) || jsonb_build_object('calls', forget_usage(person, idle, p_calls));

  with ending as (
    delete from conversations c where c.id = any (idle) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from attachments a where a.conversation_id = c.id)
      and not exists (select from usage_history u where u.conversation_id = c.id)
    returning c.id)
  select array(select id from ending) into ended;
  with bounding as (delete from budgets b where b.subject_type = 'end_user' and b.subject_id = person returning b.id)
  select array(select id from bounding) into bounds;
  gone := gone || jsonb_build_object('conversations', cardinality(ended), 'budgets', cardinality(bounds),
    'events', forget_events(person, said || papers || files || ended || bounds));

  update erasures e set counts = (
      select jsonb_object_agg(g.key, g.value::bigint + coalesce((e.counts ->> g.key)::bigint, 0)) from jsonb_each_text(gone) g)
    where e.id = p_erasure;
end $$;
--> statement-breakpoint
-- Deletes these conversations, or as much of them as is no longer kept and nobody works on; each is told once, when the last of it goes.
create function retention_step(p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text)
returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  since timestamptz := kept_since();
  due uuid[];
  said uuid[];
  papers uuid[];
  files uuid[];
begin
  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.status = 'terminated' and c.last_activity_at < since order by d.id for update of d);
  files := array(select a.id from attachments a join conversations c on c.organization_id = a.organization_id and c.id = a.conversation_id
    where a.id = any (p_attachments) and c.status = 'terminated' and c.last_activity_at < since order by a.id for update of a);
  perform from conversations c where c.id = any (p_conversations) order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  due := array(select c.id from conversations c where c.id = any (p_conversations) and c.status = 'terminated' and c.last_activity_at < since
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (due));
  perform take_out(said, p_questions, papers, files, p_models, p_request);

  with gone as (
    delete from conversations c where c.id = any (due) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from attachments a where a.conversation_id = c.id)
    returning c.id, c.last_activity_at)
  insert into events (id, type, category, resource_type, resource_id, data, request_id)
    select new_id(), 'conversation.deleted', 'system', 'conversation', g.id,
      jsonb_build_object('reason', 'retention', 'lastActivityAt', to_char(g.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), p_request
    from gone g;
end $$;
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
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments)
        select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments
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
-- Deletes files that no question took for so many hours, at most so many, and says where their bytes lie.
create function maintain_attachments(p_hours integer, p_limit integer) returns setof text language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  with old as (
    select organization_id, id from attachments where message_id is null and created_at < now() - make_interval(hours => p_hours)
    limit p_limit for update skip locked)
  delete from attachments a using old o where a.organization_id = o.organization_id and a.id = o.id
  returning a.organization_id || '/' || a.id
$$;
--> statement-breakpoint
revoke all on function maintain_attachments(integer, integer) from public;
--> statement-breakpoint
grant execute on function maintain_attachments(integer, integer) to edgelore_app;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
