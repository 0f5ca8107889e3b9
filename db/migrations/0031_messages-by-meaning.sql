CREATE TABLE "message_vectors" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"message_id" uuid NOT NULL,
	"model" text NOT NULL,
	"conversation_id" uuid NOT NULL,
	"role" text NOT NULL,
	"said_at" timestamp with time zone NOT NULL,
	"embedding" halfvec(1024) NOT NULL,
	CONSTRAINT "message_vectors_organization_id_message_id_model_pk" PRIMARY KEY("organization_id","message_id","model"),
	CONSTRAINT "message_vectors_role" CHECK (role in ('user', 'assistant', 'staff'))
);
--> statement-breakpoint
ALTER TABLE "message_vectors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "message_vectors" ADD CONSTRAINT "message_vectors_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "message_vectors_by_conversation" ON "message_vectors" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE POLICY "tenant" ON "message_vectors" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
-- What Drizzle cannot say.
alter table message_vectors force row level security;
--> statement-breakpoint
grant select, insert, update, delete on message_vectors to edgelore_app;
--> statement-breakpoint
-- All are compared with a question: what is TOASTed, or merely could be, takes seven times as long.
alter table message_vectors alter column embedding set storage plain, alter column model set storage plain, alter column role set storage plain;
--> statement-breakpoint
create function forget_superseded_vectors() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from message_vectors v where v.organization_id = new.organization_id and v.message_id = new.id;
  return null;
end $$;
--> statement-breakpoint
create trigger messages_superseded after update of superseded_at on messages for each row
  when (old.superseded_at is null and new.superseded_at is not null) execute function forget_superseded_vectors();
--> statement-breakpoint
-- As before, and the vectors of the messages, which count as embeddings.
create or replace function take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_request text) returns jsonb
language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  hashes bytea[];
  gone jsonb := jsonb_build_object('messages', cardinality(p_messages), 'documents', cardinality(p_documents));
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

  delete from idempotency_keys k where k.result_id = any (p_messages || p_documents);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('idempotencyKeys', number);

  delete from golden_questions g where g.message_id = any (p_messages);
  delete from messages m where m.id = any (p_messages);
  perform forget_messages(p_messages);
  delete from documents d where d.id = any (p_documents);
  delete from jobs j where j.subject_id = any (p_documents); -- whoever works on one of them writes no more
  insert into events (id, type, resource_type, resource_id, request_id)
    select new_id(), 'document.deleted', 'document', d, p_request from unnest(p_documents) d;
  return gone;
end $$;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
set role edgelore_system;
--> statement-breakpoint
-- Asks for the embedding of what was said in each organization that wants it, at most so many; asked for while one waits it is the same one,
-- and what failed lately is left for an hour.
create function maintain_message_vectors(p_limit integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id)
    select o.id, new_id(), 'message.embed', o.id from organizations o
    where (o.settings ->> 'semanticMessageSearch')::boolean
      and not exists (select from jobs j where j.organization_id = o.id and j.kind = 'message.embed' and j.subject_id = o.id
        and coalesce(j.failed_at > now() - interval '1 hour', true))
    order by o.id limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
revoke all on function maintain_message_vectors(integer) from public;
--> statement-breakpoint
grant execute on function maintain_message_vectors(integer) to edgelore_app;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
