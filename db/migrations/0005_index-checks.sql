-- Asks for a check of each organization that has been searched in and had none today (20 hours: the one of last night began
-- some time after its cron did). Due at any moment of the next hour, that they do not all come at once. Twice asks for none.
create function maintain_index_checks(p_limit integer) returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id, run_after)
    select o.id, (left(uuid_at(now())::text, 13) || substr(gen_random_uuid()::text, 14))::uuid, 'index.check', o.id,
      now() + random() * interval '1 hour'
    from organizations o
    where cardinality(o.languages) > 0
      and not exists (select from index_checks c where c.organization_id = o.id and c.started_at > now() - interval '20 hours')
      and not exists (select from jobs j where j.organization_id = o.id and j.kind = 'index.check' and j.subject_id = o.id
        and j.failed_at is null)
    order by o.id limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing
    returning 1)
  select count(*)::integer from asked
$$;
--> statement-breakpoint
revoke all on function maintain_index_checks(integer) from public;
--> statement-breakpoint
grant execute on function maintain_index_checks(integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function maintain_index_checks(integer) owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
