CREATE TABLE "admin_feedback" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"conversation_id" uuid,
	"message_id" uuid,
	"feedback_text" text NOT NULL,
	"feedback_type" text NOT NULL,
	"severity" text NOT NULL,
	"context" text,
	"status" text DEFAULT 'pending' NOT NULL,
	"analysis_results" jsonb,
	"suggested_improvements" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"applied_changes" jsonb,
	"before_snapshot" jsonb,
	"after_snapshot" jsonb,
	"applied_revision" integer,
	"impact_metrics" jsonb,
	"reason" text,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_by" text,
	"processed_at" timestamp with time zone,
	"applied_at" timestamp with time zone,
	"reverted_at" timestamp with time zone,
	CONSTRAINT "admin_feedback_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "admin_feedback_type" CHECK (feedback_type in ('accuracy', 'tone', 'completeness', 'relevance', 'other')),
	CONSTRAINT "admin_feedback_severity" CHECK (severity in ('low', 'medium', 'high', 'critical')),
	CONSTRAINT "admin_feedback_status" CHECK (status in ('pending', 'analyzing', 'completed', 'applied', 'rejected'))
);
--> statement-breakpoint
ALTER TABLE "admin_feedback" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "curated_answers" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"status" text DEFAULT 'draft' NOT NULL,
	"answer" text NOT NULL,
	"language" text NOT NULL,
	"sources" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"valid_from" timestamp with time zone,
	"valid_until" timestamp with time zone,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_by" text DEFAULT current_caller_id(),
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "curated_answers_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "curated_answers_status" CHECK (status in ('draft', 'published')),
	CONSTRAINT "curated_answers_validity" CHECK (valid_until > valid_from)
);
--> statement-breakpoint
ALTER TABLE "curated_answers" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "curated_vectors" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"wording_id" uuid NOT NULL,
	"model" text NOT NULL,
	"embedding" halfvec(1024) NOT NULL,
	CONSTRAINT "curated_vectors_organization_id_wording_id_model_pk" PRIMARY KEY("organization_id","wording_id","model")
);
--> statement-breakpoint
ALTER TABLE "curated_vectors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "curated_wordings" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"curated_answer_id" uuid NOT NULL,
	"position" smallint NOT NULL,
	"text" text NOT NULL,
	"words_hash" "bytea" NOT NULL,
	"text_hash" "bytea" NOT NULL,
	"conversation_id" uuid,
	CONSTRAINT "curated_wordings_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "curated_wordings_once" UNIQUE("organization_id","curated_answer_id","words_hash")
);
--> statement-breakpoint
ALTER TABLE "curated_wordings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "unanswered_messages" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"message_id" uuid NOT NULL,
	"unanswered_question_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"question_id" uuid NOT NULL,
	"reason" text NOT NULL,
	"language" text NOT NULL,
	"asked_at" timestamp with time zone NOT NULL,
	"is_leader" boolean DEFAULT false NOT NULL,
	"model" text,
	"embedding" halfvec(1024),
	CONSTRAINT "unanswered_messages_organization_id_message_id_pk" PRIMARY KEY("organization_id","message_id"),
	CONSTRAINT "unanswered_messages_reason" CHECK (reason in ('refused', 'disliked')),
	CONSTRAINT "unanswered_messages_embedding" CHECK ((model is null) = (embedding is null) and (is_leader or embedding is null))
);
--> statement-breakpoint
ALTER TABLE "unanswered_messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "unanswered_questions" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"status" text DEFAULT 'open' NOT NULL,
	"times_asked" integer DEFAULT 0 NOT NULL,
	"first_asked_at" timestamp with time zone NOT NULL,
	"last_asked_at" timestamp with time zone NOT NULL,
	"draft" jsonb,
	"drafted_at" timestamp with time zone,
	"curated_answer_id" uuid,
	"retest_answered" boolean,
	"retested_at" timestamp with time zone,
	"resolved_by" text,
	"resolved_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unanswered_questions_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "unanswered_questions_status" CHECK (status in ('open', 'answered', 'dismissed'))
);
--> statement-breakpoint
ALTER TABLE "unanswered_questions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "admin_feedback" ADD CONSTRAINT "admin_feedback_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "curated_answers" ADD CONSTRAINT "curated_answers_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "curated_vectors" ADD CONSTRAINT "curated_vectors_of_wording" FOREIGN KEY ("organization_id","wording_id") REFERENCES "public"."curated_wordings"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "curated_wordings" ADD CONSTRAINT "curated_wordings_of_answer" FOREIGN KEY ("organization_id","curated_answer_id") REFERENCES "public"."curated_answers"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "curated_wordings" ADD CONSTRAINT "curated_wordings_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unanswered_messages" ADD CONSTRAINT "unanswered_messages_of_question" FOREIGN KEY ("organization_id","unanswered_question_id") REFERENCES "public"."unanswered_questions"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unanswered_messages" ADD CONSTRAINT "unanswered_messages_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "unanswered_questions" ADD CONSTRAINT "unanswered_questions_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "admin_feedback_by_chatbot" ON "admin_feedback" USING btree ("organization_id","chatbot_id","id");--> statement-breakpoint
CREATE INDEX "admin_feedback_by_status" ON "admin_feedback" USING btree ("organization_id","status","id");--> statement-breakpoint
CREATE INDEX "admin_feedback_by_conversation" ON "admin_feedback" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE INDEX "admin_feedback_to_measure" ON "admin_feedback" USING btree ("applied_at") WHERE status = 'applied';--> statement-breakpoint
CREATE INDEX "curated_answers_by_chatbot" ON "curated_answers" USING btree ("organization_id","chatbot_id","id");--> statement-breakpoint
CREATE INDEX "curated_wordings_by_conversation" ON "curated_wordings" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE INDEX "unanswered_messages_by_question" ON "unanswered_messages" USING btree ("organization_id","unanswered_question_id","asked_at");--> statement-breakpoint
CREATE INDEX "unanswered_messages_by_conversation" ON "unanswered_messages" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE UNIQUE INDEX "unanswered_messages_leader" ON "unanswered_messages" USING btree ("organization_id","unanswered_question_id") WHERE is_leader;--> statement-breakpoint
CREATE INDEX "unanswered_questions_by_chatbot" ON "unanswered_questions" USING btree ("organization_id","chatbot_id","times_asked","id");--> statement-breakpoint
CREATE INDEX "unanswered_questions_by_answer" ON "unanswered_questions" USING btree ("organization_id","curated_answer_id");--> statement-breakpoint
CREATE POLICY "tenant" ON "admin_feedback" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "admin_feedback" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "curated_answers" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "curated_vectors" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "curated_wordings" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "unanswered_messages" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "unanswered_questions" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
-- What Drizzle cannot say.
do $$
declare name text;
begin
  foreach name in array array['curated_answers', 'curated_wordings', 'curated_vectors', 'unanswered_questions', 'unanswered_messages', 'admin_feedback'] loop
    execute format('alter table public.%I force row level security', name);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update, delete on curated_answers, curated_wordings, curated_vectors, unanswered_questions, unanswered_messages, admin_feedback to edgelore_app;
