CREATE TABLE "webhook_deliveries" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"sequence" bigserial NOT NULL,
	"status" text DEFAULT 'pending' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"response_status" smallint,
	"response_body" text,
	"error" text,
	"duration_ms" integer,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_deliveries_organization_id_endpoint_id_event_id_pk" PRIMARY KEY("organization_id","endpoint_id","event_id"),
	CONSTRAINT "webhook_deliveries_status" CHECK (status in ('pending', 'delivered', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "webhook_endpoints" (
	"organization_id" uuid DEFAULT current_organization() NOT NULL,
	"id" uuid NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"types" text[] NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"disabled_reason" text,
	"secret" text NOT NULL,
	"secret_id" uuid NOT NULL,
	"previous_secret" text,
	"previous_secret_expires_at" timestamp with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	"retry_at" timestamp with time zone,
	"created_by" text DEFAULT current_caller_id(),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_endpoints_organization_id_id_pk" PRIMARY KEY("organization_id","id"),
	CONSTRAINT "webhook_endpoints_status" CHECK (status in ('active', 'disabled', 'deleted')),
	CONSTRAINT "webhook_endpoints_sealed" CHECK (secret like 'v1:%' and previous_secret like 'v1:%')
);
--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_of_endpoint" FOREIGN KEY ("organization_id","endpoint_id") REFERENCES "public"."webhook_endpoints"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_deliveries_pending" ON "webhook_deliveries" USING btree ("organization_id","endpoint_id","sequence") WHERE status = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_failed" ON "webhook_deliveries" USING btree ("organization_id","endpoint_id","event_id") WHERE status = 'failed';--> statement-breakpoint
CREATE POLICY "tenant" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "webhook_deliveries" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "tenant" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "webhook_endpoints" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
alter table webhook_endpoints force row level security;
--> statement-breakpoint
alter table webhook_deliveries force row level security;
--> statement-breakpoint
grant select, insert, update on webhook_endpoints, webhook_deliveries to edgelore_app;
--> statement-breakpoint
grant usage on sequence webhook_deliveries_sequence_seq to edgelore_app;
--> statement-breakpoint
grant usage on sequence webhook_deliveries_sequence_seq to edgelore_system;
--> statement-breakpoint
grant select, delete on webhook_endpoints, webhook_deliveries to edgelore_system;
--> statement-breakpoint
-- Its functions tell events too.
grant insert on webhook_deliveries to edgelore_system;
--> statement-breakpoint
grant update (response_body, error) on webhook_deliveries to edgelore_system;
--> statement-breakpoint
-- Whether an endpoint is told of an event: one of its types, but nothing about itself, and of telling nothing, which would never end.
create function webhook_tells(p_endpoint uuid, p_types text[], p_type text, p_resource uuid, p_data jsonb) returns boolean
language sql immutable parallel safe
  return (cardinality(p_types) = 0
      or exists (select from unnest(p_types) t(type) where t.type = p_type or right(t.type, 1) = '.' and starts_with(p_type, t.type)))
    and p_resource is distinct from p_endpoint and not (p_type like 'job.%' and p_data ->> 'operation' = 'webhook.deliver');
--> statement-breakpoint
-- What is to be told stands in a row with the event, so whoever writes one, nothing is lost. Rows are only added here: no transaction
-- waits for another that tells the same endpoint, nor for the worker that sends. Who sends is woken after the commit, or by the sweep.
create function queue_webhooks() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into webhook_deliveries (organization_id, endpoint_id, event_id)
    select w.organization_id, w.id, t.id from told t join webhook_endpoints w on w.organization_id = t.organization_id
    where w.status = 'active' and webhook_tells(w.id, w.types, t.type, t.resource_id, t.data) order by t.id, w.id;
  return null;
end $$;
--> statement-breakpoint
create trigger events_queue_webhooks after insert on events referencing new table as told for each statement execute function queue_webhooks();
--> statement-breakpoint
-- Asks for the work of endpoints that have something to be told and nobody who does it: whoever was to be woken was not.
create function due_webhooks(p_limit integer) returns setof uuid language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into jobs (organization_id, id, kind, subject_id)
  select w.organization_id, new_id(), 'webhook.deliver', w.id from webhook_endpoints w
  where w.status = 'active'
    and exists (select from webhook_deliveries d where d.organization_id = w.organization_id and d.endpoint_id = w.id and d.status = 'pending')
    and not exists (select from jobs j where j.organization_id = w.organization_id and j.kind = 'webhook.deliver' and j.subject_id = w.id
      and j.failed_at is null)
  limit p_limit
  on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning id
$$;
--> statement-breakpoint
-- Forgets what was told so many days ago, and deleted endpoints with all that they were told; what an active one is still to be told stays.
create function maintain_webhooks(p_days integer, p_limit integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from webhook_endpoints w where w.status = 'deleted'
    and not exists (select from webhook_deliveries d where d.organization_id = w.organization_id and d.endpoint_id = w.id);
  with old as (
    select o.* from webhook_endpoints w cross join lateral (
      select d.organization_id, d.endpoint_id, d.event_id from webhook_deliveries d
      where d.organization_id = w.organization_id and d.endpoint_id = w.id
        and d.event_id < case w.status when 'deleted' then 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid else uuid_at(now() - make_interval(days => p_days)) end
        and (w.status = 'deleted' or d.updated_at < now() - make_interval(days => p_days) and (w.status = 'disabled' or d.status <> 'pending'))
      limit p_limit) o limit p_limit),
  gone as (
    delete from webhook_deliveries d using old o
    where d.organization_id = o.organization_id and d.endpoint_id = o.endpoint_id and d.event_id = o.event_id returning 1)
  select count(*)::integer from gone
$$;
--> statement-breakpoint
revoke all on function due_webhooks(integer), maintain_webhooks(integer, integer) from public;
--> statement-breakpoint
grant execute on function due_webhooks(integer), maintain_webhooks(integer, integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function due_webhooks(integer) owner to edgelore_system;
--> statement-breakpoint
alter function maintain_webhooks(integer, integer) owner to edgelore_system;
--> statement-breakpoint
set role edgelore_system;
--> statement-breakpoint
-- That something happened stays, and who did it; what was said of it is forgotten, and what an endpoint answered that was told of it. An
-- event that names an end user does so as `endUserId`, or as the `subjectId` of a budget.
create or replace function forget_events(p_end_user text, p_resources uuid[]) returns integer
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  with forgotten as (
    update events e set data = '{}', ip_address = null, user_agent = null
    where e.organization_id = current_organization()
      and (e.resource_id = any (p_resources) or coalesce(e.data ->> 'endUserId', e.data ->> 'subjectId') = p_end_user)
      and (e.data <> '{}' or e.ip_address is not null or e.user_agent is not null) returning e.id),
  answers as (
    update webhook_deliveries d set response_body = null, error = null from forgotten f join webhook_endpoints w on w.organization_id = current_organization()
    where d.organization_id = w.organization_id and d.endpoint_id = w.id and d.event_id = f.id)
  select count(*)::integer from forgotten
$$;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
