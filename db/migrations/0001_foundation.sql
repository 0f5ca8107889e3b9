CREATE TABLE "chatbot_documents" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"chatbot_id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"assigned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"assigned_by" text DEFAULT current_caller_id(),
	CONSTRAINT "chatbot_documents_organization_id_chatbot_id_document_id_pk" PRIMARY KEY("organization_id","chatbot_id","document_id")
);
--> statement-breakpoint
ALTER TABLE "chatbot_documents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "chatbots" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"description" text,
	"status" text DEFAULT 'draft' NOT NULL,
	"avatar_url" text,
	"welcome_message" text,
	"fallback_message" text,
	"llm_provider" text DEFAULT 'bedrock' NOT NULL,
	"llm_model" text NOT NULL,
	"system_prompt" text DEFAULT '' NOT NULL,
	"model_config" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"rag_enabled" boolean DEFAULT true NOT NULL,
	"retrieval_k" integer DEFAULT 5 NOT NULL,
	"score_threshold" double precision DEFAULT 0 NOT NULL,
	"context_window" integer DEFAULT 4000 NOT NULL,
	"document_scope" text DEFAULT 'all' NOT NULL,
	"knowledge_base_filter" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"integration_settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"performance_metrics" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_active_at" timestamp with time zone,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "chatbots_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "chatbots_name" UNIQUE("organization_id","name"),
	CONSTRAINT "chatbots_slug" UNIQUE("organization_id","slug"),
	CONSTRAINT "chatbots_slug_form" CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,99}$'),
	CONSTRAINT "chatbots_status" CHECK (status in ('draft', 'active', 'inactive', 'testing', 'maintenance')),
	CONSTRAINT "chatbots_document_scope" CHECK (document_scope in ('all', 'assigned')),
	CONSTRAINT "chatbots_retrieval_k" CHECK (retrieval_k between 1 and 50),
	CONSTRAINT "chatbots_score_threshold" CHECK (score_threshold between 0 and 1),
	CONSTRAINT "chatbots_context_window" CHECK (context_window between 500 and 200000)
);
--> statement-breakpoint
ALTER TABLE "chatbots" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "document_chunks" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"document_id" uuid NOT NULL,
	"chunk_index" integer NOT NULL,
	"content" text NOT NULL,
	"chunk_type" text DEFAULT 'text' NOT NULL,
	"context" text DEFAULT '' NOT NULL,
	"page" integer,
	"start_offset" integer NOT NULL,
	"end_offset" integer NOT NULL,
	"token_count" integer NOT NULL,
	"confidence_score" real,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "document_chunks_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "document_chunks_in_order" UNIQUE("organization_id","document_id","chunk_index"),
	CONSTRAINT "document_chunks_offsets" CHECK (0 <= start_offset and start_offset < end_offset)
);
--> statement-breakpoint
ALTER TABLE "document_chunks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "documents" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"product_id" uuid,
	"title" text NOT NULL,
	"filename" text NOT NULL,
	"storage_key" text NOT NULL,
	"file_size" bigint NOT NULL,
	"mime_type" text NOT NULL,
	"document_type" text DEFAULT 'other' NOT NULL,
	"language" text,
	"status" text DEFAULT 'uploaded' NOT NULL,
	"failure_reason" text,
	"processing_log" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"content_hash" text NOT NULL,
	"extracted_metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"page_count" integer,
	"chunk_count" integer DEFAULT 0 NOT NULL,
	"ocr_confidence" real,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"processed_at" timestamp with time zone,
	CONSTRAINT "documents_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "documents_title_length" CHECK (length(title) between 1 and 255),
	CONSTRAINT "documents_size" CHECK (file_size >= 0),
	CONSTRAINT "documents_type" CHECK (document_type in ('technical', 'regulatory', 'safety', 'marketing', 'certification', 'other')),
	CONSTRAINT "documents_status" CHECK (status in ('uploaded', 'processing', 'completed', 'failed')),
	CONSTRAINT "documents_failure" CHECK ((status = 'failed') = (failure_reason is not null))
);
--> statement-breakpoint
ALTER TABLE "documents" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "products" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"category" text NOT NULL,
	"sku" text,
	"status" text DEFAULT 'active' NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "products_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "products_sku" UNIQUE("organization_id","sku"),
	CONSTRAINT "products_name_length" CHECK (length(name) between 1 and 255),
	CONSTRAINT "products_status" CHECK (status in ('active', 'inactive', 'draft', 'archived'))
);
--> statement-breakpoint
ALTER TABLE "products" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "conversations" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"chatbot_id" uuid,
	"channel" text NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"title" text,
	"end_user_id" text,
	"context" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"metadata" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"last_sequence" bigint DEFAULT 0 NOT NULL,
	"satisfaction_score" smallint,
	"last_activity_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "conversations_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "conversations_channel" CHECK (channel in ('web', 'line', 'api', 'playground', 'widget', 'webhook', 'iframe')),
	CONSTRAINT "conversations_status" CHECK (status in ('active', 'inactive', 'expired', 'terminated')),
	CONSTRAINT "conversations_satisfaction" CHECK (satisfaction_score between 1 and 5)
);
--> statement-breakpoint
ALTER TABLE "conversations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "messages" (
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
	CONSTRAINT "messages_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "messages_in_order" UNIQUE("organization_id","conversation_id","sequence"),
	CONSTRAINT "messages_role" CHECK (role in ('user', 'assistant', 'system', 'tool')),
	CONSTRAINT "messages_status" CHECK (status in ('pending', 'streaming', 'completed', 'interrupted', 'failed')),
	CONSTRAINT "messages_content_type" CHECK (content_type in ('text', 'html', 'markdown', 'json'))
);
--> statement-breakpoint
ALTER TABLE "messages" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "events" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"type" text NOT NULL,
	"category" text DEFAULT 'user_action' NOT NULL,
	"severity" text DEFAULT 'info' NOT NULL,
	"resource_type" text,
	"resource_id" uuid,
	"data" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"actor_kind" text DEFAULT current_caller_kind() NOT NULL,
	"actor_id" text DEFAULT current_caller_id(),
	"ip_address" "inet",
	"user_agent" text,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "events_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "events_category" CHECK (category in ('system', 'user_action', 'error', 'performance')),
	CONSTRAINT "events_severity" CHECK (severity in ('debug', 'info', 'warning', 'error', 'critical')),
	CONSTRAINT "events_actor_kind" CHECK (actor_kind in ('key', 'member', 'system'))
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "events" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "jobs" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"subject_id" uuid NOT NULL,
	"run_after" timestamp with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"version" integer DEFAULT 0 NOT NULL,
	"last_error" text,
	"failed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "jobs_organization_id_id_pk" PRIMARY KEY("organization_id","id")
);
--> statement-breakpoint
ALTER TABLE "jobs" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "corpus_stats" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"corpus" smallint NOT NULL,
	"entries" integer NOT NULL,
	"length" bigint NOT NULL,
	CONSTRAINT "corpus_stats_corpus" CHECK (corpus > 0)
);
--> statement-breakpoint
ALTER TABLE "corpus_stats" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "search_terms" (
	"shelf" smallint NOT NULL,
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"corpus" smallint NOT NULL,
	"entry_id" uuid NOT NULL,
	"source_id" uuid NOT NULL,
	"language" text NOT NULL,
	"length" integer NOT NULL,
	"average_length" real NOT NULL,
	"analyzer_version" smallint NOT NULL,
	"weights" sparsevec(268435456) NOT NULL,
	"terms" integer[] NOT NULL,
	CONSTRAINT "search_terms_key" PRIMARY KEY("organization_id","corpus","entry_id","shelf")
) PARTITION BY LIST ("shelf");
--> statement-breakpoint
ALTER TABLE "search_terms" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "search_vectors" (
	"shelf" smallint NOT NULL,
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"corpus" smallint NOT NULL,
	"entry_id" uuid NOT NULL,
	"model" text NOT NULL,
	"source_id" uuid NOT NULL,
	"embedding" halfvec(1024) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "search_vectors_key" PRIMARY KEY("organization_id","corpus","entry_id","model","shelf")
) PARTITION BY LIST ("shelf");
--> statement-breakpoint
ALTER TABLE "search_vectors" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "term_stats" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"corpus" smallint NOT NULL,
	"term" integer NOT NULL,
	"entries" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "term_stats" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "api_keys" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"scopes" text[] NOT NULL,
	"expires_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "api_keys_hash" UNIQUE("hash"),
	CONSTRAINT "api_keys_hash_length" CHECK (length(hash) = 32)
);
--> statement-breakpoint
ALTER TABLE "api_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"result_id" uuid NOT NULL,
	"locked_until" timestamp with time zone NOT NULL,
	"status" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_organization_id_key_pk" PRIMARY KEY("organization_id","key"),
	CONSTRAINT "idempotency_keys_key_length" CHECK (length(key) between 1 and 255)
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "members" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"user_id" text,
	"email" text NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"preferences" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "members_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "members_email" UNIQUE("organization_id","email"),
	CONSTRAINT "members_user" UNIQUE("organization_id","user_id"),
	CONSTRAINT "members_role" CHECK (role in ('owner', 'admin', 'editor', 'viewer', 'support')),
	CONSTRAINT "members_email_form" CHECK (email = lower(email) and email like '%_@_%')
);
--> statement-breakpoint
ALTER TABLE "members" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"slug" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"subscription_tier" text DEFAULT 'basic' NOT NULL,
	"time_zone" text DEFAULT 'UTC' NOT NULL,
	"languages" text[] DEFAULT '{}' NOT NULL,
	"shelf" smallint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "organizations_slug" UNIQUE("slug"),
	CONSTRAINT "organizations_slug_form" CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$'),
	CONSTRAINT "organizations_name_length" CHECK (length(name) between 1 and 255),
	CONSTRAINT "organizations_tier" CHECK (subscription_tier in ('basic', 'pro', 'enterprise'))
);
--> statement-breakpoint
ALTER TABLE "organizations" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "ai_models" (
	"model" text NOT NULL,
	"valid_from" timestamp with time zone NOT NULL,
	"input_micro_usd" bigint DEFAULT 0 NOT NULL,
	"output_micro_usd" bigint DEFAULT 0 NOT NULL,
	"cache_read_micro_usd" bigint DEFAULT 0 NOT NULL,
	"cache_write_micro_usd" bigint DEFAULT 0 NOT NULL,
	"source" text NOT NULL,
	CONSTRAINT "ai_models_model_valid_from_pk" PRIMARY KEY("model","valid_from")
);
--> statement-breakpoint
CREATE TABLE "ai_usage" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"task" text NOT NULL,
	"model" text NOT NULL,
	"chatbot_id" uuid,
	"conversation_id" uuid,
	"message_id" uuid,
	"end_user_id" text,
	"input_tokens" bigint DEFAULT 0 NOT NULL,
	"output_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_read_tokens" bigint DEFAULT 0 NOT NULL,
	"cache_write_tokens" bigint DEFAULT 0 NOT NULL,
	"cost_micro_usd" bigint,
	"latency_ms" integer NOT NULL,
	"first_token_ms" integer,
	"attempts" integer DEFAULT 1 NOT NULL,
	"error" text,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "ai_usage_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "ai_usage_counts" CHECK (least(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0)
) PARTITION BY RANGE ("id");
--> statement-breakpoint
ALTER TABLE "ai_usage" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "chatbot_documents" ADD CONSTRAINT "chatbot_documents_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatbot_documents" ADD CONSTRAINT "chatbot_documents_of_document" FOREIGN KEY ("organization_id","document_id") REFERENCES "public"."documents"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "chatbots" ADD CONSTRAINT "chatbots_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document_chunks" ADD CONSTRAINT "document_chunks_of_document" FOREIGN KEY ("organization_id","document_id") REFERENCES "public"."documents"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_of_product" FOREIGN KEY ("organization_id","product_id") REFERENCES "public"."products"("organization_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "products" ADD CONSTRAINT "products_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "conversations" ADD CONSTRAINT "conversations_of_chatbot" FOREIGN KEY ("organization_id","chatbot_id") REFERENCES "public"."chatbots"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_of_conversation" FOREIGN KEY ("organization_id","conversation_id") REFERENCES "public"."conversations"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "corpus_stats" ADD CONSTRAINT "corpus_stats_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "search_terms" ADD CONSTRAINT "search_terms_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "search_vectors" ADD CONSTRAINT "search_vectors_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "term_stats" ADD CONSTRAINT "term_stats_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "members" ADD CONSTRAINT "members_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "chatbot_documents_by_document" ON "chatbot_documents" USING btree ("organization_id","document_id");--> statement-breakpoint
CREATE UNIQUE INDEX "documents_same_bytes" ON "documents" USING btree ("organization_id","content_hash") WHERE status <> 'failed';--> statement-breakpoint
CREATE INDEX "documents_by_product" ON "documents" USING btree ("organization_id","product_id");--> statement-breakpoint
CREATE INDEX "documents_by_status" ON "documents" USING btree ("organization_id","status");--> statement-breakpoint
CREATE INDEX "products_by_category" ON "products" USING btree ("organization_id","category");--> statement-breakpoint
CREATE INDEX "conversations_by_chatbot" ON "conversations" USING btree ("organization_id","chatbot_id");--> statement-breakpoint
CREATE INDEX "conversations_by_end_user" ON "conversations" USING btree ("organization_id","end_user_id");--> statement-breakpoint
CREATE INDEX "messages_left_behind" ON "messages" USING btree ("lease_until") WHERE status in ('pending', 'streaming');--> statement-breakpoint
CREATE INDEX "events_by_order" ON "events" USING btree ("organization_id","xid","id");--> statement-breakpoint
CREATE INDEX "events_by_resource" ON "events" USING btree ("organization_id","resource_id");--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_live" ON "jobs" USING btree ("organization_id","kind","subject_id") WHERE failed_at is null;--> statement-breakpoint
CREATE INDEX "jobs_due" ON "jobs" USING btree ("run_after") WHERE failed_at is null;--> statement-breakpoint
CREATE INDEX "jobs_by_id" ON "jobs" USING btree ("id");--> statement-breakpoint
CREATE INDEX "corpus_stats_by_corpus" ON "corpus_stats" USING btree ("organization_id","corpus");--> statement-breakpoint
CREATE INDEX "search_terms_by_term" ON "search_terms" USING gin ("terms");--> statement-breakpoint
CREATE INDEX "search_terms_by_source" ON "search_terms" USING btree ("organization_id","corpus","source_id");--> statement-breakpoint
CREATE INDEX "search_vectors_by_source" ON "search_vectors" USING btree ("organization_id","corpus","source_id");--> statement-breakpoint
CREATE INDEX "term_stats_by_term" ON "term_stats" USING btree ("organization_id","corpus","term");--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_age" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "members_by_user" ON "members" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "members_by_email" ON "members" USING btree ("email");--> statement-breakpoint
CREATE INDEX "ai_usage_by_conversation" ON "ai_usage" USING btree ("organization_id","conversation_id");--> statement-breakpoint
CREATE VIEW "public"."failed_jobs" WITH (security_invoker = true) AS (select "organization_id", "id", "kind", "subject_id", "attempts", "last_error", "failed_at", "created_at" from "jobs" where "jobs"."failed_at" is not null);--> statement-breakpoint
CREATE POLICY "tenant" ON "chatbot_documents" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "chatbots" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "document_chunks" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "documents" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "products" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "conversations" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "messages" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "messages" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "events" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "tenant" ON "jobs" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "jobs" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "corpus_stats" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "search" ON "corpus_stats" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "system" ON "corpus_stats" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "search_terms" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "search" ON "search_terms" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "search_vectors" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "search" ON "search_vectors" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "term_stats" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "search" ON "term_stats" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "system" ON "term_stats" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "api_keys" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "api_keys" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "idempotency_keys" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "members" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "members" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "organizations" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (id = (select current_organization())) WITH CHECK (id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "organizations" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "search" ON "organizations" AS PERMISSIVE FOR SELECT TO "edgelore_search" USING (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "ai_usage" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));