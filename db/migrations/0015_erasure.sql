CREATE TABLE "erasures" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"end_user_id" text,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "erasures_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "erasures_under_way" UNIQUE("organization_id","end_user_id"),
	CONSTRAINT "erasures_forget" CHECK ((end_user_id is null) = (completed_at is not null))
);
--> statement-breakpoint
ALTER TABLE "erasures" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "erasures" ADD CONSTRAINT "erasures_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
DROP INDEX "conversations_by_end_user";--> statement-breakpoint
CREATE INDEX "conversations_by_end_user" ON "conversations" USING btree ("organization_id","end_user_id","id");--> statement-breakpoint
CREATE INDEX "ai_usage_by_end_user" ON "ai_usage" USING btree ("organization_id","end_user_id") WHERE end_user_id is not null;--> statement-breakpoint
CREATE INDEX "events_by_end_user" ON "events" USING btree ("organization_id",coalesce(data ->> 'endUserId', data ->> 'subjectId')) WHERE coalesce(data ->> 'endUserId', data ->> 'subjectId') is not null;--> statement-breakpoint
CREATE POLICY "tenant" ON "erasures" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "erasure" ON "ai_usage" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "erasure" ON "events" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
alter table erasures force row level security;
--> statement-breakpoint
grant select, insert, update on erasures to edgelore_app;
--> statement-breakpoint
grant select, update (end_user_id, conversation_id, message_id) on ai_usage to edgelore_system;
--> statement-breakpoint
grant select, update (data, ip_address, user_agent) on events to edgelore_system;
--> statement-breakpoint
grant delete on search_log to edgelore_system;
--> statement-breakpoint
-- Calls stay, for money stays true; who asked and what was said is forgotten. At most so many at a time.
create function forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with named as (
    (select u.id from ai_usage u where u.organization_id = current_organization() and u.end_user_id = p_end_user limit p_limit)
    union all
    (select u.id from ai_usage u where u.organization_id = current_organization() and u.conversation_id = any (p_conversations) limit p_limit)),
  forgotten as (
    update ai_usage u set end_user_id = null, conversation_id = null, message_id = null
    from named n where u.organization_id = current_organization() and u.id = n.id returning 1)
  select count(*)::integer from forgotten
$$;
--> statement-breakpoint
-- That something happened stays, and who did it; what was said of it is forgotten. An event that names an end user does so as `endUserId`,
-- or as the `subjectId` of a budget.
create function forget_events(p_end_user text, p_resources uuid[]) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with forgotten as (
    update events e set data = '{}', ip_address = null, user_agent = null
    where e.organization_id = current_organization()
      and (e.resource_id = any (p_resources) or coalesce(e.data ->> 'endUserId', e.data ->> 'subjectId') = p_end_user)
      and (e.data <> '{}' or e.ip_address is not null or e.user_agent is not null) returning 1)
  select count(*)::integer from forgotten
$$;
--> statement-breakpoint
create function forget_searches(p_searches uuid[]) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with forgotten as (
    delete from search_log l where l.organization_id = current_organization() and l.id = any (p_searches) returning 1)
  select count(*)::integer from forgotten
$$;
--> statement-breakpoint
revoke all on function forget_usage(text, uuid[], integer), forget_events(text, uuid[]), forget_searches(uuid[]) from public;
--> statement-breakpoint
grant execute on function forget_usage(text, uuid[], integer), forget_events(text, uuid[]), forget_searches(uuid[]) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function forget_usage(text, uuid[], integer) owner to edgelore_system;
--> statement-breakpoint
alter function forget_events(text, uuid[]) owner to edgelore_system;
--> statement-breakpoint
alter function forget_searches(uuid[]) owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
--> statement-breakpoint
-- Erases these of a person's, or as much of it as nobody works on, and adds to the erasure's counts. One worker at a time.
-- `p_questions` are the messages with the hash of what was embedded of them, if anything was. A document's bytes went before.
create function erase_step(p_erasure uuid, p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_calls integer)
returns void language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  person text;
  idle uuid[];
  said uuid[];
  papers uuid[];
  ended uuid[];
  bounds uuid[];
  hashes bytea[];
  gone jsonb := '{}';
  number bigint;
begin
  select e.end_user_id into person from erasures e where e.id = p_erasure and e.completed_at is null for update;
  if not found then return; end if;

  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.end_user_id = person order by d.id for update of d);
  perform from conversations c where c.id = any (p_conversations) and c.end_user_id = person order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  idle := array(select c.id from conversations c where c.id = any (p_conversations) and c.end_user_id = person and c.status <> 'active'
    and c.id not in (select m.conversation_id from messages m where m.status in ('pending', 'streaming') and m.lease_until > now()));
  said := array(select m.id from messages m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (idle));

  hashes := array(select (q ->> 'hash')::bytea from jsonb_array_elements(p_questions) q where q ->> 'hash' is not null and (q ->> 'id')::uuid = any (said)
    union select k.text_hash from document_chunks k where k.document_id = any (papers));
  delete from embedding_cache e where e.model = any (p_models) and e.text_hash = any (hashes);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('embeddings', number);

  delete from relevance_feedback f where f.search_id = any (said);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('judgments', number, 'searches', forget_searches(said));

  delete from idempotency_keys k where k.result_id = any (said || papers);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('idempotencyKeys', number);

  delete from messages m where m.id = any (said);
  delete from documents d where d.id = any (papers);
  delete from jobs j where j.subject_id = any (papers); -- whoever works on one of them writes no more
  gone := gone || jsonb_build_object('messages', cardinality(said), 'documents', cardinality(papers), 'calls', forget_usage(person, idle, p_calls));

  with ending as (
    delete from conversations c where c.id = any (idle) and not exists (select from messages m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from ai_usage u where u.conversation_id = c.id)
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
