-- PostgreSQL database dump

-- EXTENSION btree_gin

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;

-- COMMENT EXTENSION btree_gin

COMMENT ON EXTENSION btree_gin IS 'support for indexing common datatypes in GIN';

-- EXTENSION pg_trgm

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

-- COMMENT EXTENSION pg_trgm

COMMENT ON EXTENSION pg_trgm IS 'text similarity measurement and index searching based on trigrams';

-- EXTENSION vector

CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

-- COMMENT EXTENSION vector

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

-- FUNCTION answering_fingerprint(jsonb)

CREATE FUNCTION public.answering_fingerprint(p_configuration jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT
    SET search_path TO 'pg_catalog'
    RETURN md5(((p_configuration - ARRAY['name'::text, 'slug'::text, 'description'::text, 'status'::text, 'avatarUrl'::text, 'welcomeMessage'::text, 'fallbackMessage'::text, 'integrationSettings'::text, 'evalGate'::text]))::text);

ALTER FUNCTION public.answering_fingerprint(p_configuration jsonb) OWNER TO postgres;

-- FUNCTION authenticate_key(bytea, text)

CREATE FUNCTION public.authenticate_key(p_hash bytea, p_scope text) RETURNS TABLE(organization_id uuid, caller_id uuid, role text, scopes text[], languages text[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  key api_keys;
begin
  select k.* into key from api_keys k where k.hash = p_hash;
  if key.id is null then raise exception 'This API key does not exist.' using errcode = 'EL401'; end if;
  if key.revoked_at is not null then raise exception 'This API key was revoked.' using errcode = 'EL401'; end if;
  if key.expires_at <= now() then raise exception 'This API key has expired.' using errcode = 'EL401'; end if;
  if p_scope is not null and not p_scope = any (key.scopes) then
    raise exception 'This API key lacks the scope %.', p_scope using errcode = 'EL403';
  end if;
  -- At most once a minute, and never waiting: requests with one key must not queue for its row.
  update api_keys k set last_used_at = now() where (k.organization_id, k.id) in (
    select u.organization_id, u.id from api_keys u where u.organization_id = key.organization_id and u.id = key.id
      and (u.last_used_at is null or u.last_used_at < now() - interval '1 minute') for update skip locked);
  perform set_config('app.organization_id', key.organization_id::text, true),
    set_config('app.caller_kind', 'key', true), set_config('app.caller_id', key.id::text, true);
  return query select key.organization_id, key.id, null::text, key.scopes, o.languages
    from organizations o where o.id = key.organization_id;
end $$;

ALTER FUNCTION public.authenticate_key(p_hash bytea, p_scope text) OWNER TO edgelore_system;

-- FUNCTION authenticate_member(text, text, text, uuid, text[])

CREATE FUNCTION public.authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[]) RETURNS TABLE(organization_id uuid, caller_id uuid, role text, scopes text[], languages text[])
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  found_members members[];
  member members;
begin
  if p_email is not null then
    update members m set user_id = p_user, name = coalesce(m.name, p_name)
      where m.email = lower(p_email) and m.user_id is null
        and not exists (select from members o where o.organization_id = m.organization_id and o.user_id = p_user);
    update members m set email = lower(p_email)
      where m.user_id = p_user and m.email <> lower(p_email)
        and not exists (select from members o where o.organization_id = m.organization_id and o.email = lower(p_email));
  end if;
  found_members := array(select m from members m where m.user_id = p_user
    and (p_organization is null or m.organization_id = p_organization) limit 2);
  if cardinality(found_members) = 0 then
    raise exception 'You are not a member of this organization.' using errcode = 'EL401';
  end if;
  if cardinality(found_members) > 1 then
    raise exception 'You are a member of several organizations: name one in the header X-Organization-Id.' using errcode = 'EL400';
  end if;
  member := found_members[1];
  if p_roles is not null and not member.role = any (p_roles) then
    raise exception 'Your role, %, does not allow this.', member.role using errcode = 'EL403';
  end if;
  perform set_config('app.organization_id', member.organization_id::text, true),
    set_config('app.caller_kind', 'member', true), set_config('app.caller_id', member.id::text, true);
  return query select member.organization_id, member.id, member.role, null::text[], o.languages
    from organizations o where o.id = member.organization_id;
end $$;

ALTER FUNCTION public.authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[]) OWNER TO edgelore_system;

-- FUNCTION budget_bounds(text, text, uuid, uuid, text)

CREATE FUNCTION public.budget_bounds(p_subject_type text, p_subject_id text, p_chatbot uuid, p_agent uuid, p_end_user text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN ((p_subject_type = 'organization'::text) OR ((p_subject_type = 'chatbot'::text) AND (p_subject_id = (p_chatbot)::text)) OR ((p_subject_type = 'agent'::text) AND (p_subject_id = (p_agent)::text)) OR ((p_subject_type = 'end_user'::text) AND (p_subject_id = p_end_user)));

ALTER FUNCTION public.budget_bounds(p_subject_type text, p_subject_id text, p_chatbot uuid, p_agent uuid, p_end_user text) OWNER TO postgres;

-- FUNCTION budget_period(text, text, timestamp with time zone)

CREATE FUNCTION public.budget_period(p_period text, p_zone text, p_instant timestamp with time zone) RETURNS date
    LANGUAGE sql STABLE
    RETURN CASE p_period WHEN 'day'::text THEN ((p_instant AT TIME ZONE p_zone))::date WHEN 'month'::text THEN (date_trunc('month'::text, (p_instant AT TIME ZONE p_zone)))::date ELSE '2000-01-01'::date END;

ALTER FUNCTION public.budget_period(p_period text, p_zone text, p_instant timestamp with time zone) OWNER TO postgres;

-- FUNCTION budget_period_end(text, text, date)

CREATE FUNCTION public.budget_period_end(p_period text, p_zone text, p_starts_on date) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    RETURN CASE p_period WHEN 'day'::text THEN ((p_starts_on + '1 day'::interval) AT TIME ZONE p_zone) WHEN 'month'::text THEN ((p_starts_on + '1 mon'::interval) AT TIME ZONE p_zone) ELSE NULL::timestamp with time zone END;

ALTER FUNCTION public.budget_period_end(p_period text, p_zone text, p_starts_on date) OWNER TO postgres;

-- FUNCTION budgets_bounding(uuid, text, uuid, uuid, text)

CREATE FUNCTION public.budgets_bounding(p_call uuid, p_zone text, p_chatbot uuid, p_agent uuid, p_end_user text) RETURNS TABLE(id uuid, subject_type text, subject_id text, period text, unit text, amount_limit bigint, enforcement text, step_down_model text, starts_on date, spent bigint, reserved bigint)
    LANGUAGE sql STABLE
    AS $$
  select b.id, b.subject_type, b.subject_id, b.period, b.unit, b.amount_limit, b.enforcement, b.step_down_model, s.starts_on, coalesce(p.spent, 0), r.reserved
  from budgets b
    cross join lateral (select budget_period(b.period, p_zone, clock_timestamp()) as starts_on) s
    left join budget_periods p on p.organization_id = b.organization_id and p.budget_id = b.id and p.starts_on = s.starts_on
    cross join lateral (select coalesce(sum(v.amount), 0)::bigint as reserved from budget_reservations v where v.organization_id = b.organization_id
      and v.budget_id = b.id and v.id <> p_call and v.expires_at > clock_timestamp()) r
  where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
$$;

ALTER FUNCTION public.budgets_bounding(p_call uuid, p_zone text, p_chatbot uuid, p_agent uuid, p_end_user text) OWNER TO postgres;

-- TABLE ai_models

CREATE TABLE public.ai_models (
    model text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    input_micro_usd bigint DEFAULT 0 NOT NULL,
    output_micro_usd bigint DEFAULT 0 NOT NULL,
    cache_read_micro_usd bigint DEFAULT 0 NOT NULL,
    cache_write_micro_usd bigint DEFAULT 0 NOT NULL,
    source text NOT NULL,
    call_micro_usd bigint DEFAULT 0 NOT NULL,
    CONSTRAINT ai_models_prices CHECK ((LEAST(input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, call_micro_usd) >= 0))
);

ALTER TABLE public.ai_models OWNER TO postgres;

-- FUNCTION call_cost(text, bigint, bigint, bigint, bigint, integer)

CREATE FUNCTION public.call_cost(p_model text, p_input bigint, p_output bigint, p_cache_read bigint, p_cache_write bigint, p_calls integer) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    RETURN (SELECT round((((((((call_cost.p_input * m.input_micro_usd) + (call_cost.p_output * m.output_micro_usd)) + (call_cost.p_cache_read * m.cache_read_micro_usd)) + (call_cost.p_cache_write * m.cache_write_micro_usd)))::numeric / '1000000'::numeric) + ((call_cost.p_calls * m.call_micro_usd))::numeric)) AS round FROM public.ai_models m WHERE ((m.model = ANY (ARRAY[call_cost.p_model, regexp_replace(call_cost.p_model, '^(us|eu|apac|global)\.'::text, ''::text)])) AND (m.valid_from <= now())) ORDER BY (m.model = call_cost.p_model) DESC, m.valid_from DESC LIMIT 1);

ALTER FUNCTION public.call_cost(p_model text, p_input bigint, p_output bigint, p_cache_read bigint, p_cache_write bigint, p_calls integer) OWNER TO postgres;

-- FUNCTION caller_may(text, text[])

CREATE FUNCTION public.caller_may(p_scope text, p_roles text[]) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select case current_caller_kind()
    when 'key' then exists (select from api_keys k where k.id = current_caller_id()::uuid and p_scope = any (k.scopes))
    when 'member' then exists (select from members m where m.id = current_caller_id()::uuid and m.role = any (p_roles))
    else current_caller_kind() = 'system' end
$$;

ALTER FUNCTION public.caller_may(p_scope text, p_roles text[]) OWNER TO postgres;

-- FUNCTION chatbot_configuration(jsonb)

CREATE FUNCTION public.chatbot_configuration(p_row jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT
    SET search_path TO 'pg_catalog'
    RETURN jsonb_build_object('name', (p_row -> 'name'::text), 'slug', (p_row -> 'slug'::text), 'description', (p_row -> 'description'::text), 'status', (p_row -> 'status'::text), 'avatarUrl', (p_row -> 'avatar_url'::text), 'welcomeMessage', (p_row -> 'welcome_message'::text), 'fallbackMessage', (p_row -> 'fallback_message'::text), 'llmProvider', (p_row -> 'llm_provider'::text), 'llmModel', (p_row -> 'llm_model'::text), 'systemPrompt', (p_row -> 'system_prompt'::text), 'modelConfig', (p_row -> 'model_config'::text), 'ragEnabled', (p_row -> 'rag_enabled'::text), 'retrievalK', (p_row -> 'retrieval_k'::text), 'scoreThreshold', (p_row -> 'score_threshold'::text), 'contextWindow', (p_row -> 'context_window'::text), 'documentScope', (p_row -> 'document_scope'::text), 'rewriteFollowUps', (p_row -> 'rewrite_follow_ups'::text), 'safety', (p_row -> 'safety'::text), 'knowledgeBaseFilter', (p_row -> 'knowledge_base_filter'::text), 'integrationSettings', (p_row -> 'integration_settings'::text), 'evalGate', (p_row -> 'eval_gate'::text));

ALTER FUNCTION public.chatbot_configuration(p_row jsonb) OWNER TO postgres;

-- FUNCTION claim_job(uuid, interval)

CREATE FUNCTION public.claim_job(p_id uuid, p_lease interval) RETURNS TABLE(organization_id uuid, kind text, subject_id uuid, attempt integer, version integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  return query update jobs j set lease_until = now() + p_lease, attempts = j.attempts + 1
    where j.id = p_id and j.failed_at is null and j.run_after <= now() and (j.lease_until is null or j.lease_until <= now())
    returning j.organization_id, j.kind, j.subject_id, j.attempts, j.version;
end $$;

ALTER FUNCTION public.claim_job(p_id uuid, p_lease interval) OWNER TO edgelore_system;

-- FUNCTION clear_search_entries()

CREATE FUNCTION public.clear_search_entries() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  delete from search_terms t using gone g
    where t.organization_id = g.organization_id and t.corpus = tg_argv[0]::smallint and t.entry_id = g.id;
  delete from search_vectors v using gone g
    where v.organization_id = g.organization_id and v.corpus = tg_argv[0]::smallint and v.entry_id = g.id;
  return null;
end $$;

ALTER FUNCTION public.clear_search_entries() OWNER TO postgres;

-- FUNCTION conversations_busy()

CREATE FUNCTION public.conversations_busy() RETURNS SETOF uuid
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select m.conversation_id from messages m where m.status in ('pending', 'streaming') and m.lease_until > now()
$$;

ALTER FUNCTION public.conversations_busy() OWNER TO postgres;

-- FUNCTION count_search_terms()

CREATE FUNCTION public.count_search_terms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  if tg_op <> 'INSERT' then
    insert into term_stats (organization_id, corpus, term, entries)
      select g.organization_id, g.corpus, i.term, -count(*)::integer
      from gone g join organizations o on o.id = g.organization_id and o.shelf = g.shelf cross join lateral unnest(g.terms) as i(term)
      group by 1, 2, 3;
    insert into corpus_stats (organization_id, corpus, entries, length)
      select g.organization_id, g.corpus, -count(*)::integer, -sum(g.length)
      from gone g join organizations o on o.id = g.organization_id and o.shelf = g.shelf group by 1, 2;
  end if;
  if tg_op <> 'DELETE' then
    insert into term_stats (organization_id, corpus, term, entries)
      select c.organization_id, c.corpus, i.term, count(*)::integer
      from come c join organizations o on o.id = c.organization_id and o.shelf = c.shelf cross join lateral unnest(c.terms) as i(term)
      group by 1, 2, 3;
    insert into corpus_stats (organization_id, corpus, entries, length)
      select c.organization_id, c.corpus, count(*)::integer, sum(c.length)
      from come c join organizations o on o.id = c.organization_id and o.shelf = c.shelf group by 1, 2;
  end if;
  return null;
end $$;

ALTER FUNCTION public.count_search_terms() OWNER TO postgres;

-- FUNCTION current_caller_id()

CREATE FUNCTION public.current_caller_id() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('app.caller_id'::text, true), ''::text);

ALTER FUNCTION public.current_caller_id() OWNER TO postgres;

-- FUNCTION current_caller_kind()

CREATE FUNCTION public.current_caller_kind() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE(NULLIF(current_setting('app.caller_kind'::text, true), ''::text), 'system'::text);

ALTER FUNCTION public.current_caller_kind() OWNER TO postgres;

-- FUNCTION current_organization()

CREATE FUNCTION public.current_organization() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid;

ALTER FUNCTION public.current_organization() OWNER TO postgres;

-- FUNCTION daily_costs(date, date)

CREATE FUNCTION public.daily_costs(p_from date, p_to date) RETURNS TABLE(organization_id uuid, date date, total_cost bigint, opus_cost bigint, sonnet_cost bigint, haiku_cost bigint, request_count bigint, calls_without_price bigint, avg_quality_score double precision, budget_utilization double precision)
    LANGUAGE sql STABLE
    AS $$
  with tiers as (
    select substring(c.model from 'opus|sonnet|haiku') as tier, c.* from model_costs(p_from, p_to) c),
  summed as (
    select s.time_zone, d.day::date, coalesce(sum(t.calls), 0)::bigint as calls, coalesce(sum(t.calls_without_price), 0)::bigint as unpriced,
      sum(t.quality) / nullif(sum(t.scored), 0) as quality,
      coalesce(sum(t.cost), case when count(t.day) = 0 then 0 end)::bigint as total,
      coalesce(sum(t.cost) filter (where t.tier = 'opus'), case when count(*) filter (where t.tier = 'opus') = 0 then 0 end)::bigint as opus,
      coalesce(sum(t.cost) filter (where t.tier = 'sonnet'), case when count(*) filter (where t.tier = 'sonnet') = 0 then 0 end)::bigint as sonnet,
      coalesce(sum(t.cost) filter (where t.tier = 'haiku'), case when count(*) filter (where t.tier = 'haiku') = 0 then 0 end)::bigint as haiku
    from usage_span(p_from, p_to) s
      cross join lateral generate_series(s.first_day::timestamp, least(s.last_day, s.today)::timestamp, interval '1 day') d(day)
      left join tiers t on t.day = d.day::date
    group by 1, 2)
  select current_organization(), m.day, m.total, m.opus, m.sonnet, m.haiku, m.calls, m.unpriced, m.quality,
    case when m.day >= (b.created_at at time zone m.time_zone)::date then 100.0 * m.total / b.amount_limit end
  from summed m left join budgets b on b.subject_type = 'organization' and b.period = 'day' and b.unit = 'micro_usd'
$$;

ALTER FUNCTION public.daily_costs(p_from date, p_to date) OWNER TO postgres;

-- FUNCTION due_jobs(interval, integer)

CREATE FUNCTION public.due_jobs(p_waiting interval, p_limit integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select j.id from jobs j where j.failed_at is null and j.run_after <= now() - p_waiting
    and (j.lease_until is null or j.lease_until <= now()) order by j.run_after limit p_limit
$$;

ALTER FUNCTION public.due_jobs(p_waiting interval, p_limit integer) OWNER TO edgelore_system;

-- FUNCTION due_webhooks(integer)

CREATE FUNCTION public.due_webhooks(p_limit integer) RETURNS SETOF uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  insert into jobs (organization_id, id, kind, subject_id)
  select w.organization_id, new_id(), 'webhook.deliver', w.id from webhook_endpoints w
  where w.status = 'active'
    and exists (select from webhook_deliveries d where d.organization_id = w.organization_id and d.endpoint_id = w.id and d.status = 'pending')
    and not exists (select from jobs j where j.organization_id = w.organization_id and j.kind = 'webhook.deliver' and j.subject_id = w.id
      and j.failed_at is null)
  limit p_limit
  on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning id
$$;

ALTER FUNCTION public.due_webhooks(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION enter_organization(uuid, text, text)

CREATE FUNCTION public.enter_organization(p_organization uuid, p_caller_kind text, p_caller_id text) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  select set_config('app.organization_id', p_organization::text, true), set_config('app.caller_kind', p_caller_kind, true),
    set_config('app.caller_id', coalesce(p_caller_id, ''), true)
$$;

ALTER FUNCTION public.enter_organization(p_organization uuid, p_caller_kind text, p_caller_id text) OWNER TO postgres;

-- FUNCTION erase_step(uuid, uuid[], jsonb, uuid[], uuid[], text[], integer, text)

CREATE FUNCTION public.erase_step(p_erasure uuid, p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_calls integer, p_request text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  person text;
  idle uuid[];
  said uuid[];
  papers uuid[];
  files uuid[];
  ended uuid[];
  bounds uuid[];
  gone jsonb;
begin
  select e.end_user_id into person from erasures e where e.id = p_erasure and e.completed_at is null for update;
  if not found then return; end if;

  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.end_user_id = person order by d.id for update of d);
  files := array(select a.id from attachments a where a.id = any (p_attachments) and a.end_user_id = person order by a.id for update);
  perform from conversations c where c.id = any (p_conversations) and c.end_user_id = person order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  idle := array(select c.id from conversations c where c.id = any (p_conversations) and c.end_user_id = person and c.status <> 'active'
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (idle));
  gone := take_out(said, p_questions, papers, files, p_models, p_request) || jsonb_build_object('calls', forget_usage(person, idle, p_calls));

  with ending as (
    delete from conversations c where c.id = any (idle) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from attachments a where a.conversation_id = c.id)
      and not exists (select from usage_history u where u.conversation_id = c.id)
    returning c.id)
  select array(select id from ending) into ended;
  with bounding as (delete from budgets b where b.subject_type = 'end_user' and b.subject_id = person returning b.id)
  select array(select id from bounding) into bounds;
  gone := gone || jsonb_build_object('conversations', cardinality(ended), 'budgets', cardinality(bounds),
    'events', forget_events(person, said || papers || files || ended || bounds));

  update erasures e set counts = (
      select jsonb_object_agg(g.key, g.value::bigint + coalesce((e.counts ->> g.key)::bigint, 0)) from jsonb_each_text(gone) g)
    where e.id = p_erasure;
end $$;

ALTER FUNCTION public.erase_step(p_erasure uuid, p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_calls integer, p_request text) OWNER TO postgres;

-- FUNCTION eval_figures(uuid, uuid)

CREATE FUNCTION public.eval_figures(p_eval uuid, p_with uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select jsonb_build_object('questions', count(*), 'failed', count(*) filter (where r.status = 'failed'),
    'recall', avg(r.recall), 'reciprocalRank', avg(r.reciprocal_rank), 'correctness', avg(r.correctness),
    'refusedUnanswerable', avg(r.refused::integer::double precision) filter (where not r.answerable),
    'refusedAnswerable', avg(r.refused::integer::double precision) filter (where r.answerable),
    'quotes', coalesce(sum(r.quotes), 0), 'wrongQuotes', coalesce(sum(r.wrong_quotes), 0),
    'latencyMsP50', percentile_cont(0.5) within group (order by r.latency_ms),
    'latencyMsP95', percentile_cont(0.95) within group (order by r.latency_ms),
    'firstTokenMsP50', percentile_cont(0.5) within group (order by r.first_token_ms),
    'costMicroUsd', coalesce(sum(r.cost_micro_usd), 0))
  from eval_results r
  where r.eval_id = p_eval and r.status <> 'waiting' and (p_with is null or r.golden_question_id in (
    select o.golden_question_id from eval_results o where o.eval_id = p_with and o.status <> 'waiting'))
$$;

ALTER FUNCTION public.eval_figures(p_eval uuid, p_with uuid) OWNER TO postgres;

-- FUNCTION eval_objection(uuid, jsonb, text, text)

CREATE FUNCTION public.eval_objection(p_chatbot uuid, p_gate jsonb, p_wanted text, p_in_force text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  drop_max double precision := (p_gate ->> 'maxDrop')::double precision;
  candidate uuid := (select e.id from eval_runs e
    where e.chatbot_id = p_chatbot and e.fingerprint = p_wanted and e.status = 'completed' and e.whole order by e.completed_at desc limit 1);
  measure uuid := (select e.id from eval_runs e
    where e.chatbot_id = p_chatbot and e.fingerprint = p_in_force and e.status = 'completed' and e.whole order by e.completed_at desc limit 1);
  ours jsonb;
  theirs jsonb;
begin
  if candidate is null then
    return format('no eval of exactly this configuration has completed; POST /v1/chatbots/%s/evals with it as "change" makes one', p_chatbot);
  end if;
  if p_in_force is null then return null; end if;
  if measure is null then
    return format('no eval of the configuration in force has completed; POST /v1/chatbots/%s/evals makes one', p_chatbot);
  end if;
  ours := eval_figures(candidate, measure);
  theirs := eval_figures(measure, candidate);
  if (ours ->> 'questions')::integer = 0 then
    return format('its eval asked other questions than that of the configuration in force; POST /v1/chatbots/%s/evals makes one', p_chatbot);
  end if;
  return (
    select string_agg(format('%s fell from %s to %s', w.figure, round(w.was::numeric, 4), round(w.becomes::numeric, 4)), ', ') from (
      select f.figure, coalesce((theirs ->> f.figure)::double precision, 0) as was, coalesce((ours ->> f.figure)::double precision, 0) as becomes
      from (values ('recall'), ('correctness'), ('refusedUnanswerable')) f (figure)
      union all
      select 'the share answered of answerable questions', 1 - coalesce((theirs ->> 'refusedAnswerable')::double precision, 0),
        1 - coalesce((ours ->> 'refusedAnswerable')::double precision, 0)
      union all
      select 'the share of questions that did not fail', 1 - (theirs ->> 'failed')::double precision / (theirs ->> 'questions')::double precision,
        1 - (ours ->> 'failed')::double precision / (ours ->> 'questions')::double precision
      union all
      select 'the share of right quotes', 1 - (theirs ->> 'wrongQuotes')::double precision / greatest((theirs ->> 'quotes')::double precision, 1),
        1 - (ours ->> 'wrongQuotes')::double precision / greatest((ours ->> 'quotes')::double precision, 1)) w
    where w.was - w.becomes > drop_max + 1e-9);
end $$;

ALTER FUNCTION public.eval_objection(p_chatbot uuid, p_gate jsonb, p_wanted text, p_in_force text) OWNER TO postgres;

-- FUNCTION eval_summary(uuid)

CREATE FUNCTION public.eval_summary(p_eval uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select eval_figures(p_eval, null) || jsonb_build_object('thresholds', (
    select jsonb_agg(c.point order by c.threshold) from (
      select t.threshold, jsonb_build_object('threshold', t.threshold,
        'refusedAnswerable', avg((r.refused or coalesce(r.top_score, 0) < t.threshold)::integer::double precision) filter (where r.answerable),
        'refusedUnanswerable', avg((r.refused or coalesce(r.top_score, 0) < t.threshold)::integer::double precision) filter (where not r.answerable)) as point
      from (select s / 20.0::double precision as threshold from generate_series(0, 20) s) t
        left join eval_results r on r.eval_id = p_eval and r.status = 'completed'
      group by t.threshold) c))
$$;

ALTER FUNCTION public.eval_summary(p_eval uuid) OWNER TO postgres;

-- FUNCTION finish_cron_run(text, integer, jsonb, text)

CREATE FUNCTION public.finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  update cron_runs set finished_at = clock_timestamp(), duration_ms = p_duration_ms, did = p_did, error = p_error,
    failures = case when p_error is null then 0 else failures + 1 end
  where name = p_name
$$;

ALTER FUNCTION public.finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text) OWNER TO edgelore_system;

-- FUNCTION forget_admin_feedback()

CREATE FUNCTION public.forget_admin_feedback() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  update admin_feedback f set conversation_id = null, message_id = null, feedback_text = '', context = null, reason = null,
      analysis_results = null, suggested_improvements = '[]', status = case when f.status in ('pending', 'analyzing', 'completed') then 'rejected' else f.status end
    from gone g where f.organization_id = g.organization_id and f.conversation_id = g.id;
  return null;
end $$;

ALTER FUNCTION public.forget_admin_feedback() OWNER TO postgres;

-- FUNCTION forget_events(text, uuid[])

CREATE FUNCTION public.forget_events(p_end_user text, p_resources uuid[]) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.forget_events(p_end_user text, p_resources uuid[]) OWNER TO edgelore_system;

-- FUNCTION forget_messages(uuid[])

CREATE FUNCTION public.forget_messages(p_messages uuid[]) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with forgotten as (
    delete from message_archive m where m.organization_id = current_organization() and m.id = any (p_messages) returning 1)
  select count(*)::integer from forgotten
$$;

ALTER FUNCTION public.forget_messages(p_messages uuid[]) OWNER TO edgelore_system;

-- FUNCTION forget_searches(uuid[])

CREATE FUNCTION public.forget_searches(p_searches uuid[]) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with forgotten as (
    delete from search_log l where l.organization_id = current_organization() and l.id = any (p_searches) returning 1)
  select count(*)::integer from forgotten
$$;

ALTER FUNCTION public.forget_searches(p_searches uuid[]) OWNER TO edgelore_system;

-- FUNCTION forget_superseded_vectors()

CREATE FUNCTION public.forget_superseded_vectors() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  delete from message_vectors v where v.organization_id = new.organization_id and v.message_id = new.id;
  return null;
end $$;

ALTER FUNCTION public.forget_superseded_vectors() OWNER TO postgres;

-- FUNCTION forget_unanswered()

CREATE FUNCTION public.forget_unanswered() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  delete from unanswered_questions u using (select distinct g.unanswered_question_id as id from gone g) q
    where u.id = q.id and not exists (select from unanswered_messages m where m.unanswered_question_id = u.id);
  update unanswered_questions u set times_asked = l.times, first_asked_at = l.first, last_asked_at = l.last,
      draft = case when l.led then u.draft end, drafted_at = case when l.led then u.drafted_at end
    from (
      select m.unanswered_question_id as id, count(*)::integer as times, min(m.asked_at) as first, max(m.asked_at) as last, bool_or(m.is_leader) as led
      from unanswered_messages m where m.unanswered_question_id in (select g.unanswered_question_id from gone g) group by 1) l
    where u.id = l.id;
  update unanswered_messages m set is_leader = true from (
      select distinct on (o.unanswered_question_id) o.message_id from unanswered_messages o
      where o.unanswered_question_id in (select g.unanswered_question_id from gone g where g.is_leader)
      order by o.unanswered_question_id, o.asked_at, o.message_id) f
    where m.message_id = f.message_id;
  return null;
end $$;

ALTER FUNCTION public.forget_unanswered() OWNER TO postgres;

-- FUNCTION forget_usage(text, uuid[], integer)

CREATE FUNCTION public.forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select pg_advisory_xact_lock_shared(hashtextextended('maintain_usage_archive', 0));
  with named as (
    (select u.id from usage_history u where u.organization_id = current_organization() and u.end_user_id = p_end_user limit p_limit)
    union
    (select u.id from usage_history u where u.organization_id = current_organization() and u.conversation_id = any (p_conversations) limit p_limit)),
  forgotten as (
    update ai_usage u set end_user_id = null, conversation_id = null, message_id = null
    from named n where u.organization_id = current_organization() and u.id = n.id returning 1),
  forgotten_archived as (
    update ai_usage_archive u set end_user_id = null, conversation_id = null, message_id = null
    from named n where u.organization_id = current_organization() and u.id = n.id returning 1)
  select ((select count(*) from forgotten) + (select count(*) from forgotten_archived))::integer
$$;

ALTER FUNCTION public.forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) OWNER TO edgelore_system;

-- FUNCTION gate_chatbot()

CREATE FUNCTION public.gate_chatbot() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  said jsonb := coalesce(nullif(current_setting('app.revision', true), '')::jsonb, '{}');
  wanted text := answering_fingerprint(chatbot_configuration(to_jsonb(new)));
  in_force text;
  objection text;
begin
  if old.eval_gate is null then return new; end if;
  if new.status = 'active' then
    in_force := answering_fingerprint(case when old.status = 'active' then chatbot_configuration(to_jsonb(old)) else (
      select r.configuration from chatbot_revisions r where r.chatbot_id = old.id and r.configuration ->> 'status' = 'active'
      order by r.number desc limit 1) end);
    if wanted is distinct from in_force then objection := eval_objection(old.id, old.eval_gate, wanted, in_force); end if;
  end if;
  if objection is null and (new.eval_gate is null or (new.eval_gate ->> 'maxDrop')::double precision > (old.eval_gate ->> 'maxDrop')::double precision) then
    objection := 'the gate itself would open';
  end if;
  if objection is null then return new; end if;
  if said ->> 'force' is distinct from 'true' then
    raise exception 'The gate of this chatbot refuses this: %. An owner may pass with "force" and a reason.', objection
      using errcode = 'EL409', constraint = 'chatbots_eval_gate';
  end if;
  if not caller_may('organization:write', '{owner}') then
    raise exception 'Only owners, and keys with organization:write, pass the gate: %.', objection using errcode = 'EL403';
  end if;
  perform set_config('app.revision', (said || jsonb_build_object('passed', objection))::text, true);
  return new;
end $$;

ALTER FUNCTION public.gate_chatbot() OWNER TO postgres;

-- FUNCTION graph_name(smallint, smallint, text)

CREATE FUNCTION public.graph_name(p_shelf smallint, p_corpus smallint, p_model text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((('search_vectors_'::text || p_shelf) || '_graph_'::text) || p_corpus) || '_'::text) || substr(md5(p_model), 1, 8));

ALTER FUNCTION public.graph_name(p_shelf smallint, p_corpus smallint, p_model text) OWNER TO postgres;

-- FUNCTION guard_product_tree()

CREATE FUNCTION public.guard_product_tree() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  above uuid := new.parent_id;
  depth integer := 0;
  broken text;
begin
  perform pg_advisory_xact_lock(hashtextextended('product_tree:' || new.organization_id, 0));
  while above is not null and broken is null loop
    depth := depth + 1;
    broken := case when above = new.id then 'products_no_circle' when depth > 20 then 'products_depth' end;
    select p.parent_id into above from products p where p.organization_id = new.organization_id and p.id = above;
  end loop;
  if broken is null and tg_op = 'UPDATE' then
    with recursive below as (
      select p.id, 1 as height from products p where p.organization_id = new.organization_id and p.parent_id = new.id
      union all
      select p.id, b.height + 1 from below b join products p on p.organization_id = new.organization_id and p.parent_id = b.id)
    select 'products_depth' into broken from below having depth + max(height) > 20;
  end if;
  if broken is not null then
    raise exception using errcode = 'check_violation', constraint = broken,
      message = 'a product stands under itself, or under more than 20 others';
  end if;
  return new;
end $$;

ALTER FUNCTION public.guard_product_tree() OWNER TO postgres;

-- FUNCTION hold_job(uuid, integer, interval)

CREATE FUNCTION public.hold_job(p_id uuid, p_attempt integer, p_lease interval) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  update jobs j set lease_until = now() + p_lease
    where j.id = p_id and j.attempts = p_attempt and j.failed_at is null and j.lease_until is not null;
  if not found then raise exception 'Job % is no longer ours.', p_id using errcode = 'EL409'; end if;
end $$;

ALTER FUNCTION public.hold_job(p_id uuid, p_attempt integer, p_lease interval) OWNER TO postgres;

-- FUNCTION hybrid_search(smallint[], smallint[], uuid[], text[], integer[], real[], jsonb, jsonb, text[], bytea, public.halfvec, double precision, double precision, integer, integer, boolean)

CREATE FUNCTION public.hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[], p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector public.halfvec, p_lexical_share double precision, p_threshold double precision, p_candidates integer, p_limit integer, p_explain boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET "hnsw.iterative_scan" TO 'off'
    SET "hnsw.ef_search" TO '400'
    SET enable_seqscan TO 'off'
    AS $_$
declare
  -- Measured (test/bench), recall@10 0.99 and better: comparing all took 0.6 ms at 1,000 entries, 6 at 10,000, 88 at 100,000; the bits 7 at
  -- 10,000; a search by the graph 3 at 10,000, 7 at 100,000, some 1.5 of them whatever the size.
  exact_max constant integer := 2000;      -- a scope up to this is compared whole
  few_bits_max constant integer := 20000;  -- up to this, the 200 nearest by bits hold the 10 nearest, above it 400; a graph needs more as it grows
  graph_min constant float8 := 8000;       -- a graph is walked until enough is in scope: worth it from scope² / entries on
  pruned_min constant float8 := 1000;      -- postings from which on it is worth a look which terms must be looked up
  nothing constant text := 'select null::uuid as entry_id, null::uuid as source_id, null::float8 as cosine where false';
  tenant uuid := current_organization();
  organization record;
  question halfvec := p_vector;
  searched smallint;
  asked record;
  settings record;
  query sparsevec;
  corrections text[] := '{}';
  terms_ok text := terms_condition(current_organization(), p_required, p_excluded);
  narrowed boolean;
  scope integer;
  near integer;
  share float8;
  kind text;
  lexical_plan text;
  vector_plan text;
  shelf_terms text;
  shelf_vectors text;
  rows_ok text;
  lexical_sql text;
  nearest text;
  rare integer[];
  last_score float8;
  listed_terms integer[];
  matches float8;
  vector_sql text;
  began timestamptz := clock_timestamp();
  candidates record;
  listed jsonb;
  hits jsonb := '[]';
  strategies jsonb := '[]';
begin
  if tenant is null then return null; end if;
  select o.shelf, o.languages, o.embedding_model as model into organization from organizations o where o.id = tenant;
  if question is null and p_text_hash is not null then
    select e.embedding into question from embedding_cache e
      where e.organization_id = tenant and e.model = organization.model and e.text_hash = p_text_hash and e.expires_at > now();
  end if;
  if (question is null and p_text_hash is not null)
      or not (organization.languages <@ p_languages and p_languages <@ organization.languages) then
    return jsonb_build_object('ready', false, 'languages', organization.languages, 'model', organization.model,
      'embeddingMissing', question is null and p_text_hash is not null);
  end if;

  shelf_terms := 'search_terms_' || organization.shelf;
  shelf_vectors := 'search_vectors_' || organization.shelf;

  if cardinality(p_names) > 0 and not exists (
      select from term_stats s where s.organization_id = tenant and s.corpus = any (p_corpora) and s.term = any (salted_terms(tenant, p_terms))
      group by s.corpus, s.term having sum(s.entries) > 0) then
    select coalesce(array_agg(a.name), '{}'), coalesce(array_agg(a.term), p_terms), coalesce(array_agg(a.likeness), p_frequencies)
      into corrections, p_terms, p_frequencies from names_alike(tenant, p_corpora, p_names) as a;
  end if;

  foreach searched in array p_corpora loop
    select * into asked from question_weights(tenant, searched, p_terms, p_frequencies);
    select s.lexical_share, s.score_threshold, coalesce(s.rerank, false) as rerank into settings
      from (values (searched)) as c(number) left join search_settings s on s.organization_id = tenant and s.corpus = c.number;
    narrowed := searched = any (p_narrowed);
    scope := asked.entries;
    if narrowed then
      select count(*) into scope from (select from search_terms t where t.shelf = organization.shelf and t.organization_id = tenant
        and t.corpus = searched and t.source_id = any (p_sources)
        limit greatest(few_bits_max + 1, ceil(sqrt(graph_min * asked.entries)))) bounded;
    end if;
    share := case when question is null then 1 when cardinality(p_terms) = 0 then 0
      else coalesce(p_lexical_share, settings.lexical_share, 0.75) end;
    kind := case when share = 1 then 'lexical' when share = 0 then 'vector' when asked.matches = 0 then 'unmatched' else 'hybrid' end;
    vector_plan := case when question is null or scope = 0 then 'none' when scope <= exact_max then 'exact'
      when scope::float8 * scope >= graph_min * asked.entries and terms_ok not like ' and (%'
        and to_regclass('public.' || graph_name(organization.shelf, searched, organization.model)) is not null then 'graph'
      else 'bits' end;
    near := greatest(2 * p_candidates,
      case when vector_plan = 'graph' then 170 * log(scope) - 470 when scope <= few_bits_max then 200 else 400 end);
    query := (select ('{' || string_agg(q.term || ':' || q.weight, ',' order by q.term) || '}/268435456')::sparsevec
      from unnest(asked.terms, asked.weights) as q(term, weight));

    rows_ok := ' where t.organization_id = $1 and t.corpus = $2' || case when narrowed then ' and t.source_id = any ($3)' else '' end;
    lexical_sql := 'select t.entry_id, t.source_id from ' || shelf_terms || ' t' || rows_ok || terms_ok;
    listed_terms := asked.terms;
    matches := asked.matches;
    rare := null;
    -- MaxScore (Turtle and Flood 1995): no entry scores more in a term than its weight. The scores of the best entries with rare terms
    -- tell which frequent terms cannot bring an entry among the best by themselves, and those need not be looked up.
    if matches > pruned_min then
      select array_agg(r.term) into rare from (
        select q.term, sum(q.postings) over (order by q.weight desc, q.term) as postings from unnest(asked.terms, asked.weights, asked.postings) as q(term, weight, postings)) r
        where r.postings <= asked.entries / 8;
    end if;
    if cardinality(rare) < cardinality(asked.terms) then
      execute 'select min(best.score) from (select -(t.weights <#> $4) as score from ' || shelf_terms || ' t' || rows_ok || terms_ok
        || ' and t.terms && $5 order by t.weights <#> $4 limit $6) best having count(*) = $6'
        into last_score using tenant, searched, p_sources, query, salted_terms(tenant, rare), p_candidates;
      if last_score is not null then
        select array_agg(e.term), sum(e.postings) into listed_terms, matches from (
          select q.term, q.postings, sum(q.weight) over (order by q.weight, q.term) as reach
          from unnest(asked.terms, asked.weights, asked.postings) as q(term, weight, postings)) e
          where e.reach >= last_score * 0.9999;
      end if;
    end if;
    lexical_plan := case when asked.matches = 0 or scope = 0 then 'none'
      when matches <= asked.entries or terms_ok like ' and (%' then 'index' else 'scan' end;
    lexical_sql := case lexical_plan when 'none' then nothing
      else lexical_sql || case lexical_plan when 'index' then ' and t.terms && $5' else ' and t.weights <#> $4 < 0' end || ' order by t.weights <#> $4, t.entry_id limit $8' end;
    rows_ok := rows_ok || ' and t.model = $7' || case when terms_ok = '' then '' else
      ' and exists (select from ' || shelf_terms || ' w where w.organization_id = $1 and w.corpus = $2 and w.entry_id = t.entry_id'
      || replace(terms_ok, 't.terms', 'w.terms') || ')' end;
    nearest := 'select n.entry_id, n.source_id, 1 - (n.embedding <=> $6) as cosine from (select t.entry_id, t.source_id, t.embedding from '
      || shelf_vectors || ' t' || rows_ok;
    vector_sql := case vector_plan when 'none' then nothing
      when 'exact' then nearest || ') n order by n.embedding <=> $6 limit $8'
      when 'graph' then nearest || ' order by t.bits <~> $12::bit(2048) limit $9) n order by n.embedding <=> $6 limit $8'
      -- "+ 0": no graph is in that order. The bits are read from the covering index, and of the nearest alone the rows.
      else 'select n.entry_id, n.source_id, 1 - (n.embedding <=> $6) as cosine from (select t.entry_id from ' || shelf_vectors || ' t' || rows_ok
        || ' order by (t.bits <~> $12::bit(2048)) + 0 limit $9) t join ' || shelf_vectors || ' n on n.organization_id = $1 and n.corpus = $2'
        || ' and n.model = $7 and n.entry_id = t.entry_id order by n.embedding <=> $6 limit $8' end;
    if vector_plan = 'graph' then
      perform set_config('hnsw.ef_search', least(near, 1000)::text, true);
      -- On and on until enough is in scope; keeping what it passed by for that costs a tenth, so only where rows are filtered.
      perform set_config('hnsw.iterative_scan', case when narrowed or terms_ok <> '' then 'relaxed_order' else 'off' end, true);
    end if;

    -- Both scores of every candidate of either list. What is planned anew for each search is kept short: fusing them needs no shelf.
    execute 'with lexical as materialized (select c.*, row_number() over () as rank from (' || lexical_sql || ') c),'
      || ' semantic as materialized (select c.*, row_number() over () as rank from (' || vector_sql || ') c)'
      || ' select array_agg(s.entry_id) as entries, array_agg(s.source_id) as sources, array_agg(s.lexical_rank) as lexical_ranks, array_agg(s.vector_rank) as vector_ranks,'
      || ' array_agg(s.lexical_score) as lexical_scores, array_agg(s.vector_score) as vector_scores, array_agg(s.weights) as weights from (' || case when vector_plan = 'none' then $q$
        select l.entry_id, l.source_id, l.rank as lexical_rank, null::bigint as vector_rank, -(t.weights <#> $4) / $10 as lexical_score, 0::float8 as vector_score,
          case when $11 then t.weights::text end as weights
        from lexical l join $q$ || shelf_terms || $q$ t on t.organization_id = $1 and t.corpus = $2 and t.entry_id = l.entry_id$q$
      when lexical_plan = 'none' then $q$
        select s.entry_id, s.source_id, null::bigint as lexical_rank, s.rank as vector_rank, 0::float8 as lexical_score, greatest(0, s.cosine) as vector_score,
          null::text as weights
        from semantic s$q$
      else $q$
        select c.entry_id, c.source_id, c.lexical_rank, c.vector_rank, coalesce(-(t.weights <#> $4) / $10, 0) as lexical_score,
          greatest(0, coalesce(c.cosine, 1 - (v.embedding <=> $6))) as vector_score, case when $11 then t.weights::text end as weights
        from (select coalesce(l.entry_id, s.entry_id) as entry_id, coalesce(l.source_id, s.source_id) as source_id,
            l.rank as lexical_rank, s.rank as vector_rank, s.cosine from lexical l full join semantic s using (entry_id)) c
        left join $q$ || shelf_terms || $q$ t on t.organization_id = $1 and t.corpus = $2 and t.entry_id = c.entry_id
        left join $q$ || shelf_vectors || $q$ v on v.organization_id = $1 and v.corpus = $2 and v.model = $7
          and v.entry_id = case when c.cosine is null then c.entry_id end$q$ end || ') s'
      into candidates using tenant, searched, p_sources, query, salted_terms(tenant, listed_terms), question, organization.model,
        p_candidates, near, asked.bound, p_explain, quantize(question);

    with scored as (
        select s.* from unnest(candidates.entries, candidates.sources, candidates.lexical_ranks, candidates.vector_ranks, candidates.lexical_scores,
          candidates.vector_scores, candidates.weights) as s(entry_id, source_id, lexical_rank, vector_rank, lexical_score, vector_score, weights)),
      meaning as (
        select min(s.vector_score) as floor, avg(s.vector_score) as mean, greatest(coalesce(corr(s.lexical_score, s.vector_score), 1), 0.05) as agreement
        from scored s where s.vector_rank <= 60),
      fused as (
        select s.*, m.mean, case share when 1 then s.lexical_score when 0 then s.vector_score else share * s.lexical_score
          + (1 - share) * m.agreement * greatest(0, (s.vector_score - m.floor) / nullif(1 - m.floor, 0)) end as score
        from scored s cross join meaning m),
      best as (
        select f.*, case when kind in ('hybrid', 'lexical') then f.score / greatest(share, 0.5) else f.vector_score end as said
        from fused f),
      judged as (
        select b.*, relevance(kind, b.said, max(b.said) over (), b.mean, asked.known, asked.rare, scope) as relevance
        from best b order by b.score desc, b.entry_id limit p_limit)
      select jsonb_agg(jsonb_build_object('corpus', searched, 'entryId', j.entry_id, 'sourceId', j.source_id, 'score', j.score, 'relevance', j.relevance,
        'lexicalScore', j.lexical_score, 'lexicalRank', j.lexical_rank, 'vectorScore', j.vector_score, 'vectorRank', j.vector_rank,
        'terms', case when p_explain then coalesce((
          select jsonb_object_agg(a.term, a.weight * split_part(e.pair, ':', 2)::float8)
          from unnest(string_to_array(btrim(split_part(j.weights, '/', 1), '{}'), ',')) as e(pair)
            join unnest(asked.terms, asked.weights) as a(term, weight) on a.term = split_part(e.pair, ':', 1)::integer), '{}') end))
      into listed from judged j where j.relevance >= coalesce(p_threshold, settings.score_threshold, 0);
    hits := hits || coalesce(listed, '[]');
    strategies := strategies || jsonb_build_object('corpus', searched, 'entries', asked.entries, 'scope', scope, 'lexical', lexical_plan,
      'vector', vector_plan, 'compared', case vector_plan when 'none' then 0 when 'exact' then scope else near end,
      'lexicalShare', share, 'rerank', settings.rerank);
  end loop;
  return jsonb_build_object('ready', true, 'languages', organization.languages, 'model', organization.model, 'corrections', corrections,
    'hits', hits, 'strategies', strategies,
    'milliseconds', round((extract(epoch from clock_timestamp() - began) * 1000)::numeric, 3));
end $_$;

ALTER FUNCTION public.hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[], p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector public.halfvec, p_lexical_share double precision, p_threshold double precision, p_candidates integer, p_limit integer, p_explain boolean) OWNER TO edgelore_search;

-- FUNCTION keep_chatbot_revision()

CREATE FUNCTION public.keep_chatbot_revision() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  configuration jsonb := chatbot_configuration(to_jsonb(new));
  said jsonb := coalesce(nullif(current_setting('app.revision', true), '')::jsonb, '{}');
  changed text[] := '{}';
begin
  if tg_op = 'UPDATE' then
    if new.revision = old.revision then return null; end if;
    select array_agg(f.field order by f.field) into changed from (
      select n.key as field, n.value as becomes, o.value as was
      from jsonb_each(configuration) n join jsonb_each(chatbot_configuration(to_jsonb(old))) o on o.key = n.key) f
      where f.becomes <> f.was;
  end if;
  insert into chatbot_revisions (organization_id, chatbot_id, number, configuration, changed, reason, restored_from)
    values (new.organization_id, new.id, new.revision, configuration, changed, said ->> 'reason', (said ->> 'restoredFrom')::integer);
  perform set_config('app.change', (
    jsonb_build_object('revision', new.revision, 'changed', changed, 'reason', said ->> 'reason')
      || case when said ? 'passed' then jsonb_build_object('passedGate', said -> 'passed') else '{}' end)::text, true);
  return null;
end $$;

ALTER FUNCTION public.keep_chatbot_revision() OWNER TO postgres;

-- FUNCTION kept_since()

CREATE FUNCTION public.kept_since() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select now() - make_interval(days => setting(o.settings, 'retentionDays')) from organizations o where o.id = current_organization()
$$;

ALTER FUNCTION public.kept_since() OWNER TO postgres;

-- FUNCTION last_self_check()

CREATE FUNCTION public.last_self_check() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select jsonb_strip_nulls(jsonb_build_object(
    'at', to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'ok', e.type = 'self-check.passed',
    'failedStep', e.data -> 'step', 'durationMs', e.data -> 'durationMs'))
  from events e
  where e.organization_id = '00000000-0000-7000-8000-00005e1fc4ec' and e.type in ('self-check.passed', 'self-check.failed')
  order by e.id desc limit 1
$$;

ALTER FUNCTION public.last_self_check() OWNER TO edgelore_system;

-- FUNCTION maintain_admin_feedback(integer)

CREATE FUNCTION public.maintain_admin_feedback(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id)
    select f.organization_id, new_id(), 'admin-feedback.measure', f.id
    from admin_feedback f where f.status = 'applied' and f.applied_at < now() - interval '7 days' and f.applied_at > now() - interval '30 days'
      and f.impact_metrics is null
    order by f.applied_at limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;

ALTER FUNCTION public.maintain_admin_feedback(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_attachments(integer, integer)

CREATE FUNCTION public.maintain_attachments(p_hours integer, p_limit integer) RETURNS SETOF text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with old as (
    select organization_id, id from attachments where message_id is null and created_at < now() - make_interval(hours => p_hours)
    limit p_limit for update skip locked)
  delete from attachments a using old o where a.organization_id = o.organization_id and a.id = o.id
  returning a.organization_id || '/' || a.id
$$;

ALTER FUNCTION public.maintain_attachments(p_hours integer, p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_budget_reservations()

CREATE FUNCTION public.maintain_budget_reservations() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with expired as (delete from budget_reservations where expires_at < now() - interval '1 hour' returning 1)
  select count(*)::integer from expired
$$;

ALTER FUNCTION public.maintain_budget_reservations() OWNER TO edgelore_system;

-- FUNCTION maintain_clients(integer)

CREATE FUNCTION public.maintain_clients(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tenant record;
  forgotten integer := 0;
  number integer;
begin
  for tenant in select o.id, now() - make_interval(days => setting(o.settings, 'clientDays')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    with old as (
      select c.id from conversations c where c.organization_id = tenant.id and c.client_told_at < tenant.until
      limit p_limit - forgotten for update skip locked)
    update conversations c set ip_address = null, user_agent = null, client_told_at = null from old o where c.organization_id = tenant.id and c.id = o.id;
    get diagnostics number = row_count;
    forgotten := forgotten + number;
    exit when forgotten >= p_limit;
  end loop;
  perform enter_organization(null, 'system', null);
  return forgotten;
end $$;

ALTER FUNCTION public.maintain_clients(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_conversations(integer)

CREATE FUNCTION public.maintain_conversations(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tenant record;
  ended integer := 0;
  number integer;
begin
  for tenant in select o.id, now() - make_interval(mins => setting(o.settings, 'conversationIdleMinutes')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    with idle as (
      select c.id from conversations c
      where c.organization_id = tenant.id and c.status = 'active' and c.chatbot_id is not null and c.id < uuid_at(tenant.until) and c.last_activity_at < tenant.until
        and not exists (select from messages m where m.organization_id = tenant.id and m.conversation_id = c.id and m.status in ('pending', 'streaming'))
      limit p_limit - ended for update skip locked),
    expired as (
      update conversations c set status = 'expired', ended_at = c.last_activity_at from idle i where c.organization_id = tenant.id and c.id = i.id
      returning c.id, c.created_at, c.ended_at)
    insert into events (id, type, category, resource_type, resource_id, data)
      select new_id(), 'conversation.expired', 'system', 'conversation', e.id,
        jsonb_build_object('durationSeconds', round(extract(epoch from e.ended_at - e.created_at))) from expired e;
    get diagnostics number = row_count;
    ended := ended + number;
    exit when ended >= p_limit;
  end loop;
  perform enter_organization(null, 'system', null);
  return ended;
end $$;

ALTER FUNCTION public.maintain_conversations(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_embedding_cache(integer)

CREATE FUNCTION public.maintain_embedding_cache(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with gone as (
    delete from embedding_cache e using (
      select c.organization_id, c.model, c.text_hash from embedding_cache c where c.expires_at < now() limit p_limit for update skip locked) old
    where (e.organization_id, e.model, e.text_hash) = (old.organization_id, old.model, old.text_hash) returning 1)
  select count(*)::integer from gone
$$;

ALTER FUNCTION public.maintain_embedding_cache(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_file_checks(integer)

CREATE FUNCTION public.maintain_file_checks(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.maintain_file_checks(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_idempotency_keys()

CREATE FUNCTION public.maintain_idempotency_keys() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with gone as (delete from idempotency_keys where created_at < now() - interval '24 hours' and locked_until < now() returning 1)
  select count(*)::integer from gone
$$;

ALTER FUNCTION public.maintain_idempotency_keys() OWNER TO edgelore_system;

-- FUNCTION maintain_index_checks(integer)

CREATE FUNCTION public.maintain_index_checks(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.maintain_index_checks(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_message_archive(integer)

CREATE FUNCTION public.maintain_message_archive(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tenant record;
  room integer := p_limit;
  number integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_message_archive', 0));
  for tenant in select o.id, now() - make_interval(days => setting(o.settings, 'archiveAfterDays')) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    begin
      with chosen as materialized (
        select c.id from conversations c where c.organization_id = tenant.id and c.to_archive and c.ended_at < tenant.until
          and not exists (select from messages m
            where m.organization_id = tenant.id and m.conversation_id = c.id and m.status in ('pending', 'streaming'))
        order by c.ended_at limit room / 10 + 1 for update skip locked),
      gone as (
        delete from messages m using (
          select s.id from chosen c cross join lateral (
            select s.id from messages s where s.organization_id = tenant.id and s.conversation_id = c.id order by s.sequence limit room) s
          limit room) d
        where m.organization_id = tenant.id and m.id = d.id returning m.*),
      kept as (
        insert into message_archive (organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments)
        select organization_id, id, conversation_id, sequence, role, status, content, content_type, citations, answered, model,
          token_usage, processing_time_ms, error, lease_until, created_at, completed_at, chatbot_revision, question_id, replaces, superseded_at, copied_from, author, context, attachments
        from gone),
      last as (select g.conversation_id, max(g.sequence) as sequence from gone g group by g.conversation_id),
      marked as (
        update conversations c set archived_sequence = case when (select count(*) from gone) < room then c.last_sequence else l.sequence end
        from chosen d left join last l on l.conversation_id = d.id
        where c.organization_id = tenant.id and c.id = d.id and ((select count(*) from gone) < room or l.sequence is not null))
      select count(*) into number from gone;
      room := room - number;
      exit when room = 0;
    exception when check_violation then -- a month that has no partition yet; made in a transaction that holds no rows
      exit when room < p_limit;
      select sum(make_month('message_archive', d.month)) into number from (
        select distinct month_of(s.id) as month from (
          select c.id from conversations c where c.organization_id = tenant.id and c.to_archive and c.ended_at < tenant.until
          order by c.ended_at limit room / 10 + 1) c
        cross join lateral (
          select s.id from messages s where s.organization_id = tenant.id and s.conversation_id = c.id order by s.sequence limit room) s) d;
      if coalesce(number, 0) = 0 then raise; end if;
      room := room - number;
      exit;
    end;
  end loop;
  perform enter_organization(null, 'system', null);
  return p_limit - room;
end $$;

ALTER FUNCTION public.maintain_message_archive(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_message_vectors(integer)

CREATE FUNCTION public.maintain_message_vectors(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with asked as (
    insert into jobs (organization_id, id, kind, subject_id)
    select o.id, new_id(), 'message.embed', o.id from organizations o
    where (o.settings ->> 'semanticMessageSearch')::boolean
      and not exists (select from jobs j where j.organization_id = o.id and j.kind = 'message.embed' and j.subject_id = o.id
        and coalesce(j.failed_at > now() - interval '1 hour', true))
    order by o.id limit p_limit
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing returning 1)
  select count(*)::integer from asked
$$;

ALTER FUNCTION public.maintain_message_vectors(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_messages()

CREATE FUNCTION public.maintain_messages() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with ended as (
    update messages m set status = case when m.content = '' then 'failed' else 'interrupted' end, lease_until = null,
      completed_at = now(), error = jsonb_build_object('code', 'INTERRUPTED', 'detail', 'The worker stopped before the answer was complete.')
    where m.status in ('pending', 'streaming') and m.lease_until <= now() returning 1)
  select count(*)::integer from ended
$$;

ALTER FUNCTION public.maintain_messages() OWNER TO edgelore_system;

-- FUNCTION maintain_metrics(integer)

CREATE FUNCTION public.maintain_metrics(p_days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.maintain_metrics(p_days integer) OWNER TO edgelore_system;

-- FUNCTION maintain_partitions()

CREATE FUNCTION public.maintain_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
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
end $_$;

ALTER FUNCTION public.maintain_partitions() OWNER TO postgres;

-- FUNCTION maintain_retention()

CREATE FUNCTION public.maintain_retention() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tenant record;
  asked integer := 0;
  number integer;
begin
  for tenant in select o.id from organizations o where o.settings ->> 'retentionDays' is not null loop
    perform enter_organization(tenant.id, 'system', null);
    insert into jobs (id, kind, subject_id) select new_id(), 'retention.apply', tenant.id
      where exists (select from conversations c where c.organization_id = tenant.id
        and c.id < uuid_at((select kept_since())) and c.last_activity_at < (select kept_since()))
      on conflict (organization_id, kind, subject_id) where failed_at is null do nothing;
    get diagnostics number = row_count;
    asked := asked + number;
  end loop;
  perform enter_organization(null, 'system', null);
  return asked;
end $$;

ALTER FUNCTION public.maintain_retention() OWNER TO edgelore_system;

-- FUNCTION maintain_search_days()

CREATE FUNCTION public.maintain_search_days() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.maintain_search_days() OWNER TO edgelore_system;

-- FUNCTION maintain_search_log(integer)

CREATE FUNCTION public.maintain_search_log(p_days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $_$
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
end $_$;

ALTER FUNCTION public.maintain_search_log(p_days integer) OWNER TO postgres;

-- FUNCTION maintain_shelves(integer, smallint[], integer)

CREATE FUNCTION public.maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer) RETURNS TABLE(started integer, copied integer, switched integer, cleared integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
  tenant organizations;
  graphs text[];
  graph text;
  made smallint;
  terms_copied integer;
begin
  select 0, 0, 0, 0 into started, copied, switched, cleared;
  if not pg_try_advisory_xact_lock(hashtextextended('maintain_shelves', 0)) then return next; return; end if;

  with gone as (
    delete from search_vectors v where v.shelf = 0 and (v.organization_id, v.corpus, v.entry_id, v.model) in (
      select c.organization_id, c.corpus, c.entry_id, c.model from organizations o join search_vectors c on c.organization_id = o.id and c.shelf = 0
      where o.shelf > 0 limit p_batch) returning 1)
  select count(*) into cleared from gone;
  with gone as (
    delete from search_terms t where t.shelf = 0 and (t.organization_id, t.corpus, t.entry_id) in (
      select c.organization_id, c.corpus, c.entry_id from organizations o join search_terms c on c.organization_id = o.id and c.shelf = 0
      where o.shelf > 0 limit p_batch) returning 1)
  select cleared + count(*) into cleared from gone;

  select o.* into tenant from organizations o where o.next_shelf is not null order by o.id limit 1;
  if tenant.id is null then
    select o.* into tenant from organizations o where o.shelf = 0 and exists (
      select from corpus_stats s where s.organization_id = o.id group by s.corpus having sum(s.entries) >= p_entries) order by o.id limit 1;
    -- Planning goes through every shelf: past so many the largest tenants wait with the bits.
    if (select count(*) from pg_inherits i where i.inhparent = 'search_vectors'::regclass) > 64 then tenant := null; end if;
    if tenant.id is not null then
      made := (select coalesce(max(substring(c.relname from '\d+$')::integer), 0) + 1
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'search_vectors'::regclass);
      begin
        -- Waits for the writers under way: what they change after this they would change on the old shelf alone.
        perform set_config('lock_timeout', '2s', true);
        lock table search_terms, search_vectors in share row exclusive mode;
        perform make_shelf(made);
        update organizations o set next_shelf = made where o.id = tenant.id;
        tenant.next_shelf := made;
        started := 1;
      exception when lock_not_available then tenant := null; -- a long writer: the next run tries again
      end;
    end if;
  end if;

  -- A corpus or model that is new to a shelf has few rows yet; with many it stays with the bits rather than let writers wait.
  graphs := array(
    select format('select make_graph(%s::smallint, %s::smallint, %L)', s.shelf, c.number, m.name)
    from organizations o cross join unnest(array[nullif(o.shelf, 0), o.next_shelf]) as s(shelf)
      cross join unnest(p_corpora) as c(number) cross join unnest(array[o.embedding_model, o.other_embedding_model]) as m(name)
    where (o.shelf > 0 or o.next_shelf is not null) and s.shelf is not null and m.name is not null
      and to_regclass('public.' || graph_name(s.shelf, c.number, m.name)) is null
      and (select count(*) from (select from search_vectors v where v.shelf = s.shelf and v.organization_id = o.id and v.corpus = c.number
        and v.model = m.name limit p_batch) few) < p_batch);
  foreach graph in array graphs loop
    execute graph;
  end loop;
  if tenant.id is null or started = 1 then return next; return; end if;

  -- Locked, so that no row is copied as it was while a writer changes it on both shelves.
  insert into search_vectors (shelf, organization_id, corpus, entry_id, model, source_id, embedding, created_at)
    select tenant.next_shelf, v.organization_id, v.corpus, v.entry_id, v.model, v.source_id, v.embedding, v.created_at
    from search_vectors v where v.shelf = tenant.shelf and v.organization_id = tenant.id and not exists (
      select from search_vectors n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and n.corpus = v.corpus
        and n.entry_id = v.entry_id and n.model = v.model)
    limit p_batch for share of v skip locked on conflict do nothing;
  get diagnostics copied = row_count;
  insert into search_terms (shelf, organization_id, corpus, entry_id, source_id, language, length, average_length, analyzer_version, weights, terms)
    select tenant.next_shelf, t.organization_id, t.corpus, t.entry_id, t.source_id, t.language, t.length, t.average_length, t.analyzer_version, t.weights, t.terms
    from search_terms t where t.shelf = tenant.shelf and t.organization_id = tenant.id and not exists (
      select from search_terms n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and n.corpus = t.corpus and n.entry_id = t.entry_id)
    limit p_batch for share of t skip locked on conflict do nothing;
  get diagnostics terms_copied = row_count;
  copied := copied + terms_copied;
  if copied > 0 then return next; return; end if;

  begin
    perform set_config('lock_timeout', '2s', true);
    lock table search_terms, search_vectors in share row exclusive mode;
    -- What was deleted while it was copied: its copy was not there yet for the one who deleted it.
    delete from search_vectors n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and not exists (
      select from search_vectors v where v.shelf = tenant.shelf and v.organization_id = tenant.id and v.corpus = n.corpus
        and v.entry_id = n.entry_id and v.model = n.model);
    delete from search_terms n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and not exists (
      select from search_terms t where t.shelf = tenant.shelf and t.organization_id = tenant.id and t.corpus = n.corpus and t.entry_id = n.entry_id);
    update organizations o set shelf = tenant.next_shelf, next_shelf = null where o.id = tenant.id
      and not exists (select from search_vectors v where v.shelf = tenant.shelf and v.organization_id = tenant.id and not exists (
        select from search_vectors n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and n.corpus = v.corpus
          and n.entry_id = v.entry_id and n.model = v.model))
      and not exists (select from search_terms t where t.shelf = tenant.shelf and t.organization_id = tenant.id and not exists (
        select from search_terms n where n.shelf = tenant.next_shelf and n.organization_id = tenant.id and n.corpus = t.corpus and n.entry_id = t.entry_id));
    get diagnostics switched = row_count;
  exception when lock_not_available then null; -- a long writer: the next run tries again
  end;
  return next;
end $_$;

ALTER FUNCTION public.maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer) OWNER TO edgelore_system;

-- FUNCTION maintain_statistics(integer)

CREATE FUNCTION public.maintain_statistics(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with many as (
    select organization_id, corpus, term from term_stats group by 1, 2, 3 having count(*) > 1 limit p_limit),
  gone as (
    delete from term_stats s using many m
    where s.organization_id = m.organization_id and s.corpus = m.corpus and s.term = m.term returning s.*),
  kept as (
    insert into term_stats (organization_id, corpus, term, entries)
    select organization_id, corpus, term, sum(entries) from gone group by 1, 2, 3 having sum(entries) <> 0),
  gone_corpora as (
    delete from corpus_stats s using (select organization_id, corpus from corpus_stats group by 1, 2 having count(*) > 1) m
    where s.organization_id = m.organization_id and s.corpus = m.corpus returning s.*),
  kept_corpora as (
    insert into corpus_stats (organization_id, corpus, entries, length)
    select organization_id, corpus, sum(entries), sum(length) from gone_corpora group by 1, 2 having sum(entries) <> 0)
  select count(*)::integer from many
$$;

ALTER FUNCTION public.maintain_statistics(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_usage_archive(integer)

CREATE FUNCTION public.maintain_usage_archive(p_limit integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tenant record;
  room integer := p_limit;
  last uuid;
  number integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_usage_archive', 0));
  for tenant in select o.id, uuid_at(now() - make_interval(days => setting(o.settings, 'usageArchiveAfterDays'))) as until from organizations o loop
    perform enter_organization(tenant.id, 'system', null);
    select d.id into last from (
      select u.id from ai_usage u where u.organization_id = tenant.id and u.id < tenant.until order by u.id limit room) d order by d.id desc limit 1;
    continue when last is null;
    begin
      with gone as (delete from ai_usage u where u.organization_id = tenant.id and u.id <= last returning u.*),
      kept as (
        insert into ai_usage_archive (organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
          output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
          outcome, error, quality_score, request_context, request_id, created_at)
        select organization_id, id, task, model, chatbot_id, conversation_id, message_id, agent_id, end_user_id, input_tokens,
          output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd, latency_ms, first_token_ms, attempts,
          outcome, error, quality_score, request_context, request_id, created_at
        from gone on conflict (organization_id, id) do nothing)
      select count(*) into number from gone;
      room := room - number;
      exit when room <= 0;
    exception when check_violation then -- as above
      exit when room < p_limit;
      select sum(make_month('ai_usage_archive', d.month)) into number from (
        select distinct month_of(u.id) as month from ai_usage u where u.organization_id = tenant.id and u.id <= last) d;
      if coalesce(number, 0) = 0 then raise; end if;
      room := room - number;
      exit;
    end;
  end loop;
  perform enter_organization(null, 'system', null);
  return p_limit - room;
end $$;

ALTER FUNCTION public.maintain_usage_archive(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_web_sources(integer)

CREATE FUNCTION public.maintain_web_sources(p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with sites as (
    update websites w set due_at = now() + make_interval(hours => w.interval_hours)
    from (select organization_id, id from websites where due_at <= now() order by due_at limit p_limit for update skip locked) due
    where (w.organization_id, w.id) = (due.organization_id, due.id) returning w.organization_id, w.id),
  pages as (
    update web_pages w set due_at = now() + make_interval(hours => w.interval_hours)
    from (select organization_id, id from web_pages where due_at <= now() and website_id is null order by due_at limit p_limit
      for update skip locked) due
    where (w.organization_id, w.id) = (due.organization_id, due.id) returning w.organization_id, w.id),
  asked as (
    insert into jobs (organization_id, id, kind, subject_id, run_after)
    select d.organization_id, (left(uuid_at(now())::text, 13) || substr(gen_random_uuid()::text, 14))::uuid, d.kind, d.subject_id,
      now() + random() * interval '10 minutes'
    from (select organization_id, 'website.read' as kind, id as subject_id from sites
      union all select organization_id, 'web-page.fetch', id from pages) d
    on conflict (organization_id, kind, subject_id) where failed_at is null do nothing
    returning 1)
  select count(*)::integer from asked
$$;

ALTER FUNCTION public.maintain_web_sources(p_limit integer) OWNER TO edgelore_system;

-- FUNCTION maintain_webhooks(integer, integer)

CREATE FUNCTION public.maintain_webhooks(p_days integer, p_limit integer) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.maintain_webhooks(p_days integer, p_limit integer) OWNER TO edgelore_system;

-- FUNCTION make_graph(smallint, smallint, text)

CREATE FUNCTION public.make_graph(p_shelf smallint, p_corpus smallint, p_model text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  execute format('create index if not exists %I on public.%I using hnsw (bits bit_hamming_ops) with (m = 16, ef_construction = 400)'
    || ' where corpus = %s and model = %L', graph_name(p_shelf, p_corpus, p_model), 'search_vectors_' || p_shelf, p_corpus, p_model);
end $$;

ALTER FUNCTION public.make_graph(p_shelf smallint, p_corpus smallint, p_model text) OWNER TO postgres;

-- FUNCTION make_month(text, timestamp with time zone)

CREATE FUNCTION public.make_month(p_log text, p_month timestamp with time zone) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
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
end $_$;

ALTER FUNCTION public.make_month(p_log text, p_month timestamp with time zone) OWNER TO postgres;

-- FUNCTION make_shelf(smallint)

CREATE FUNCTION public.make_shelf(p_shelf smallint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare name text;
begin
  foreach name in array array['search_terms', 'search_vectors'] loop
    execute format('create table public.%1$I (like public.%2$I including defaults including generated including storage including constraints, check (shelf = %3$s))',
      name || '_' || p_shelf, name, p_shelf);
    execute format('alter table public.%2$I attach partition public.%1$I for values in (%3$s)', name || '_' || p_shelf, name, p_shelf);
    execute format('grant select on public.%I to edgelore_search', name || '_' || p_shelf);
  end loop;
  execute format('alter table public.%I set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 1000)',
    'search_vectors_' || p_shelf);
end $_$;

ALTER FUNCTION public.make_shelf(p_shelf smallint) OWNER TO postgres;

-- FUNCTION model_costs(date, date)

CREATE FUNCTION public.model_costs(p_from date, p_to date) RETURNS TABLE(day date, model text, calls bigint, calls_without_price bigint, cost bigint, scored bigint, quality double precision)
    LANGUAGE sql STABLE
    AS $$
  select u.day, u.model, count(*), count(*) filter (where u.cost_micro_usd is null), sum(u.cost_micro_usd)::bigint, count(u.quality_score),
    sum(u.quality_score::double precision)
  from usage_between(p_from, p_to) u group by u.day, u.model
$$;

ALTER FUNCTION public.model_costs(p_from date, p_to date) OWNER TO postgres;

-- FUNCTION month_of(uuid)

CREATE FUNCTION public.month_of(p_id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    RETURN date_trunc('month'::text, to_timestamp((((((('x'::text || replace("left"((p_id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision), 'UTC'::text);

ALTER FUNCTION public.month_of(p_id uuid) OWNER TO postgres;

-- FUNCTION must_be_revision(integer, integer)

CREATE FUNCTION public.must_be_revision(p_revision integer, p_expected integer) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
begin
  if p_revision <> p_expected then
    raise exception 'This chatbot is at revision %, not at %.', p_revision, p_expected using errcode = 'EL409', constraint = 'chatbots_revision';
  end if;
end $$;

ALTER FUNCTION public.must_be_revision(p_revision integer, p_expected integer) OWNER TO postgres;

-- FUNCTION must_exist(boolean, text)

CREATE FUNCTION public.must_exist(p_found boolean, p_what text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
begin
  if p_found is not true then raise exception 'This % does not exist.', p_what using errcode = 'EL404'; end if;
end $$;

ALTER FUNCTION public.must_exist(p_found boolean, p_what text) OWNER TO postgres;

-- FUNCTION must_fit(bigint, jsonb, text)

CREATE FUNCTION public.must_fit(p_count bigint, p_limits jsonb, p_what text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  tier text := (select o.subscription_tier from organizations o where o.id = current_organization());
begin
  if p_count >= (p_limits ->> tier)::bigint then
    raise exception 'Your subscription, %, holds at most % %.', tier, p_limits ->> tier, p_what using errcode = 'EL403';
  end if;
end $$;

ALTER FUNCTION public.must_fit(p_count bigint, p_limits jsonb, p_what text) OWNER TO postgres;

-- FUNCTION must_have_questions(bigint)

CREATE FUNCTION public.must_have_questions(p_count bigint) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
begin
  if p_count = 0 then
    raise exception 'There is no approved golden question to ask.' using errcode = 'EL409';
  end if;
end $$;

ALTER FUNCTION public.must_have_questions(p_count bigint) OWNER TO postgres;

-- FUNCTION must_still_be(boolean, text)

CREATE FUNCTION public.must_still_be(p_is_so boolean, p_why text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS $$
begin
  if p_is_so is not true then raise exception '%', p_why using errcode = 'EL409'; end if;
end $$;

ALTER FUNCTION public.must_still_be(p_is_so boolean, p_why text) OWNER TO postgres;

-- FUNCTION names_alike(uuid, smallint[], text[])

CREATE FUNCTION public.names_alike(p_organization uuid, p_corpora smallint[], p_words text[]) RETURNS TABLE(name text, term integer, likeness real)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET "pg_trgm.similarity_threshold" TO '0.35'
    AS $$
  select distinct on (best.term) best.name, best.term, best.likeness
  from unnest(p_words) as asked(word)
  cross join lateral (
    select n.name, n.term, similarity(n.name, asked.word) as likeness from search_names n
    where n.organization_id = p_organization and n.name % asked.word and exists (
      select from term_stats s where s.organization_id = p_organization and s.corpus = any (p_corpora)
        and s.term = (salted_terms(p_organization, array[n.term]))[1] having sum(s.entries) > 0)
    order by 3 desc, 1 limit 3) best
  order by best.term, best.likeness desc
$$;

ALTER FUNCTION public.names_alike(p_organization uuid, p_corpora smallint[], p_words text[]) OWNER TO postgres;

-- FUNCTION uuid_at(timestamp with time zone)

CREATE FUNCTION public.uuid_at(p_instant timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((lpad(to_hex(((EXTRACT(epoch FROM p_instant) * (1000)::numeric))::bigint), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

ALTER FUNCTION public.uuid_at(p_instant timestamp with time zone) OWNER TO postgres;

-- FUNCTION new_id()

CREATE FUNCTION public.new_id() RETURNS uuid
    LANGUAGE sql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    RETURN (("left"((public.uuid_at(now()))::text, 13) || substr((gen_random_uuid())::text, 14)))::uuid;

ALTER FUNCTION public.new_id() OWNER TO postgres;

-- FUNCTION note_change()

CREATE FUNCTION public.note_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
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

ALTER FUNCTION public.note_change() OWNER TO postgres;

-- FUNCTION noted_change()

CREATE FUNCTION public.noted_change() RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    RETURN COALESCE((NULLIF(current_setting('app.change'::text, true), ''::text))::jsonb, '{}'::jsonb);

ALTER FUNCTION public.noted_change() OWNER TO postgres;

-- FUNCTION place_unanswered(uuid, uuid, text, text, text, public.halfvec, double precision)

CREATE FUNCTION public.place_unanswered(p_id uuid, p_message uuid, p_reason text, p_language text, p_model text, p_embedding public.halfvec, p_similarity double precision) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  said record;
  placed uuid;
begin
  select c.chatbot_id, a.conversation_id, a.created_at, a.question_id into said
    from message_history a join conversations c on c.organization_id = a.organization_id and c.id = a.conversation_id
    where a.organization_id = current_organization() and a.id = p_message and a.question_id is not null;
  if not found then return null; end if; -- erased meanwhile
  perform pg_advisory_xact_lock(hashtextextended('unanswered_questions:' || said.chatbot_id, 0));
  select m.unanswered_question_id into placed from unanswered_messages m where m.message_id = p_message;
  if found then return placed; end if;
  if p_embedding is null then raise exception 'What was asked is not embedded.'; end if;
  select l.id into placed from (
      select u.id, m.embedding <=> p_embedding as distance from unanswered_questions u
        join unanswered_messages m on m.unanswered_question_id = u.id and m.is_leader and m.model = p_model
        where u.chatbot_id = said.chatbot_id
        order by m.embedding <=> p_embedding limit 1) l
    where l.distance <= 1 - p_similarity;
  if placed is null then
    insert into unanswered_questions (id, chatbot_id, times_asked, first_asked_at, last_asked_at)
      values (p_id, said.chatbot_id, 1, said.created_at, said.created_at);
    insert into unanswered_messages (message_id, unanswered_question_id, conversation_id, question_id, reason, language, asked_at, is_leader, model, embedding)
      values (p_message, p_id, said.conversation_id, said.question_id, p_reason, p_language, said.created_at, true, p_model, p_embedding);
    return p_id;
  end if;
  -- Asked again though it has an answer by now: it is open again. What was dismissed stays so.
  update unanswered_questions u set times_asked = u.times_asked + 1, last_asked_at = greatest(u.last_asked_at, said.created_at),
      first_asked_at = least(u.first_asked_at, said.created_at), status = case u.status when 'answered' then 'open' else u.status end
    where u.id = placed;
  insert into unanswered_messages (message_id, unanswered_question_id, conversation_id, question_id, reason, language, asked_at)
    values (p_message, placed, said.conversation_id, said.question_id, p_reason, p_language, said.created_at);
  return placed;
end $$;

ALTER FUNCTION public.place_unanswered(p_id uuid, p_message uuid, p_reason text, p_language text, p_model text, p_embedding public.halfvec, p_similarity double precision) OWNER TO postgres;

-- FUNCTION plain_text(text)

CREATE FUNCTION public.plain_text(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    RETURN ((' '::text || btrim(regexp_replace(lower((NORMALIZE(p_text, NFKC) COLLATE pg_c_utf8)), '[^[:alnum:]]+'::text, ' '::text, 'g'::text))) || ' '::text);

ALTER FUNCTION public.plain_text(p_text text) OWNER TO postgres;

-- FUNCTION quantize(public.halfvec)

CREATE FUNCTION public.quantize(p_vector public.halfvec) RETURNS bit varying
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((public.binary_quantize((p_vector OPERATOR(public.-) (array_fill((0.0134375)::real, ARRAY[1024]))::public.halfvec)))::bit varying || (public.binary_quantize((p_vector OPERATOR(public.+) (array_fill((0.0134375)::real, ARRAY[1024]))::public.halfvec)))::bit varying);

ALTER FUNCTION public.quantize(p_vector public.halfvec) OWNER TO postgres;

-- FUNCTION question_weights(uuid, smallint, integer[], real[])

CREATE FUNCTION public.question_weights(p_organization uuid, p_corpus smallint, p_terms integer[], p_frequencies real[], OUT entries double precision, OUT terms integer[], OUT weights real[], OUT postings integer[], OUT bound double precision, OUT matches double precision, OUT known double precision, OUT rare double precision) RETURNS record
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  if cardinality(p_terms) = 0 then
    select coalesce(sum(s.entries), 0), 0 into entries, matches from corpus_stats s where s.organization_id = p_organization and s.corpus = p_corpus;
    return;
  end if;
  with size as (
    select coalesce(sum(s.entries), 0)::float8 as n from corpus_stats s where s.organization_id = p_organization and s.corpus = p_corpus),
  asked as (
    select q.term, q.frequency, q.frequency * ln(1 + (greatest(n - df.entries, 0) + 0.5) / (df.entries + 0.5)) as weight, df.entries
    from size cross join unnest(p_terms, salted_terms(p_organization, p_terms), p_frequencies) as q(term, key, frequency)
    cross join lateral (select sum(s.entries)::float8 as entries from term_stats s
      where s.organization_id = p_organization and s.corpus = p_corpus and s.term = q.key) df
    where df.entries > 0)
  select n, array_agg(a.term order by a.term), array_agg(a.weight order by a.term)::real[],
    array_agg(a.entries order by a.term)::integer[], sum(a.weight), coalesce(sum(a.entries), 0),
    sum(a.frequency) / (select sum(f) from unnest(p_frequencies) f), sum(a.weight) / ln(1 + (greatest(n, 1) - 0.5) / 1.5)
    into entries, terms, weights, postings, bound, matches, known, rare from size left join asked a on true group by n;
end $$;

ALTER FUNCTION public.question_weights(p_organization uuid, p_corpus smallint, p_terms integer[], p_frequencies real[], OUT entries double precision, OUT terms integer[], OUT weights real[], OUT postings integer[], OUT bound double precision, OUT matches double precision, OUT known double precision, OUT rare double precision) OWNER TO postgres;

-- FUNCTION queue_webhooks()

CREATE FUNCTION public.queue_webhooks() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  insert into webhook_deliveries (organization_id, endpoint_id, event_id)
    select w.organization_id, w.id, t.id from told t join webhook_endpoints w on w.organization_id = t.organization_id
    where w.status = 'active' and webhook_tells(w.id, w.types, t.type, t.resource_id, t.data) order by t.id, w.id;
  return null;
end $$;

ALTER FUNCTION public.queue_webhooks() OWNER TO postgres;

-- FUNCTION recount_budget(uuid)

CREATE FUNCTION public.recount_budget(p_budget uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  budget record;
begin
  select b.*, o.time_zone, s.starts_on, s.starts_on::timestamp at time zone o.time_zone as starts_at into budget
    from budgets b join organizations o on o.id = b.organization_id
    cross join lateral (select budget_period(b.period, o.time_zone, clock_timestamp()) as starts_on) s where b.id = p_budget;
  insert into budget_periods (budget_id, starts_on, spent) values (p_budget, budget.starts_on, 0) on conflict do nothing;
  perform from budget_periods p where p.budget_id = p_budget and p.starts_on = budget.starts_on for update;
  update budget_periods p set spent = (
      select coalesce(sum(case budget.unit when 'tokens' then u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens
        else u.cost_micro_usd end), 0)
      from usage_history u where u.id >= uuid_at(budget.starts_at - interval '1 day')
        and budget_period(budget.period, budget.time_zone, u.created_at) = budget.starts_on and budget_bounds(budget.subject_type, budget.subject_id, u.chatbot_id, u.agent_id, u.end_user_id))
    where p.budget_id = p_budget and p.starts_on = budget.starts_on;
end $$;

ALTER FUNCTION public.recount_budget(p_budget uuid) OWNER TO postgres;

-- FUNCTION refresh_statistics(text)

CREATE FUNCTION public.refresh_statistics(p_after text) RETURNS TABLE(name text, kind text, done boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET lock_timeout TO '2s'
    AS $$
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

ALTER FUNCTION public.refresh_statistics(p_after text) OWNER TO postgres;

-- FUNCTION release_conversation()

CREATE FUNCTION public.release_conversation() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
begin
  new.held_by := null;
  new.held_at := null;
  new.escalated_at := null;
  return new;
end $$;

ALTER FUNCTION public.release_conversation() OWNER TO postgres;

-- FUNCTION relevance(text, double precision, double precision, double precision, double precision, double precision, double precision)

CREATE FUNCTION public.relevance(p_kind text, p_score double precision, p_best double precision, p_mean_cosine double precision, p_known double precision, p_rare double precision, p_entries double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((1)::double precision / ((1)::double precision + exp((- CASE p_kind WHEN 'hybrid'::text THEN (((p_score * (((4.264)::double precision + ((7.325)::double precision * p_known)) + ((0.837)::double precision * ln((p_rare + (0.1)::double precision))))) - (((0.886)::double precision * p_best) * ln(LEAST(GREATEST(p_entries, (1)::double precision), (300)::double precision)))) - (4.529)::double precision) WHEN 'lexical'::text THEN (((p_score * (((4.474)::double precision + ((7.236)::double precision * p_known)) + ((1.121)::double precision * ln((p_rare + (0.1)::double precision))))) - (((0.796)::double precision * p_best) * ln(LEAST(GREATEST(p_entries, (1)::double precision), (300)::double precision)))) - (4.547)::double precision) ELSE (((((((24.2)::double precision * p_score) - ((10.7)::double precision * p_best)) - ((9.519)::double precision * p_mean_cosine)) - ((0.78)::double precision * ln(LEAST(GREATEST(p_entries, (1)::double precision), (300)::double precision)))) - (1.689)::double precision) - (CASE p_kind WHEN 'unmatched'::text THEN 1.5 ELSE (0)::numeric END)::double precision) END))));

ALTER FUNCTION public.relevance(p_kind text, p_score double precision, p_best double precision, p_mean_cosine double precision, p_known double precision, p_rare double precision, p_entries double precision) OWNER TO postgres;

-- FUNCTION reserve_call(uuid, text, text, text, jsonb, uuid, uuid, text, bigint, bigint, integer, boolean, integer)

CREATE FUNCTION public.reserve_call(p_id uuid, p_task text, p_model text, p_default text, p_tiers jsonb, p_chatbot uuid, p_agent uuid, p_end_user text, p_input bigint, p_output bigint, p_calls integer, p_may_step_down boolean, p_seconds integer) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  zone text;
  model text;
  fallback text;
  tried text[];
  exceeded record;
begin
  select coalesce(p_model, r.model, p_default), r.fallback_model into model, fallback from (values (p_task)) t(task)
    left join model_routes r on r.task = t.task;
  model := coalesce(p_tiers ->> model, model);
  fallback := nullif(coalesce(p_tiers ->> fallback, fallback), model);
  perform from budgets b where budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user) order by b.id for no key update;
  if not found then return jsonb_build_object('model', model, 'fallbackModel', fallback); end if;
  select o.time_zone into zone from organizations o where o.id = current_organization();
  tried := array[model];
  loop
    select b.*, c.amount, d.cheaper into exceeded from budgets_bounding(p_id, zone, p_chatbot, p_agent, p_end_user) b
      cross join lateral (select coalesce(p_tiers ->> b.step_down_model, b.step_down_model) as cheaper) d
      cross join lateral (select reserved_amount(b.unit, model, p_input, p_output, p_calls) as amount) c
      where (b.enforcement = 'hard' or p_may_step_down and d.cheaper <> all (tried))
        and coalesce(b.spent + b.reserved + c.amount > b.amount_limit, true)
      order by p_may_step_down and d.cheaper <> all (tried) desc nulls last, b.id limit 1;
    exit when not found;
    if p_may_step_down and exceeded.cheaper <> all (tried) then
      model := exceeded.cheaper;
      tried := tried || model;
    else
      return jsonb_build_object('refusedBy', jsonb_build_object('id', exceeded.id, 'subjectType', exceeded.subject_type, 'subjectId', exceeded.subject_id,
        'period', exceeded.period, 'unit', exceeded.unit, 'limit', exceeded.amount_limit, 'spent', exceeded.spent, 'reserved', exceeded.reserved,
        'needed', exceeded.amount, 'model', model, 'resetsAt', budget_period_end(exceeded.period, zone, exceeded.starts_on)));
    end if;
  end loop;
  if fallback = model or exists (
      select from budgets_bounding(p_id, zone, p_chatbot, p_agent, p_end_user) b where b.enforcement = 'hard'
        and coalesce(b.spent + b.reserved + reserved_amount(b.unit, fallback, p_input, p_output, p_calls) > b.amount_limit, true)) then
    fallback := null;
  end if;
  insert into budget_reservations (id, budget_id, amount, expires_at)
    select p_id, b.id, greatest(reserved_amount(b.unit, model, p_input, p_output, p_calls), reserved_amount(b.unit, fallback, p_input, p_output, p_calls)),
      clock_timestamp() + make_interval(secs => p_seconds) from budgets b
    where b.enforcement = 'hard' and budget_bounds(b.subject_type, b.subject_id, p_chatbot, p_agent, p_end_user)
    on conflict (organization_id, id, budget_id) do update set amount = excluded.amount, expires_at = excluded.expires_at;
  return jsonb_build_object('model', model, 'fallbackModel', fallback);
end $$;

ALTER FUNCTION public.reserve_call(p_id uuid, p_task text, p_model text, p_default text, p_tiers jsonb, p_chatbot uuid, p_agent uuid, p_end_user text, p_input bigint, p_output bigint, p_calls integer, p_may_step_down boolean, p_seconds integer) OWNER TO postgres;

-- FUNCTION reserved_amount(text, text, bigint, bigint, integer)

CREATE FUNCTION public.reserved_amount(p_unit text, p_model text, p_input bigint, p_output bigint, p_calls integer) RETURNS bigint
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    RETURN CASE p_unit WHEN 'tokens'::text THEN (p_input + p_output) ELSE (GREATEST(public.call_cost(p_model, p_input, p_output, (0)::bigint, (0)::bigint, p_calls), public.call_cost(p_model, (0)::bigint, p_output, (0)::bigint, p_input, p_calls)) + p_calls) END;

ALTER FUNCTION public.reserved_amount(p_unit text, p_model text, p_input bigint, p_output bigint, p_calls integer) OWNER TO postgres;

-- FUNCTION retention_step(uuid[], jsonb, uuid[], uuid[], text[], text)

CREATE FUNCTION public.retention_step(p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  since timestamptz := kept_since();
  due uuid[];
  said uuid[];
  papers uuid[];
  files uuid[];
begin
  papers := array(select d.id from documents d join conversations c on c.organization_id = d.organization_id and c.id = d.conversation_id
    where d.id = any (p_documents) and c.status = 'terminated' and c.last_activity_at < since order by d.id for update of d);
  files := array(select a.id from attachments a join conversations c on c.organization_id = a.organization_id and c.id = a.conversation_id
    where a.id = any (p_attachments) and c.status = 'terminated' and c.last_activity_at < since order by a.id for update of a);
  perform from conversations c where c.id = any (p_conversations) order by c.id for update;
  perform from messages m where m.id in (select (q ->> 'id')::uuid from jsonb_array_elements(p_questions) q) order by m.id for update;
  due := array(select c.id from conversations c where c.id = any (p_conversations) and c.status = 'terminated' and c.last_activity_at < since
    and c.id not in (select conversations_busy()));
  said := array(select m.id from message_history m join jsonb_array_elements(p_questions) q on m.id = (q ->> 'id')::uuid where m.conversation_id = any (due));
  perform take_out(said, p_questions, papers, files, p_models, p_request);

  with gone as (
    delete from conversations c where c.id = any (due) and not exists (select from message_history m where m.conversation_id = c.id)
      and not exists (select from documents d where d.conversation_id = c.id) and not exists (select from attachments a where a.conversation_id = c.id)
    returning c.id, c.last_activity_at)
  insert into events (id, type, category, resource_type, resource_id, data, request_id)
    select new_id(), 'conversation.deleted', 'system', 'conversation', g.id,
      jsonb_build_object('reason', 'retention', 'lastActivityAt', to_char(g.last_activity_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), p_request
    from gone g;
end $$;

ALTER FUNCTION public.retention_step(p_conversations uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text) OWNER TO postgres;

-- FUNCTION revise_chatbot()

CREATE FUNCTION public.revise_chatbot() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  new.revision := old.revision + (chatbot_configuration(to_jsonb(new)) <> chatbot_configuration(to_jsonb(old)))::integer;
  return new;
end $$;

ALTER FUNCTION public.revise_chatbot() OWNER TO postgres;

-- FUNCTION roll_up_metrics(integer)

CREATE FUNCTION public.roll_up_metrics(p_days integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  zone text;
  first_day date;
  first_id uuid;
  written integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('roll_up_metrics ' || current_organization(), 0));
  select o.time_zone into zone from organizations o where o.id = current_organization();
  first_day := (now() at time zone zone)::date - (p_days - 1);
  first_id := uuid_at((first_day - 1)::timestamp at time zone zone); -- rows are written within a day of their ids
  delete from daily_metrics d where d.metric_date >= first_day;
  with began as (
    select c.*, (c.created_at at time zone zone)::date as day from conversations c
    where c.id >= first_id and (c.created_at at time zone zone)::date >= first_day),
  sessions as (
    select b.day, b.chatbot_id, count(*) as sessions, avg(extract(epoch from b.last_activity_at - b.created_at)) as seconds,
      avg(b.last_sequence) as messages, avg(b.satisfaction_score) as satisfaction from began b group by 1, 2),
  channels as (
    select g.day, g.chatbot_id, jsonb_object_agg(g.channel, g.sessions) as breakdown
    from (select b.day, b.chatbot_id, b.channel, count(*) as sessions from began b group by 1, 2, 3) g group by 1, 2),
  said as (
    select (m.created_at at time zone zone)::date as day, c.chatbot_id, count(*) filter (where m.role in ('user', 'assistant', 'staff') and m.superseded_at is null) as messages,
      count(distinct coalesce(c.end_user_id, c.id::text)) as people,
      avg(m.processing_time_ms) filter (where m.role = 'assistant') as milliseconds,
      count(*) filter (where m.role = 'assistant' and m.status = 'completed') as successes,
      count(*) filter (where m.role = 'assistant' and m.status in ('completed', 'interrupted', 'failed')) as ends
    from messages m join conversations c on c.organization_id = m.organization_id and c.id = m.conversation_id
    where m.id >= first_id and m.copied_from is null and (m.created_at at time zone zone)::date >= first_day group by 1, 2),
  spent as (
    select u.day, u.chatbot_id, sum(u.input_tokens + u.output_tokens + u.cache_read_tokens + u.cache_write_tokens) as tokens, sum(u.cost_micro_usd) as cost
    from usage_between(first_day, null) u group by 1, 2),
  days as (select day, chatbot_id from sessions union select day, chatbot_id from said union select day, chatbot_id from spent)
  insert into daily_metrics (chatbot_id, metric_date, total_sessions, total_messages, unique_users, avg_session_duration_seconds,
    avg_messages_per_session, avg_response_time_ms, total_tokens_used, total_cost_micro_usd, avg_user_satisfaction,
    successful_responses_ratio, platform_breakdown)
  select d.chatbot_id, d.day, coalesce(s.sessions, 0), coalesce(t.messages, 0), coalesce(t.people, 0), s.seconds, s.messages, t.milliseconds,
    coalesce(p.tokens, 0), coalesce(p.cost, 0), s.satisfaction, t.successes::real / nullif(t.ends, 0), coalesce(c.breakdown, '{}')
  from days d
    left join sessions s on s.day = d.day and s.chatbot_id is not distinct from d.chatbot_id
    left join channels c on c.day = d.day and c.chatbot_id is not distinct from d.chatbot_id
    left join said t on t.day = d.day and t.chatbot_id is not distinct from d.chatbot_id
    left join spent p on p.day = d.day and p.chatbot_id is not distinct from d.chatbot_id;
  get diagnostics written = row_count;
  return written;
end $$;

ALTER FUNCTION public.roll_up_metrics(p_days integer) OWNER TO postgres;

-- FUNCTION salted_terms(uuid, integer[])

CREATE FUNCTION public.salted_terms(p_organization uuid, p_terms integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT COALESCE(array_agg((t.term # ((('x'::text || substr(md5((salted_terms.p_organization)::text), 1, 8)))::bit(32))::integer)), '{}'::integer[]) AS "coalesce" FROM unnest(salted_terms.p_terms) t(term));

ALTER FUNCTION public.salted_terms(p_organization uuid, p_terms integer[]) OWNER TO postgres;

-- FUNCTION search_messages(text[], uuid, text, text, timestamp with time zone, timestamp with time zone, uuid, integer)

CREATE FUNCTION public.search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamp with time zone, p_to timestamp with time zone, p_before uuid, p_limit integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
  held text := (select string_agg(format('m.content ilike $1[%s]', n), ' and ') from generate_subscripts(p_patterns, 1) n);
  is_indexed boolean := (select bool_or(length(p) >= 5) from unnest(p_patterns) p);
  found uuid[];
  recent text;
begin
  foreach recent in array array[format('order by m.id desc limit %s', case when is_indexed then 5000 else 100000 end), ''] loop
    execute format($query$
      select coalesce(array_agg(f.id), '{}') from (
        select m.id from (
          select * from (
            select organization_id, id, conversation_id, role, status, content, superseded_at, created_at from messages
            union all
            select organization_id, id, conversation_id, role, status, content, superseded_at, created_at from message_archive) m
          where m.organization_id = $9 and ($7 is null or m.id < $7) and m.status in ('completed', 'interrupted') %s) m
        where %s and m.superseded_at is null and ($4 is null or m.role = $4) and ($5 is null or m.created_at >= $5) and ($6 is null or m.created_at < $6)
          and (($2 is null and $3 is null) or exists (select from conversations c where c.organization_id = $9 and c.id = m.conversation_id
            and ($2 is null or c.chatbot_id = $2) and ($3 is null or c.end_user_id = $3)))
        order by m.id desc limit $8) f$query$, recent, held)
    into found using p_patterns, p_chatbot, p_end_user, p_role, p_from, p_to, p_before, p_limit, current_organization();
    exit when cardinality(found) = p_limit or not is_indexed;
  end loop;
  return query select unnest(found);
end $_$;

ALTER FUNCTION public.search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamp with time zone, p_to timestamp with time zone, p_before uuid, p_limit integer) OWNER TO edgelore_search;

-- TABLE search_days

CREATE TABLE public.search_days (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    day date NOT NULL,
    searches integer NOT NULL,
    questions integer NOT NULL,
    without_result integer NOT NULL,
    embeddings_cached integer NOT NULL,
    embeddings_computed integer NOT NULL,
    latency_ms_p50 real NOT NULL,
    latency_ms_p95 real NOT NULL,
    judgments integer NOT NULL,
    mean_relevance real
);

ALTER TABLE ONLY public.search_days FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_days OWNER TO postgres;

-- FUNCTION searches_by_day(timestamp with time zone)

CREATE FUNCTION public.searches_by_day(p_since timestamp with time zone) RETURNS SETOF public.search_days
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with searched as (
    select l.organization_id, (l.created_at at time zone 'UTC')::date as day, count(*)::integer as searches,
      count(distinct l.query_hash)::integer as questions, count(*) filter (where l.result_count = 0)::integer as without_result,
      count(*) filter (where l.embedding_cached)::integer as embeddings_cached,
      count(*) filter (where not l.embedding_cached)::integer as embeddings_computed,
      percentile_cont(0.5) within group (order by l.latency_ms)::real as latency_ms_p50,
      percentile_cont(0.95) within group (order by l.latency_ms)::real as latency_ms_p95
    from search_log l where l.id >= uuid_at(p_since - interval '1 hour') and l.created_at >= p_since group by 1, 2),
  judged as (
    select f.organization_id, (f.created_at at time zone 'UTC')::date as day, count(*)::integer as judgments, avg(f.relevance)::real as mean_relevance
    from relevance_feedback f where f.created_at >= p_since group by 1, 2)
  select organization_id, day, coalesce(s.searches, 0), coalesce(s.questions, 0), coalesce(s.without_result, 0), coalesce(s.embeddings_cached, 0),
    coalesce(s.embeddings_computed, 0), coalesce(s.latency_ms_p50, 0), coalesce(s.latency_ms_p95, 0), coalesce(j.judgments, 0), j.mean_relevance
  from searched s full join judged j using (organization_id, day)
$$;

ALTER FUNCTION public.searches_by_day(p_since timestamp with time zone) OWNER TO postgres;

-- FUNCTION setting(jsonb, text)

CREATE FUNCTION public.setting(p_settings jsonb, p_name text) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN COALESCE(((p_settings ->> p_name))::integer, CASE p_name WHEN 'conversationIdleMinutes'::text THEN 1440 WHEN 'archiveAfterDays'::text THEN 30 WHEN 'usageArchiveAfterDays'::text THEN 90 WHEN 'clientDays'::text THEN 30 ELSE NULL::integer END);

ALTER FUNCTION public.setting(p_settings jsonb, p_name text) OWNER TO postgres;

-- FUNCTION slow_statements(integer)

CREATE FUNCTION public.slow_statements(p_limit integer) RETURNS TABLE(statement text, calls bigint, mean_ms double precision, total_ms double precision)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
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
end $_$;

ALTER FUNCTION public.slow_statements(p_limit integer) OWNER TO postgres;

-- FUNCTION start_cron_run(text, integer)

CREATE FUNCTION public.start_cron_run(p_name text, p_pause integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  insert into cron_runs as r (name, started_at, requested_at)
  values (p_name, clock_timestamp(), case when p_pause is not null then clock_timestamp() end)
  on conflict (name) do update set started_at = excluded.started_at, requested_at = coalesce(excluded.requested_at, r.requested_at)
  where p_pause is null or r.requested_at is null or clock_timestamp() - r.requested_at not between interval '0' and make_interval(secs => p_pause);
  if not found then raise exception 'Somebody had % run in the last % s.', p_name, p_pause using errcode = 'EL409'; end if;
end $$;

ALTER FUNCTION public.start_cron_run(p_name text, p_pause integer) OWNER TO edgelore_system;

-- FUNCTION take_out(uuid[], jsonb, uuid[], uuid[], text[], text)

CREATE FUNCTION public.take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text) RETURNS jsonb
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  hashes bytea[];
  gone jsonb := jsonb_build_object('messages', cardinality(p_messages), 'documents', cardinality(p_documents), 'attachments', cardinality(p_attachments));
  number bigint;
  vectors bigint;
begin
  hashes := array(select (q ->> 'hash')::bytea from jsonb_array_elements(p_questions) q where q ->> 'hash' is not null and (q ->> 'id')::uuid = any (p_messages)
    union select k.text_hash from document_chunks k where k.document_id = any (p_documents));
  delete from embedding_cache e where e.model = any (p_models) and e.text_hash = any (hashes);
  get diagnostics number = row_count;
  delete from message_vectors v where v.message_id = any (p_messages);
  get diagnostics vectors = row_count;
  gone := gone || jsonb_build_object('embeddings', number + vectors);

  delete from relevance_feedback f where f.search_id = any (p_messages);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('judgments', number, 'searches', forget_searches(p_messages));

  delete from idempotency_keys k where k.result_id = any (p_messages || p_documents || p_attachments);
  get diagnostics number = row_count;
  gone := gone || jsonb_build_object('idempotencyKeys', number);

  delete from golden_questions g where g.message_id = any (p_messages);
  delete from messages m where m.id = any (p_messages);
  perform forget_messages(p_messages);
  delete from attachments a where a.id = any (p_attachments);
  delete from documents d where d.id = any (p_documents);
  delete from jobs j where j.subject_id = any (p_documents); -- whoever works on one of them writes no more
  insert into events (id, type, resource_type, resource_id, request_id)
    select new_id(), 'document.deleted', 'document', d, p_request from unnest(p_documents) d;
  return gone;
end $$;

ALTER FUNCTION public.take_out(p_messages uuid[], p_questions jsonb, p_documents uuid[], p_attachments uuid[], p_models text[], p_request text) OWNER TO postgres;

-- FUNCTION terms_condition(uuid, jsonb, jsonb)

CREATE FUNCTION public.terms_condition(p_organization uuid, p_required jsonb, p_excluded jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  if p_required = '[]' and p_excluded = '[]' then return ''; end if;
  return (with salted as (
    select kind, nr, format('t.terms @> %L::integer[]', salted_terms(p_organization, array(select jsonb_array_elements_text(reading)::integer))) as has
    from (select 'required' as kind, nr, reading from jsonb_array_elements(p_required) with ordinality as p(phrase, nr), jsonb_array_elements(phrase) as reading
      union all select 'excluded', 0, reading from jsonb_array_elements(p_excluded) as reading) readings)
  select concat((select string_agg(' and (' || any_reading || ')', '') from (
      select string_agg(has, ' or ') as any_reading from salted where kind = 'required' group by nr) phrases),
    (select string_agg(' and not ' || has, '') from salted where kind = 'excluded')));
end $$;

ALTER FUNCTION public.terms_condition(p_organization uuid, p_required jsonb, p_excluded jsonb) OWNER TO postgres;

-- FUNCTION touch_updated_at()

CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;

ALTER FUNCTION public.touch_updated_at() OWNER TO postgres;

-- FUNCTION usage_between(date, date)

CREATE FUNCTION public.usage_between(p_from date, p_to date) RETURNS TABLE(day date, task text, model text, chatbot_id uuid, agent_id uuid, end_user_id text, input_tokens bigint, output_tokens bigint, cache_read_tokens bigint, cache_write_tokens bigint, cost_micro_usd bigint, latency_ms integer, first_token_ms integer, attempts integer, error text, quality_score real)
    LANGUAGE sql STABLE
    AS $$
  with span as materialized (select * from usage_span(p_from, p_to))
  select c.* from (
    select (u.created_at at time zone (select time_zone from span))::date as day, u.task, u.model, u.chatbot_id, u.agent_id, u.end_user_id,
      u.input_tokens, u.output_tokens, u.cache_read_tokens, u.cache_write_tokens, u.cost_micro_usd, u.latency_ms, u.first_token_ms, u.attempts,
      u.error, coalesce(f.quality, u.quality_score)::real
    from usage_history u left join (select message_id, avg(score) as quality from message_feedback group by message_id) f
      on u.task = 'answer' and f.message_id = u.message_id
    where u.id >= (select first_id from span) and u.id < (select last_id from span)) c
  where c.day between (select first_day from span) and (select last_day from span)
$$;

ALTER FUNCTION public.usage_between(p_from date, p_to date) OWNER TO postgres;

-- FUNCTION usage_span(date, date)

CREATE FUNCTION public.usage_span(p_from date, p_to date) RETURNS TABLE(time_zone text, today date, first_day date, last_day date, first_id uuid, last_id uuid)
    LANGUAGE sql STABLE
    AS $$
  select o.time_zone, t.today, f.first_day, l.last_day, uuid_at((f.first_day - 1)::timestamp at time zone o.time_zone),
    uuid_at((l.last_day + 2)::timestamp at time zone o.time_zone)
  from organizations o
    cross join lateral (select (now() at time zone o.time_zone)::date as today) t
    cross join lateral (select coalesce(p_from, coalesce(p_to, t.today) - 29) as first_day) f
    cross join lateral (select coalesce(p_to, least(t.today, f.first_day + 365)) as last_day) l
  where o.id = current_organization()
$$;

ALTER FUNCTION public.usage_span(p_from date, p_to date) OWNER TO postgres;

-- FUNCTION webhook_tells(uuid, text[], text, uuid, jsonb)

CREATE FUNCTION public.webhook_tells(p_endpoint uuid, p_types text[], p_type text, p_resource uuid, p_data jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((cardinality(p_types) = 0) OR (EXISTS (SELECT FROM unnest(webhook_tells.p_types) t(type) WHERE ((t.type = webhook_tells.p_type) OR (("right"(t.type, 1) = '.'::text) AND starts_with(webhook_tells.p_type, t.type)))))) AND (p_resource IS DISTINCT FROM p_endpoint) AND (NOT ((p_type ~~ 'job.%'::text) AND ((p_data ->> 'operation'::text) = 'webhook.deliver'::text))));

ALTER FUNCTION public.webhook_tells(p_endpoint uuid, p_types text[], p_type text, p_resource uuid, p_data jsonb) OWNER TO postgres;

-- TABLE admin_feedback

CREATE TABLE public.admin_feedback (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    conversation_id uuid,
    message_id uuid,
    feedback_text text NOT NULL,
    feedback_type text NOT NULL,
    severity text NOT NULL,
    context text,
    status text DEFAULT 'pending'::text NOT NULL,
    analysis_results jsonb,
    suggested_improvements jsonb DEFAULT '[]'::jsonb NOT NULL,
    applied_changes jsonb,
    before_snapshot jsonb,
    after_snapshot jsonb,
    applied_revision integer,
    impact_metrics jsonb,
    reason text,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_by text,
    processed_at timestamp with time zone,
    applied_at timestamp with time zone,
    reverted_at timestamp with time zone,
    CONSTRAINT admin_feedback_severity CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT admin_feedback_status CHECK ((status = ANY (ARRAY['pending'::text, 'analyzing'::text, 'completed'::text, 'applied'::text, 'rejected'::text]))),
    CONSTRAINT admin_feedback_type CHECK ((feedback_type = ANY (ARRAY['accuracy'::text, 'tone'::text, 'completeness'::text, 'relevance'::text, 'other'::text])))
);

ALTER TABLE ONLY public.admin_feedback FORCE ROW LEVEL SECURITY;

ALTER TABLE public.admin_feedback OWNER TO postgres;

-- TABLE ai_usage

CREATE TABLE public.ai_usage (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    task text NOT NULL,
    model text NOT NULL,
    chatbot_id uuid,
    conversation_id uuid,
    message_id uuid,
    end_user_id text,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cache_read_tokens bigint DEFAULT 0 NOT NULL,
    cache_write_tokens bigint DEFAULT 0 NOT NULL,
    cost_micro_usd bigint,
    latency_ms integer NOT NULL,
    first_token_ms integer,
    attempts integer DEFAULT 1 NOT NULL,
    error text,
    request_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    agent_id uuid,
    outcome text DEFAULT 'succeeded'::text NOT NULL,
    quality_score real,
    request_context jsonb,
    CONSTRAINT ai_usage_counts CHECK ((LEAST(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0)),
    CONSTRAINT ai_usage_outcome CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text, 'interrupted'::text, 'withheld'::text]))),
    CONSTRAINT ai_usage_quality CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision)))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.ai_usage FORCE ROW LEVEL SECURITY;

ALTER TABLE public.ai_usage OWNER TO postgres;

-- TABLE ai_usage_archive

CREATE TABLE public.ai_usage_archive (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    task text NOT NULL,
    model text NOT NULL,
    chatbot_id uuid,
    conversation_id uuid,
    message_id uuid,
    agent_id uuid,
    end_user_id text,
    input_tokens bigint DEFAULT 0 NOT NULL,
    output_tokens bigint DEFAULT 0 NOT NULL,
    cache_read_tokens bigint DEFAULT 0 NOT NULL,
    cache_write_tokens bigint DEFAULT 0 NOT NULL,
    cost_micro_usd bigint,
    latency_ms integer NOT NULL,
    first_token_ms integer,
    attempts integer DEFAULT 1 NOT NULL,
    outcome text DEFAULT 'succeeded'::text NOT NULL,
    error text,
    quality_score real,
    request_context jsonb,
    request_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.ai_usage_archive FORCE ROW LEVEL SECURITY;

ALTER TABLE public.ai_usage_archive OWNER TO postgres;

-- TABLE ai_usage_default

CREATE TABLE public.ai_usage_default (
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT ai_usage_organization_id_not_null NOT NULL,
    id uuid CONSTRAINT ai_usage_id_not_null NOT NULL,
    task text CONSTRAINT ai_usage_task_not_null NOT NULL,
    model text CONSTRAINT ai_usage_model_not_null NOT NULL,
    chatbot_id uuid,
    conversation_id uuid,
    message_id uuid,
    end_user_id text,
    input_tokens bigint DEFAULT 0 CONSTRAINT ai_usage_input_tokens_not_null NOT NULL,
    output_tokens bigint DEFAULT 0 CONSTRAINT ai_usage_output_tokens_not_null NOT NULL,
    cache_read_tokens bigint DEFAULT 0 CONSTRAINT ai_usage_cache_read_tokens_not_null NOT NULL,
    cache_write_tokens bigint DEFAULT 0 CONSTRAINT ai_usage_cache_write_tokens_not_null NOT NULL,
    cost_micro_usd bigint,
    latency_ms integer CONSTRAINT ai_usage_latency_ms_not_null NOT NULL,
    first_token_ms integer,
    attempts integer DEFAULT 1 CONSTRAINT ai_usage_attempts_not_null NOT NULL,
    error text,
    request_id text,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT ai_usage_created_at_not_null NOT NULL,
    agent_id uuid,
    outcome text DEFAULT 'succeeded'::text CONSTRAINT ai_usage_outcome_not_null NOT NULL,
    quality_score real,
    request_context jsonb,
    CONSTRAINT ai_usage_counts CHECK ((LEAST(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0)),
    CONSTRAINT ai_usage_outcome CHECK ((outcome = ANY (ARRAY['succeeded'::text, 'failed'::text, 'interrupted'::text, 'withheld'::text]))),
    CONSTRAINT ai_usage_quality CHECK (((quality_score >= (0)::double precision) AND (quality_score <= (1)::double precision)))
);

ALTER TABLE public.ai_usage_default OWNER TO postgres;

-- TABLE api_keys

CREATE TABLE public.api_keys (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    hash bytea NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT api_keys_hash_length CHECK ((length(hash) = 32))
);

ALTER TABLE ONLY public.api_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.api_keys OWNER TO postgres;

-- TABLE attachments

CREATE TABLE public.attachments (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    end_user_id text,
    conversation_id uuid,
    message_id uuid,
    name text NOT NULL,
    type text NOT NULL,
    size bigint NOT NULL,
    passages jsonb NOT NULL,
    tokens integer NOT NULL,
    warnings jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT attachments_taken CHECK (((message_id IS NULL) = (conversation_id IS NULL)))
);

ALTER TABLE ONLY public.attachments FORCE ROW LEVEL SECURITY;

ALTER TABLE public.attachments OWNER TO postgres;

-- TABLE budget_periods

CREATE TABLE public.budget_periods (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    budget_id uuid NOT NULL,
    starts_on date NOT NULL,
    spent bigint NOT NULL,
    CONSTRAINT budget_periods_spent CHECK ((spent >= 0))
);

ALTER TABLE ONLY public.budget_periods FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budget_periods OWNER TO postgres;

-- TABLE budget_reservations

CREATE TABLE public.budget_reservations (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    budget_id uuid NOT NULL,
    amount bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT budget_reservations_amount CHECK ((amount >= 0))
);

ALTER TABLE ONLY public.budget_reservations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budget_reservations OWNER TO postgres;

-- TABLE budgets

CREATE TABLE public.budgets (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    subject_type text NOT NULL,
    subject_id text,
    period text NOT NULL,
    unit text NOT NULL,
    amount_limit bigint NOT NULL,
    enforcement text NOT NULL,
    step_down_model text,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT budgets_enforcement CHECK ((enforcement = ANY (ARRAY['hard'::text, 'soft'::text]))),
    CONSTRAINT budgets_limit CHECK (((amount_limit >= 1) AND (amount_limit <= '1000000000000000'::bigint))),
    CONSTRAINT budgets_period CHECK ((period = ANY (ARRAY['day'::text, 'month'::text, 'total'::text]))),
    CONSTRAINT budgets_subject_named CHECK (((subject_type = 'organization'::text) = (subject_id IS NULL))),
    CONSTRAINT budgets_subject_type CHECK ((subject_type = ANY (ARRAY['organization'::text, 'chatbot'::text, 'agent'::text, 'end_user'::text]))),
    CONSTRAINT budgets_unit CHECK ((unit = ANY (ARRAY['micro_usd'::text, 'tokens'::text])))
);

ALTER TABLE ONLY public.budgets FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budgets OWNER TO postgres;

-- TABLE organizations

CREATE TABLE public.organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    subscription_tier text DEFAULT 'basic'::text NOT NULL,
    time_zone text DEFAULT 'UTC'::text NOT NULL,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    shelf smallint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    next_shelf smallint,
    embedding_model text DEFAULT 'amazon.titan-embed-text-v2:0'::text NOT NULL,
    other_embedding_model text,
    CONSTRAINT organizations_models CHECK ((embedding_model <> other_embedding_model)),
    CONSTRAINT organizations_name_length CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT organizations_shelves CHECK ((shelf <> next_shelf)),
    CONSTRAINT organizations_slug_form CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$'::text)),
    CONSTRAINT organizations_tier CHECK ((subscription_tier = ANY (ARRAY['basic'::text, 'pro'::text, 'enterprise'::text])))
);

ALTER TABLE ONLY public.organizations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.organizations OWNER TO postgres;

-- VIEW budget_utilization

CREATE VIEW public.budget_utilization WITH (security_invoker='true') AS
 SELECT b.organization_id,
    b.id,
    b.subject_type,
    b.subject_id,
    b.period,
    b.unit,
    b.amount_limit,
    b.enforcement,
    b.step_down_model,
    COALESCE(p.spent, (0)::bigint) AS spent,
    ( SELECT (COALESCE(sum(r.amount), (0)::numeric))::bigint AS "coalesce"
           FROM public.budget_reservations r
          WHERE ((r.organization_id = b.organization_id) AND (r.budget_id = b.id) AND (r.expires_at > now()))) AS reserved,
    public.budget_period_end(b.period, o.time_zone, s.starts_on) AS resets_at,
    b.created_by,
    b.created_at,
    b.updated_at
   FROM (((public.budgets b
     JOIN public.organizations o ON ((o.id = b.organization_id)))
     CROSS JOIN LATERAL ( SELECT public.budget_period(b.period, o.time_zone, now()) AS starts_on) s)
     LEFT JOIN public.budget_periods p ON (((p.organization_id = b.organization_id) AND (p.budget_id = b.id) AND (p.starts_on = s.starts_on))));

ALTER VIEW public.budget_utilization OWNER TO postgres;

-- TABLE chatbot_documents

CREATE TABLE public.chatbot_documents (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    chatbot_id uuid NOT NULL,
    document_id uuid NOT NULL,
    assigned_at timestamp with time zone DEFAULT now() NOT NULL,
    assigned_by text DEFAULT public.current_caller_id()
);

ALTER TABLE ONLY public.chatbot_documents FORCE ROW LEVEL SECURITY;

ALTER TABLE public.chatbot_documents OWNER TO postgres;

-- TABLE chatbots

CREATE TABLE public.chatbots (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    status text DEFAULT 'draft'::text NOT NULL,
    avatar_url text,
    welcome_message text,
    fallback_message text,
    llm_provider text DEFAULT 'bedrock'::text NOT NULL,
    llm_model text,
    system_prompt text DEFAULT ''::text NOT NULL,
    model_config jsonb DEFAULT '{}'::jsonb NOT NULL,
    rag_enabled boolean DEFAULT true NOT NULL,
    retrieval_k integer DEFAULT 5 NOT NULL,
    score_threshold double precision DEFAULT 0 NOT NULL,
    context_window integer DEFAULT 4000 NOT NULL,
    document_scope text DEFAULT 'all'::text NOT NULL,
    knowledge_base_filter jsonb DEFAULT '{}'::jsonb NOT NULL,
    integration_settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    last_active_at timestamp with time zone,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    rewrite_follow_ups boolean DEFAULT true NOT NULL,
    safety jsonb DEFAULT '{}'::jsonb NOT NULL,
    eval_gate jsonb,
    CONSTRAINT chatbots_context_window CHECK (((context_window >= 500) AND (context_window <= 200000))),
    CONSTRAINT chatbots_document_scope CHECK ((document_scope = ANY (ARRAY['all'::text, 'assigned'::text]))),
    CONSTRAINT chatbots_eval_gate_form CHECK (((((eval_gate ->> 'maxDrop'::text))::double precision >= (0)::double precision) AND (((eval_gate ->> 'maxDrop'::text))::double precision <= (1)::double precision))),
    CONSTRAINT chatbots_retrieval_k CHECK (((retrieval_k >= 1) AND (retrieval_k <= 50))),
    CONSTRAINT chatbots_score_threshold CHECK (((score_threshold >= (0)::double precision) AND (score_threshold <= (1)::double precision))),
    CONSTRAINT chatbots_slug_form CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,99}$'::text)),
    CONSTRAINT chatbots_status CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'inactive'::text, 'testing'::text, 'maintenance'::text])))
);

ALTER TABLE ONLY public.chatbots FORCE ROW LEVEL SECURITY;

ALTER TABLE public.chatbots OWNER TO postgres;

-- TABLE conversations

CREATE TABLE public.conversations (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid,
    channel text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    title text,
    end_user_id text,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    last_sequence bigint DEFAULT 0 NOT NULL,
    satisfaction_score smallint,
    last_activity_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    archived_sequence bigint DEFAULT 0 NOT NULL,
    to_archive boolean GENERATED ALWAYS AS (((ended_at IS NOT NULL) AND (archived_sequence < last_sequence))) STORED NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    held_by text,
    held_at timestamp with time zone,
    escalated_at timestamp with time zone,
    ip_address text,
    user_agent text,
    client_told_at timestamp with time zone,
    branched_from_conversation uuid,
    branched_from_message uuid,
    CONSTRAINT conversations_channel CHECK ((channel = ANY (ARRAY['web'::text, 'line'::text, 'api'::text, 'playground'::text, 'widget'::text, 'webhook'::text, 'iframe'::text]))),
    CONSTRAINT conversations_ended CHECK (((status = 'active'::text) = (ended_at IS NULL))),
    CONSTRAINT conversations_held CHECK ((((held_by IS NULL) = (held_at IS NULL)) AND ((held_by IS NULL) OR (status = 'active'::text)))),
    CONSTRAINT conversations_satisfaction CHECK (((satisfaction_score >= 1) AND (satisfaction_score <= 5))),
    CONSTRAINT conversations_status CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'expired'::text, 'terminated'::text])))
);

ALTER TABLE ONLY public.conversations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.conversations OWNER TO postgres;

-- TABLE message_archive

CREATE TABLE public.message_archive (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    role text NOT NULL,
    status text DEFAULT 'completed'::text NOT NULL,
    content text DEFAULT ''::text NOT NULL,
    content_type text DEFAULT 'text'::text NOT NULL,
    citations jsonb DEFAULT '[]'::jsonb NOT NULL,
    answered boolean,
    model text,
    token_usage jsonb DEFAULT '{}'::jsonb NOT NULL,
    processing_time_ms integer,
    error jsonb,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    completed_at timestamp with time zone,
    chatbot_revision integer,
    question_id uuid,
    replaces uuid,
    superseded_at timestamp with time zone,
    copied_from uuid,
    author text,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    attachments jsonb DEFAULT '[]'::jsonb NOT NULL
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.message_archive FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_archive OWNER TO postgres;

-- TABLE messages

CREATE TABLE public.messages (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sequence bigint NOT NULL,
    role text NOT NULL,
    status text DEFAULT 'completed'::text NOT NULL,
    content text DEFAULT ''::text NOT NULL,
    content_type text DEFAULT 'text'::text NOT NULL,
    citations jsonb DEFAULT '[]'::jsonb NOT NULL,
    answered boolean,
    model text,
    token_usage jsonb DEFAULT '{}'::jsonb NOT NULL,
    processing_time_ms integer,
    error jsonb,
    lease_until timestamp with time zone,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    completed_at timestamp with time zone,
    chatbot_revision integer,
    question_id uuid,
    replaces uuid,
    superseded_at timestamp with time zone,
    copied_from uuid,
    author text,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    attachments jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT messages_content_type CHECK ((content_type = ANY (ARRAY['text'::text, 'html'::text, 'markdown'::text, 'json'::text]))),
    CONSTRAINT messages_role CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text, 'tool'::text, 'staff'::text]))),
    CONSTRAINT messages_status CHECK ((status = ANY (ARRAY['pending'::text, 'streaming'::text, 'completed'::text, 'interrupted'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.messages FORCE ROW LEVEL SECURITY;

ALTER TABLE public.messages OWNER TO postgres;

-- VIEW message_history

CREATE VIEW public.message_history WITH (security_invoker='true') AS
 SELECT messages.organization_id,
    messages.id,
    messages.conversation_id,
    messages.sequence,
    messages.role,
    messages.status,
    messages.content,
    messages.content_type,
    messages.citations,
    messages.answered,
    messages.model,
    messages.token_usage,
    messages.processing_time_ms,
    messages.error,
    messages.lease_until,
    messages.created_at,
    messages.completed_at,
    messages.chatbot_revision,
    messages.question_id,
    messages.replaces,
    messages.superseded_at,
    messages.copied_from,
    messages.author,
    messages.context,
    messages.attachments
   FROM public.messages
UNION ALL
 SELECT message_archive.organization_id,
    message_archive.id,
    message_archive.conversation_id,
    message_archive.sequence,
    message_archive.role,
    message_archive.status,
    message_archive.content,
    message_archive.content_type,
    message_archive.citations,
    message_archive.answered,
    message_archive.model,
    message_archive.token_usage,
    message_archive.processing_time_ms,
    message_archive.error,
    message_archive.lease_until,
    message_archive.created_at,
    message_archive.completed_at,
    message_archive.chatbot_revision,
    message_archive.question_id,
    message_archive.replaces,
    message_archive.superseded_at,
    message_archive.copied_from,
    message_archive.author,
    message_archive.context,
    message_archive.attachments
   FROM public.message_archive;

ALTER VIEW public.message_history OWNER TO postgres;

-- VIEW usage_history

CREATE VIEW public.usage_history WITH (security_invoker='true') AS
 SELECT ai_usage.organization_id,
    ai_usage.id,
    ai_usage.task,
    ai_usage.model,
    ai_usage.chatbot_id,
    ai_usage.conversation_id,
    ai_usage.message_id,
    ai_usage.agent_id,
    ai_usage.end_user_id,
    ai_usage.input_tokens,
    ai_usage.output_tokens,
    ai_usage.cache_read_tokens,
    ai_usage.cache_write_tokens,
    ai_usage.cost_micro_usd,
    ai_usage.latency_ms,
    ai_usage.first_token_ms,
    ai_usage.attempts,
    ai_usage.outcome,
    ai_usage.error,
    ai_usage.quality_score,
    ai_usage.request_context,
    ai_usage.request_id,
    ai_usage.created_at
   FROM public.ai_usage
UNION ALL
 SELECT ai_usage_archive.organization_id,
    ai_usage_archive.id,
    ai_usage_archive.task,
    ai_usage_archive.model,
    ai_usage_archive.chatbot_id,
    ai_usage_archive.conversation_id,
    ai_usage_archive.message_id,
    ai_usage_archive.agent_id,
    ai_usage_archive.end_user_id,
    ai_usage_archive.input_tokens,
    ai_usage_archive.output_tokens,
    ai_usage_archive.cache_read_tokens,
    ai_usage_archive.cache_write_tokens,
    ai_usage_archive.cost_micro_usd,
    ai_usage_archive.latency_ms,
    ai_usage_archive.first_token_ms,
    ai_usage_archive.attempts,
    ai_usage_archive.outcome,
    ai_usage_archive.error,
    ai_usage_archive.quality_score,
    ai_usage_archive.request_context,
    ai_usage_archive.request_id,
    ai_usage_archive.created_at
   FROM public.ai_usage_archive;

ALTER VIEW public.usage_history OWNER TO postgres;

-- VIEW chatbot_performance_summary

CREATE VIEW public.chatbot_performance_summary WITH (security_invoker='true') AS
 WITH sessions AS (
         SELECT c.organization_id,
            c.id,
            c.chatbot_id,
            c.end_user_id,
            c.satisfaction_score,
            (EXTRACT(epoch FROM (COALESCE(c.ended_at, c.last_activity_at) - c.created_at)))::double precision AS seconds
           FROM public.conversations c
          WHERE ((c.id >= public.uuid_at((now() - '31 days'::interval))) AND (c.created_at >= (now() - '30 days'::interval)))
        ), talks AS (
         SELECT s.organization_id,
            s.chatbot_id,
            count(*) AS sessions,
            count(DISTINCT COALESCE(s.end_user_id, (s.id)::text)) AS people,
            avg(s.seconds) AS seconds,
            (avg(s.satisfaction_score))::double precision AS satisfaction
           FROM sessions s
          GROUP BY s.organization_id, s.chatbot_id
        ), said AS (
         SELECT s.organization_id,
            s.chatbot_id,
            count(*) FILTER (WHERE (m.superseded_at IS NULL)) AS messages,
            (avg(m.processing_time_ms) FILTER (WHERE (m.role = 'assistant'::text)))::double precision AS milliseconds,
            ((count(*) FILTER (WHERE ((m.role = 'assistant'::text) AND (m.status = 'completed'::text))))::double precision / (NULLIF(count(*) FILTER (WHERE ((m.role = 'assistant'::text) AND (m.status = ANY (ARRAY['completed'::text, 'interrupted'::text, 'failed'::text])))), 0))::double precision) AS successes
           FROM (sessions s
             JOIN public.message_history m ON (((m.organization_id = s.organization_id) AND (m.conversation_id = s.id))))
          WHERE ((m.id >= public.uuid_at((now() - '31 days'::interval))) AND (m.copied_from IS NULL))
          GROUP BY s.organization_id, s.chatbot_id
        ), spent AS (
         SELECT u.organization_id,
            u.chatbot_id,
            (sum(u.cost_micro_usd))::bigint AS cost
           FROM public.usage_history u
          WHERE ((u.id >= public.uuid_at((now() - '30 days'::interval))) AND (u.chatbot_id IS NOT NULL))
          GROUP BY u.organization_id, u.chatbot_id
        )
 SELECT b.id,
    b.name,
    b.organization_id,
    b.status,
    COALESCE(t.sessions, (0)::bigint) AS total_sessions,
    COALESCE(d.messages, (0)::bigint) AS total_messages,
    COALESCE(t.people, (0)::bigint) AS unique_users,
    t.seconds AS avg_session_duration,
    d.milliseconds AS avg_response_time,
    t.satisfaction AS avg_satisfaction,
    d.successes AS successful_responses_ratio,
    COALESCE(p.cost, (0)::bigint) AS total_cost_micro_usd
   FROM (((public.chatbots b
     LEFT JOIN talks t ON (((t.organization_id = b.organization_id) AND (t.chatbot_id = b.id))))
     LEFT JOIN said d ON (((d.organization_id = b.organization_id) AND (d.chatbot_id = b.id))))
     LEFT JOIN spent p ON (((p.organization_id = b.organization_id) AND (p.chatbot_id = b.id))));

ALTER VIEW public.chatbot_performance_summary OWNER TO postgres;

-- TABLE chatbot_revisions

CREATE TABLE public.chatbot_revisions (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    chatbot_id uuid NOT NULL,
    number integer NOT NULL,
    configuration jsonb NOT NULL,
    changed text[] NOT NULL,
    reason text,
    restored_from integer,
    created_by_kind text DEFAULT public.current_caller_kind() NOT NULL,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chatbot_revisions_created_by_kind CHECK ((created_by_kind = ANY (ARRAY['key'::text, 'member'::text, 'system'::text]))),
    CONSTRAINT chatbot_revisions_number CHECK (((number > 0) AND ((restored_from >= 1) AND (restored_from <= (number - 1))))),
    CONSTRAINT chatbot_revisions_reason CHECK (((length(reason) >= 1) AND (length(reason) <= 2000)))
);

ALTER TABLE ONLY public.chatbot_revisions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.chatbot_revisions OWNER TO postgres;

-- TABLE chunking_settings

CREATE TABLE public.chunking_settings (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    document_type text NOT NULL,
    chunk_tokens integer NOT NULL,
    overlap_tokens integer NOT NULL,
    chunk_type text,
    contextual_prefix boolean DEFAULT false NOT NULL,
    updated_by text DEFAULT public.current_caller_id(),
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT chunking_settings_chunk_type CHECK ((chunk_type ~ '^[a-z][a-z0-9_]{0,49}$'::text)),
    CONSTRAINT chunking_settings_document_type CHECK ((document_type = ANY (ARRAY['technical'::text, 'regulatory'::text, 'safety'::text, 'marketing'::text, 'certification'::text, 'other'::text]))),
    CONSTRAINT chunking_settings_overlap CHECK (((overlap_tokens >= 0) AND (overlap_tokens <= (chunk_tokens / 2)))),
    CONSTRAINT chunking_settings_tokens CHECK (((chunk_tokens >= 50) AND (chunk_tokens <= 2000)))
);

ALTER TABLE ONLY public.chunking_settings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.chunking_settings OWNER TO postgres;

-- TABLE corpus_stats

CREATE TABLE public.corpus_stats (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    entries integer NOT NULL,
    length bigint NOT NULL,
    CONSTRAINT corpus_stats_corpus CHECK ((corpus > 0))
);

ALTER TABLE ONLY public.corpus_stats FORCE ROW LEVEL SECURITY;

ALTER TABLE public.corpus_stats OWNER TO postgres;

-- TABLE cron_runs

CREATE TABLE public.cron_runs (
    name text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    requested_at timestamp with time zone,
    finished_at timestamp with time zone,
    duration_ms integer,
    did jsonb,
    error text,
    failures integer DEFAULT 0 NOT NULL
);

ALTER TABLE public.cron_runs OWNER TO postgres;

-- TABLE curated_answers

CREATE TABLE public.curated_answers (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    answer text NOT NULL,
    language text NOT NULL,
    sources jsonb DEFAULT '[]'::jsonb NOT NULL,
    valid_from timestamp with time zone,
    valid_until timestamp with time zone,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_by text DEFAULT public.current_caller_id(),
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT curated_answers_status CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text]))),
    CONSTRAINT curated_answers_validity CHECK ((valid_until > valid_from))
);

ALTER TABLE ONLY public.curated_answers FORCE ROW LEVEL SECURITY;

ALTER TABLE public.curated_answers OWNER TO postgres;

-- TABLE curated_vectors

CREATE TABLE public.curated_vectors (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    wording_id uuid NOT NULL,
    model text NOT NULL,
    embedding public.halfvec(1024) NOT NULL
);
ALTER TABLE ONLY public.curated_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

ALTER TABLE ONLY public.curated_vectors FORCE ROW LEVEL SECURITY;

ALTER TABLE public.curated_vectors OWNER TO postgres;

-- TABLE curated_wordings

CREATE TABLE public.curated_wordings (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    curated_answer_id uuid NOT NULL,
    "position" smallint NOT NULL,
    text text NOT NULL,
    words_hash bytea NOT NULL,
    text_hash bytea NOT NULL,
    conversation_id uuid
);

ALTER TABLE ONLY public.curated_wordings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.curated_wordings OWNER TO postgres;

-- VIEW daily_cost_summary

CREATE VIEW public.daily_cost_summary WITH (security_invoker='true') AS
 SELECT organization_id,
    date,
    total_cost,
    opus_cost,
    sonnet_cost,
    haiku_cost,
    request_count,
    calls_without_price,
    avg_quality_score,
    budget_utilization
   FROM public.daily_costs(((now() - '89 days'::interval))::date, NULL::date) c(organization_id, date, total_cost, opus_cost, sonnet_cost, haiku_cost, request_count, calls_without_price, avg_quality_score, budget_utilization);

ALTER VIEW public.daily_cost_summary OWNER TO postgres;

-- TABLE daily_metrics

CREATE TABLE public.daily_metrics (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid DEFAULT public.new_id() NOT NULL,
    chatbot_id uuid,
    metric_date date NOT NULL,
    total_sessions integer NOT NULL,
    total_messages integer NOT NULL,
    unique_users integer NOT NULL,
    avg_session_duration_seconds real,
    avg_messages_per_session real,
    avg_response_time_ms real,
    total_tokens_used bigint NOT NULL,
    total_cost_micro_usd bigint NOT NULL,
    avg_user_satisfaction real,
    successful_responses_ratio real,
    platform_breakdown jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.daily_metrics FORCE ROW LEVEL SECURITY;

ALTER TABLE public.daily_metrics OWNER TO postgres;

-- TABLE document_chunks

CREATE TABLE public.document_chunks (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    document_id uuid NOT NULL,
    chunk_index integer NOT NULL,
    content text NOT NULL,
    chunk_type text DEFAULT 'text'::text NOT NULL,
    context text DEFAULT ''::text NOT NULL,
    page integer,
    start_offset integer NOT NULL,
    end_offset integer NOT NULL,
    token_count integer NOT NULL,
    confidence_score real,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    prefix text DEFAULT ''::text NOT NULL,
    language text,
    text_hash bytea,
    CONSTRAINT document_chunks_offsets CHECK (((0 <= start_offset) AND (start_offset < end_offset)))
);

ALTER TABLE ONLY public.document_chunks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.document_chunks OWNER TO postgres;

-- TABLE documents

CREATE TABLE public.documents (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    product_id uuid,
    title text NOT NULL,
    filename text NOT NULL,
    storage_key text NOT NULL,
    file_size bigint NOT NULL,
    mime_type text NOT NULL,
    document_type text DEFAULT 'other'::text NOT NULL,
    language text,
    status text DEFAULT 'uploaded'::text NOT NULL,
    failure_reason text,
    processing_log jsonb DEFAULT '[]'::jsonb NOT NULL,
    content_hash text NOT NULL,
    extracted_metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    page_count integer,
    chunk_count integer DEFAULT 0 NOT NULL,
    ocr_confidence real,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    processed_at timestamp with time zone,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    origin text DEFAULT 'uploaded'::text NOT NULL,
    operation text,
    conversation_id uuid,
    extraction_key text,
    version integer DEFAULT 0 NOT NULL,
    ocr_pages jsonb DEFAULT '[]'::jsonb NOT NULL,
    audience text DEFAULT 'public'::text NOT NULL,
    CONSTRAINT documents_audience CHECK ((audience = ANY (ARRAY['public'::text, 'staff'::text]))),
    CONSTRAINT documents_failure CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT documents_ocr_confidence CHECK (((ocr_confidence >= (0)::double precision) AND (ocr_confidence <= (1)::double precision))),
    CONSTRAINT documents_operation CHECK (((operation IS NULL) OR ((origin <> 'uploaded'::text) AND ((length(operation) >= 1) AND (length(operation) <= 100))))),
    CONSTRAINT documents_origin CHECK ((origin = ANY (ARRAY['uploaded'::text, 'fetched'::text, 'generated'::text, 'analyzed'::text]))),
    CONSTRAINT documents_size CHECK ((file_size >= 0)),
    CONSTRAINT documents_status CHECK ((status = ANY (ARRAY['uploaded'::text, 'processing'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT documents_title_length CHECK (((length(title) >= 1) AND (length(title) <= 255))),
    CONSTRAINT documents_type CHECK ((document_type = ANY (ARRAY['technical'::text, 'regulatory'::text, 'safety'::text, 'marketing'::text, 'certification'::text, 'other'::text])))
);

ALTER TABLE ONLY public.documents FORCE ROW LEVEL SECURITY;

ALTER TABLE public.documents OWNER TO postgres;

-- TABLE events

CREATE TABLE public.events (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    type text NOT NULL,
    category text DEFAULT 'user_action'::text NOT NULL,
    severity text DEFAULT 'info'::text NOT NULL,
    resource_type text,
    resource_id uuid,
    data jsonb DEFAULT '{}'::jsonb NOT NULL,
    actor_kind text DEFAULT public.current_caller_kind() NOT NULL,
    actor_id text DEFAULT public.current_caller_id(),
    ip_address inet,
    user_agent text,
    request_id text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT events_actor_kind CHECK ((actor_kind = ANY (ARRAY['key'::text, 'member'::text, 'system'::text]))),
    CONSTRAINT events_category CHECK ((category = ANY (ARRAY['system'::text, 'user_action'::text, 'error'::text, 'performance'::text]))),
    CONSTRAINT events_severity CHECK ((severity = ANY (ARRAY['debug'::text, 'info'::text, 'warning'::text, 'error'::text, 'critical'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.events OWNER TO postgres;

-- TABLE jobs

CREATE TABLE public.jobs (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject_id uuid NOT NULL,
    run_after timestamp with time zone DEFAULT now() NOT NULL,
    lease_until timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    last_error text,
    failed_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.jobs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.jobs OWNER TO postgres;

-- TABLE products

CREATE TABLE public.products (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    description text,
    category text NOT NULL,
    sku text,
    status text DEFAULT 'active'::text NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    parent_id uuid,
    CONSTRAINT products_name_length CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT products_status CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'draft'::text, 'archived'::text])))
);

ALTER TABLE ONLY public.products FORCE ROW LEVEL SECURITY;

ALTER TABLE public.products OWNER TO postgres;

-- VIEW database_health

CREATE VIEW public.database_health WITH (security_invoker='true') AS
 SELECT o.id AS organization_id,
    m.metric,
    (m.value)::double precision AS value
   FROM (public.organizations o
     CROSS JOIN LATERAL ( VALUES ('documents'::text,( SELECT count(*) AS count
                   FROM public.documents d
                  WHERE (d.organization_id = o.id))), ('failed_documents'::text,( SELECT count(*) AS count
                   FROM public.documents d
                  WHERE ((d.organization_id = o.id) AND (d.status = 'failed'::text)))), ('document_chunks'::text,( SELECT count(*) AS count
                   FROM public.document_chunks c
                  WHERE (c.organization_id = o.id))), ('products'::text,( SELECT count(*) AS count
                   FROM public.products p
                  WHERE (p.organization_id = o.id))), ('indexed_entries'::text,( SELECT COALESCE(sum(s.entries), (0)::bigint) AS "coalesce"
                   FROM public.corpus_stats s
                  WHERE (s.organization_id = o.id))), ('chatbots'::text,( SELECT count(*) AS count
                   FROM public.chatbots c
                  WHERE (c.organization_id = o.id))), ('conversations'::text,( SELECT count(*) AS count
                   FROM public.conversations c
                  WHERE (c.organization_id = o.id))), ('messages'::text,( SELECT count(*) AS count
                   FROM public.messages m_1
                  WHERE (m_1.organization_id = o.id))), ('archived_messages'::text,( SELECT count(*) AS count
                   FROM public.message_archive m_1
                  WHERE (m_1.organization_id = o.id))), ('waiting_jobs'::text,( SELECT count(*) AS count
                   FROM public.jobs j
                  WHERE ((j.organization_id = o.id) AND (j.failed_at IS NULL)))), ('failed_jobs'::text,( SELECT count(*) AS count
                   FROM public.jobs j
                  WHERE ((j.organization_id = o.id) AND (j.failed_at IS NOT NULL)))), ('errors_last_day'::text,( SELECT count(*) AS count
                   FROM public.events e
                  WHERE ((e.organization_id = o.id) AND (e.id >= public.uuid_at((now() - '1 day'::interval))) AND (e.severity = ANY (ARRAY['error'::text, 'critical'::text])))))) m(metric, value));

ALTER VIEW public.database_health OWNER TO postgres;

-- TABLE search_vectors

CREATE TABLE public.search_vectors (
    shelf smallint NOT NULL,
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    entry_id uuid NOT NULL,
    model text NOT NULL,
    source_id uuid NOT NULL,
    embedding public.halfvec(1024) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    bits bit(2048) GENERATED ALWAYS AS ((public.quantize(embedding))::bit(2048)) STORED NOT NULL
)
PARTITION BY LIST (shelf);
ALTER TABLE ONLY public.search_vectors ALTER COLUMN model SET STORAGE PLAIN;
ALTER TABLE ONLY public.search_vectors ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE ONLY public.search_vectors ALTER COLUMN bits SET STORAGE PLAIN;

ALTER TABLE ONLY public.search_vectors FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_vectors OWNER TO postgres;

-- VIEW document_processing_status

CREATE VIEW public.document_processing_status WITH (security_invoker='true') AS
 SELECT d.id,
    d.title,
    d.organization_id,
    d.product_id,
    p.name AS product_name,
    d.status AS processing_status,
    d.file_size,
    d.document_type,
    d.language,
    ( SELECT count(*) AS count
           FROM public.document_chunks k
          WHERE ((k.organization_id = d.organization_id) AND (k.document_id = d.id))) AS chunk_count,
    ( SELECT avg(k.confidence_score) AS avg
           FROM public.document_chunks k
          WHERE ((k.organization_id = d.organization_id) AND (k.document_id = d.id))) AS avg_chunk_confidence,
    d.created_at,
    d.processed_at,
    d.failure_reason,
    d.version,
        CASE
            WHEN (d.status = 'completed'::text) THEN 100
            WHEN (d.status <> 'processing'::text) THEN 0
            WHEN (EXISTS ( SELECT
               FROM public.jobs j
              WHERE ((j.organization_id = d.organization_id) AND (j.kind = 'document.ingest'::text) AND (j.subject_id = d.id) AND (j.failed_at IS NULL)))) THEN 10
            ELSE (50 + (LEAST((49)::bigint, ((50 * ( SELECT count(*) AS count
               FROM (public.organizations o
                 JOIN public.search_vectors s ON (((s.shelf = o.shelf) AND (s.organization_id = o.id) AND (s.corpus = 1) AND (s.source_id = d.id) AND (s.model = o.embedding_model))))
              WHERE (o.id = d.organization_id))) / GREATEST((1)::bigint, ( SELECT count(*) AS count
               FROM public.document_chunks k
              WHERE ((k.organization_id = d.organization_id) AND (k.document_id = d.id)))))))::integer)
        END AS progress
   FROM (public.documents d
     LEFT JOIN public.products p ON (((p.organization_id = d.organization_id) AND (p.id = d.product_id))));

ALTER VIEW public.document_processing_status OWNER TO postgres;

-- TABLE embedding_cache

CREATE TABLE public.embedding_cache (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    model text NOT NULL,
    text_hash bytea NOT NULL,
    embedding public.halfvec(1024) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT embedding_cache_hash_length CHECK ((length(text_hash) = 32))
);
ALTER TABLE ONLY public.embedding_cache ALTER COLUMN embedding SET STORAGE PLAIN;

ALTER TABLE ONLY public.embedding_cache FORCE ROW LEVEL SECURITY;

ALTER TABLE public.embedding_cache OWNER TO postgres;

-- TABLE embedding_migrations

CREATE TABLE public.embedding_migrations (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    from_model text NOT NULL,
    to_model text NOT NULL,
    status text DEFAULT 'embedding'::text NOT NULL,
    failure_reason text,
    comparison jsonb,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    switched_at timestamp with time zone,
    CONSTRAINT embedding_migrations_models CHECK ((from_model <> to_model)),
    CONSTRAINT embedding_migrations_status CHECK ((status = ANY (ARRAY['embedding'::text, 'ready'::text, 'switched'::text, 'cancelled'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.embedding_migrations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.embedding_migrations OWNER TO postgres;

-- TABLE erasures

CREATE TABLE public.erasures (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    end_user_id text,
    counts jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT erasures_forget CHECK (((end_user_id IS NULL) = (completed_at IS NOT NULL)))
);

ALTER TABLE ONLY public.erasures FORCE ROW LEVEL SECURITY;

ALTER TABLE public.erasures OWNER TO postgres;

-- TABLE eval_results

CREATE TABLE public.eval_results (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    eval_id uuid NOT NULL,
    golden_question_id uuid NOT NULL,
    asked jsonb NOT NULL,
    answerable boolean NOT NULL,
    status text DEFAULT 'waiting'::text NOT NULL,
    answer_id uuid,
    refused boolean,
    recall double precision,
    reciprocal_rank double precision,
    quotes integer,
    wrong_quotes integer,
    correctness double precision,
    top_score double precision,
    latency_ms integer,
    first_token_ms integer,
    cost_micro_usd bigint,
    outcome jsonb,
    completed_at timestamp with time zone,
    CONSTRAINT eval_results_outcome CHECK (((status = 'waiting'::text) = (outcome IS NULL))),
    CONSTRAINT eval_results_shares CHECK ((((recall >= (0)::double precision) AND (recall <= (1)::double precision)) AND ((reciprocal_rank >= (0)::double precision) AND (reciprocal_rank <= (1)::double precision)) AND ((correctness >= (0)::double precision) AND (correctness <= (1)::double precision)))),
    CONSTRAINT eval_results_status CHECK ((status = ANY (ARRAY['waiting'::text, 'completed'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.eval_results FORCE ROW LEVEL SECURITY;

ALTER TABLE public.eval_results OWNER TO postgres;

-- TABLE eval_runs

CREATE TABLE public.eval_runs (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    revision integer NOT NULL,
    change jsonb,
    configuration jsonb NOT NULL,
    fingerprint text NOT NULL,
    whole boolean NOT NULL,
    status text DEFAULT 'running'::text NOT NULL,
    failure_reason text,
    total integer NOT NULL,
    cost_limit_micro_usd bigint,
    summary jsonb,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT eval_runs_completion CHECK (((status = 'running'::text) = (completed_at IS NULL))),
    CONSTRAINT eval_runs_failure CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT eval_runs_status CHECK ((status = ANY (ARRAY['running'::text, 'completed'::text, 'cancelled'::text, 'failed'::text]))),
    CONSTRAINT eval_runs_total CHECK ((total > 0))
);

ALTER TABLE ONLY public.eval_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.eval_runs OWNER TO postgres;

-- TABLE events_default

CREATE TABLE public.events_default (
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT events_organization_id_not_null NOT NULL,
    id uuid CONSTRAINT events_id_not_null NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() CONSTRAINT events_xid_not_null NOT NULL,
    type text CONSTRAINT events_type_not_null NOT NULL,
    category text DEFAULT 'user_action'::text CONSTRAINT events_category_not_null NOT NULL,
    severity text DEFAULT 'info'::text CONSTRAINT events_severity_not_null NOT NULL,
    resource_type text,
    resource_id uuid,
    data jsonb DEFAULT '{}'::jsonb CONSTRAINT events_data_not_null NOT NULL,
    actor_kind text DEFAULT public.current_caller_kind() CONSTRAINT events_actor_kind_not_null NOT NULL,
    actor_id text DEFAULT public.current_caller_id(),
    ip_address inet,
    user_agent text,
    request_id text,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT events_created_at_not_null NOT NULL,
    CONSTRAINT events_actor_kind CHECK ((actor_kind = ANY (ARRAY['key'::text, 'member'::text, 'system'::text]))),
    CONSTRAINT events_category CHECK ((category = ANY (ARRAY['system'::text, 'user_action'::text, 'error'::text, 'performance'::text]))),
    CONSTRAINT events_severity CHECK ((severity = ANY (ARRAY['debug'::text, 'info'::text, 'warning'::text, 'error'::text, 'critical'::text])))
);

ALTER TABLE public.events_default OWNER TO postgres;

-- VIEW failed_jobs

CREATE VIEW public.failed_jobs WITH (security_invoker='true') AS
 SELECT organization_id,
    id,
    kind,
    subject_id,
    attempts,
    last_error,
    failed_at,
    created_at
   FROM public.jobs
  WHERE (failed_at IS NOT NULL);

ALTER VIEW public.failed_jobs OWNER TO postgres;

-- TABLE file_checks

CREATE TABLE public.file_checks (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    checked_to text DEFAULT ''::text NOT NULL,
    files integer DEFAULT 0 NOT NULL,
    orphaned integer DEFAULT 0 NOT NULL,
    orphaned_bytes bigint DEFAULT 0 NOT NULL,
    missing uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    abandoned integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone
);

ALTER TABLE ONLY public.file_checks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.file_checks OWNER TO postgres;

-- TABLE golden_questions

CREATE TABLE public.golden_questions (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    question text NOT NULL,
    history jsonb DEFAULT '[]'::jsonb NOT NULL,
    answerable boolean DEFAULT true NOT NULL,
    expected_answer text,
    expected_facts jsonb DEFAULT '[]'::jsonb NOT NULL,
    expected_sources jsonb DEFAULT '[]'::jsonb NOT NULL,
    language text,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    status text DEFAULT 'approved'::text NOT NULL,
    message_id uuid,
    asked_hash text GENERATED ALWAYS AS (md5((question || (history)::text))) STORED NOT NULL,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT golden_questions_question CHECK (((length(question) >= 1) AND (length(question) <= 20000))),
    CONSTRAINT golden_questions_status CHECK ((status = ANY (ARRAY['proposed'::text, 'approved'::text])))
);

ALTER TABLE ONLY public.golden_questions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.golden_questions OWNER TO postgres;

-- TABLE idempotency_keys

CREATE TABLE public.idempotency_keys (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    result_id uuid NOT NULL,
    locked_until timestamp with time zone NOT NULL,
    status integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255)))
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys OWNER TO postgres;

-- TABLE index_checks

CREATE TABLE public.index_checks (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    corpus smallint NOT NULL,
    findings jsonb NOT NULL,
    repaired integer DEFAULT 0 NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone
);

ALTER TABLE ONLY public.index_checks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.index_checks OWNER TO postgres;

-- TABLE members

CREATE TABLE public.members (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    user_id text,
    email text NOT NULL,
    name text,
    role text NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT members_email_form CHECK (((email = lower(email)) AND (email ~~ '%_@_%'::text))),
    CONSTRAINT members_role CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'editor'::text, 'viewer'::text, 'support'::text])))
);

ALTER TABLE ONLY public.members FORCE ROW LEVEL SECURITY;

ALTER TABLE public.members OWNER TO postgres;

-- TABLE message_feedback

CREATE TABLE public.message_feedback (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    author_kind text NOT NULL,
    author text NOT NULL,
    thumbs text,
    rating smallint,
    text text,
    correction text,
    score real GENERATED ALWAYS AS (COALESCE((((rating - 1))::numeric / 4.0), (
CASE thumbs
    WHEN 'up'::text THEN 1
    WHEN 'down'::text THEN 0
    ELSE NULL::integer
END)::numeric)) STORED,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT message_feedback_author_kind CHECK ((author_kind = ANY (ARRAY['end_user'::text, 'member'::text, 'key'::text]))),
    CONSTRAINT message_feedback_rating CHECK (((rating >= 1) AND (rating <= 5))),
    CONSTRAINT message_feedback_thumbs_word CHECK ((thumbs = ANY (ARRAY['up'::text, 'down'::text])))
);

ALTER TABLE ONLY public.message_feedback FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_feedback OWNER TO postgres;

-- TABLE message_traces

CREATE TABLE public.message_traces (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    message_id uuid NOT NULL,
    steps jsonb NOT NULL,
    duration_ms integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.message_traces FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_traces OWNER TO postgres;

-- TABLE message_vectors

CREATE TABLE public.message_vectors (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    message_id uuid NOT NULL,
    model text NOT NULL,
    conversation_id uuid NOT NULL,
    role text NOT NULL,
    said_at timestamp with time zone NOT NULL,
    embedding public.halfvec(1024) NOT NULL,
    CONSTRAINT message_vectors_role CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'staff'::text])))
);
ALTER TABLE ONLY public.message_vectors ALTER COLUMN model SET STORAGE PLAIN;
ALTER TABLE ONLY public.message_vectors ALTER COLUMN role SET STORAGE PLAIN;
ALTER TABLE ONLY public.message_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

ALTER TABLE ONLY public.message_vectors FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_vectors OWNER TO postgres;

-- TABLE model_routes

CREATE TABLE public.model_routes (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    task text NOT NULL,
    model text,
    fallback_model text,
    updated_by text DEFAULT public.current_caller_id(),
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT model_routes_models CHECK ((((length(model) >= 1) AND (length(model) <= 200)) AND ((length(fallback_model) >= 1) AND (length(fallback_model) <= 200)))),
    CONSTRAINT model_routes_task CHECK ((task = ANY (ARRAY['answer'::text, 'rewrite'::text, 'summarize'::text, 'analyze'::text, 'judge'::text, 'rerank'::text, 'ocr'::text])))
);

ALTER TABLE ONLY public.model_routes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.model_routes OWNER TO postgres;

-- TABLE search_log

CREATE TABLE public.search_log (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    query_hash bytea NOT NULL,
    mode text NOT NULL,
    corpora smallint[] NOT NULL,
    strategy jsonb NOT NULL,
    result_count integer NOT NULL,
    result_ids uuid[] NOT NULL,
    top_relevance real,
    embedding_cached boolean,
    latency_ms real NOT NULL,
    chatbot_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT search_log_mode CHECK ((mode = ANY (ARRAY['hybrid'::text, 'lexical'::text, 'vector'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.search_log FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_log OWNER TO postgres;

-- VIEW query_performance_diagnostics

CREATE VIEW public.query_performance_diagnostics WITH (security_invoker='true') AS
 SELECT l.organization_id,
    ((l.created_at AT TIME ZONE 'UTC'::text))::date AS day,
    ((s.strategy ->> 'corpus'::text))::smallint AS corpus,
    (s.strategy ->> 'lexical'::text) AS lexical,
    (s.strategy ->> 'vector'::text) AS vector,
    (count(*))::integer AS searches,
    (avg(l.latency_ms))::real AS mean_latency_ms,
    (percentile_cont((0.95)::double precision) WITHIN GROUP (ORDER BY ((l.latency_ms)::double precision)))::real AS p95_latency_ms,
    (count(*) FILTER (WHERE (l.result_count = 0)))::integer AS without_result
   FROM (public.search_log l
     CROSS JOIN LATERAL jsonb_array_elements(l.strategy) s(strategy))
  WHERE (l.id >= public.uuid_at((now() - '30 days'::interval)))
  GROUP BY l.organization_id, (((l.created_at AT TIME ZONE 'UTC'::text))::date), ((s.strategy ->> 'corpus'::text))::smallint, (s.strategy ->> 'lexical'::text), (s.strategy ->> 'vector'::text);

ALTER VIEW public.query_performance_diagnostics OWNER TO postgres;

-- TABLE question_proposals

CREATE TABLE public.question_proposals (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    status text DEFAULT 'writing'::text NOT NULL,
    failure_reason text,
    chunk_ids uuid[] NOT NULL,
    read integer DEFAULT 0 NOT NULL,
    wanted integer NOT NULL,
    proposed integer DEFAULT 0 NOT NULL,
    dropped integer DEFAULT 0 NOT NULL,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    completed_at timestamp with time zone,
    CONSTRAINT question_proposals_failure CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT question_proposals_status CHECK ((status = ANY (ARRAY['writing'::text, 'completed'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.question_proposals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.question_proposals OWNER TO postgres;

-- TABLE relevance_feedback

CREATE TABLE public.relevance_feedback (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    search_id uuid NOT NULL,
    corpus smallint NOT NULL,
    entry_id uuid NOT NULL,
    query text,
    relevance smallint NOT NULL,
    comment text,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT relevance_feedback_grade CHECK (((relevance >= 0) AND (relevance <= 3)))
);

ALTER TABLE ONLY public.relevance_feedback FORCE ROW LEVEL SECURITY;

ALTER TABLE public.relevance_feedback OWNER TO postgres;

-- TABLE search_log_default

CREATE TABLE public.search_log_default (
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT search_log_organization_id_not_null NOT NULL,
    id uuid CONSTRAINT search_log_id_not_null NOT NULL,
    query_hash bytea CONSTRAINT search_log_query_hash_not_null NOT NULL,
    mode text CONSTRAINT search_log_mode_not_null NOT NULL,
    corpora smallint[] CONSTRAINT search_log_corpora_not_null NOT NULL,
    strategy jsonb CONSTRAINT search_log_strategy_not_null NOT NULL,
    result_count integer CONSTRAINT search_log_result_count_not_null NOT NULL,
    result_ids uuid[] CONSTRAINT search_log_result_ids_not_null NOT NULL,
    top_relevance real,
    embedding_cached boolean,
    latency_ms real CONSTRAINT search_log_latency_ms_not_null NOT NULL,
    chatbot_id uuid,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT search_log_created_at_not_null NOT NULL,
    CONSTRAINT search_log_mode CHECK ((mode = ANY (ARRAY['hybrid'::text, 'lexical'::text, 'vector'::text])))
);

ALTER TABLE public.search_log_default OWNER TO postgres;

-- TABLE search_names

CREATE TABLE public.search_names (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    name text NOT NULL,
    term integer NOT NULL
);

ALTER TABLE ONLY public.search_names FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_names OWNER TO postgres;

-- TABLE search_settings

CREATE TABLE public.search_settings (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    lexical_share double precision,
    score_threshold double precision,
    rerank boolean,
    updated_by text DEFAULT public.current_caller_id(),
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT search_settings_lexical_share CHECK (((lexical_share >= (0)::double precision) AND (lexical_share <= (1)::double precision))),
    CONSTRAINT search_settings_score_threshold CHECK (((score_threshold >= (0)::double precision) AND (score_threshold <= (1)::double precision)))
);

ALTER TABLE ONLY public.search_settings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_settings OWNER TO postgres;

-- TABLE search_terms

CREATE TABLE public.search_terms (
    shelf smallint NOT NULL,
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    entry_id uuid NOT NULL,
    source_id uuid NOT NULL,
    language text NOT NULL,
    length integer NOT NULL,
    average_length real NOT NULL,
    analyzer_version smallint NOT NULL,
    weights public.sparsevec(268435456) NOT NULL,
    terms integer[] NOT NULL
)
PARTITION BY LIST (shelf);

ALTER TABLE ONLY public.search_terms FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_terms OWNER TO postgres;

-- TABLE search_terms_0

CREATE TABLE public.search_terms_0 (
    shelf smallint CONSTRAINT search_terms_shelf_not_null NOT NULL,
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT search_terms_organization_id_not_null NOT NULL,
    corpus smallint CONSTRAINT search_terms_corpus_not_null NOT NULL,
    entry_id uuid CONSTRAINT search_terms_entry_id_not_null NOT NULL,
    source_id uuid CONSTRAINT search_terms_source_id_not_null NOT NULL,
    language text CONSTRAINT search_terms_language_not_null NOT NULL,
    length integer CONSTRAINT search_terms_length_not_null NOT NULL,
    average_length real CONSTRAINT search_terms_average_length_not_null NOT NULL,
    analyzer_version smallint CONSTRAINT search_terms_analyzer_version_not_null NOT NULL,
    weights public.sparsevec(268435456) CONSTRAINT search_terms_weights_not_null NOT NULL,
    terms integer[] CONSTRAINT search_terms_terms_not_null NOT NULL
);

ALTER TABLE public.search_terms_0 OWNER TO postgres;

-- TABLE search_vectors_0

CREATE TABLE public.search_vectors_0 (
    shelf smallint CONSTRAINT search_vectors_shelf_not_null NOT NULL,
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT search_vectors_organization_id_not_null NOT NULL,
    corpus smallint CONSTRAINT search_vectors_corpus_not_null NOT NULL,
    entry_id uuid CONSTRAINT search_vectors_entry_id_not_null NOT NULL,
    model text CONSTRAINT search_vectors_model_not_null NOT NULL,
    source_id uuid CONSTRAINT search_vectors_source_id_not_null NOT NULL,
    embedding public.halfvec(1024) CONSTRAINT search_vectors_embedding_not_null NOT NULL,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT search_vectors_created_at_not_null NOT NULL,
    bits bit(2048) GENERATED ALWAYS AS ((public.quantize(embedding))::bit(2048)) STORED CONSTRAINT search_vectors_bits_not_null NOT NULL
)
WITH (autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_vacuum_insert_threshold='1000');
ALTER TABLE ONLY public.search_vectors_0 ALTER COLUMN model SET STORAGE PLAIN;
ALTER TABLE ONLY public.search_vectors_0 ALTER COLUMN embedding SET STORAGE PLAIN;
ALTER TABLE ONLY public.search_vectors_0 ALTER COLUMN bits SET STORAGE PLAIN;

ALTER TABLE public.search_vectors_0 OWNER TO postgres;

-- TABLE term_stats

CREATE TABLE public.term_stats (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    term integer NOT NULL,
    entries integer NOT NULL
);

ALTER TABLE ONLY public.term_stats FORCE ROW LEVEL SECURITY;

ALTER TABLE public.term_stats OWNER TO postgres;

-- TABLE unanswered_messages

CREATE TABLE public.unanswered_messages (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    message_id uuid NOT NULL,
    unanswered_question_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    question_id uuid NOT NULL,
    reason text NOT NULL,
    language text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    is_leader boolean DEFAULT false NOT NULL,
    model text,
    embedding public.halfvec(1024),
    CONSTRAINT unanswered_messages_embedding CHECK ((((model IS NULL) = (embedding IS NULL)) AND (is_leader OR (embedding IS NULL)))),
    CONSTRAINT unanswered_messages_reason CHECK ((reason = ANY (ARRAY['refused'::text, 'disliked'::text])))
);
ALTER TABLE ONLY public.unanswered_messages ALTER COLUMN embedding SET STORAGE PLAIN;

ALTER TABLE ONLY public.unanswered_messages FORCE ROW LEVEL SECURITY;

ALTER TABLE public.unanswered_messages OWNER TO postgres;

-- TABLE unanswered_questions

CREATE TABLE public.unanswered_questions (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    chatbot_id uuid NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    times_asked integer DEFAULT 0 NOT NULL,
    first_asked_at timestamp with time zone NOT NULL,
    last_asked_at timestamp with time zone NOT NULL,
    draft jsonb,
    drafted_at timestamp with time zone,
    curated_answer_id uuid,
    retest_answered boolean,
    retested_at timestamp with time zone,
    resolved_by text,
    resolved_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT unanswered_questions_status CHECK ((status = ANY (ARRAY['open'::text, 'answered'::text, 'dismissed'::text])))
);

ALTER TABLE ONLY public.unanswered_questions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.unanswered_questions OWNER TO postgres;

-- TABLE web_pages

CREATE TABLE public.web_pages (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    document_id uuid,
    url text NOT NULL,
    website_id uuid,
    listed boolean DEFAULT true NOT NULL,
    etag text,
    last_modified text,
    last_error text,
    fetched_at timestamp with time zone,
    interval_hours integer,
    due_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT web_pages_document_id CHECK ((document_id = id)),
    CONSTRAINT web_pages_interval CHECK (((interval_hours >= 1) AND (interval_hours <= 8760))),
    CONSTRAINT web_pages_url_form CHECK ((url ~* '^https?://'::text))
);

ALTER TABLE ONLY public.web_pages FORCE ROW LEVEL SECURITY;

ALTER TABLE public.web_pages OWNER TO postgres;

-- TABLE webhook_deliveries

CREATE TABLE public.webhook_deliveries (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    sequence bigint NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    response_status smallint,
    response_body text,
    error text,
    duration_ms integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_deliveries_status CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.webhook_deliveries FORCE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_deliveries OWNER TO postgres;

-- SEQUENCE webhook_deliveries_sequence_seq

CREATE SEQUENCE public.webhook_deliveries_sequence_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.webhook_deliveries_sequence_seq OWNER TO postgres;

-- SEQUENCE OWNED BY webhook_deliveries_sequence_seq

ALTER SEQUENCE public.webhook_deliveries_sequence_seq OWNED BY public.webhook_deliveries.sequence;

-- TABLE webhook_endpoints

CREATE TABLE public.webhook_endpoints (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    description text,
    types text[] NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    disabled_reason text,
    secret text NOT NULL,
    secret_id uuid NOT NULL,
    previous_secret text,
    previous_secret_expires_at timestamp with time zone,
    failures integer DEFAULT 0 NOT NULL,
    retry_at timestamp with time zone,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_endpoints_sealed CHECK (((secret ~~ 'v1:%'::text) AND (previous_secret ~~ 'v1:%'::text))),
    CONSTRAINT webhook_endpoints_status CHECK ((status = ANY (ARRAY['active'::text, 'disabled'::text, 'deleted'::text])))
);

ALTER TABLE ONLY public.webhook_endpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE public.webhook_endpoints OWNER TO postgres;

-- TABLE websites

CREATE TABLE public.websites (
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    id uuid NOT NULL,
    url text NOT NULL,
    product_id uuid,
    document_type text DEFAULT 'other'::text NOT NULL,
    language text,
    page_limit integer NOT NULL,
    interval_hours integer,
    status text DEFAULT 'waiting'::text NOT NULL,
    warnings jsonb DEFAULT '[]'::jsonb NOT NULL,
    failure_reason text,
    read_at timestamp with time zone,
    due_at timestamp with time zone,
    created_by text DEFAULT public.current_caller_id(),
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT websites_document_type CHECK ((document_type = ANY (ARRAY['technical'::text, 'regulatory'::text, 'safety'::text, 'marketing'::text, 'certification'::text, 'other'::text]))),
    CONSTRAINT websites_failure CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
    CONSTRAINT websites_interval CHECK (((interval_hours >= 1) AND (interval_hours <= 8760))),
    CONSTRAINT websites_page_limit CHECK (((page_limit >= 1) AND (page_limit <= 10000))),
    CONSTRAINT websites_status CHECK ((status = ANY (ARRAY['waiting'::text, 'reading'::text, 'completed'::text, 'failed'::text]))),
    CONSTRAINT websites_url_form CHECK ((url ~* '^https?://'::text))
);

ALTER TABLE ONLY public.websites FORCE ROW LEVEL SECURITY;

ALTER TABLE public.websites OWNER TO postgres;

-- TABLE ATTACH ai_usage_default

ALTER TABLE ONLY public.ai_usage ATTACH PARTITION public.ai_usage_default DEFAULT;

-- TABLE ATTACH events_default

ALTER TABLE ONLY public.events ATTACH PARTITION public.events_default DEFAULT;

-- TABLE ATTACH search_log_default

ALTER TABLE ONLY public.search_log ATTACH PARTITION public.search_log_default DEFAULT;

-- TABLE ATTACH search_terms_0

ALTER TABLE ONLY public.search_terms ATTACH PARTITION public.search_terms_0 FOR VALUES IN ('0');

-- TABLE ATTACH search_vectors_0

ALTER TABLE ONLY public.search_vectors ATTACH PARTITION public.search_vectors_0 FOR VALUES IN ('0');

-- DEFAULT webhook_deliveries sequence

ALTER TABLE ONLY public.webhook_deliveries ALTER COLUMN sequence SET DEFAULT nextval('public.webhook_deliveries_sequence_seq'::regclass);

-- CONSTRAINT admin_feedback admin_feedback_organization_id_id_pk

ALTER TABLE ONLY public.admin_feedback
    ADD CONSTRAINT admin_feedback_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT ai_models ai_models_model_valid_from_pk

ALTER TABLE ONLY public.ai_models
    ADD CONSTRAINT ai_models_model_valid_from_pk PRIMARY KEY (model, valid_from);

-- CONSTRAINT ai_usage_archive ai_usage_archive_organization_id_id_pk

ALTER TABLE ONLY public.ai_usage_archive
    ADD CONSTRAINT ai_usage_archive_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT ai_usage ai_usage_organization_id_id_pk

ALTER TABLE ONLY public.ai_usage
    ADD CONSTRAINT ai_usage_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT ai_usage_default ai_usage_default_pkey

ALTER TABLE ONLY public.ai_usage_default
    ADD CONSTRAINT ai_usage_default_pkey PRIMARY KEY (organization_id, id);

-- CONSTRAINT api_keys api_keys_hash

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash UNIQUE (hash);

-- CONSTRAINT api_keys api_keys_organization_id_id_pk

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT attachments attachments_organization_id_id_pk

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT budget_periods budget_periods_organization_id_budget_id_starts_on_pk

ALTER TABLE ONLY public.budget_periods
    ADD CONSTRAINT budget_periods_organization_id_budget_id_starts_on_pk PRIMARY KEY (organization_id, budget_id, starts_on);

-- CONSTRAINT budget_reservations budget_reservations_organization_id_id_budget_id_pk

ALTER TABLE ONLY public.budget_reservations
    ADD CONSTRAINT budget_reservations_organization_id_id_budget_id_pk PRIMARY KEY (organization_id, id, budget_id);

-- CONSTRAINT budgets budgets_organization_id_id_pk

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT budgets budgets_subject

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_subject UNIQUE NULLS NOT DISTINCT (organization_id, subject_type, subject_id, period, unit);

-- CONSTRAINT chatbot_documents chatbot_documents_organization_id_chatbot_id_document_id_pk

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_organization_id_chatbot_id_document_id_pk PRIMARY KEY (organization_id, chatbot_id, document_id);

-- CONSTRAINT chatbot_revisions chatbot_revisions_organization_id_chatbot_id_number_pk

ALTER TABLE ONLY public.chatbot_revisions
    ADD CONSTRAINT chatbot_revisions_organization_id_chatbot_id_number_pk PRIMARY KEY (organization_id, chatbot_id, number);

-- CONSTRAINT chatbots chatbots_name

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_name UNIQUE (organization_id, name);

-- CONSTRAINT chatbots chatbots_organization_id_id_pk

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT chatbots chatbots_slug

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_slug UNIQUE (organization_id, slug);

-- CONSTRAINT chunking_settings chunking_settings_organization_id_document_type_pk

ALTER TABLE ONLY public.chunking_settings
    ADD CONSTRAINT chunking_settings_organization_id_document_type_pk PRIMARY KEY (organization_id, document_type);

-- CONSTRAINT conversations conversations_organization_id_id_pk

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT cron_runs cron_runs_pkey

ALTER TABLE ONLY public.cron_runs
    ADD CONSTRAINT cron_runs_pkey PRIMARY KEY (name);

-- CONSTRAINT curated_answers curated_answers_organization_id_id_pk

ALTER TABLE ONLY public.curated_answers
    ADD CONSTRAINT curated_answers_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT curated_vectors curated_vectors_organization_id_wording_id_model_pk

ALTER TABLE ONLY public.curated_vectors
    ADD CONSTRAINT curated_vectors_organization_id_wording_id_model_pk PRIMARY KEY (organization_id, wording_id, model);

-- CONSTRAINT curated_wordings curated_wordings_once

ALTER TABLE ONLY public.curated_wordings
    ADD CONSTRAINT curated_wordings_once UNIQUE (organization_id, curated_answer_id, words_hash);

-- CONSTRAINT curated_wordings curated_wordings_organization_id_id_pk

ALTER TABLE ONLY public.curated_wordings
    ADD CONSTRAINT curated_wordings_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT daily_metrics daily_metrics_day

ALTER TABLE ONLY public.daily_metrics
    ADD CONSTRAINT daily_metrics_day UNIQUE NULLS NOT DISTINCT (organization_id, metric_date, chatbot_id);

-- CONSTRAINT daily_metrics daily_metrics_organization_id_id_pk

ALTER TABLE ONLY public.daily_metrics
    ADD CONSTRAINT daily_metrics_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT document_chunks document_chunks_in_order

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_in_order UNIQUE (organization_id, document_id, chunk_index) INCLUDE (token_count) DEFERRABLE;

-- CONSTRAINT document_chunks document_chunks_organization_id_id_pk

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT documents documents_organization_id_id_pk

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT embedding_cache embedding_cache_organization_id_model_text_hash_pk

ALTER TABLE ONLY public.embedding_cache
    ADD CONSTRAINT embedding_cache_organization_id_model_text_hash_pk PRIMARY KEY (organization_id, model, text_hash);

-- CONSTRAINT embedding_migrations embedding_migrations_organization_id_id_pk

ALTER TABLE ONLY public.embedding_migrations
    ADD CONSTRAINT embedding_migrations_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT erasures erasures_organization_id_id_pk

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT erasures erasures_under_way

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_under_way UNIQUE (organization_id, end_user_id);

-- CONSTRAINT eval_results eval_results_organization_id_eval_id_golden_question_id_pk

ALTER TABLE ONLY public.eval_results
    ADD CONSTRAINT eval_results_organization_id_eval_id_golden_question_id_pk PRIMARY KEY (organization_id, eval_id, golden_question_id);

-- CONSTRAINT eval_runs eval_runs_organization_id_id_pk

ALTER TABLE ONLY public.eval_runs
    ADD CONSTRAINT eval_runs_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT events events_organization_id_id_pk

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT events_default events_default_pkey

ALTER TABLE ONLY public.events_default
    ADD CONSTRAINT events_default_pkey PRIMARY KEY (organization_id, id);

-- CONSTRAINT file_checks file_checks_pkey

ALTER TABLE ONLY public.file_checks
    ADD CONSTRAINT file_checks_pkey PRIMARY KEY (organization_id);

-- CONSTRAINT golden_questions golden_questions_organization_id_id_pk

ALTER TABLE ONLY public.golden_questions
    ADD CONSTRAINT golden_questions_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT idempotency_keys idempotency_keys_organization_id_key_pk

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_id_key_pk PRIMARY KEY (organization_id, key);

-- CONSTRAINT index_checks index_checks_organization_id_id_pk

ALTER TABLE ONLY public.index_checks
    ADD CONSTRAINT index_checks_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT jobs jobs_organization_id_id_pk

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT members members_email

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_email UNIQUE (organization_id, email);

-- CONSTRAINT members members_organization_id_id_pk

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT members members_user

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_user UNIQUE (organization_id, user_id);

-- CONSTRAINT message_archive message_archive_organization_id_id_pk

ALTER TABLE ONLY public.message_archive
    ADD CONSTRAINT message_archive_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT message_feedback message_feedback_of_author

ALTER TABLE ONLY public.message_feedback
    ADD CONSTRAINT message_feedback_of_author UNIQUE (organization_id, message_id, author_kind, author);

-- CONSTRAINT message_feedback message_feedback_organization_id_id_pk

ALTER TABLE ONLY public.message_feedback
    ADD CONSTRAINT message_feedback_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT message_traces message_traces_organization_id_message_id_pk

ALTER TABLE ONLY public.message_traces
    ADD CONSTRAINT message_traces_organization_id_message_id_pk PRIMARY KEY (organization_id, message_id);

-- CONSTRAINT message_vectors message_vectors_organization_id_message_id_model_pk

ALTER TABLE ONLY public.message_vectors
    ADD CONSTRAINT message_vectors_organization_id_message_id_model_pk PRIMARY KEY (organization_id, message_id, model);

-- CONSTRAINT messages messages_in_order

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_in_order UNIQUE (organization_id, conversation_id, sequence);

-- CONSTRAINT messages messages_organization_id_id_pk

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT model_routes model_routes_organization_id_task_pk

ALTER TABLE ONLY public.model_routes
    ADD CONSTRAINT model_routes_organization_id_task_pk PRIMARY KEY (organization_id, task);

-- CONSTRAINT organizations organizations_pkey

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_pkey PRIMARY KEY (id);

-- CONSTRAINT organizations organizations_slug

ALTER TABLE ONLY public.organizations
    ADD CONSTRAINT organizations_slug UNIQUE (slug);

-- CONSTRAINT products products_organization_id_id_pk

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT products products_sku

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_sku UNIQUE (organization_id, sku);

-- CONSTRAINT question_proposals question_proposals_organization_id_id_pk

ALTER TABLE ONLY public.question_proposals
    ADD CONSTRAINT question_proposals_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT relevance_feedback relevance_feedback_once

ALTER TABLE ONLY public.relevance_feedback
    ADD CONSTRAINT relevance_feedback_once UNIQUE (organization_id, search_id, entry_id);

-- CONSTRAINT relevance_feedback relevance_feedback_organization_id_id_pk

ALTER TABLE ONLY public.relevance_feedback
    ADD CONSTRAINT relevance_feedback_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT search_days search_days_organization_id_day_pk

ALTER TABLE ONLY public.search_days
    ADD CONSTRAINT search_days_organization_id_day_pk PRIMARY KEY (organization_id, day);

-- CONSTRAINT search_log search_log_organization_id_id_pk

ALTER TABLE ONLY public.search_log
    ADD CONSTRAINT search_log_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT search_log_default search_log_default_pkey

ALTER TABLE ONLY public.search_log_default
    ADD CONSTRAINT search_log_default_pkey PRIMARY KEY (organization_id, id);

-- CONSTRAINT search_names search_names_organization_id_name_pk

ALTER TABLE ONLY public.search_names
    ADD CONSTRAINT search_names_organization_id_name_pk PRIMARY KEY (organization_id, name);

-- CONSTRAINT search_settings search_settings_organization_id_corpus_pk

ALTER TABLE ONLY public.search_settings
    ADD CONSTRAINT search_settings_organization_id_corpus_pk PRIMARY KEY (organization_id, corpus);

-- CONSTRAINT search_terms search_terms_key

ALTER TABLE ONLY public.search_terms
    ADD CONSTRAINT search_terms_key PRIMARY KEY (organization_id, corpus, entry_id, shelf);

-- CONSTRAINT search_terms_0 search_terms_0_pkey

ALTER TABLE ONLY public.search_terms_0
    ADD CONSTRAINT search_terms_0_pkey PRIMARY KEY (organization_id, corpus, entry_id, shelf);

-- CONSTRAINT search_vectors search_vectors_key

ALTER TABLE ONLY public.search_vectors
    ADD CONSTRAINT search_vectors_key PRIMARY KEY (organization_id, corpus, entry_id, model, shelf);

-- CONSTRAINT search_vectors_0 search_vectors_0_pkey

ALTER TABLE ONLY public.search_vectors_0
    ADD CONSTRAINT search_vectors_0_pkey PRIMARY KEY (organization_id, corpus, entry_id, model, shelf);

-- CONSTRAINT unanswered_messages unanswered_messages_organization_id_message_id_pk

ALTER TABLE ONLY public.unanswered_messages
    ADD CONSTRAINT unanswered_messages_organization_id_message_id_pk PRIMARY KEY (organization_id, message_id);

-- CONSTRAINT unanswered_questions unanswered_questions_organization_id_id_pk

ALTER TABLE ONLY public.unanswered_questions
    ADD CONSTRAINT unanswered_questions_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT web_pages web_pages_organization_id_id_pk

ALTER TABLE ONLY public.web_pages
    ADD CONSTRAINT web_pages_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT web_pages web_pages_url

ALTER TABLE ONLY public.web_pages
    ADD CONSTRAINT web_pages_url UNIQUE (organization_id, url);

-- CONSTRAINT webhook_deliveries webhook_deliveries_organization_id_endpoint_id_event_id_pk

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_organization_id_endpoint_id_event_id_pk PRIMARY KEY (organization_id, endpoint_id, event_id);

-- CONSTRAINT webhook_endpoints webhook_endpoints_organization_id_id_pk

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT websites websites_organization_id_id_pk

ALTER TABLE ONLY public.websites
    ADD CONSTRAINT websites_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT websites websites_url

ALTER TABLE ONLY public.websites
    ADD CONSTRAINT websites_url UNIQUE (organization_id, url);

-- INDEX admin_feedback_by_chatbot

CREATE INDEX admin_feedback_by_chatbot ON public.admin_feedback USING btree (organization_id, chatbot_id, id);

-- INDEX admin_feedback_by_conversation

CREATE INDEX admin_feedback_by_conversation ON public.admin_feedback USING btree (organization_id, conversation_id);

-- INDEX admin_feedback_by_status

CREATE INDEX admin_feedback_by_status ON public.admin_feedback USING btree (organization_id, status, id);

-- INDEX admin_feedback_to_measure

CREATE INDEX admin_feedback_to_measure ON public.admin_feedback USING btree (applied_at) WHERE (status = 'applied'::text);

-- INDEX ai_usage_archive_by_conversation

CREATE INDEX ai_usage_archive_by_conversation ON ONLY public.ai_usage_archive USING btree (organization_id, conversation_id);

-- INDEX ai_usage_archive_by_end_user

CREATE INDEX ai_usage_archive_by_end_user ON ONLY public.ai_usage_archive USING btree (organization_id, end_user_id) WHERE (end_user_id IS NOT NULL);

-- INDEX ai_usage_by_conversation

CREATE INDEX ai_usage_by_conversation ON ONLY public.ai_usage USING btree (organization_id, conversation_id);

-- INDEX ai_usage_by_end_user

CREATE INDEX ai_usage_by_end_user ON ONLY public.ai_usage USING btree (organization_id, end_user_id) WHERE (end_user_id IS NOT NULL);

-- INDEX ai_usage_default_organization_id_conversation_id_idx

CREATE INDEX ai_usage_default_organization_id_conversation_id_idx ON public.ai_usage_default USING btree (organization_id, conversation_id);

-- INDEX ai_usage_default_organization_id_end_user_id_idx

CREATE INDEX ai_usage_default_organization_id_end_user_id_idx ON public.ai_usage_default USING btree (organization_id, end_user_id) WHERE (end_user_id IS NOT NULL);

-- INDEX attachments_by_conversation

CREATE INDEX attachments_by_conversation ON public.attachments USING btree (organization_id, conversation_id);

-- INDEX attachments_by_end_user

CREATE INDEX attachments_by_end_user ON public.attachments USING btree (organization_id, end_user_id);

-- INDEX attachments_waiting

CREATE INDEX attachments_waiting ON public.attachments USING btree (created_at) WHERE (message_id IS NULL);

-- INDEX budget_reservations_by_budget

CREATE INDEX budget_reservations_by_budget ON public.budget_reservations USING btree (organization_id, budget_id);

-- INDEX budget_reservations_by_expiry

CREATE INDEX budget_reservations_by_expiry ON public.budget_reservations USING btree (expires_at);

-- INDEX chatbot_documents_by_document

CREATE INDEX chatbot_documents_by_document ON public.chatbot_documents USING btree (organization_id, document_id);

-- INDEX conversations_active

CREATE INDEX conversations_active ON public.conversations USING btree (organization_id, id) WHERE (status = 'active'::text);

-- INDEX conversations_by_chatbot

CREATE INDEX conversations_by_chatbot ON public.conversations USING btree (organization_id, chatbot_id);

-- INDEX conversations_by_end_user

CREATE INDEX conversations_by_end_user ON public.conversations USING btree (organization_id, end_user_id, id);

-- INDEX conversations_by_tag

CREATE INDEX conversations_by_tag ON public.conversations USING gin (organization_id, tags);

-- INDEX conversations_escalated

CREATE INDEX conversations_escalated ON public.conversations USING btree (organization_id, id) WHERE (escalated_at IS NOT NULL);

-- INDEX conversations_to_archive

CREATE INDEX conversations_to_archive ON public.conversations USING btree (organization_id, ended_at) WHERE to_archive;

-- INDEX conversations_with_client

CREATE INDEX conversations_with_client ON public.conversations USING btree (organization_id, client_told_at) WHERE (client_told_at IS NOT NULL);

-- INDEX corpus_stats_by_corpus

CREATE INDEX corpus_stats_by_corpus ON public.corpus_stats USING btree (organization_id, corpus);

-- INDEX curated_answers_by_chatbot

CREATE INDEX curated_answers_by_chatbot ON public.curated_answers USING btree (organization_id, chatbot_id, id);

-- INDEX curated_wordings_by_conversation

CREATE INDEX curated_wordings_by_conversation ON public.curated_wordings USING btree (organization_id, conversation_id);

-- INDEX daily_metrics_of_chatbot

CREATE INDEX daily_metrics_of_chatbot ON public.daily_metrics USING btree (organization_id, chatbot_id, metric_date);

-- INDEX documents_by_conversation

CREATE INDEX documents_by_conversation ON public.documents USING btree (organization_id, conversation_id) WHERE (conversation_id IS NOT NULL);

-- INDEX documents_by_product

CREATE INDEX documents_by_product ON public.documents USING btree (organization_id, product_id);

-- INDEX documents_by_status

CREATE INDEX documents_by_status ON public.documents USING btree (organization_id, status);

-- INDEX documents_same_bytes

CREATE UNIQUE INDEX documents_same_bytes ON public.documents USING btree (organization_id, content_hash) WHERE (status <> 'failed'::text);

-- INDEX embedding_cache_by_expiry

CREATE INDEX embedding_cache_by_expiry ON public.embedding_cache USING btree (expires_at);

-- INDEX embedding_migrations_by_status

CREATE INDEX embedding_migrations_by_status ON public.embedding_migrations USING btree (organization_id, status);

-- INDEX eval_results_by_question

CREATE INDEX eval_results_by_question ON public.eval_results USING btree (organization_id, golden_question_id);

-- INDEX eval_runs_by_fingerprint

CREATE INDEX eval_runs_by_fingerprint ON public.eval_runs USING btree (organization_id, chatbot_id, fingerprint);

-- INDEX eval_runs_in_order

CREATE INDEX eval_runs_in_order ON public.eval_runs USING btree (organization_id, chatbot_id, id);

-- INDEX events_by_end_user

CREATE INDEX events_by_end_user ON ONLY public.events USING btree (organization_id, COALESCE((data ->> 'endUserId'::text), (data ->> 'subjectId'::text))) WHERE (COALESCE((data ->> 'endUserId'::text), (data ->> 'subjectId'::text)) IS NOT NULL);

-- INDEX events_by_order

CREATE INDEX events_by_order ON ONLY public.events USING btree (organization_id, xid, id);

-- INDEX events_by_resource

CREATE INDEX events_by_resource ON ONLY public.events USING btree (organization_id, resource_id);

-- INDEX events_by_type

CREATE INDEX events_by_type ON ONLY public.events USING btree (organization_id, type COLLATE "C", id);

-- INDEX events_default_organization_id_coalesce_idx

CREATE INDEX events_default_organization_id_coalesce_idx ON public.events_default USING btree (organization_id, COALESCE((data ->> 'endUserId'::text), (data ->> 'subjectId'::text))) WHERE (COALESCE((data ->> 'endUserId'::text), (data ->> 'subjectId'::text)) IS NOT NULL);

-- INDEX events_of_trouble

CREATE INDEX events_of_trouble ON ONLY public.events USING btree (organization_id, id) WHERE ((severity = ANY (ARRAY['warning'::text, 'error'::text, 'critical'::text])) OR (category = ANY (ARRAY['error'::text, 'performance'::text])));

-- INDEX events_default_organization_id_id_idx

CREATE INDEX events_default_organization_id_id_idx ON public.events_default USING btree (organization_id, id) WHERE ((severity = ANY (ARRAY['warning'::text, 'error'::text, 'critical'::text])) OR (category = ANY (ARRAY['error'::text, 'performance'::text])));

-- INDEX events_default_organization_id_resource_id_idx

CREATE INDEX events_default_organization_id_resource_id_idx ON public.events_default USING btree (organization_id, resource_id);

-- INDEX events_default_organization_id_type_id_idx

CREATE INDEX events_default_organization_id_type_id_idx ON public.events_default USING btree (organization_id, type COLLATE "C", id);

-- INDEX events_default_organization_id_xid_id_idx

CREATE INDEX events_default_organization_id_xid_id_idx ON public.events_default USING btree (organization_id, xid, id);

-- INDEX golden_questions_by_message

CREATE INDEX golden_questions_by_message ON public.golden_questions USING btree (organization_id, message_id) WHERE (message_id IS NOT NULL);

-- INDEX golden_questions_in_order

CREATE INDEX golden_questions_in_order ON public.golden_questions USING btree (organization_id, chatbot_id, id);

-- INDEX golden_questions_once

CREATE UNIQUE INDEX golden_questions_once ON public.golden_questions USING btree (organization_id, chatbot_id, asked_hash);

-- INDEX idempotency_keys_by_age

CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);

-- INDEX index_checks_by_time

CREATE INDEX index_checks_by_time ON public.index_checks USING btree (organization_id, started_at);

-- INDEX jobs_by_id

CREATE INDEX jobs_by_id ON public.jobs USING btree (id);

-- INDEX jobs_due

CREATE INDEX jobs_due ON public.jobs USING btree (run_after) WHERE (failed_at IS NULL);

-- INDEX jobs_live

CREATE UNIQUE INDEX jobs_live ON public.jobs USING btree (organization_id, kind, subject_id) WHERE (failed_at IS NULL);

-- INDEX members_by_email

CREATE INDEX members_by_email ON public.members USING btree (email);

-- INDEX members_by_user

CREATE INDEX members_by_user ON public.members USING btree (user_id);

-- INDEX message_archive_by_trigram

CREATE INDEX message_archive_by_trigram ON ONLY public.message_archive USING gin (organization_id, content public.gin_trgm_ops) WHERE (status = ANY (ARRAY['completed'::text, 'interrupted'::text]));

-- INDEX message_archive_in_order

CREATE INDEX message_archive_in_order ON ONLY public.message_archive USING btree (organization_id, conversation_id, sequence);

-- INDEX message_feedback_by_conversation

CREATE INDEX message_feedback_by_conversation ON public.message_feedback USING btree (organization_id, conversation_id);

-- INDEX message_feedback_thumbs

CREATE INDEX message_feedback_thumbs ON public.message_feedback USING btree (organization_id, thumbs, id);

-- INDEX message_vectors_by_conversation

CREATE INDEX message_vectors_by_conversation ON public.message_vectors USING btree (organization_id, conversation_id);

-- INDEX messages_by_trigram

CREATE INDEX messages_by_trigram ON public.messages USING gin (organization_id, content public.gin_trgm_ops) WHERE (status = ANY (ARRAY['completed'::text, 'interrupted'::text]));

-- INDEX messages_left_behind

CREATE INDEX messages_left_behind ON public.messages USING btree (lease_until) WHERE (status = ANY (ARRAY['pending'::text, 'streaming'::text]));

-- INDEX products_by_category

CREATE INDEX products_by_category ON public.products USING btree (organization_id, category);

-- INDEX products_by_parent

CREATE INDEX products_by_parent ON public.products USING btree (organization_id, parent_id);

-- INDEX question_proposals_by_chatbot

CREATE INDEX question_proposals_by_chatbot ON public.question_proposals USING btree (organization_id, chatbot_id);

-- INDEX search_names_alike

CREATE INDEX search_names_alike ON public.search_names USING gin (organization_id, name public.gin_trgm_ops);

-- INDEX search_terms_by_source

CREATE INDEX search_terms_by_source ON ONLY public.search_terms USING btree (organization_id, corpus, source_id, shelf);

-- INDEX search_terms_0_organization_id_corpus_source_id_shelf_idx

CREATE INDEX search_terms_0_organization_id_corpus_source_id_shelf_idx ON public.search_terms_0 USING btree (organization_id, corpus, source_id, shelf);

-- INDEX search_terms_by_term

CREATE INDEX search_terms_by_term ON ONLY public.search_terms USING gin (terms);

-- INDEX search_terms_0_terms_idx

CREATE INDEX search_terms_0_terms_idx ON public.search_terms_0 USING gin (terms);

-- INDEX search_vectors_by_source_bits

CREATE INDEX search_vectors_by_source_bits ON ONLY public.search_vectors USING btree (organization_id, corpus, source_id, model) INCLUDE (shelf, entry_id, bits);

-- INDEX search_vectors_0_organization_id_corpus_source_id_model_she_idx

CREATE INDEX search_vectors_0_organization_id_corpus_source_id_model_she_idx ON public.search_vectors_0 USING btree (organization_id, corpus, source_id, model) INCLUDE (shelf, entry_id, bits);

-- INDEX term_stats_by_term

CREATE INDEX term_stats_by_term ON public.term_stats USING btree (organization_id, corpus, term);

-- INDEX unanswered_messages_by_conversation

CREATE INDEX unanswered_messages_by_conversation ON public.unanswered_messages USING btree (organization_id, conversation_id);

-- INDEX unanswered_messages_by_question

CREATE INDEX unanswered_messages_by_question ON public.unanswered_messages USING btree (organization_id, unanswered_question_id, asked_at);

-- INDEX unanswered_messages_leader

CREATE UNIQUE INDEX unanswered_messages_leader ON public.unanswered_messages USING btree (organization_id, unanswered_question_id) WHERE is_leader;

-- INDEX unanswered_questions_by_answer

CREATE INDEX unanswered_questions_by_answer ON public.unanswered_questions USING btree (organization_id, curated_answer_id);

-- INDEX unanswered_questions_by_chatbot

CREATE INDEX unanswered_questions_by_chatbot ON public.unanswered_questions USING btree (organization_id, chatbot_id, times_asked, id);

-- INDEX web_pages_by_document

CREATE INDEX web_pages_by_document ON public.web_pages USING btree (organization_id, document_id);

-- INDEX web_pages_due

CREATE INDEX web_pages_due ON public.web_pages USING btree (due_at) WHERE (due_at IS NOT NULL);

-- INDEX web_pages_of_website

CREATE INDEX web_pages_of_website ON public.web_pages USING btree (organization_id, website_id);

-- INDEX webhook_deliveries_failed

CREATE INDEX webhook_deliveries_failed ON public.webhook_deliveries USING btree (organization_id, endpoint_id, event_id) WHERE (status = 'failed'::text);

-- INDEX webhook_deliveries_pending

CREATE INDEX webhook_deliveries_pending ON public.webhook_deliveries USING btree (organization_id, endpoint_id, sequence) WHERE (status = 'pending'::text);

-- INDEX websites_by_product

CREATE INDEX websites_by_product ON public.websites USING btree (organization_id, product_id);

-- INDEX websites_due

CREATE INDEX websites_due ON public.websites USING btree (due_at) WHERE (due_at IS NOT NULL);

-- INDEX ATTACH ai_usage_default_organization_id_conversation_id_idx

ALTER INDEX public.ai_usage_by_conversation ATTACH PARTITION public.ai_usage_default_organization_id_conversation_id_idx;

-- INDEX ATTACH ai_usage_default_organization_id_end_user_id_idx

ALTER INDEX public.ai_usage_by_end_user ATTACH PARTITION public.ai_usage_default_organization_id_end_user_id_idx;

-- INDEX ATTACH ai_usage_default_pkey

ALTER INDEX public.ai_usage_organization_id_id_pk ATTACH PARTITION public.ai_usage_default_pkey;

-- INDEX ATTACH events_default_organization_id_coalesce_idx

ALTER INDEX public.events_by_end_user ATTACH PARTITION public.events_default_organization_id_coalesce_idx;

-- INDEX ATTACH events_default_organization_id_id_idx

ALTER INDEX public.events_of_trouble ATTACH PARTITION public.events_default_organization_id_id_idx;

-- INDEX ATTACH events_default_organization_id_resource_id_idx

ALTER INDEX public.events_by_resource ATTACH PARTITION public.events_default_organization_id_resource_id_idx;

-- INDEX ATTACH events_default_organization_id_type_id_idx

ALTER INDEX public.events_by_type ATTACH PARTITION public.events_default_organization_id_type_id_idx;

-- INDEX ATTACH events_default_organization_id_xid_id_idx

ALTER INDEX public.events_by_order ATTACH PARTITION public.events_default_organization_id_xid_id_idx;

-- INDEX ATTACH events_default_pkey

ALTER INDEX public.events_organization_id_id_pk ATTACH PARTITION public.events_default_pkey;

-- INDEX ATTACH search_log_default_pkey

ALTER INDEX public.search_log_organization_id_id_pk ATTACH PARTITION public.search_log_default_pkey;

-- INDEX ATTACH search_terms_0_organization_id_corpus_source_id_shelf_idx

ALTER INDEX public.search_terms_by_source ATTACH PARTITION public.search_terms_0_organization_id_corpus_source_id_shelf_idx;

-- INDEX ATTACH search_terms_0_pkey

ALTER INDEX public.search_terms_key ATTACH PARTITION public.search_terms_0_pkey;

-- INDEX ATTACH search_terms_0_terms_idx

ALTER INDEX public.search_terms_by_term ATTACH PARTITION public.search_terms_0_terms_idx;

-- INDEX ATTACH search_vectors_0_organization_id_corpus_source_id_model_she_idx

ALTER INDEX public.search_vectors_by_source_bits ATTACH PARTITION public.search_vectors_0_organization_id_corpus_source_id_model_she_idx;

-- INDEX ATTACH search_vectors_0_pkey

ALTER INDEX public.search_vectors_key ATTACH PARTITION public.search_vectors_0_pkey;

-- TRIGGER chatbots chatbots_gated

CREATE TRIGGER chatbots_gated BEFORE UPDATE ON public.chatbots FOR EACH ROW EXECUTE FUNCTION public.gate_chatbot();

-- TRIGGER chatbots chatbots_kept

CREATE TRIGGER chatbots_kept AFTER INSERT OR UPDATE ON public.chatbots FOR EACH ROW EXECUTE FUNCTION public.keep_chatbot_revision();

-- TRIGGER chatbots chatbots_revised

CREATE TRIGGER chatbots_revised BEFORE UPDATE ON public.chatbots FOR EACH ROW EXECUTE FUNCTION public.revise_chatbot();

-- TRIGGER chatbots chatbots_touched

CREATE TRIGGER chatbots_touched BEFORE UPDATE ON public.chatbots FOR EACH ROW WHEN ((new.revision <> old.revision)) EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER chunking_settings chunking_settings_touched

CREATE TRIGGER chunking_settings_touched BEFORE UPDATE ON public.chunking_settings FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER conversations conversations_forget_feedback

CREATE TRIGGER conversations_forget_feedback AFTER DELETE ON public.conversations REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.forget_admin_feedback();

-- TRIGGER conversations conversations_released

CREATE TRIGGER conversations_released BEFORE UPDATE ON public.conversations FOR EACH ROW WHEN (((new.status <> 'active'::text) AND ((new.held_by IS NOT NULL) OR (new.escalated_at IS NOT NULL)))) EXECUTE FUNCTION public.release_conversation();

-- TRIGGER conversations conversations_touched

CREATE TRIGGER conversations_touched BEFORE UPDATE ON public.conversations FOR EACH ROW WHEN (((old.archived_sequence = new.archived_sequence) AND ((old.client_told_at IS NULL) OR (new.client_told_at IS NOT NULL)))) EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER curated_answers curated_answers_touched

CREATE TRIGGER curated_answers_touched BEFORE UPDATE ON public.curated_answers FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER document_chunks document_chunks_leave_search

CREATE TRIGGER document_chunks_leave_search AFTER DELETE ON public.document_chunks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.clear_search_entries('1');

-- TRIGGER documents documents_touched

CREATE TRIGGER documents_touched BEFORE UPDATE ON public.documents FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER embedding_migrations embedding_migrations_touched

CREATE TRIGGER embedding_migrations_touched BEFORE UPDATE ON public.embedding_migrations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER events events_queue_webhooks

CREATE TRIGGER events_queue_webhooks AFTER INSERT ON public.events REFERENCING NEW TABLE AS told FOR EACH STATEMENT EXECUTE FUNCTION public.queue_webhooks();

-- TRIGGER golden_questions golden_questions_touched

CREATE TRIGGER golden_questions_touched BEFORE UPDATE ON public.golden_questions FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER members members_touched

CREATE TRIGGER members_touched BEFORE UPDATE ON public.members FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER message_feedback message_feedback_touched

CREATE TRIGGER message_feedback_touched BEFORE UPDATE ON public.message_feedback FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER messages messages_superseded

CREATE TRIGGER messages_superseded AFTER UPDATE OF superseded_at ON public.messages FOR EACH ROW WHEN (((old.superseded_at IS NULL) AND (new.superseded_at IS NOT NULL))) EXECUTE FUNCTION public.forget_superseded_vectors();

-- TRIGGER api_keys note_change

CREATE TRIGGER note_change AFTER UPDATE OF name, scopes, expires_at ON public.api_keys FOR EACH ROW EXECUTE FUNCTION public.note_change('name', 'scopes', 'expires_at expiresAt');

-- TRIGGER budgets note_change

CREATE TRIGGER note_change AFTER UPDATE OF amount_limit, enforcement, step_down_model ON public.budgets FOR EACH ROW EXECUTE FUNCTION public.note_change('amount_limit limit', 'enforcement', 'step_down_model stepDownModel');

-- TRIGGER members note_change

CREATE TRIGGER note_change AFTER UPDATE OF name, role ON public.members FOR EACH ROW EXECUTE FUNCTION public.note_change('name', 'role');

-- TRIGGER model_routes note_change

CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON public.model_routes FOR EACH ROW EXECUTE FUNCTION public.note_change('model', 'fallback_model fallbackModel');

-- TRIGGER organizations note_change

CREATE TRIGGER note_change AFTER UPDATE OF name, slug, settings, time_zone ON public.organizations FOR EACH ROW EXECUTE FUNCTION public.note_change('name', 'slug', 'settings', 'time_zone timeZone');

-- TRIGGER search_settings note_change

CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON public.search_settings FOR EACH ROW EXECUTE FUNCTION public.note_change('lexical_share lexicalShare', 'score_threshold scoreThreshold', 'rerank');

-- TRIGGER organizations organizations_touched

CREATE TRIGGER organizations_touched BEFORE UPDATE ON public.organizations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER products products_in_tree

CREATE TRIGGER products_in_tree BEFORE INSERT OR UPDATE OF parent_id ON public.products FOR EACH ROW WHEN ((new.parent_id IS NOT NULL)) EXECUTE FUNCTION public.guard_product_tree();

-- TRIGGER products products_leave_search

CREATE TRIGGER products_leave_search AFTER DELETE ON public.products REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.clear_search_entries('2');

-- TRIGGER products products_touched

CREATE TRIGGER products_touched BEFORE UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER search_settings search_settings_touched

CREATE TRIGGER search_settings_touched BEFORE UPDATE ON public.search_settings FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER search_terms search_terms_counted_in

CREATE TRIGGER search_terms_counted_in AFTER INSERT ON public.search_terms REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- TRIGGER search_terms search_terms_counted_out

CREATE TRIGGER search_terms_counted_out AFTER DELETE ON public.search_terms REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- TRIGGER search_terms search_terms_counted_over

CREATE TRIGGER search_terms_counted_over AFTER UPDATE ON public.search_terms REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- TRIGGER unanswered_messages unanswered_messages_forgotten

CREATE TRIGGER unanswered_messages_forgotten AFTER DELETE ON public.unanswered_messages REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.forget_unanswered();

-- TRIGGER websites websites_touched

CREATE TRIGGER websites_touched BEFORE UPDATE ON public.websites FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- FK CONSTRAINT admin_feedback admin_feedback_of_chatbot

ALTER TABLE ONLY public.admin_feedback
    ADD CONSTRAINT admin_feedback_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT api_keys api_keys_organization_id_organizations_id_fk

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT attachments attachments_of_conversation

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT attachments attachments_organization_id_organizations_id_fk

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT budget_periods budget_periods_of_budget

ALTER TABLE ONLY public.budget_periods
    ADD CONSTRAINT budget_periods_of_budget FOREIGN KEY (organization_id, budget_id) REFERENCES public.budgets(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT budget_reservations budget_reservations_of_budget

ALTER TABLE ONLY public.budget_reservations
    ADD CONSTRAINT budget_reservations_of_budget FOREIGN KEY (organization_id, budget_id) REFERENCES public.budgets(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT budgets budgets_organization_id_organizations_id_fk

ALTER TABLE ONLY public.budgets
    ADD CONSTRAINT budgets_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbot_documents chatbot_documents_of_chatbot

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbot_documents chatbot_documents_of_document

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_of_document FOREIGN KEY (organization_id, document_id) REFERENCES public.documents(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbot_revisions chatbot_revisions_of_chatbot

ALTER TABLE ONLY public.chatbot_revisions
    ADD CONSTRAINT chatbot_revisions_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbots chatbots_organization_id_organizations_id_fk

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT chunking_settings chunking_settings_organization_id_organizations_id_fk

ALTER TABLE ONLY public.chunking_settings
    ADD CONSTRAINT chunking_settings_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT conversations conversations_of_chatbot

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT conversations conversations_organization_id_organizations_id_fk

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT corpus_stats corpus_stats_organization_id_organizations_id_fk

ALTER TABLE ONLY public.corpus_stats
    ADD CONSTRAINT corpus_stats_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT curated_answers curated_answers_of_chatbot

ALTER TABLE ONLY public.curated_answers
    ADD CONSTRAINT curated_answers_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT curated_vectors curated_vectors_of_wording

ALTER TABLE ONLY public.curated_vectors
    ADD CONSTRAINT curated_vectors_of_wording FOREIGN KEY (organization_id, wording_id) REFERENCES public.curated_wordings(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT curated_wordings curated_wordings_of_answer

ALTER TABLE ONLY public.curated_wordings
    ADD CONSTRAINT curated_wordings_of_answer FOREIGN KEY (organization_id, curated_answer_id) REFERENCES public.curated_answers(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT curated_wordings curated_wordings_of_conversation

ALTER TABLE ONLY public.curated_wordings
    ADD CONSTRAINT curated_wordings_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT daily_metrics daily_metrics_organization_id_organizations_id_fk

ALTER TABLE ONLY public.daily_metrics
    ADD CONSTRAINT daily_metrics_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT document_chunks document_chunks_of_document

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_of_document FOREIGN KEY (organization_id, document_id) REFERENCES public.documents(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT documents documents_of_conversation

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE SET NULL (conversation_id);

-- FK CONSTRAINT documents documents_of_product

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_of_product FOREIGN KEY (organization_id, product_id) REFERENCES public.products(organization_id, id) ON DELETE SET NULL (product_id);

-- FK CONSTRAINT documents documents_organization_id_organizations_id_fk

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT embedding_cache embedding_cache_organization_id_organizations_id_fk

ALTER TABLE ONLY public.embedding_cache
    ADD CONSTRAINT embedding_cache_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT embedding_migrations embedding_migrations_organization_id_organizations_id_fk

ALTER TABLE ONLY public.embedding_migrations
    ADD CONSTRAINT embedding_migrations_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT erasures erasures_organization_id_organizations_id_fk

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT eval_results eval_results_of_eval

ALTER TABLE ONLY public.eval_results
    ADD CONSTRAINT eval_results_of_eval FOREIGN KEY (organization_id, eval_id) REFERENCES public.eval_runs(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT eval_results eval_results_of_question

ALTER TABLE ONLY public.eval_results
    ADD CONSTRAINT eval_results_of_question FOREIGN KEY (organization_id, golden_question_id) REFERENCES public.golden_questions(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT eval_runs eval_runs_of_chatbot

ALTER TABLE ONLY public.eval_runs
    ADD CONSTRAINT eval_runs_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT file_checks file_checks_organization_id_organizations_id_fk

ALTER TABLE ONLY public.file_checks
    ADD CONSTRAINT file_checks_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT golden_questions golden_questions_of_chatbot

ALTER TABLE ONLY public.golden_questions
    ADD CONSTRAINT golden_questions_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT idempotency_keys idempotency_keys_organization_id_organizations_id_fk

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT index_checks index_checks_organization_id_organizations_id_fk

ALTER TABLE ONLY public.index_checks
    ADD CONSTRAINT index_checks_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT jobs jobs_organization_id_organizations_id_fk

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT members members_organization_id_organizations_id_fk

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT message_archive message_archive_of_conversation

ALTER TABLE public.message_archive
    ADD CONSTRAINT message_archive_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT message_feedback message_feedback_of_conversation

ALTER TABLE ONLY public.message_feedback
    ADD CONSTRAINT message_feedback_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT message_traces message_traces_of_message

ALTER TABLE ONLY public.message_traces
    ADD CONSTRAINT message_traces_of_message FOREIGN KEY (organization_id, message_id) REFERENCES public.messages(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT message_vectors message_vectors_of_conversation

ALTER TABLE ONLY public.message_vectors
    ADD CONSTRAINT message_vectors_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT messages messages_of_conversation

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT model_routes model_routes_organization_id_organizations_id_fk

ALTER TABLE ONLY public.model_routes
    ADD CONSTRAINT model_routes_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT products products_of_parent

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_of_parent FOREIGN KEY (organization_id, parent_id) REFERENCES public.products(organization_id, id) ON DELETE SET NULL (parent_id);

-- FK CONSTRAINT products products_organization_id_organizations_id_fk

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT question_proposals question_proposals_of_chatbot

ALTER TABLE ONLY public.question_proposals
    ADD CONSTRAINT question_proposals_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT relevance_feedback relevance_feedback_organization_id_organizations_id_fk

ALTER TABLE ONLY public.relevance_feedback
    ADD CONSTRAINT relevance_feedback_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_days search_days_organization_id_organizations_id_fk

ALTER TABLE ONLY public.search_days
    ADD CONSTRAINT search_days_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_names search_names_organization_id_organizations_id_fk

ALTER TABLE ONLY public.search_names
    ADD CONSTRAINT search_names_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_settings search_settings_organization_id_organizations_id_fk

ALTER TABLE ONLY public.search_settings
    ADD CONSTRAINT search_settings_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_terms search_terms_organization_id_organizations_id_fk

ALTER TABLE public.search_terms
    ADD CONSTRAINT search_terms_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_vectors search_vectors_organization_id_organizations_id_fk

ALTER TABLE public.search_vectors
    ADD CONSTRAINT search_vectors_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT term_stats term_stats_organization_id_organizations_id_fk

ALTER TABLE ONLY public.term_stats
    ADD CONSTRAINT term_stats_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT unanswered_messages unanswered_messages_of_conversation

ALTER TABLE ONLY public.unanswered_messages
    ADD CONSTRAINT unanswered_messages_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT unanswered_messages unanswered_messages_of_question

ALTER TABLE ONLY public.unanswered_messages
    ADD CONSTRAINT unanswered_messages_of_question FOREIGN KEY (organization_id, unanswered_question_id) REFERENCES public.unanswered_questions(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT unanswered_questions unanswered_questions_of_chatbot

ALTER TABLE ONLY public.unanswered_questions
    ADD CONSTRAINT unanswered_questions_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT web_pages web_pages_of_document

ALTER TABLE ONLY public.web_pages
    ADD CONSTRAINT web_pages_of_document FOREIGN KEY (organization_id, document_id) REFERENCES public.documents(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT web_pages web_pages_of_website_fk

ALTER TABLE ONLY public.web_pages
    ADD CONSTRAINT web_pages_of_website_fk FOREIGN KEY (organization_id, website_id) REFERENCES public.websites(organization_id, id) ON DELETE SET NULL (website_id);

-- FK CONSTRAINT webhook_deliveries webhook_deliveries_of_endpoint

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_of_endpoint FOREIGN KEY (organization_id, endpoint_id) REFERENCES public.webhook_endpoints(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT webhook_endpoints webhook_endpoints_organization_id_organizations_id_fk

ALTER TABLE ONLY public.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT websites websites_of_product

ALTER TABLE ONLY public.websites
    ADD CONSTRAINT websites_of_product FOREIGN KEY (organization_id, product_id) REFERENCES public.products(organization_id, id) ON DELETE SET NULL (product_id);

-- FK CONSTRAINT websites websites_organization_id_organizations_id_fk

ALTER TABLE ONLY public.websites
    ADD CONSTRAINT websites_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- ROW SECURITY admin_feedback

ALTER TABLE public.admin_feedback ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY ai_usage

ALTER TABLE public.ai_usage ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY ai_usage_archive

ALTER TABLE public.ai_usage_archive ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY api_keys

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY attachments

ALTER TABLE public.attachments ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY budget_periods

ALTER TABLE public.budget_periods ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY budget_reservations

ALTER TABLE public.budget_reservations ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY budgets

ALTER TABLE public.budgets ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chatbot_documents

ALTER TABLE public.chatbot_documents ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chatbot_revisions

ALTER TABLE public.chatbot_revisions ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chatbots

ALTER TABLE public.chatbots ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chunking_settings

ALTER TABLE public.chunking_settings ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY conversations

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY corpus_stats

ALTER TABLE public.corpus_stats ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY curated_answers

ALTER TABLE public.curated_answers ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY curated_vectors

ALTER TABLE public.curated_vectors ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY curated_wordings

ALTER TABLE public.curated_wordings ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY daily_metrics

ALTER TABLE public.daily_metrics ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY document_chunks

ALTER TABLE public.document_chunks ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY documents

ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY embedding_cache

ALTER TABLE public.embedding_cache ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY embedding_migrations

ALTER TABLE public.embedding_migrations ENABLE ROW LEVEL SECURITY;

-- POLICY ai_usage erasure

CREATE POLICY erasure ON public.ai_usage TO edgelore_system USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY ai_usage_archive erasure

CREATE POLICY erasure ON public.ai_usage_archive TO edgelore_system USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY conversations erasure

CREATE POLICY erasure ON public.conversations TO edgelore_system USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY events erasure

CREATE POLICY erasure ON public.events TO edgelore_system USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY message_archive erasure

CREATE POLICY erasure ON public.message_archive TO edgelore_system USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- ROW SECURITY erasures

ALTER TABLE public.erasures ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY eval_results

ALTER TABLE public.eval_results ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY eval_runs

ALTER TABLE public.eval_runs ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY events

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY file_checks

ALTER TABLE public.file_checks ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY golden_questions

ALTER TABLE public.golden_questions ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY idempotency_keys

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY index_checks

ALTER TABLE public.index_checks ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY jobs

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY members

ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY message_archive

ALTER TABLE public.message_archive ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY message_feedback

ALTER TABLE public.message_feedback ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY message_traces

ALTER TABLE public.message_traces ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY message_vectors

ALTER TABLE public.message_vectors ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY messages

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY model_routes

ALTER TABLE public.model_routes ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY organizations

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY products

ALTER TABLE public.products ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY question_proposals

ALTER TABLE public.question_proposals ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY relevance_feedback

ALTER TABLE public.relevance_feedback ENABLE ROW LEVEL SECURITY;

-- POLICY conversations search

CREATE POLICY search ON public.conversations FOR SELECT TO edgelore_search USING (true);

-- POLICY corpus_stats search

CREATE POLICY search ON public.corpus_stats FOR SELECT TO edgelore_search USING (true);

-- POLICY embedding_cache search

CREATE POLICY search ON public.embedding_cache FOR SELECT TO edgelore_search USING (true);

-- POLICY message_archive search

CREATE POLICY search ON public.message_archive FOR SELECT TO edgelore_search USING (true);

-- POLICY messages search

CREATE POLICY search ON public.messages FOR SELECT TO edgelore_search USING (true);

-- POLICY organizations search

CREATE POLICY search ON public.organizations FOR SELECT TO edgelore_search USING (true);

-- POLICY search_names search

CREATE POLICY search ON public.search_names FOR SELECT TO edgelore_search USING (true);

-- POLICY search_settings search

CREATE POLICY search ON public.search_settings FOR SELECT TO edgelore_search USING (true);

-- POLICY search_terms search

CREATE POLICY search ON public.search_terms FOR SELECT TO edgelore_search USING (true);

-- POLICY search_vectors search

CREATE POLICY search ON public.search_vectors FOR SELECT TO edgelore_search USING (true);

-- POLICY term_stats search

CREATE POLICY search ON public.term_stats FOR SELECT TO edgelore_search USING (true);

-- ROW SECURITY search_days

ALTER TABLE public.search_days ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_log

ALTER TABLE public.search_log ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_names

ALTER TABLE public.search_names ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_settings

ALTER TABLE public.search_settings ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_terms

ALTER TABLE public.search_terms ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_vectors

ALTER TABLE public.search_vectors ENABLE ROW LEVEL SECURITY;

-- POLICY events self_check

CREATE POLICY self_check ON public.events FOR SELECT TO edgelore_system USING ((organization_id = '00000000-0000-7000-8000-00005e1fc4ec'::uuid));

-- POLICY admin_feedback system

CREATE POLICY system ON public.admin_feedback TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY api_keys system

CREATE POLICY system ON public.api_keys TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY attachments system

CREATE POLICY system ON public.attachments TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY budget_periods system

CREATE POLICY system ON public.budget_periods TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY budget_reservations system

CREATE POLICY system ON public.budget_reservations TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY budgets system

CREATE POLICY system ON public.budgets TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY corpus_stats system

CREATE POLICY system ON public.corpus_stats TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY embedding_cache system

CREATE POLICY system ON public.embedding_cache TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY file_checks system

CREATE POLICY system ON public.file_checks TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY idempotency_keys system

CREATE POLICY system ON public.idempotency_keys TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY index_checks system

CREATE POLICY system ON public.index_checks TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY jobs system

CREATE POLICY system ON public.jobs TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY members system

CREATE POLICY system ON public.members TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY messages system

CREATE POLICY system ON public.messages TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY organizations system

CREATE POLICY system ON public.organizations TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY relevance_feedback system

CREATE POLICY system ON public.relevance_feedback TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY search_days system

CREATE POLICY system ON public.search_days TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY search_log system

CREATE POLICY system ON public.search_log TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY search_terms system

CREATE POLICY system ON public.search_terms TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY search_vectors system

CREATE POLICY system ON public.search_vectors TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY term_stats system

CREATE POLICY system ON public.term_stats TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY web_pages system

CREATE POLICY system ON public.web_pages TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY webhook_deliveries system

CREATE POLICY system ON public.webhook_deliveries TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY webhook_endpoints system

CREATE POLICY system ON public.webhook_endpoints TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY websites system

CREATE POLICY system ON public.websites TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY admin_feedback tenant

CREATE POLICY tenant ON public.admin_feedback TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY ai_usage tenant

CREATE POLICY tenant ON public.ai_usage TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY ai_usage_archive tenant

CREATE POLICY tenant ON public.ai_usage_archive TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY api_keys tenant

CREATE POLICY tenant ON public.api_keys TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY attachments tenant

CREATE POLICY tenant ON public.attachments TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY budget_periods tenant

CREATE POLICY tenant ON public.budget_periods TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY budget_reservations tenant

CREATE POLICY tenant ON public.budget_reservations TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY budgets tenant

CREATE POLICY tenant ON public.budgets TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chatbot_documents tenant

CREATE POLICY tenant ON public.chatbot_documents TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chatbot_revisions tenant

CREATE POLICY tenant ON public.chatbot_revisions TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chatbots tenant

CREATE POLICY tenant ON public.chatbots TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chunking_settings tenant

CREATE POLICY tenant ON public.chunking_settings TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY conversations tenant

CREATE POLICY tenant ON public.conversations TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY corpus_stats tenant

CREATE POLICY tenant ON public.corpus_stats TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY curated_answers tenant

CREATE POLICY tenant ON public.curated_answers TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY curated_vectors tenant

CREATE POLICY tenant ON public.curated_vectors TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY curated_wordings tenant

CREATE POLICY tenant ON public.curated_wordings TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY daily_metrics tenant

CREATE POLICY tenant ON public.daily_metrics TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY document_chunks tenant

CREATE POLICY tenant ON public.document_chunks TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY documents tenant

CREATE POLICY tenant ON public.documents TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY embedding_cache tenant

CREATE POLICY tenant ON public.embedding_cache TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY embedding_migrations tenant

CREATE POLICY tenant ON public.embedding_migrations TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY erasures tenant

CREATE POLICY tenant ON public.erasures TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY eval_results tenant

CREATE POLICY tenant ON public.eval_results TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY eval_runs tenant

CREATE POLICY tenant ON public.eval_runs TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY events tenant

CREATE POLICY tenant ON public.events TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY file_checks tenant

CREATE POLICY tenant ON public.file_checks TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY golden_questions tenant

CREATE POLICY tenant ON public.golden_questions TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY idempotency_keys tenant

CREATE POLICY tenant ON public.idempotency_keys TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY index_checks tenant

CREATE POLICY tenant ON public.index_checks TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY jobs tenant

CREATE POLICY tenant ON public.jobs TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY members tenant

CREATE POLICY tenant ON public.members TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY message_archive tenant

CREATE POLICY tenant ON public.message_archive TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY message_feedback tenant

CREATE POLICY tenant ON public.message_feedback TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY message_traces tenant

CREATE POLICY tenant ON public.message_traces TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY message_vectors tenant

CREATE POLICY tenant ON public.message_vectors TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY messages tenant

CREATE POLICY tenant ON public.messages TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY model_routes tenant

CREATE POLICY tenant ON public.model_routes TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY organizations tenant

CREATE POLICY tenant ON public.organizations TO edgelore_app USING ((id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY products tenant

CREATE POLICY tenant ON public.products TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY question_proposals tenant

CREATE POLICY tenant ON public.question_proposals TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY relevance_feedback tenant

CREATE POLICY tenant ON public.relevance_feedback TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_days tenant

CREATE POLICY tenant ON public.search_days TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_log tenant

CREATE POLICY tenant ON public.search_log TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_names tenant

CREATE POLICY tenant ON public.search_names TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_settings tenant

CREATE POLICY tenant ON public.search_settings TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_terms tenant

CREATE POLICY tenant ON public.search_terms TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_vectors tenant

CREATE POLICY tenant ON public.search_vectors TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY term_stats tenant

CREATE POLICY tenant ON public.term_stats TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY unanswered_messages tenant

CREATE POLICY tenant ON public.unanswered_messages TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY unanswered_questions tenant

CREATE POLICY tenant ON public.unanswered_questions TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY web_pages tenant

CREATE POLICY tenant ON public.web_pages TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY webhook_deliveries tenant

CREATE POLICY tenant ON public.webhook_deliveries TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY webhook_endpoints tenant

CREATE POLICY tenant ON public.webhook_endpoints TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY websites tenant

CREATE POLICY tenant ON public.websites TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- ROW SECURITY term_stats

ALTER TABLE public.term_stats ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY unanswered_messages

ALTER TABLE public.unanswered_messages ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY unanswered_questions

ALTER TABLE public.unanswered_questions ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY web_pages

ALTER TABLE public.web_pages ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY webhook_deliveries

ALTER TABLE public.webhook_deliveries ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY webhook_endpoints

ALTER TABLE public.webhook_endpoints ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY websites

ALTER TABLE public.websites ENABLE ROW LEVEL SECURITY;

-- ACL SCHEMA public

GRANT USAGE ON SCHEMA public TO edgelore_app;
GRANT USAGE ON SCHEMA public TO edgelore_search;
GRANT USAGE ON SCHEMA public TO edgelore_system;

-- ACL FUNCTION authenticate_key(p_hash bytea, p_scope text)

REVOKE ALL ON FUNCTION public.authenticate_key(p_hash bytea, p_scope text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authenticate_key(p_hash bytea, p_scope text) TO edgelore_app;

-- ACL FUNCTION authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[])

REVOKE ALL ON FUNCTION public.authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[]) TO edgelore_app;

-- ACL TABLE ai_models

GRANT SELECT ON TABLE public.ai_models TO edgelore_app;

-- ACL FUNCTION claim_job(p_id uuid, p_lease interval)

REVOKE ALL ON FUNCTION public.claim_job(p_id uuid, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_job(p_id uuid, p_lease interval) TO edgelore_app;

-- ACL FUNCTION due_jobs(p_waiting interval, p_limit integer)

REVOKE ALL ON FUNCTION public.due_jobs(p_waiting interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.due_jobs(p_waiting interval, p_limit integer) TO edgelore_app;

-- ACL FUNCTION due_webhooks(p_limit integer)

REVOKE ALL ON FUNCTION public.due_webhooks(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.due_webhooks(p_limit integer) TO edgelore_app;

-- ACL FUNCTION finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text)

REVOKE ALL ON FUNCTION public.finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.finish_cron_run(p_name text, p_duration_ms integer, p_did jsonb, p_error text) TO edgelore_app;

-- ACL FUNCTION forget_events(p_end_user text, p_resources uuid[])

REVOKE ALL ON FUNCTION public.forget_events(p_end_user text, p_resources uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_events(p_end_user text, p_resources uuid[]) TO edgelore_app;

-- ACL FUNCTION forget_messages(p_messages uuid[])

REVOKE ALL ON FUNCTION public.forget_messages(p_messages uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_messages(p_messages uuid[]) TO edgelore_app;

-- ACL FUNCTION forget_searches(p_searches uuid[])

REVOKE ALL ON FUNCTION public.forget_searches(p_searches uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_searches(p_searches uuid[]) TO edgelore_app;

-- ACL FUNCTION forget_usage(p_end_user text, p_conversations uuid[], p_limit integer)

REVOKE ALL ON FUNCTION public.forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.forget_usage(p_end_user text, p_conversations uuid[], p_limit integer) TO edgelore_app;

-- ACL FUNCTION hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[], p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector public.halfvec, p_lexical_share double precision, p_threshold double precision, p_candidates integer, p_limit integer, p_explain boolean)

REVOKE ALL ON FUNCTION public.hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[], p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector public.halfvec, p_lexical_share double precision, p_threshold double precision, p_candidates integer, p_limit integer, p_explain boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[], p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector public.halfvec, p_lexical_share double precision, p_threshold double precision, p_candidates integer, p_limit integer, p_explain boolean) TO edgelore_app;

-- ACL FUNCTION last_self_check()

REVOKE ALL ON FUNCTION public.last_self_check() FROM PUBLIC;
GRANT ALL ON FUNCTION public.last_self_check() TO edgelore_app;

-- ACL FUNCTION maintain_admin_feedback(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_admin_feedback(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_admin_feedback(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_attachments(p_hours integer, p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_attachments(p_hours integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_attachments(p_hours integer, p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_budget_reservations()

REVOKE ALL ON FUNCTION public.maintain_budget_reservations() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_budget_reservations() TO edgelore_app;

-- ACL FUNCTION maintain_clients(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_clients(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_clients(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_conversations(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_conversations(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_conversations(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_embedding_cache(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_embedding_cache(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_embedding_cache(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_file_checks(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_file_checks(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_file_checks(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_idempotency_keys()

REVOKE ALL ON FUNCTION public.maintain_idempotency_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_idempotency_keys() TO edgelore_app;

-- ACL FUNCTION maintain_index_checks(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_index_checks(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_index_checks(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_message_archive(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_message_archive(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_message_archive(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_message_vectors(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_message_vectors(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_message_vectors(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_messages()

REVOKE ALL ON FUNCTION public.maintain_messages() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_messages() TO edgelore_app;

-- ACL FUNCTION maintain_metrics(p_days integer)

REVOKE ALL ON FUNCTION public.maintain_metrics(p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_metrics(p_days integer) TO edgelore_app;

-- ACL FUNCTION maintain_partitions()

REVOKE ALL ON FUNCTION public.maintain_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_partitions() TO edgelore_app;

-- ACL FUNCTION maintain_retention()

REVOKE ALL ON FUNCTION public.maintain_retention() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_retention() TO edgelore_app;

-- ACL FUNCTION maintain_search_days()

REVOKE ALL ON FUNCTION public.maintain_search_days() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_search_days() TO edgelore_app;

-- ACL FUNCTION maintain_search_log(p_days integer)

REVOKE ALL ON FUNCTION public.maintain_search_log(p_days integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_search_log(p_days integer) TO edgelore_app;

-- ACL FUNCTION maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer)

REVOKE ALL ON FUNCTION public.maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer) TO edgelore_app;

-- ACL FUNCTION maintain_statistics(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_statistics(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_statistics(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_usage_archive(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_usage_archive(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_usage_archive(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_web_sources(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_web_sources(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_web_sources(p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_webhooks(p_days integer, p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_webhooks(p_days integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_webhooks(p_days integer, p_limit integer) TO edgelore_app;

-- ACL FUNCTION make_graph(p_shelf smallint, p_corpus smallint, p_model text)

REVOKE ALL ON FUNCTION public.make_graph(p_shelf smallint, p_corpus smallint, p_model text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.make_graph(p_shelf smallint, p_corpus smallint, p_model text) TO edgelore_system;

-- ACL FUNCTION make_month(p_log text, p_month timestamp with time zone)

REVOKE ALL ON FUNCTION public.make_month(p_log text, p_month timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.make_month(p_log text, p_month timestamp with time zone) TO edgelore_system;

-- ACL FUNCTION make_shelf(p_shelf smallint)

REVOKE ALL ON FUNCTION public.make_shelf(p_shelf smallint) FROM PUBLIC;
GRANT ALL ON FUNCTION public.make_shelf(p_shelf smallint) TO edgelore_system;

-- ACL FUNCTION refresh_statistics(p_after text)

REVOKE ALL ON FUNCTION public.refresh_statistics(p_after text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.refresh_statistics(p_after text) TO edgelore_app;

-- ACL FUNCTION search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamp with time zone, p_to timestamp with time zone, p_before uuid, p_limit integer)

REVOKE ALL ON FUNCTION public.search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamp with time zone, p_to timestamp with time zone, p_before uuid, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.search_messages(p_patterns text[], p_chatbot uuid, p_end_user text, p_role text, p_from timestamp with time zone, p_to timestamp with time zone, p_before uuid, p_limit integer) TO edgelore_app;

-- ACL TABLE search_days

GRANT SELECT ON TABLE public.search_days TO edgelore_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.search_days TO edgelore_system;

-- ACL FUNCTION slow_statements(p_limit integer)

REVOKE ALL ON FUNCTION public.slow_statements(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.slow_statements(p_limit integer) TO edgelore_app;

-- ACL FUNCTION start_cron_run(p_name text, p_pause integer)

REVOKE ALL ON FUNCTION public.start_cron_run(p_name text, p_pause integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.start_cron_run(p_name text, p_pause integer) TO edgelore_app;

-- ACL TABLE admin_feedback

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.admin_feedback TO edgelore_app;

-- ACL COLUMN admin_feedback.organization_id

GRANT SELECT(organization_id) ON TABLE public.admin_feedback TO edgelore_system;

-- ACL COLUMN admin_feedback.id

GRANT SELECT(id) ON TABLE public.admin_feedback TO edgelore_system;

-- ACL COLUMN admin_feedback.status

GRANT SELECT(status) ON TABLE public.admin_feedback TO edgelore_system;

-- ACL COLUMN admin_feedback.impact_metrics

GRANT SELECT(impact_metrics) ON TABLE public.admin_feedback TO edgelore_system;

-- ACL COLUMN admin_feedback.applied_at

GRANT SELECT(applied_at) ON TABLE public.admin_feedback TO edgelore_system;

-- ACL TABLE ai_usage

GRANT SELECT,INSERT ON TABLE public.ai_usage TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.ai_usage TO edgelore_system;

-- ACL COLUMN ai_usage.conversation_id

GRANT UPDATE(conversation_id) ON TABLE public.ai_usage TO edgelore_system;

-- ACL COLUMN ai_usage.message_id

GRANT UPDATE(message_id) ON TABLE public.ai_usage TO edgelore_system;

-- ACL COLUMN ai_usage.end_user_id

GRANT UPDATE(end_user_id) ON TABLE public.ai_usage TO edgelore_system;

-- ACL TABLE ai_usage_archive

GRANT SELECT ON TABLE public.ai_usage_archive TO edgelore_app;
GRANT SELECT,INSERT ON TABLE public.ai_usage_archive TO edgelore_system;

-- ACL COLUMN ai_usage_archive.conversation_id

GRANT UPDATE(conversation_id) ON TABLE public.ai_usage_archive TO edgelore_system;

-- ACL COLUMN ai_usage_archive.message_id

GRANT UPDATE(message_id) ON TABLE public.ai_usage_archive TO edgelore_system;

-- ACL COLUMN ai_usage_archive.end_user_id

GRANT UPDATE(end_user_id) ON TABLE public.ai_usage_archive TO edgelore_system;

-- ACL TABLE api_keys

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO edgelore_app;
GRANT SELECT ON TABLE public.api_keys TO edgelore_system;

-- ACL COLUMN api_keys.last_used_at

GRANT UPDATE(last_used_at) ON TABLE public.api_keys TO edgelore_system;

-- ACL TABLE attachments

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attachments TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.attachments TO edgelore_system;

-- ACL COLUMN attachments.message_id

GRANT UPDATE(message_id) ON TABLE public.attachments TO edgelore_system;

-- ACL TABLE budget_periods

GRANT SELECT,INSERT,UPDATE ON TABLE public.budget_periods TO edgelore_app;

-- ACL TABLE budget_reservations

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budget_reservations TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.budget_reservations TO edgelore_system;

-- ACL TABLE budgets

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.budgets TO edgelore_app;

-- ACL TABLE organizations

GRANT SELECT,INSERT,UPDATE ON TABLE public.organizations TO edgelore_app;
GRANT SELECT ON TABLE public.organizations TO edgelore_system;

-- ACL COLUMN organizations.id

GRANT SELECT(id) ON TABLE public.organizations TO edgelore_search;

-- ACL COLUMN organizations.languages

GRANT SELECT(languages) ON TABLE public.organizations TO edgelore_search;

-- ACL COLUMN organizations.shelf

GRANT SELECT(shelf) ON TABLE public.organizations TO edgelore_search;
GRANT UPDATE(shelf) ON TABLE public.organizations TO edgelore_system;

-- ACL COLUMN organizations.next_shelf

GRANT UPDATE(next_shelf) ON TABLE public.organizations TO edgelore_system;

-- ACL COLUMN organizations.embedding_model

GRANT SELECT(embedding_model) ON TABLE public.organizations TO edgelore_search;

-- ACL TABLE budget_utilization

GRANT SELECT ON TABLE public.budget_utilization TO edgelore_app;

-- ACL TABLE chatbot_documents

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chatbot_documents TO edgelore_app;

-- ACL TABLE chatbots

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chatbots TO edgelore_app;

-- ACL TABLE conversations

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO edgelore_app;
GRANT SELECT ON TABLE public.conversations TO edgelore_system;
GRANT SELECT ON TABLE public.conversations TO edgelore_search;

-- ACL COLUMN conversations.status

GRANT UPDATE(status) ON TABLE public.conversations TO edgelore_system;

-- ACL COLUMN conversations.ended_at

GRANT UPDATE(ended_at) ON TABLE public.conversations TO edgelore_system;

-- ACL COLUMN conversations.archived_sequence

GRANT UPDATE(archived_sequence) ON TABLE public.conversations TO edgelore_system;

-- ACL COLUMN conversations.ip_address

GRANT UPDATE(ip_address) ON TABLE public.conversations TO edgelore_system;

-- ACL COLUMN conversations.user_agent

GRANT UPDATE(user_agent) ON TABLE public.conversations TO edgelore_system;

-- ACL COLUMN conversations.client_told_at

GRANT UPDATE(client_told_at) ON TABLE public.conversations TO edgelore_system;

-- ACL TABLE message_archive

GRANT SELECT ON TABLE public.message_archive TO edgelore_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.message_archive TO edgelore_system;
GRANT SELECT ON TABLE public.message_archive TO edgelore_search;

-- ACL TABLE messages

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.messages TO edgelore_system;
GRANT SELECT ON TABLE public.messages TO edgelore_search;

-- ACL COLUMN messages.status

GRANT UPDATE(status) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.error

GRANT UPDATE(error) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.lease_until

GRANT UPDATE(lease_until) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.completed_at

GRANT UPDATE(completed_at) ON TABLE public.messages TO edgelore_system;

-- ACL TABLE message_history

GRANT SELECT ON TABLE public.message_history TO edgelore_app;

-- ACL TABLE usage_history

GRANT SELECT ON TABLE public.usage_history TO edgelore_app;
GRANT SELECT ON TABLE public.usage_history TO edgelore_system;

-- ACL TABLE chatbot_performance_summary

GRANT SELECT ON TABLE public.chatbot_performance_summary TO edgelore_app;

-- ACL TABLE chatbot_revisions

GRANT SELECT,INSERT ON TABLE public.chatbot_revisions TO edgelore_app;

-- ACL TABLE chunking_settings

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chunking_settings TO edgelore_app;

-- ACL TABLE corpus_stats

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.corpus_stats TO edgelore_app;
GRANT SELECT ON TABLE public.corpus_stats TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.corpus_stats TO edgelore_system;

-- ACL TABLE cron_runs

GRANT SELECT,INSERT,UPDATE ON TABLE public.cron_runs TO edgelore_system;

-- ACL COLUMN cron_runs.name

GRANT SELECT(name) ON TABLE public.cron_runs TO edgelore_app;

-- ACL COLUMN cron_runs.started_at

GRANT SELECT(started_at) ON TABLE public.cron_runs TO edgelore_app;

-- ACL COLUMN cron_runs.finished_at

GRANT SELECT(finished_at) ON TABLE public.cron_runs TO edgelore_app;

-- ACL COLUMN cron_runs.duration_ms

GRANT SELECT(duration_ms) ON TABLE public.cron_runs TO edgelore_app;

-- ACL COLUMN cron_runs.error

GRANT SELECT(error) ON TABLE public.cron_runs TO edgelore_app;

-- ACL COLUMN cron_runs.failures

GRANT SELECT(failures) ON TABLE public.cron_runs TO edgelore_app;

-- ACL TABLE curated_answers

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.curated_answers TO edgelore_app;

-- ACL TABLE curated_vectors

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.curated_vectors TO edgelore_app;

-- ACL TABLE curated_wordings

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.curated_wordings TO edgelore_app;

-- ACL TABLE daily_cost_summary

GRANT SELECT ON TABLE public.daily_cost_summary TO edgelore_app;

-- ACL TABLE daily_metrics

GRANT SELECT,INSERT,DELETE ON TABLE public.daily_metrics TO edgelore_app;

-- ACL TABLE document_chunks

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.document_chunks TO edgelore_app;

-- ACL TABLE documents

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.documents TO edgelore_app;

-- ACL TABLE events

GRANT SELECT,INSERT ON TABLE public.events TO edgelore_app;
GRANT SELECT,INSERT ON TABLE public.events TO edgelore_system;

-- ACL COLUMN events.data

GRANT UPDATE(data) ON TABLE public.events TO edgelore_system;

-- ACL COLUMN events.ip_address

GRANT UPDATE(ip_address) ON TABLE public.events TO edgelore_system;

-- ACL COLUMN events.user_agent

GRANT UPDATE(user_agent) ON TABLE public.events TO edgelore_system;

-- ACL TABLE jobs

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs TO edgelore_app;
GRANT SELECT,INSERT ON TABLE public.jobs TO edgelore_system;

-- ACL COLUMN jobs.lease_until

GRANT UPDATE(lease_until) ON TABLE public.jobs TO edgelore_system;

-- ACL COLUMN jobs.attempts

GRANT UPDATE(attempts) ON TABLE public.jobs TO edgelore_system;

-- ACL TABLE products

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.products TO edgelore_app;

-- ACL TABLE database_health

GRANT SELECT ON TABLE public.database_health TO edgelore_app;

-- ACL TABLE search_vectors

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_vectors TO edgelore_app;
GRANT SELECT ON TABLE public.search_vectors TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.search_vectors TO edgelore_system;

-- ACL COLUMN search_vectors.shelf

GRANT UPDATE(shelf) ON TABLE public.search_vectors TO edgelore_system;

-- ACL TABLE document_processing_status

GRANT SELECT ON TABLE public.document_processing_status TO edgelore_app;

-- ACL TABLE embedding_cache

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.embedding_cache TO edgelore_app;
GRANT SELECT ON TABLE public.embedding_cache TO edgelore_search;
GRANT SELECT,DELETE ON TABLE public.embedding_cache TO edgelore_system;

-- ACL COLUMN embedding_cache.expires_at

GRANT UPDATE(expires_at) ON TABLE public.embedding_cache TO edgelore_system;

-- ACL TABLE embedding_migrations

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.embedding_migrations TO edgelore_app;

-- ACL TABLE erasures

GRANT SELECT,INSERT,UPDATE ON TABLE public.erasures TO edgelore_app;

-- ACL TABLE eval_results

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.eval_results TO edgelore_app;

-- ACL TABLE eval_runs

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.eval_runs TO edgelore_app;

-- ACL TABLE failed_jobs

GRANT SELECT ON TABLE public.failed_jobs TO edgelore_app;

-- ACL TABLE file_checks

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.file_checks TO edgelore_app;
GRANT SELECT ON TABLE public.file_checks TO edgelore_system;

-- ACL TABLE golden_questions

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.golden_questions TO edgelore_app;

-- ACL TABLE idempotency_keys

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.idempotency_keys TO edgelore_system;

-- ACL TABLE index_checks

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.index_checks TO edgelore_app;
GRANT SELECT ON TABLE public.index_checks TO edgelore_system;

-- ACL TABLE members

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.members TO edgelore_app;
GRANT SELECT ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.user_id

GRANT UPDATE(user_id) ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.email

GRANT UPDATE(email) ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.name

GRANT UPDATE(name) ON TABLE public.members TO edgelore_system;

-- ACL TABLE message_feedback

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_feedback TO edgelore_app;

-- ACL TABLE message_traces

GRANT SELECT,INSERT,UPDATE ON TABLE public.message_traces TO edgelore_app;

-- ACL TABLE message_vectors

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_vectors TO edgelore_app;

-- ACL TABLE model_routes

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.model_routes TO edgelore_app;

-- ACL TABLE search_log

GRANT SELECT,INSERT ON TABLE public.search_log TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.search_log TO edgelore_system;

-- ACL TABLE query_performance_diagnostics

GRANT SELECT ON TABLE public.query_performance_diagnostics TO edgelore_app;

-- ACL TABLE question_proposals

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.question_proposals TO edgelore_app;

-- ACL TABLE relevance_feedback

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.relevance_feedback TO edgelore_app;
GRANT SELECT ON TABLE public.relevance_feedback TO edgelore_system;

-- ACL TABLE search_names

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_names TO edgelore_app;
GRANT SELECT ON TABLE public.search_names TO edgelore_search;

-- ACL TABLE search_settings

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_settings TO edgelore_app;
GRANT SELECT ON TABLE public.search_settings TO edgelore_search;

-- ACL TABLE search_terms

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_terms TO edgelore_app;
GRANT SELECT ON TABLE public.search_terms TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.search_terms TO edgelore_system;

-- ACL COLUMN search_terms.shelf

GRANT UPDATE(shelf) ON TABLE public.search_terms TO edgelore_system;

-- ACL TABLE search_terms_0

GRANT SELECT ON TABLE public.search_terms_0 TO edgelore_search;

-- ACL TABLE search_vectors_0

GRANT SELECT ON TABLE public.search_vectors_0 TO edgelore_search;

-- ACL TABLE term_stats

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.term_stats TO edgelore_app;
GRANT SELECT ON TABLE public.term_stats TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.term_stats TO edgelore_system;

-- ACL TABLE unanswered_messages

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unanswered_messages TO edgelore_app;

-- ACL TABLE unanswered_questions

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unanswered_questions TO edgelore_app;

-- ACL TABLE web_pages

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.web_pages TO edgelore_app;
GRANT SELECT ON TABLE public.web_pages TO edgelore_system;

-- ACL COLUMN web_pages.due_at

GRANT UPDATE(due_at) ON TABLE public.web_pages TO edgelore_system;

-- ACL TABLE webhook_deliveries

GRANT SELECT,INSERT,UPDATE ON TABLE public.webhook_deliveries TO edgelore_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.webhook_deliveries TO edgelore_system;

-- ACL COLUMN webhook_deliveries.response_body

GRANT UPDATE(response_body) ON TABLE public.webhook_deliveries TO edgelore_system;

-- ACL COLUMN webhook_deliveries.error

GRANT UPDATE(error) ON TABLE public.webhook_deliveries TO edgelore_system;

-- ACL SEQUENCE webhook_deliveries_sequence_seq

GRANT USAGE ON SEQUENCE public.webhook_deliveries_sequence_seq TO edgelore_app;
GRANT USAGE ON SEQUENCE public.webhook_deliveries_sequence_seq TO edgelore_system;

-- ACL TABLE webhook_endpoints

GRANT SELECT,INSERT,UPDATE ON TABLE public.webhook_endpoints TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.webhook_endpoints TO edgelore_system;

-- ACL TABLE websites

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.websites TO edgelore_app;
GRANT SELECT ON TABLE public.websites TO edgelore_system;

-- ACL COLUMN websites.due_at

GRANT UPDATE(due_at) ON TABLE public.websites TO edgelore_system;

-- PostgreSQL database dump complete