--> statement-breakpoint
grant select (organization_id, id, status, applied_at, impact_metrics) on admin_feedback to edgelore_system;
--> statement-breakpoint
-- A TOASTed vector is five times slower to scan.
alter table curated_vectors alter column embedding set storage plain;
--> statement-breakpoint
alter table unanswered_messages alter column embedding set storage plain;
--> statement-breakpoint
create trigger curated_answers_touched before update on curated_answers for each row execute function touch_updated_at();
--> statement-breakpoint
-- Aborts a transaction that somebody else was faster than.
create function must_still_be(p_is_so boolean, p_why text) returns void language plpgsql stable set search_path = pg_catalog as $$
begin
  if p_is_so is not true then raise exception '%', p_why using errcode = 'EL409'; end if;
end $$;
--> statement-breakpoint
-- Puts an answer that was none to the questions of its meaning, of the same chatbot, or begins one with the id given; twice it is there once.
-- Yields the question's id. Answers of one model alone are compared: the one that searches ask.
create function place_unanswered(p_id uuid, p_message uuid, p_reason text, p_language text, p_model text, p_embedding halfvec, p_similarity double precision)
returns uuid language plpgsql volatile set search_path = pg_catalog, public, pg_temp as $$
declare
  said record;
  placed uuid;
begin
  select c.chatbot_id, a.conversation_id, a.created_at, a.question_id into said
    from message_history a join conversations c on c.organization_id = a.organization_id and c.id = a.conversation_id
    where a.organization_id = current_organization() and a.id = p_message and a.question_id is not null;
  if not found then return null; end if; -- erased meanwhile
  perform pg_advisory_xact_lock(hashtextextended('unanswered_questions:' || said.chatbot_id, 0));
  select m.unanswered_question_id into placed from unanswered_messages m where m.message_id = p_message;
  if found then return placed; end if;
  if p_embedding is null then raise exception 'What was asked is not embedded.'; end if;
  select l.id into placed from (
      select u.id, m.embedding <=> p_embedding as distance from unanswered_questions u
        join unanswered_messages m on m.unanswered_question_id = u.id and m.is_leader and m.model = p_model
        where u.chatbot_id = said.chatbot_id
        order by m.embedding <=> p_embedding limit 1) l
    where l.distance <= 1 - p_similarity;
  if placed is null then
    insert into unanswered_questions (id, chatbot_id, times_asked, first_asked_at, last_asked_at)
      values (p_id, said.chatbot_id, 1, said.created_at, said.created_at);
    insert into unanswered_messages (message_id, unanswered_question_id, conversation_id, question_id, reason, language, asked_at, is_leader, model, embedding)
      values (p_message, p_id, said.conversation_id, said.question_id, p_reason, p_language, said.created_at, true, p_model, p_embedding);
    return p_id;
  end if;
  -- Asked again though it has an answer by now: it is open again. What was dismissed stays so.
  update unanswered_questions u set times_asked = u.times_asked + 1, last_asked_at = greatest(u.last_asked_at, said.created_at),
      first_asked_at = least(u.first_asked_at, said.created_at), status = case u.status when 'answered' then 'open' else u.status end
    where u.id = placed;
  insert into unanswered_messages (message_id, unanswered_question_id, conversation_id, question_id, reason, language, asked_at)
    values (p_message, placed, said.conversation_id, said.question_id, p_reason, p_language, said.created_at);
  return placed;
