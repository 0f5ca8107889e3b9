CREATE TABLE "file_checks" (
	"organization_id" uuid PRIMARY KEY DEFAULT current_organization() NOT NULL,
	"checked_to" text DEFAULT '' NOT NULL,
	"files" integer DEFAULT 0 NOT NULL,
	"orphaned" integer DEFAULT 0 NOT NULL,
	"orphaned_bytes" bigint DEFAULT 0 NOT NULL,
	"missing" uuid[] DEFAULT '{}' NOT NULL,
	"abandoned" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"completed_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "file_checks" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "cron_runs" (
	"name" text PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"requested_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"duration_ms" integer,
	"did" jsonb,
	"error" text,
	"failures" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
ALTER TABLE "file_checks" ADD CONSTRAINT "file_checks_organization_id_organizations_id_fk" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_by_type" ON "events" USING btree ("organization_id",type collate "C","id");--> statement-breakpoint
CREATE INDEX "events_of_trouble" ON "events" USING btree ("organization_id","id") WHERE severity in ('warning', 'error', 'critical') or category in ('error', 'performance');--> statement-breakpoint
CREATE POLICY "tenant" ON "file_checks" AS PERMISSIVE FOR ALL TO "edgelore_app" USING (organization_id = (select current_organization())) WITH CHECK (organization_id = (select current_organization()));--> statement-breakpoint
CREATE POLICY "system" ON "file_checks" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);
--> statement-breakpoint
alter table file_checks force row level security;
--> statement-breakpoint
grant select, insert, update, delete on file_checks to edgelore_app;
--> statement-breakpoint
grant select on file_checks to edgelore_system;
--> statement-breakpoint
-- What a cron did is of all organizations: the operator's.
grant select (name, started_at, finished_at, duration_ms, error, failures) on cron_runs to edgelore_app;
--> statement-breakpoint
grant select, insert, update on cron_runs to edgelore_system;
--> statement-breakpoint
-- A cron begins. With a pause it is by hand: refused (EL409) when it was begun so less than so many seconds ago.
create function start_cron_run(p_name text, p_pause integer) returns void language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into cron_runs as r (name, started_at, requested_at)
  values (p_name, clock_timestamp(), case when p_pause is not null then clock_timestamp() end)
  on conflict (name) do update set started_at = excluded.started_at, requested_at = coalesce(excluded.requested_at, r.requested_at)
  where p_pause is null or r.requested_at is null or clock_timestamp() - r.requested_at not between interval '0' and make_interval(secs => p_pause);
  if not found then raise exception 'Somebody had % run in the last % s.', p_name, p_pause using errcode = 'EL409'; end if;
end $$;
--> statement-breakpoint
-- How it ended.
create function finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text) returns void language sql security definer
set search_path = pg_catalog, public, pg_temp as $$
  update cron_runs set finished_at = clock_timestamp(), duration_ms = p_duration_ms, did = p_did, error = p_error,
    failures = case when p_error is null then 0 else failures + 1 end
  where name = p_name
$$;
--> statement-breakpoint
-- Asks for the comparison of R2 with the documents, of the organizations first whose last one is the longest ago.
create function maintain_file_checks(p_limit integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id, run_after)
    select o.id, new_id(), 'file.check', o.id, now() + random() * interval '1 hour'
    from organizations o left join file_checks c on c.organization_id = o.id
    where coalesce(c.started_at < now() - interval '20 hours', true)
      and not exists (select from jobs j where j.organization_id = o.id and j.kind = 'file.check' and j.subject_id = o.id and j.failed_at is null)
    order by c.started_at nulls first, o.id limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
-- Drops the log's months of which every day is so many days ago. Who waits for the lock makes all searches wait, so not for long.
create function maintain_search_log(p_days integer) returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set lock_timeout = '2s' as $$
declare
  month text;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
  for month in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'public.search_log'::regclass and c.relname ~ '^search_log_\d{4}_\d{2}$'
      and to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= (now() at time zone 'UTC') - make_interval(days => p_days) loop
    execute format('drop table public.%I', month);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
--> statement-breakpoint
-- Not while a request with it runs: what that puts into R2 is known by the key.
drop function maintain_idempotency_keys();
--> statement-breakpoint
create function maintain_idempotency_keys() returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with gone as (delete from idempotency_keys where created_at < now() - interval '24 hours' and locked_until < now() returning 1)
  select count(*)::integer from gone
$$;
--> statement-breakpoint
-- The days since the last one that was summed up too, so that none is missing when a night was.
drop function maintain_search_days();
--> statement-breakpoint
create function maintain_search_days() returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with written as (
    insert into search_days
    select d.* from searches_by_day(least(date_trunc('day', now(), 'UTC') - interval '48 hours',
      coalesce((select max(s.day) from search_days s), date '2020-01-01')::timestamp at time zone 'UTC')) d where d.day < (now() at time zone 'UTC')::date
    on conflict (organization_id, day) do update set searches = excluded.searches, questions = excluded.questions,
      without_result = excluded.without_result, embeddings_cached = excluded.embeddings_cached,
      embeddings_computed = excluded.embeddings_computed, latency_ms_p50 = excluded.latency_ms_p50,
      latency_ms_p95 = excluded.latency_ms_p95, judgments = excluded.judgments, mean_relevance = excluded.mean_relevance
    returning 1)
  select count(*)::integer from written
