CREATE TABLE "eval_results" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"eval_id" uuid NOT NULL,
	"golden_question_id" uuid NOT NULL,
	"asked" jsonb NOT NULL,
	"answerable" boolean NOT NULL,
	"status" text DEFAULT 'waiting' NOT NULL,
	"answer_id" uuid,
	"refused" boolean,
	"recall" double precision,
	"reciprocal_rank" double precision,
	"quotes" integer,
	"wrong_quotes" integer,
	"correctness" double precision,
	"top_score" double precision,
	"latency_ms" integer,
	"first_token_ms" integer,
	"cost_micro_usd" bigint,
	"outcome" jsonb,
	"completed_at" timestamp with time zone,
	CONSTRAINT "eval_results_organization_id_eval_id_golden_question_id_pk" PRIMARY KEY("organization_id","eval_id","golden_question_id"),
	CONSTRAINT "eval_results_status" CHECK (status in ('waiting', 'completed', 'failed')),
	CONSTRAINT "eval_results_shares" CHECK (recall between 0 and 1 and reciprocal_rank between 0 and 1 and correctness between 0 and 1),
	CONSTRAINT "eval_results_outcome" CHECK ((status = 'waiting') = (outcome is null))
);
--> statement-breakpoint
ALTER TABLE "eval_results" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "eval_runs" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"revision" integer NOT NULL,
	"change" jsonb,
	"configuration" jsonb NOT NULL,
	"fingerprint" text NOT NULL,
	"whole" boolean NOT NULL,
	"status" text DEFAULT 'running' NOT NULL,
	"failure_reason" text,
	"total" integer NOT NULL,
	"cost_limit_micro_usd" bigint,
	"summary" jsonb,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "eval_runs_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "eval_runs_status" CHECK (status in ('running', 'completed', 'cancelled', 'failed')),
	CONSTRAINT "eval_runs_failure" CHECK ((status = 'failed') = (failure_reason is not null)),
	CONSTRAINT "eval_runs_completion" CHECK ((status = 'running') = (completed_at is null)),
	CONSTRAINT "eval_runs_total" CHECK (total > 0)
);
--> statement-breakpoint
ALTER TABLE "eval_runs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "golden_questions" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"question" text NOT NULL,
	"history" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"answerable" boolean DEFAULT true NOT NULL,
	"expected_answer" text,
	"expected_facts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"expected_sources" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"language" text,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"status" text DEFAULT 'approved' NOT NULL,
	"message_id" uuid,
	"asked_hash" text GENERATED ALWAYS AS (md5(question || history::text)) STORED NOT NULL,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "golden_questions_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "golden_questions_question" CHECK (length(question) between 1 and 20000),
	CONSTRAINT "golden_questions_status" CHECK (status in ('proposed', 'approved'))
);
--> statement-breakpoint
ALTER TABLE "golden_questions" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "question_proposals" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"status" text DEFAULT 'writing' NOT NULL,
	"failure_reason" text,
	"chunk_ids" uuid[] NOT NULL,
	"read" integer DEFAULT 0 NOT NULL,
	"wanted" integer NOT NULL,
	"proposed" integer DEFAULT 0 NOT NULL,
	"dropped" integer DEFAULT 0 NOT NULL,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "question_proposals_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "question_proposals_status" CHECK (status in ('writing', 'completed', 'failed')),
	CONSTRAINT "question_proposals_failure" CHECK ((status = 'failed') = (failure_reason is not null))
);
--> statement-breakpoint
ALTER TABLE "question_proposals" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chatbots" ADD COLUMN "eval_gate" jsonb;--> statement-breakpoint
ALTER TABLE "eval_results" ADD CONSTRAINT "eval_results_of_eval" FOREIGN KEY ("organization_id","eval_id") REFERENCES "public"."eval_runs"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "eval_results" ADD CONSTRAINT "eval_results_of_question" FOREIGN KEY ("organization_id","golden_question_id") REFERENCES "public"."golden_questions"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "eval_runs" ADD CONSTRAINT "eval_runs_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "golden_questions" ADD CONSTRAINT "golden_questions_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "question_proposals" ADD CONSTRAINT "question_proposals_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "eval_results_by_question" ON "eval_results" USING btree ("organization_id","golden_question_id");--> statement-breakpoint
CREATE INDEX "eval_runs_in_order" ON "eval_runs" USING btree ("organization_id","chatbot_id","id");--> statement-breakpoint
CREATE INDEX "eval_runs_by_fingerprint" ON "eval_runs" USING btree ("organization_id","chatbot_id","fingerprint");--> statement-breakpoint
CREATE UNIQUE INDEX "golden_questions_once" ON "golden_questions" USING btree ("organization_id","chatbot_id","asked_hash");--> statement-breakpoint
CREATE INDEX "golden_questions_in_order" ON "golden_questions" USING btree ("organization_id","chatbot_id","id");--> statement-breakpoint
CREATE INDEX "golden_questions_by_message" ON "golden_questions" USING btree ("organization_id","message_id") WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX "question_proposals_by_chatbot" ON "question_proposals" USING btree ("organization_id","chatbot_id");--> statement-breakpoint
ALTER TABLE "chatbots" ADD CONSTRAINT "chatbots_eval_gate_form" CHECK ((eval_gate ->> 'maxDrop')::double precision between 0 and 1);--> statement-breakpoint
CREATE POLICY "tenant" ON "eval_results" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "eval_runs" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "golden_questions" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "question_proposals" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
alter table golden_questions force row level security;
--> statement-breakpoint
alter table question_proposals force row level security;
--> statement-breakpoint
alter table eval_runs force row level security;
--> statement-breakpoint
alter table eval_results force row level security;
--> statement-breakpoint
grant select, insert, update, delete on golden_questions, question_proposals, eval_runs, eval_results to edgelore_app;
--> statement-breakpoint
create trigger golden_questions_touched before update on golden_questions for each row execute function touch_updated_at();
--> statement-breakpoint
-- Of a chatbot's row as JSON, what people set of it, as the API names it.
create or replace function chatbot_configuration(p_row jsonb) returns jsonb language sql immutable strict set search_path = pg_catalog
  return jsonb_build_object('name', p_row -> 'name', 'slug', p_row -> 'slug', 'description', p_row -> 'description', 'status', p_row -> 'status',
    'avatarUrl', p_row -> 'avatar_url', 'welcomeMessage', p_row -> 'welcome_message', 'fallbackMessage', p_row -> 'fallback_message',
    'llmProvider', p_row -> 'llm_provider', 'llmModel', p_row -> 'llm_model', 'systemPrompt', p_row -> 'system_prompt',
    'modelConfig', p_row -> 'model_config', 'ragEnabled', p_row -> 'rag_enabled', 'retrievalK', p_row -> 'retrieval_k',
    'scoreThreshold', p_row -> 'score_threshold', 'contextWindow', p_row -> 'context_window', 'documentScope', p_row -> 'document_scope',
    'rewriteFollowUps', p_row -> 'rewrite_follow_ups', 'safety', p_row -> 'safety',
    'knowledgeBaseFilter', p_row -> 'knowledge_base_filter', 'integrationSettings', p_row -> 'integration_settings',
    'evalGate', p_row -> 'eval_gate');
