grant create on schema public to edgelore_system; -- which owns the function that it replaces
--> statement-breakpoint
set role edgelore_system;
--> statement-breakpoint
-- Asks for the roll-up of each organization in which somebody spoke, or a model was called, lately; asked for while one waits it is the same one.
create or replace function maintain_metrics(p_days integer) returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  tenant record;
  since uuid := uuid_at(now() - make_interval(days => p_days));
  asked integer := 0;
  number integer;
begin
  for tenant in select o.id from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    insert into jobs (id, kind, subject_id) select new_id(), 'metrics.summarize', tenant.id
      where exists (select from messages m where m.organization_id = tenant.id and m.id >= since)
        or exists (select from ai_usage u where u.organization_id = tenant.id and u.id >= since)
      on conflict (organization_id, kind, subject_id) where failed_at is null do nothing;
    get diagnostics number = row_count;
    asked := asked + number;
  end loop;
  perform enter_organization(null, 'system', null);
  return asked;
end $$;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
