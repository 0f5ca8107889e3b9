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

-- FUNCTION bm25_weights(integer[], integer[], integer, double precision)

CREATE FUNCTION public.bm25_weights(p_terms integer[], p_frequencies integer[], p_length integer, p_average double precision) RETURNS public.sparsevec
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    RETURN (SELECT ((('{'::text || COALESCE(string_agg(((t.term || ':'::text) || (((t.frequency)::double precision / ((t.frequency)::double precision + ((0.9)::double precision * ((0.6)::double precision + (((0.4 * (bm25_weights.p_length)::numeric))::double precision / GREATEST(bm25_weights.p_average, (1)::double precision)))))))::real), ','::text ORDER BY t.term), ''::text)) || '}/268435456'::text))::public.sparsevec AS sparsevec FROM UNNEST(bm25_weights.p_terms, bm25_weights.p_frequencies) t(term, frequency));

ALTER FUNCTION public.bm25_weights(p_terms integer[], p_frequencies integer[], p_length integer, p_average double precision) OWNER TO postgres;

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

-- FUNCTION count_search_terms()

CREATE FUNCTION public.count_search_terms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
begin
  if tg_op <> 'INSERT' then
    insert into term_stats (organization_id, corpus, term, entries)
      select g.organization_id, g.corpus, i.term, -count(*)::integer from gone g cross join lateral unnest(g.terms) as i(term)
      where exists (select from organizations o where o.id = g.organization_id) group by 1, 2, 3;
    insert into corpus_stats (organization_id, corpus, entries, length)
      select g.organization_id, g.corpus, -count(*)::integer, -sum(g.length) from gone g
      where exists (select from organizations o where o.id = g.organization_id) group by 1, 2;
  end if;
  if tg_op <> 'DELETE' then
    insert into term_stats (organization_id, corpus, term, entries)
      select c.organization_id, c.corpus, i.term, count(*)::integer from come c cross join lateral unnest(c.terms) as i(term)
      group by 1, 2, 3;
    insert into corpus_stats (organization_id, corpus, entries, length)
      select c.organization_id, c.corpus, count(*)::integer, sum(c.length) from come c group by 1, 2;
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

-- FUNCTION due_jobs(interval, integer)

CREATE FUNCTION public.due_jobs(p_waiting interval, p_limit integer) RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  select j.id from jobs j where j.failed_at is null and j.run_after <= now() - p_waiting
    and (j.lease_until is null or j.lease_until <= now()) order by j.run_after limit p_limit
$$;

ALTER FUNCTION public.due_jobs(p_waiting interval, p_limit integer) OWNER TO edgelore_system;

-- FUNCTION enter_organization(uuid, text, text)

CREATE FUNCTION public.enter_organization(p_organization uuid, p_caller_kind text, p_caller_id text) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS $$
  select set_config('app.organization_id', p_organization::text, true), set_config('app.caller_kind', p_caller_kind, true),
    set_config('app.caller_id', coalesce(p_caller_id, ''), true)
$$;

ALTER FUNCTION public.enter_organization(p_organization uuid, p_caller_kind text, p_caller_id text) OWNER TO postgres;

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

-- FUNCTION hybrid_search(smallint[], integer[], real[], public.halfvec, text, uuid[], double precision, integer, integer)

CREATE FUNCTION public.hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector public.halfvec, p_model text, p_sources uuid[], p_lexical_share double precision, p_candidates integer, p_limit integer) RETURNS TABLE(corpus smallint, entry_id uuid, source_id uuid, score double precision, lexical_score double precision, lexical_rank integer, vector_score double precision, vector_rank integer)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $_$
declare
  tenant uuid := current_organization();
  keys integer[] := salted_terms(tenant, p_terms);
  tenant_shelf smallint := (select o.shelf from organizations o where o.id = tenant);
  share float8 := case when p_vector is null then 1 when cardinality(p_terms) = 0 then 0 else p_lexical_share end;
  in_scope text := case when p_sources is null then '' else ' and t.source_id = any ($7)' end;
  in_corpus smallint;
