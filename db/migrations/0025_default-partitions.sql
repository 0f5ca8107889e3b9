-- What is written in a month that has no partition, since nobody made it, is kept here until somebody does.
create table events_default partition of events default;
--> statement-breakpoint
create table ai_usage_default partition of ai_usage default;
--> statement-breakpoint
create table search_log_default partition of search_log default;
--> statement-breakpoint
-- Makes a month of a log, unless it is there. What the default partition holds of it moves there; who writes waits meanwhile.
create or replace function make_month(p_log text, p_month timestamptz) returns integer language plpgsql security definer
  set search_path = pg_catalog, public, pg_temp as $$
declare
  partition text := p_log || to_char(p_month at time zone 'UTC', '_YYYY_MM');
  rest text := p_log || '_default';
  since uuid := uuid_at(p_month);
  until uuid := uuid_at(((p_month at time zone 'UTC') + interval '1 month') at time zone 'UTC');
  is_waiting boolean := false;
begin
  if to_regclass('public.' || quote_ident(partition)) is not null then return 0; end if;
  perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
  if to_regclass('public.' || quote_ident(partition)) is not null then return 0; end if;
  perform set_config('lock_timeout', '2s', true); -- after one, autovacuum gives way
  if to_regclass('public.' || quote_ident(rest)) is not null then
    execute format('lock table public.%I in access exclusive mode', rest);
    execute format('select exists (select from public.%I where id >= $1 and id < $2)', rest) into is_waiting using since, until;
  end if;
  if is_waiting then
    execute format('create table public.%I (like public.%I including all)', partition, p_log);
    execute format('with gone as (delete from public.%I where id >= $1 and id < $2 returning *) insert into public.%I select * from gone', rest, partition)
      using since, until;
    execute format('alter table public.%I attach partition public.%I for values from (%L) to (%L)', p_log, partition, since, until);
  else
    execute format('create table public.%I partition of public.%I for values from (%L) to (%L)', partition, p_log, since, until);
  end if;
  return 1;
end $$;
--> statement-breakpoint
create or replace function maintain_partitions() returns integer language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  log text;
  months timestamptz[];
  made integer := 0;
begin
  foreach log in array array['events', 'ai_usage', 'search_log', 'message_archive', 'ai_usage_archive'] loop
    months := array(select (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC'
      from generate_series(-1, 3) ahead);
    if to_regclass('public.' || quote_ident(log || '_default')) is not null then
      execute format('select $1 || array(select distinct month_of(id) from public.%I)', log || '_default') into months using months;
    end if;
    made := made + (select coalesce(sum(make_month(log, m.month)), 0) from (select distinct unnest(months) as month) m);
  end loop;
  return made;
end $$;
