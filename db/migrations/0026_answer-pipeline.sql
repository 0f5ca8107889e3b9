CREATE TABLE "message_traces" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"message_id" uuid NOT NULL,
	"steps" jsonb NOT NULL,
	"duration_ms" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "message_traces_organization_id_message_id_pk" PRIMARY KEY("organization_id","message_id")
);
--> statement-breakpoint
ALTER TABLE "message_traces" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chatbots" ADD COLUMN "rewrite_follow_ups" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "chatbots" ADD COLUMN "safety" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "message_traces" ADD CONSTRAINT "message_traces_of_message" FOREIGN KEY ("organization_id","message_id") REFERENCES "public"."messages"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE POLICY "tenant" ON "message_traces" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));
--> statement-breakpoint
alter table message_traces force row level security;
--> statement-breakpoint
grant select, insert, update on message_traces to edgelore_app;
--> statement-breakpoint
-- Of a chatbot's row as JSON, what people set of it, as the API names it: now also how it rewrites and what it lets in and out.
create or replace function chatbot_configuration(p_row jsonb) returns jsonb language sql immutable strict set search_path = pg_catalog
  return jsonb_build_object('name', p_row -> 'name', 'slug', p_row -> 'slug', 'description', p_row -> 'description', 'status', p_row -> 'status',
    'avatarUrl', p_row -> 'avatar_url', 'welcomeMessage', p_row -> 'welcome_message', 'fallbackMessage', p_row -> 'fallback_message',
    'llmProvider', p_row -> 'llm_provider', 'llmModel', p_row -> 'llm_model', 'systemPrompt', p_row -> 'system_prompt',
    'modelConfig', p_row -> 'model_config', 'ragEnabled', p_row -> 'rag_enabled', 'retrievalK', p_row -> 'retrieval_k',
    'scoreThreshold', p_row -> 'score_threshold', 'contextWindow', p_row -> 'context_window', 'documentScope', p_row -> 'document_scope',
    'rewriteFollowUps', p_row -> 'rewrite_follow_ups', 'safety', p_row -> 'safety',
    'knowledgeBaseFilter', p_row -> 'knowledge_base_filter', 'integrationSettings', p_row -> 'integration_settings');
--> statement-breakpoint
-- Revisions of before are of chatbots that let through whatever the platform does.
alter table chatbot_revisions no force row level security;
--> statement-breakpoint
update chatbot_revisions set configuration = jsonb_build_object('rewriteFollowUps', true, 'safety', '{}'::jsonb) || configuration;
--> statement-breakpoint
alter table chatbot_revisions force row level security;