--> statement-breakpoint
-- The revisions that there are had no gate. Unforced for a moment: under its own policies an owner sees no row.
alter table chatbot_revisions no force row level security;
--> statement-breakpoint
update chatbot_revisions set configuration = configuration || '{"evalGate": null}';
--> statement-breakpoint
alter table chatbot_revisions force row level security;
--> statement-breakpoint
-- Of a configuration, what decides how it answers: all but how the chatbot is called, looks and greets, whom it answers, and the gate. A
-- setting that comes later decides too until it is named here.
create function answering_fingerprint(p_configuration jsonb) returns text language sql immutable strict set search_path = pg_catalog
  return md5((p_configuration - array['name', 'slug', 'description', 'status', 'avatarUrl', 'welcomeMessage', 'fallbackMessage',
    'integrationSettings', 'evalGate'])::text);
--> statement-breakpoint
-- What an eval came to; with another one, over the questions that both have asked.
create function eval_figures(p_eval uuid, p_with uuid) returns jsonb language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_build_object('questions', count(*), 'failed', count(*) filter (where r.status = 'failed'),
    'recall', avg(r.recall), 'reciprocalRank', avg(r.reciprocal_rank), 'correctness', avg(r.correctness),
    'refusedUnanswerable', avg(r.refused::integer::double precision) filter (where not r.answerable),
    'refusedAnswerable', avg(r.refused::integer::double precision) filter (where r.answerable),
    'quotes', coalesce(sum(r.quotes), 0), 'wrongQuotes', coalesce(sum(r.wrong_quotes), 0),
    'latencyMsP50', percentile_cont(0.5) within group (order by r.latency_ms),
    'latencyMsP95', percentile_cont(0.95) within group (order by r.latency_ms),
    'firstTokenMsP50', percentile_cont(0.5) within group (order by r.first_token_ms),
    'costMicroUsd', coalesce(sum(r.cost_micro_usd), 0))
  from eval_results r
  where r.eval_id = p_eval and r.status <> 'waiting' and (p_with is null or r.golden_question_id in (
    select o.golden_question_id from eval_results o where o.eval_id = p_with and o.status <> 'waiting'))
