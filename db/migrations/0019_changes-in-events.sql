-- What an update has changed, for the event that tells of it in the same transaction: {"before": {…}, "after": {…}} of the columns
-- that the trigger names, each followed by its name in the API where that is another.
create function note_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  before jsonb;
  after jsonb;
begin
  select jsonb_object_agg(c.field, c.was), jsonb_object_agg(c.field, c.becomes) into before, after from (
    select coalesce(nullif(split_part(arg, ' ', 2), ''), arg) as field,
      case when tg_op = 'UPDATE' then to_jsonb(old) -> split_part(arg, ' ', 1) else 'null' end as was,
      to_jsonb(new) -> split_part(arg, ' ', 1) as becomes
    from unnest(tg_argv) as a(arg)) c
    where c.was is distinct from c.becomes;
  if before is not null then
    perform set_config('app.change', jsonb_build_object('before', before, 'after', after)::text, true);
  end if;
  return null;
end $$;
--> statement-breakpoint
-- What was noted last in this transaction; {} if nothing.
create function noted_change() returns jsonb language sql stable set search_path = pg_catalog
  return coalesce(nullif(current_setting('app.change', true), '')::jsonb, '{}');
--> statement-breakpoint
create trigger note_change after update of name, slug, settings, time_zone on organizations for each row
  execute function note_change('name', 'slug', 'settings', 'time_zone timeZone');
--> statement-breakpoint
create trigger note_change after update of name, role on members for each row execute function note_change('name', 'role');
--> statement-breakpoint
create trigger note_change after update of name, scopes, expires_at on api_keys for each row
  execute function note_change('name', 'scopes', 'expires_at expiresAt');
--> statement-breakpoint
create trigger note_change after update of amount_limit, enforcement, step_down_model on budgets for each row
  execute function note_change('amount_limit limit', 'enforcement', 'step_down_model stepDownModel');
--> statement-breakpoint
create trigger note_change after insert or update on model_routes for each row
  execute function note_change('model', 'fallback_model fallbackModel');
--> statement-breakpoint
create trigger note_change after insert or update on search_settings for each row
  execute function note_change('lexical_share lexicalShare', 'score_threshold scoreThreshold', 'rerank');