$$;
--> statement-breakpoint
-- Asks for the nightly check of the organizations first whose last one is the longest ago: however many there are, each has its turn.
drop function maintain_index_checks(integer);
--> statement-breakpoint
create function maintain_index_checks(p_limit integer) returns integer language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id, run_after)
    select o.id, new_id(), 'index.check', o.id, now() + random() * interval '1 hour'
    from organizations o cross join lateral (select max(c.started_at) as started_at from index_checks c where c.organization_id = o.id) last
    where cardinality(o.languages) > 0 and coalesce(last.started_at < now() - interval '20 hours', true)
      and not exists (select from jobs j where j.organization_id = o.id and j.kind = 'index.check' and j.subject_id = o.id and j.failed_at is null)
    order by last.started_at nulls first, o.id limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
-- Analyzes the partitioned table (which autovacuum never does) or refreshes the materialized view whose name comes next; null when
-- none does. `done` is false when somebody else is at it. Readers and writers go on; vacuum and changes of the schema wait. Postgres 17
-- analyzes the partitions too, up to a second each: there a table of many is left out, so that it ends within a statement's time.
create function refresh_statistics(p_after text) returns table (name text, kind text, done boolean) language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set lock_timeout = '2s' as $$
declare
  is_alone boolean := current_setting('server_version_num')::integer >= 180000;
  columns text;
begin
  select c.relname, case c.relkind when 'm' then 'view' else 'table' end into name, kind from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname > p_after and not c.relispartition
      and (c.relkind = 'p' and (is_alone or (select count(*) from pg_inherits i where i.inhparent = c.oid) <= 12)
        or c.relkind = 'm' and c.relispopulated and exists (
        select from pg_index i where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null))
    order by c.relname limit 1;
  if not found then return; end if;
  begin
    -- Who makes or drops partitions waits here, and not in line for the table, where everybody would wait behind them.
    perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
    if kind = 'view' then
      execute format('refresh materialized view concurrently public.%I', name);
    else
      -- Vectors have no statistics that a plan could use, and are long to compare.
      select string_agg(format('%I', a.attname), ', ') into columns from pg_attribute a
        where a.attrelid = format('public.%I', name)::regclass and a.attnum > 0 and not a.attisdropped
          and a.atttypid::regtype::text not in ('halfvec', 'sparsevec', 'vector', 'bit');
      execute format('analyze (skip_locked) %s public.%I (%s)',
        case when is_alone then 'only' end, name, columns);
    end if;
    done := true;
  exception when lock_not_available then done := false;
  end;
  return next;
end $$;
--> statement-breakpoint
-- The statements of this role that cost the database the most, where pg_stat_statements is there. Its texts have no parameters; what it
-- does not put in their place, as in utility statements, is left out.
create function slow_statements(p_limit integer) returns table (statement text, calls bigint, mean_ms float8, total_ms float8)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare place text;
begin
  select n.nspname into place from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements' and has_schema_privilege(n.oid, 'usage');
  if not found then return; end if;
  return query execute format($sql$
    select s.query, s.calls, s.mean_exec_time, s.total_exec_time from %I.pg_stat_statements s
    where s.dbid = (select d.oid from pg_database d where d.datname = current_database()) and s.userid = current_user::regrole
      and s.query ~* '^\s*(select|with|insert|update|delete|merge)\M'
    order by s.total_exec_time desc limit $1 $sql$, place) using p_limit;
exception when object_not_in_prerequisite_state then -- the server did not load it
end $$;
--> statement-breakpoint
do $$
declare routine text;
begin
  foreach routine in array array['start_cron_run(text, integer)', 'finish_cron_run(text, integer, jsonb, text)', 'maintain_file_checks(integer)',
    'maintain_search_log(integer)', 'maintain_index_checks(integer)', 'maintain_search_days()', 'maintain_idempotency_keys()', 'refresh_statistics(text)', 'slow_statements(integer)'] loop
    execute format('revoke all on function %s from public', routine);
    execute format('grant execute on function %s to edgelore_app', routine);
  end loop;
end $$;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
do $$
declare routine text;
begin
  foreach routine in array array['start_cron_run(text, integer)', 'finish_cron_run(text, integer, jsonb, text)', 'maintain_file_checks(integer)',
    'maintain_index_checks(integer)', 'maintain_search_days()', 'maintain_idempotency_keys()'] loop
    execute format('alter function %s owner to edgelore_system', routine);
  end loop;
end $$;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