$$;
--> statement-breakpoint
-- The same with what would have been refused at each threshold: what was, and whatever had no chunk of that score.
create function eval_summary(p_eval uuid) returns jsonb language sql stable set search_path = pg_catalog, public, pg_temp as $$
  select eval_figures(p_eval, null) || jsonb_build_object('thresholds', (
    select jsonb_agg(c.point order by c.threshold) from (
      select t.threshold, jsonb_build_object('threshold', t.threshold,
        'refusedAnswerable', avg((r.refused or coalesce(r.top_score, 0) < t.threshold)::integer::double precision) filter (where r.answerable),
        'refusedUnanswerable', avg((r.refused or coalesce(r.top_score, 0) < t.threshold)::integer::double precision) filter (where not r.answerable)) as point
      from (select s / 20.0::double precision as threshold from generate_series(0, 20) s) t
        left join eval_results r on r.eval_id = p_eval and r.status = 'completed'
      group by t.threshold) c))
$$;
--> statement-breakpoint
-- Why a configuration may not take the place of the one in force, by evals of every approved question; null where it may.
create function eval_objection(p_chatbot uuid, p_gate jsonb, p_wanted text, p_in_force text) returns text
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
  drop_max double precision := (p_gate ->> 'maxDrop')::double precision;
  candidate uuid := (select e.id from eval_runs e
    where e.chatbot_id = p_chatbot and e.fingerprint = p_wanted and e.status = 'completed' and e.whole order by e.completed_at desc limit 1);
  measure uuid := (select e.id from eval_runs e
    where e.chatbot_id = p_chatbot and e.fingerprint = p_in_force and e.status = 'completed' and e.whole order by e.completed_at desc limit 1);
  ours jsonb;
  theirs jsonb;
