CREATE POLICY "self_check" ON "events" AS PERMISSIVE FOR SELECT TO "edgelore_system" USING (organization_id = '00000000-0000-7000-8000-00005e1fc4ec');--> statement-breakpoint
-- How the platform's last check of itself ended, null when there was none: the one thing of that organization that others see.
create function last_self_check() returns jsonb language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'at', to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'ok', e.type = 'self-check.passed',
    'failedStep', e.data -> 'step', 'durationMs', e.data -> 'durationMs'))
  from events e
  where e.organization_id = '00000000-0000-7000-8000-00005e1fc4ec' and e.type in ('self-check.passed', 'self-check.failed')
  order by e.id desc limit 1
$$;
--> statement-breakpoint
revoke all on function last_self_check() from public;
--> statement-breakpoint
grant execute on function last_self_check() to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function last_self_check() owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