end $$;
--> statement-breakpoint
-- A question is as often asked as there are messages that ask it; without any there is none. Where the one that spoke for the others is
-- gone, the oldest does, once it is embedded; the draft was written for the one that is gone.
create function forget_unanswered() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from unanswered_questions u using (select distinct g.unanswered_question_id as id from gone g) q
    where u.id = q.id and not exists (select from unanswered_messages m where m.unanswered_question_id = u.id);
  update unanswered_questions u set times_asked = l.times, first_asked_at = l.first, last_asked_at = l.last,
      draft = case when l.led then u.draft end, drafted_at = case when l.led then u.drafted_at end
    from (
      select m.unanswered_question_id as id, count(*)::integer as times, min(m.asked_at) as first, max(m.asked_at) as last, bool_or(m.is_leader) as led
      from unanswered_messages m where m.unanswered_question_id in (select g.unanswered_question_id from gone g) group by 1) l
    where u.id = l.id;
  update unanswered_messages m set is_leader = true from (
      select distinct on (o.unanswered_question_id) o.message_id from unanswered_messages o
      where o.unanswered_question_id in (select g.unanswered_question_id from gone g where g.is_leader)
      order by o.unanswered_question_id, o.asked_at, o.message_id) f
    where m.message_id = f.message_id;
  return null;
end $$;
--> statement-breakpoint
create trigger unanswered_messages_forgotten after delete on unanswered_messages referencing old table as gone
  for each statement execute function forget_unanswered();
--> statement-breakpoint
-- What was written about a conversation may repeat what was said in it, so it goes with it; what was changed because of it stays.
create function forget_admin_feedback() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update admin_feedback f set conversation_id = null, message_id = null, feedback_text = '', context = null, reason = null,
      analysis_results = null, suggested_improvements = '[]', status = case when f.status in ('pending', 'analyzing', 'completed') then 'rejected' else f.status end
    from gone g where f.organization_id = g.organization_id and f.conversation_id = g.id;
  return null;
end $$;
--> statement-breakpoint
create trigger conversations_forget_feedback after delete on conversations referencing old table as gone
  for each statement execute function forget_admin_feedback();
--> statement-breakpoint
-- Asks what became of the feedback that was applied a week ago; twice asks for none.
create function maintain_admin_feedback(p_limit integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id)
    select f.organization_id, new_id(), 'admin-feedback.measure', f.id
    from admin_feedback f where f.status = 'applied' and f.applied_at < now() - interval '7 days' and f.applied_at > now() - interval '30 days'
      and f.impact_metrics is null
    order by f.applied_at limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
revoke all on function maintain_admin_feedback(integer) from public;
--> statement-breakpoint
grant execute on function maintain_admin_feedback(integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function maintain_admin_feedback(integer) owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
