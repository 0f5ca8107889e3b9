create extension if not exists vector;
--> statement-breakpoint
create extension if not exists pg_trgm;
--> statement-breakpoint
create extension if not exists btree_gin;
--> statement-breakpoint
-- Roles belong to the cluster, so another database may have made them, even at this moment.
do $$
declare name text;
begin
  foreach name in array array['edgelore_app', 'edgelore_search', 'edgelore_system'] loop
    begin
      if not exists (select from pg_roles where rolname = name) then execute format('create role %I nologin', name); end if;
    exception when duplicate_object or unique_violation then null;
    end;
    -- To hand functions over to a role one must be able to become it; nobody inherits what it may see.
    execute format('grant %I to current_user with inherit false, set true', name);
  end loop;
end $$;
--> statement-breakpoint
grant usage on schema public to edgelore_app, edgelore_search, edgelore_system;
--> statement-breakpoint
-- After a transaction the setting is '' and not null: nullif makes both mean "no tenant", which sees nothing.
create function current_organization() returns uuid language sql stable parallel safe
  return nullif(pg_catalog.current_setting('app.organization_id', true), '')::pg_catalog.uuid;
--> statement-breakpoint
create function current_caller_kind() returns text language sql stable parallel safe
  return coalesce(nullif(pg_catalog.current_setting('app.caller_kind', true), ''), 'system');
--> statement-breakpoint
create function current_caller_id() returns text language sql stable parallel safe
  return nullif(pg_catalog.current_setting('app.caller_id', true), '');