begin
  if candidate is null then
    return format('no eval of exactly this configuration has completed; POST /v1/chatbots/%s/evals with it as "change" makes one', p_chatbot);
  end if;
  if p_in_force is null then return null; end if;
  if measure is null then
    return format('no eval of the configuration in force has completed; POST /v1/chatbots/%s/evals makes one', p_chatbot);
  end if;
  ours := eval_figures(candidate, measure);
  theirs := eval_figures(measure, candidate);
  if (ours ->> 'questions')::integer = 0 then
    return format('its eval asked other questions than that of the configuration in force; POST /v1/chatbots/%s/evals makes one', p_chatbot);
  end if;
  return (
    select string_agg(format('%s fell from %s to %s', w.figure, round(w.was::numeric, 4), round(w.becomes::numeric, 4)), ', ') from (
      select f.figure, coalesce((theirs ->> f.figure)::double precision, 0) as was, coalesce((ours ->> f.figure)::double precision, 0) as becomes
      from (values ('recall'), ('correctness'), ('refusedUnanswerable')) f (figure)
      union all
      select 'the share answered of answerable questions', 1 - coalesce((theirs ->> 'refusedAnswerable')::double precision, 0),
        1 - coalesce((ours ->> 'refusedAnswerable')::double precision, 0)
      union all
      select 'the share of questions that did not fail', 1 - (theirs ->> 'failed')::double precision / (theirs ->> 'questions')::double precision,
        1 - (ours ->> 'failed')::double precision / (ours ->> 'questions')::double precision
      union all
      select 'the share of right quotes', 1 - (theirs ->> 'wrongQuotes')::double precision / greatest((theirs ->> 'quotes')::double precision, 1),
        1 - (ours ->> 'wrongQuotes')::double precision / greatest((ours ->> 'quotes')::double precision, 1)) w
    where w.was - w.becomes > drop_max + 1e-9);
end $$;
--> statement-breakpoint
-- While a chatbot has a gate, what answers the public changes, and the gate opens, only with evals that are not worse. An owner who says
-- so (`app.revision`: {"force": true}) passes, and the revision's event tells what was passed.
create function gate_chatbot() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  said jsonb := coalesce(nullif(current_setting('app.revision', true), '')::jsonb, '{}');
  wanted text := answering_fingerprint(chatbot_configuration(to_jsonb(new)));
  in_force text;
  objection text;
begin
  if old.eval_gate is null then return new; end if;
  if new.status = 'active' then
    in_force := answering_fingerprint(case when old.status = 'active' then chatbot_configuration(to_jsonb(old)) else (
      select r.configuration from chatbot_revisions r where r.chatbot_id = old.id and r.configuration ->> 'status' = 'active'
      order by r.number desc limit 1) end);
    if wanted is distinct from in_force then objection := eval_objection(old.id, old.eval_gate, wanted, in_force); end if;
  end if;
  if objection is null and (new.eval_gate is null or (new.eval_gate ->> 'maxDrop')::double precision > (old.eval_gate ->> 'maxDrop')::double precision) then
    objection := 'the gate itself would open';
  end if;
  if objection is null then return new; end if;
  if said ->> 'force' is distinct from 'true' then
    raise exception 'The gate of this chatbot refuses this: %. An owner may pass with "force" and a reason.', objection
      using errcode = 'EL409', constraint = 'chatbots_eval_gate';
  end if;
  if not caller_may('organization:write', '{owner}') then
    raise exception 'Only owners, and keys with organization:write, pass the gate: %.', objection using errcode = 'EL403';
  end if;
  perform set_config('app.revision', (said || jsonb_build_object('passed', objection))::text, true);
  return new;
end $$;
--> statement-breakpoint
create trigger chatbots_gated before update on chatbots for each row execute function gate_chatbot();
--> statement-breakpoint
-- Keeps each configuration with what the transaction says of it (`app.revision`: {"reason": …, "restoredFrom": …, "passed": …}), and notes
-- the change for the event that tells of it.
create or replace function keep_chatbot_revision() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
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
  perform set_config('app.change', (
    jsonb_build_object('revision', new.revision, 'changed', changed, 'reason', said ->> 'reason')
      || case when said ? 'passed' then jsonb_build_object('passedGate', said -> 'passed') else '{}' end)::text, true);
  return null;
end $$;
--> statement-breakpoint
-- Takes messages and documents out, with all that was kept because of them; golden questions that were made from one go with it.
create or replace function take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_models text[], p_request text) returns jsonb
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
-- Aborts a transaction that would begin an eval of nothing.
create function must_have_questions(p_count bigint) returns void language plpgsql stable set search_path = pg_catalog as $$
begin
  if p_count = 0 then
    raise exception 'There is no approved golden question to ask.' using errcode = 'EL409';
  end if;
end $$;