begin
  if tenant is null then return; end if;
  foreach in_corpus in array p_corpora loop
    return query execute $q$
      with asked as materialized (
        select q.term, q.frequency * ln(1 + (n.entries - df.entries + 0.5) / (df.entries + 0.5)) as weight
        from unnest($4, $5, $6) as q(term, key, frequency)
        cross join (select sum(s.entries)::float8 as entries from corpus_stats s where s.organization_id = $1 and s.corpus = $2) n
        cross join lateral (select sum(s.entries)::float8 as entries from term_stats s
          where s.organization_id = $1 and s.corpus = $2 and s.term = q.key) df
        where df.entries > 0),
      query as materialized (
        select ('{' || string_agg(a.term || ':' || a.weight, ',' order by a.term) || '}/268435456')::sparsevec as weights,
          sum(a.weight) as bound from asked a),
      lexical as materialized (
        select t.entry_id, t.source_id, row_number() over (order by t.weights <#> (select q.weights from query q)) as rank
        from search_terms t
        where t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.terms && $5$q$ || in_scope || $q$
        order by t.weights <#> (select q.weights from query q) limit $10),
      semantic as materialized (
        select t.entry_id, t.source_id, row_number() over (order by t.embedding <=> $8) as rank
        from search_vectors t
        where t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.model = $9 and $8 is not null$q$ || in_scope || $q$
        order by t.embedding <=> $8 limit $10),
      candidates as (
        select coalesce(l.entry_id, s.entry_id) as entry_id, coalesce(l.source_id, s.source_id) as source_id,
          l.rank as lexical_rank, s.rank as vector_rank
        from lexical l full join semantic s using (entry_id)),
      scored as (
        select c.*,
          coalesce(-(t.weights <#> (select q.weights from query q)) / (select q.bound from query q), 0) as lexical_score,
          coalesce(greatest(0, 1 - (v.embedding <=> $8)), 0) as vector_score
        from candidates c
        left join search_terms t on t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.entry_id = c.entry_id
        left join search_vectors v on v.shelf = $3 and v.organization_id = $1 and v.corpus = $2
          and v.entry_id = c.entry_id and v.model = $9)
      select $2, s.entry_id, s.source_id, $11 * s.lexical_score + (1 - $11) * s.vector_score as score,
        s.lexical_score, s.lexical_rank::integer, s.vector_score, s.vector_rank::integer
      from scored s order by score desc, s.entry_id limit $12
    $q$ using tenant, in_corpus, tenant_shelf, p_terms, keys, p_frequencies, p_sources, p_vector, p_model, p_candidates, share, p_limit;
  end loop;
end $_$;

ALTER FUNCTION public.hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector public.halfvec, p_model text, p_sources uuid[], p_lexical_share double precision, p_candidates integer, p_limit integer) OWNER TO edgelore_search;

-- FUNCTION maintain_idempotency_keys()

CREATE FUNCTION public.maintain_idempotency_keys() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  with gone as (delete from idempotency_keys where created_at < now() - interval '24 hours' returning 1)
  select count(*)::integer from gone
$$;

ALTER FUNCTION public.maintain_idempotency_keys() OWNER TO edgelore_system;

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

-- FUNCTION maintain_partitions()

CREATE FUNCTION public.maintain_partitions() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
declare
  log text;
  month timestamptz;
  partition text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
  foreach log in array array['events', 'ai_usage'] loop
    for ahead in -1..3 loop
      month := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)) at time zone 'UTC';
      partition := log || to_char(month at time zone 'UTC', '_YYYY_MM');
      if to_regclass('public.' || partition) is null then
        execute format('create table public.%I partition of public.%I for values from (%L) to (%L)', partition, log,
          uuid_at(month), uuid_at(((month at time zone 'UTC') + interval '1 month') at time zone 'UTC'));
        made := made + 1;
      end if;
    end loop;
  end loop;
  return made;
end $$;

ALTER FUNCTION public.maintain_partitions() OWNER TO postgres;

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

-- FUNCTION salted_terms(uuid, integer[])

CREATE FUNCTION public.salted_terms(p_organization uuid, p_terms integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT COALESCE(array_agg((t.term # ((('x'::text || substr(md5((salted_terms.p_organization)::text), 1, 8)))::bit(32))::integer)), '{}'::integer[]) AS "coalesce" FROM unnest(salted_terms.p_terms) t(term));

ALTER FUNCTION public.salted_terms(p_organization uuid, p_terms integer[]) OWNER TO postgres;

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

-- FUNCTION uuid_at(timestamp with time zone)

CREATE FUNCTION public.uuid_at(p_instant timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((lpad(to_hex(((EXTRACT(epoch FROM p_instant) * (1000)::numeric))::bigint), 12, '0'::text) || repeat('0'::text, 20)))::uuid;

ALTER FUNCTION public.uuid_at(p_instant timestamp with time zone) OWNER TO postgres;

-- TABLE ai_models

CREATE TABLE public.ai_models (
    model text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    input_micro_usd bigint DEFAULT 0 NOT NULL,
    output_micro_usd bigint DEFAULT 0 NOT NULL,
    cache_read_micro_usd bigint DEFAULT 0 NOT NULL,
    cache_write_micro_usd bigint DEFAULT 0 NOT NULL,
    source text NOT NULL
);

ALTER TABLE public.ai_models OWNER TO postgres;

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
    CONSTRAINT ai_usage_counts CHECK ((LEAST(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY public.ai_usage FORCE ROW LEVEL SECURITY;

ALTER TABLE public.ai_usage OWNER TO postgres;

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
    llm_model text NOT NULL,
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
    CONSTRAINT chatbots_context_window CHECK (((context_window >= 500) AND (context_window <= 200000))),
    CONSTRAINT chatbots_document_scope CHECK ((document_scope = ANY (ARRAY['all'::text, 'assigned'::text]))),
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
    CONSTRAINT conversations_channel CHECK ((channel = ANY (ARRAY['web'::text, 'line'::text, 'api'::text, 'playground'::text, 'widget'::text, 'webhook'::text, 'iframe'::text]))),
    CONSTRAINT conversations_satisfaction CHECK (((satisfaction_score >= 1) AND (satisfaction_score <= 5))),
    CONSTRAINT conversations_status CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'expired'::text, 'terminated'::text])))
);

ALTER TABLE ONLY public.conversations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.conversations OWNER TO postgres;

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
    CONSTRAINT documents_failure CHECK (((status = 'failed'::text) = (failure_reason IS NOT NULL))),
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
    CONSTRAINT messages_content_type CHECK ((content_type = ANY (ARRAY['text'::text, 'html'::text, 'markdown'::text, 'json'::text]))),
    CONSTRAINT messages_role CHECK ((role = ANY (ARRAY['user'::text, 'assistant'::text, 'system'::text, 'tool'::text]))),
    CONSTRAINT messages_status CHECK ((status = ANY (ARRAY['pending'::text, 'streaming'::text, 'completed'::text, 'interrupted'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.messages FORCE ROW LEVEL SECURITY;

ALTER TABLE public.messages OWNER TO postgres;

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
    CONSTRAINT organizations_name_length CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT organizations_slug_form CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,98}[a-z0-9]$'::text)),
    CONSTRAINT organizations_tier CHECK ((subscription_tier = ANY (ARRAY['basic'::text, 'pro'::text, 'enterprise'::text])))
);

ALTER TABLE ONLY public.organizations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.organizations OWNER TO postgres;

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
    CONSTRAINT products_name_length CHECK (((length(name) >= 1) AND (length(name) <= 255))),
    CONSTRAINT products_status CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'draft'::text, 'archived'::text])))
);

ALTER TABLE ONLY public.products FORCE ROW LEVEL SECURITY;

ALTER TABLE public.products OWNER TO postgres;

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

-- TABLE search_vectors

CREATE TABLE public.search_vectors (
    shelf smallint NOT NULL,
    organization_id uuid DEFAULT public.current_organization() NOT NULL,
    corpus smallint NOT NULL,
    entry_id uuid NOT NULL,
    model text NOT NULL,
    source_id uuid NOT NULL,
    embedding public.halfvec(1024) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
)
PARTITION BY LIST (shelf);
ALTER TABLE ONLY public.search_vectors ALTER COLUMN embedding SET STORAGE PLAIN;

ALTER TABLE ONLY public.search_vectors FORCE ROW LEVEL SECURITY;

ALTER TABLE public.search_vectors OWNER TO postgres;

-- TABLE search_vectors_0

CREATE TABLE public.search_vectors_0 (
    shelf smallint CONSTRAINT search_vectors_shelf_not_null NOT NULL,
    organization_id uuid DEFAULT public.current_organization() CONSTRAINT search_vectors_organization_id_not_null NOT NULL,
    corpus smallint CONSTRAINT search_vectors_corpus_not_null NOT NULL,
    entry_id uuid CONSTRAINT search_vectors_entry_id_not_null NOT NULL,
    model text CONSTRAINT search_vectors_model_not_null NOT NULL,
    source_id uuid CONSTRAINT search_vectors_source_id_not_null NOT NULL,
    embedding public.halfvec(1024) CONSTRAINT search_vectors_embedding_not_null NOT NULL,
    created_at timestamp with time zone DEFAULT now() CONSTRAINT search_vectors_created_at_not_null NOT NULL
);
ALTER TABLE ONLY public.search_vectors_0 ALTER COLUMN embedding SET STORAGE PLAIN;

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

-- TABLE ATTACH search_terms_0

ALTER TABLE ONLY public.search_terms ATTACH PARTITION public.search_terms_0 FOR VALUES IN ('0');

-- TABLE ATTACH search_vectors_0

ALTER TABLE ONLY public.search_vectors ATTACH PARTITION public.search_vectors_0 FOR VALUES IN ('0');

-- CONSTRAINT ai_models ai_models_model_valid_from_pk

ALTER TABLE ONLY public.ai_models
    ADD CONSTRAINT ai_models_model_valid_from_pk PRIMARY KEY (model, valid_from);

-- CONSTRAINT ai_usage ai_usage_organization_id_id_pk

ALTER TABLE ONLY public.ai_usage
    ADD CONSTRAINT ai_usage_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT api_keys api_keys_hash

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_hash UNIQUE (hash);

-- CONSTRAINT api_keys api_keys_organization_id_id_pk

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT chatbot_documents chatbot_documents_organization_id_chatbot_id_document_id_pk

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_organization_id_chatbot_id_document_id_pk PRIMARY KEY (organization_id, chatbot_id, document_id);

-- CONSTRAINT chatbots chatbots_name

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_name UNIQUE (organization_id, name);

-- CONSTRAINT chatbots chatbots_organization_id_id_pk

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT chatbots chatbots_slug

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_slug UNIQUE (organization_id, slug);

-- CONSTRAINT conversations conversations_organization_id_id_pk

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT document_chunks document_chunks_in_order

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_in_order UNIQUE (organization_id, document_id, chunk_index);

-- CONSTRAINT document_chunks document_chunks_organization_id_id_pk

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT documents documents_organization_id_id_pk

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT events events_organization_id_id_pk

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_organization_id_id_pk PRIMARY KEY (organization_id, id);

-- CONSTRAINT idempotency_keys idempotency_keys_organization_id_key_pk

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_id_key_pk PRIMARY KEY (organization_id, key);

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

-- CONSTRAINT messages messages_in_order

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_in_order UNIQUE (organization_id, conversation_id, sequence);

-- CONSTRAINT messages messages_organization_id_id_pk

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_organization_id_id_pk PRIMARY KEY (organization_id, id);

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

-- INDEX ai_usage_by_conversation

CREATE INDEX ai_usage_by_conversation ON ONLY public.ai_usage USING btree (organization_id, conversation_id);

-- INDEX chatbot_documents_by_document

CREATE INDEX chatbot_documents_by_document ON public.chatbot_documents USING btree (organization_id, document_id);

-- INDEX conversations_by_chatbot

CREATE INDEX conversations_by_chatbot ON public.conversations USING btree (organization_id, chatbot_id);

-- INDEX conversations_by_end_user

CREATE INDEX conversations_by_end_user ON public.conversations USING btree (organization_id, end_user_id);

-- INDEX corpus_stats_by_corpus

CREATE INDEX corpus_stats_by_corpus ON public.corpus_stats USING btree (organization_id, corpus);

-- INDEX documents_by_product

CREATE INDEX documents_by_product ON public.documents USING btree (organization_id, product_id);

-- INDEX documents_by_status

CREATE INDEX documents_by_status ON public.documents USING btree (organization_id, status);

-- INDEX documents_same_bytes

CREATE UNIQUE INDEX documents_same_bytes ON public.documents USING btree (organization_id, content_hash) WHERE (status <> 'failed'::text);

-- INDEX events_by_order

CREATE INDEX events_by_order ON ONLY public.events USING btree (organization_id, xid, id);

-- INDEX events_by_resource

CREATE INDEX events_by_resource ON ONLY public.events USING btree (organization_id, resource_id);

-- INDEX idempotency_keys_by_age

CREATE INDEX idempotency_keys_by_age ON public.idempotency_keys USING btree (created_at);

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

-- INDEX messages_left_behind

CREATE INDEX messages_left_behind ON public.messages USING btree (lease_until) WHERE (status = ANY (ARRAY['pending'::text, 'streaming'::text]));

-- INDEX products_by_category

CREATE INDEX products_by_category ON public.products USING btree (organization_id, category);

-- INDEX search_terms_by_source

CREATE INDEX search_terms_by_source ON ONLY public.search_terms USING btree (organization_id, corpus, source_id);

-- INDEX search_terms_0_organization_id_corpus_source_id_idx

CREATE INDEX search_terms_0_organization_id_corpus_source_id_idx ON public.search_terms_0 USING btree (organization_id, corpus, source_id);

-- INDEX search_terms_by_term

CREATE INDEX search_terms_by_term ON ONLY public.search_terms USING gin (terms);

-- INDEX search_terms_0_terms_idx

CREATE INDEX search_terms_0_terms_idx ON public.search_terms_0 USING gin (terms);

-- INDEX search_vectors_by_source

CREATE INDEX search_vectors_by_source ON ONLY public.search_vectors USING btree (organization_id, corpus, source_id);

-- INDEX search_vectors_0_organization_id_corpus_source_id_idx

CREATE INDEX search_vectors_0_organization_id_corpus_source_id_idx ON public.search_vectors_0 USING btree (organization_id, corpus, source_id);

-- INDEX term_stats_by_term

CREATE INDEX term_stats_by_term ON public.term_stats USING btree (organization_id, corpus, term);

-- INDEX ATTACH search_terms_0_organization_id_corpus_source_id_idx

ALTER INDEX public.search_terms_by_source ATTACH PARTITION public.search_terms_0_organization_id_corpus_source_id_idx;

-- INDEX ATTACH search_terms_0_pkey

ALTER INDEX public.search_terms_key ATTACH PARTITION public.search_terms_0_pkey;

-- INDEX ATTACH search_terms_0_terms_idx

ALTER INDEX public.search_terms_by_term ATTACH PARTITION public.search_terms_0_terms_idx;

-- INDEX ATTACH search_vectors_0_organization_id_corpus_source_id_idx

ALTER INDEX public.search_vectors_by_source ATTACH PARTITION public.search_vectors_0_organization_id_corpus_source_id_idx;

-- INDEX ATTACH search_vectors_0_pkey

ALTER INDEX public.search_vectors_key ATTACH PARTITION public.search_vectors_0_pkey;

-- TRIGGER chatbots chatbots_touched

CREATE TRIGGER chatbots_touched BEFORE UPDATE ON public.chatbots FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER conversations conversations_touched

CREATE TRIGGER conversations_touched BEFORE UPDATE ON public.conversations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER document_chunks document_chunks_leave_search

CREATE TRIGGER document_chunks_leave_search AFTER DELETE ON public.document_chunks REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.clear_search_entries('1');

-- TRIGGER documents documents_touched

CREATE TRIGGER documents_touched BEFORE UPDATE ON public.documents FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER members members_touched

CREATE TRIGGER members_touched BEFORE UPDATE ON public.members FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER organizations organizations_touched

CREATE TRIGGER organizations_touched BEFORE UPDATE ON public.organizations FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER products products_leave_search

CREATE TRIGGER products_leave_search AFTER DELETE ON public.products REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.clear_search_entries('2');

-- TRIGGER products products_touched

CREATE TRIGGER products_touched BEFORE UPDATE ON public.products FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

-- TRIGGER search_terms search_terms_counted_in

CREATE TRIGGER search_terms_counted_in AFTER INSERT ON public.search_terms REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- TRIGGER search_terms search_terms_counted_out

CREATE TRIGGER search_terms_counted_out AFTER DELETE ON public.search_terms REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- TRIGGER search_terms search_terms_counted_over

CREATE TRIGGER search_terms_counted_over AFTER UPDATE ON public.search_terms REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION public.count_search_terms();

-- FK CONSTRAINT api_keys api_keys_organization_id_organizations_id_fk

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbot_documents chatbot_documents_of_chatbot

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbot_documents chatbot_documents_of_document

ALTER TABLE ONLY public.chatbot_documents
    ADD CONSTRAINT chatbot_documents_of_document FOREIGN KEY (organization_id, document_id) REFERENCES public.documents(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT chatbots chatbots_organization_id_organizations_id_fk

ALTER TABLE ONLY public.chatbots
    ADD CONSTRAINT chatbots_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT conversations conversations_of_chatbot

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_of_chatbot FOREIGN KEY (organization_id, chatbot_id) REFERENCES public.chatbots(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT conversations conversations_organization_id_organizations_id_fk

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT corpus_stats corpus_stats_organization_id_organizations_id_fk

ALTER TABLE ONLY public.corpus_stats
    ADD CONSTRAINT corpus_stats_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT document_chunks document_chunks_of_document

ALTER TABLE ONLY public.document_chunks
    ADD CONSTRAINT document_chunks_of_document FOREIGN KEY (organization_id, document_id) REFERENCES public.documents(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT documents documents_of_product

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_of_product FOREIGN KEY (organization_id, product_id) REFERENCES public.products(organization_id, id) ON DELETE SET NULL (product_id);

-- FK CONSTRAINT documents documents_organization_id_organizations_id_fk

ALTER TABLE ONLY public.documents
    ADD CONSTRAINT documents_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT idempotency_keys idempotency_keys_organization_id_organizations_id_fk

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT jobs jobs_organization_id_organizations_id_fk

ALTER TABLE ONLY public.jobs
    ADD CONSTRAINT jobs_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT members members_organization_id_organizations_id_fk

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT messages messages_of_conversation

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_of_conversation FOREIGN KEY (organization_id, conversation_id) REFERENCES public.conversations(organization_id, id) ON DELETE CASCADE;

-- FK CONSTRAINT products products_organization_id_organizations_id_fk

ALTER TABLE ONLY public.products
    ADD CONSTRAINT products_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_terms search_terms_organization_id_organizations_id_fk

ALTER TABLE public.search_terms
    ADD CONSTRAINT search_terms_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT search_vectors search_vectors_organization_id_organizations_id_fk

ALTER TABLE public.search_vectors
    ADD CONSTRAINT search_vectors_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- FK CONSTRAINT term_stats term_stats_organization_id_organizations_id_fk

ALTER TABLE ONLY public.term_stats
    ADD CONSTRAINT term_stats_organization_id_organizations_id_fk FOREIGN KEY (organization_id) REFERENCES public.organizations(id) ON DELETE CASCADE;

-- ROW SECURITY ai_usage

ALTER TABLE public.ai_usage ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY api_keys

ALTER TABLE public.api_keys ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chatbot_documents

ALTER TABLE public.chatbot_documents ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY chatbots

ALTER TABLE public.chatbots ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY conversations

ALTER TABLE public.conversations ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY corpus_stats

ALTER TABLE public.corpus_stats ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY document_chunks

ALTER TABLE public.document_chunks ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY documents

ALTER TABLE public.documents ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY events

ALTER TABLE public.events ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY idempotency_keys

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY jobs

ALTER TABLE public.jobs ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY members

ALTER TABLE public.members ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY messages

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY organizations

ALTER TABLE public.organizations ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY products

ALTER TABLE public.products ENABLE ROW LEVEL SECURITY;

-- POLICY corpus_stats search

CREATE POLICY search ON public.corpus_stats FOR SELECT TO edgelore_search USING (true);

-- POLICY organizations search

CREATE POLICY search ON public.organizations FOR SELECT TO edgelore_search USING (true);

-- POLICY search_terms search

CREATE POLICY search ON public.search_terms FOR SELECT TO edgelore_search USING (true);

-- POLICY search_vectors search

CREATE POLICY search ON public.search_vectors FOR SELECT TO edgelore_search USING (true);

-- POLICY term_stats search

CREATE POLICY search ON public.term_stats FOR SELECT TO edgelore_search USING (true);

-- ROW SECURITY search_terms

ALTER TABLE public.search_terms ENABLE ROW LEVEL SECURITY;

-- ROW SECURITY search_vectors

ALTER TABLE public.search_vectors ENABLE ROW LEVEL SECURITY;

-- POLICY api_keys system

CREATE POLICY system ON public.api_keys TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY corpus_stats system

CREATE POLICY system ON public.corpus_stats TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY idempotency_keys system

CREATE POLICY system ON public.idempotency_keys TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY jobs system

CREATE POLICY system ON public.jobs TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY members system

CREATE POLICY system ON public.members TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY messages system

CREATE POLICY system ON public.messages TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY organizations system

CREATE POLICY system ON public.organizations TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY term_stats system

CREATE POLICY system ON public.term_stats TO edgelore_system USING (true) WITH CHECK (true);

-- POLICY ai_usage tenant

CREATE POLICY tenant ON public.ai_usage TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY api_keys tenant

CREATE POLICY tenant ON public.api_keys TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chatbot_documents tenant

CREATE POLICY tenant ON public.chatbot_documents TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY chatbots tenant

CREATE POLICY tenant ON public.chatbots TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY conversations tenant

CREATE POLICY tenant ON public.conversations TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY corpus_stats tenant

CREATE POLICY tenant ON public.corpus_stats TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY document_chunks tenant

CREATE POLICY tenant ON public.document_chunks TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY documents tenant

CREATE POLICY tenant ON public.documents TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY events tenant

CREATE POLICY tenant ON public.events TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY idempotency_keys tenant

CREATE POLICY tenant ON public.idempotency_keys TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY jobs tenant

CREATE POLICY tenant ON public.jobs TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY members tenant

CREATE POLICY tenant ON public.members TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY messages tenant

CREATE POLICY tenant ON public.messages TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY organizations tenant

CREATE POLICY tenant ON public.organizations TO edgelore_app USING ((id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY products tenant

CREATE POLICY tenant ON public.products TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_terms tenant

CREATE POLICY tenant ON public.search_terms TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY search_vectors tenant

CREATE POLICY tenant ON public.search_vectors TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- POLICY term_stats tenant

CREATE POLICY tenant ON public.term_stats TO edgelore_app USING ((organization_id = ( SELECT public.current_organization() AS current_organization))) WITH CHECK ((organization_id = ( SELECT public.current_organization() AS current_organization)));

-- ROW SECURITY term_stats

ALTER TABLE public.term_stats ENABLE ROW LEVEL SECURITY;

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

-- ACL FUNCTION claim_job(p_id uuid, p_lease interval)

REVOKE ALL ON FUNCTION public.claim_job(p_id uuid, p_lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_job(p_id uuid, p_lease interval) TO edgelore_app;

-- ACL FUNCTION due_jobs(p_waiting interval, p_limit integer)

REVOKE ALL ON FUNCTION public.due_jobs(p_waiting interval, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.due_jobs(p_waiting interval, p_limit integer) TO edgelore_app;

-- ACL FUNCTION hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector public.halfvec, p_model text, p_sources uuid[], p_lexical_share double precision, p_candidates integer, p_limit integer)

REVOKE ALL ON FUNCTION public.hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector public.halfvec, p_model text, p_sources uuid[], p_lexical_share double precision, p_candidates integer, p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector public.halfvec, p_model text, p_sources uuid[], p_lexical_share double precision, p_candidates integer, p_limit integer) TO edgelore_app;

-- ACL FUNCTION maintain_idempotency_keys()

REVOKE ALL ON FUNCTION public.maintain_idempotency_keys() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_idempotency_keys() TO edgelore_app;

-- ACL FUNCTION maintain_messages()

REVOKE ALL ON FUNCTION public.maintain_messages() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_messages() TO edgelore_app;

-- ACL FUNCTION maintain_partitions()

REVOKE ALL ON FUNCTION public.maintain_partitions() FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_partitions() TO edgelore_app;

-- ACL FUNCTION maintain_statistics(p_limit integer)

REVOKE ALL ON FUNCTION public.maintain_statistics(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.maintain_statistics(p_limit integer) TO edgelore_app;

-- ACL TABLE ai_models

GRANT SELECT ON TABLE public.ai_models TO edgelore_app;

-- ACL TABLE ai_usage

GRANT SELECT,INSERT ON TABLE public.ai_usage TO edgelore_app;

-- ACL TABLE api_keys

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_keys TO edgelore_app;
GRANT SELECT ON TABLE public.api_keys TO edgelore_system;

-- ACL COLUMN api_keys.last_used_at

GRANT UPDATE(last_used_at) ON TABLE public.api_keys TO edgelore_system;

-- ACL TABLE chatbot_documents

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chatbot_documents TO edgelore_app;

-- ACL TABLE chatbots

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.chatbots TO edgelore_app;

-- ACL TABLE conversations

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.conversations TO edgelore_app;

-- ACL TABLE corpus_stats

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.corpus_stats TO edgelore_app;
GRANT SELECT ON TABLE public.corpus_stats TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.corpus_stats TO edgelore_system;

-- ACL TABLE document_chunks

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.document_chunks TO edgelore_app;

-- ACL TABLE documents

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.documents TO edgelore_app;

-- ACL TABLE events

GRANT SELECT,INSERT ON TABLE public.events TO edgelore_app;

-- ACL TABLE jobs

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.jobs TO edgelore_app;
GRANT SELECT ON TABLE public.jobs TO edgelore_system;

-- ACL COLUMN jobs.lease_until

GRANT UPDATE(lease_until) ON TABLE public.jobs TO edgelore_system;

-- ACL COLUMN jobs.attempts

GRANT UPDATE(attempts) ON TABLE public.jobs TO edgelore_system;

-- ACL TABLE failed_jobs

GRANT SELECT ON TABLE public.failed_jobs TO edgelore_app;

-- ACL TABLE idempotency_keys

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO edgelore_app;
GRANT SELECT,DELETE ON TABLE public.idempotency_keys TO edgelore_system;

-- ACL TABLE members

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.members TO edgelore_app;
GRANT SELECT ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.user_id

GRANT UPDATE(user_id) ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.email

GRANT UPDATE(email) ON TABLE public.members TO edgelore_system;

-- ACL COLUMN members.name

GRANT UPDATE(name) ON TABLE public.members TO edgelore_system;

-- ACL TABLE messages

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO edgelore_app;
GRANT SELECT ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.status

GRANT UPDATE(status) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.error

GRANT UPDATE(error) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.lease_until

GRANT UPDATE(lease_until) ON TABLE public.messages TO edgelore_system;

-- ACL COLUMN messages.completed_at

GRANT UPDATE(completed_at) ON TABLE public.messages TO edgelore_system;

-- ACL TABLE organizations

GRANT SELECT,INSERT,UPDATE ON TABLE public.organizations TO edgelore_app;
GRANT SELECT ON TABLE public.organizations TO edgelore_system;

-- ACL COLUMN organizations.id

GRANT SELECT(id) ON TABLE public.organizations TO edgelore_search;

-- ACL COLUMN organizations.shelf

GRANT SELECT(shelf) ON TABLE public.organizations TO edgelore_search;

-- ACL TABLE products

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.products TO edgelore_app;

-- ACL TABLE search_terms

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_terms TO edgelore_app;
GRANT SELECT ON TABLE public.search_terms TO edgelore_search;

-- ACL TABLE search_vectors

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.search_vectors TO edgelore_app;
GRANT SELECT ON TABLE public.search_vectors TO edgelore_search;

-- ACL TABLE term_stats

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.term_stats TO edgelore_app;
GRANT SELECT ON TABLE public.term_stats TO edgelore_search;
GRANT SELECT,INSERT,DELETE ON TABLE public.term_stats TO edgelore_system;

-- PostgreSQL database dump complete
