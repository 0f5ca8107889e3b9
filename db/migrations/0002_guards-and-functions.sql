-- What Drizzle cannot say: forced row security, grants, triggers, functions, partitions.

-- Owners obey the policies too; only a superuser or BYPASSRLS does not.
do $$
declare name text;
begin
  foreach name in array array['organizations', 'members', 'api_keys', 'idempotency_keys', 'ai_usage', 'events', 'jobs',
    'conversations', 'messages', 'products', 'documents', 'document_chunks', 'chatbots', 'chatbot_documents',
    'search_terms', 'search_vectors', 'term_stats', 'corpus_stats'] loop
    execute format('alter table public.%I force row level security', name);
  end loop;
end $$;
--> statement-breakpoint
-- Table by table: a grant on "all tables" would reach tables that are not ours.
grant select, insert, update, delete on members, api_keys, idempotency_keys, jobs, conversations, messages, products,
  documents, document_chunks, chatbots, chatbot_documents, search_terms, search_vectors, term_stats, corpus_stats to edgelore_app;
--> statement-breakpoint
grant select, insert, update on organizations to edgelore_app;
--> statement-breakpoint
-- Facts are added, never changed.
grant select, insert on ai_usage, events to edgelore_app;
--> statement-breakpoint
grant select on ai_models, failed_jobs to edgelore_app;
--> statement-breakpoint
grant select on search_terms, search_vectors, term_stats, corpus_stats to edgelore_search;
--> statement-breakpoint
grant select (id, shelf) on organizations to edgelore_search;
--> statement-breakpoint
grant select on organizations, api_keys, members, jobs, messages, idempotency_keys, term_stats, corpus_stats to edgelore_system;
--> statement-breakpoint
grant update (last_used_at) on api_keys to edgelore_system;
--> statement-breakpoint
grant update (user_id, name, email) on members to edgelore_system;
--> statement-breakpoint
grant update (lease_until, attempts) on jobs to edgelore_system;
--> statement-breakpoint
grant update (status, error, lease_until, completed_at) on messages to edgelore_system;
--> statement-breakpoint
grant delete on idempotency_keys to edgelore_system;
--> statement-breakpoint
grant insert, delete on term_stats, corpus_stats to edgelore_system;
--> statement-breakpoint
-- A search is short: compiling it costs more than running it.
alter role edgelore_app set jit = off;
--> statement-breakpoint
-- Deleting a product leaves its documents; the organization part of the key must stay.
alter table documents drop constraint documents_of_product;
--> statement-breakpoint
alter table documents add constraint documents_of_product foreign key (organization_id, product_id)
  references products (organization_id, id) on delete set null (product_id);
--> statement-breakpoint
create function touch_updated_at() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end $$;
--> statement-breakpoint
create trigger organizations_touched before update on organizations for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger members_touched before update on members for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger products_touched before update on products for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger documents_touched before update on documents for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger chatbots_touched before update on chatbots for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger conversations_touched before update on conversations for each row execute function touch_updated_at();
--> statement-breakpoint
-- Partitions of the derived search tables: one shelf for all until a tenant outgrows it. No default partition:
-- attaching a shelf would scan it.
create table search_terms_0 partition of search_terms for values in (0);
--> statement-breakpoint
create table search_vectors_0 partition of search_vectors for values in (0);
--> statement-breakpoint
alter table search_vectors alter column embedding set storage plain;
--> statement-breakpoint
alter table search_vectors_0 alter column embedding set storage plain;
--> statement-breakpoint
-- The smallest UUIDv7 of that instant: month logs are partitioned by their id.
create function uuid_at(p_instant timestamptz) returns uuid language sql immutable strict parallel safe
  return (lpad(to_hex((extract(epoch from p_instant) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
--> statement-breakpoint
-- Months of the logs from the last one to three ahead; owned by the tables' owner, since it makes tables. Twice makes none.
create function maintain_partitions() returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
select maintain_partitions();
--> statement-breakpoint
-- BM25 (Robertson; Lucene's form): tf / (tf + k1 · (1 − b + b · length / average)), k1 = 0.9, b = 0.4.
create function bm25_weights(p_terms integer[], p_frequencies integer[], p_length integer, p_average float8)
returns sparsevec language sql immutable parallel safe set search_path = pg_catalog, public, pg_temp
  return (select ('{' || coalesce(string_agg(term || ':' ||
      (frequency / (frequency + 0.9 * (0.6 + 0.4 * p_length / greatest(p_average, 1))))::real, ',' order by term), '')
      || '}/268435456')::sparsevec
    from unnest(p_terms, p_frequencies) as t(term, frequency));
--> statement-breakpoint
create function salted_terms(p_organization uuid, p_terms integer[]) returns integer[] language sql immutable parallel safe
  return (select coalesce(array_agg(term # ('x' || substr(md5(p_organization::text), 1, 8))::bit(32)::integer), '{}')
    from unnest(p_terms) as t(term));
--> statement-breakpoint
-- Statistics follow the entries in the same statement, whoever writes or deletes them, cascades included. What goes
-- with its whole organization needs none.
create function count_search_terms() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
create trigger search_terms_counted_in after insert on search_terms
  referencing new table as come for each statement execute function count_search_terms();
--> statement-breakpoint
create trigger search_terms_counted_over after update on search_terms
  referencing old table as gone new table as come for each statement execute function count_search_terms();
--> statement-breakpoint
create trigger search_terms_counted_out after delete on search_terms
  referencing old table as gone for each statement execute function count_search_terms();
--> statement-breakpoint
-- What is derived from a row goes with it. The argument is the corpus's number in corpora.ts.
create function clear_search_entries() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  delete from search_terms t using gone g
    where t.organization_id = g.organization_id and t.corpus = tg_argv[0]::smallint and t.entry_id = g.id;
  delete from search_vectors v using gone g
    where v.organization_id = g.organization_id and v.corpus = tg_argv[0]::smallint and v.entry_id = g.id;
  return null;
end $$;
--> statement-breakpoint
create trigger document_chunks_leave_search after delete on document_chunks
  referencing old table as gone for each statement execute function clear_search_entries('1');
--> statement-breakpoint
create trigger products_leave_search after delete on products
  referencing old table as gone for each statement execute function clear_search_entries('2');
--> statement-breakpoint
-- The first statement of a request with an API key: sets the tenant for the transaction, or aborts it.
create function authenticate_key(p_hash bytea, p_scope text)
returns table (organization_id uuid, caller_id uuid, role text, scopes text[], languages text[])
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
-- The same for a person whose token the worker has checked. A verified e-mail address redeems an invitation once, and
-- from then on the member's address is the token's.
create function authenticate_member(p_user text, p_email text, p_name text, p_organization uuid, p_roles text[])
returns table (organization_id uuid, caller_id uuid, role text, scopes text[], languages text[])
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
-- One worker at a time: takes a due job for p_lease; no row when another has it or it is done.
create function claim_job(p_id uuid, p_lease interval)
returns table (organization_id uuid, kind text, subject_id uuid, attempt integer, version integer)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  return query update jobs j set lease_until = now() + p_lease, attempts = j.attempts + 1
    where j.id = p_id and j.failed_at is null and j.run_after <= now() and (j.lease_until is null or j.lease_until <= now())
    returning j.organization_id, j.kind, j.subject_id, j.attempts, j.version;
end $$;
--> statement-breakpoint
-- Jobs whose wake-up call was lost, or whose worker died.
create function due_jobs(p_waiting interval, p_limit integer) returns setof uuid
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select j.id from jobs j where j.failed_at is null and j.run_after <= now() - p_waiting
    and (j.lease_until is null or j.lease_until <= now()) order by j.run_after limit p_limit
$$;
--> statement-breakpoint
-- Aborts a transaction about a thing that is not there, or not the tenant's: what happens with it must not be told either.
create function must_exist(p_found boolean, p_what text) returns void
language plpgsql stable set search_path = pg_catalog as $$
begin
  if p_found is not true then raise exception 'This % does not exist.', p_what using errcode = 'EL404'; end if;
end $$;
--> statement-breakpoint
-- Aborts a transaction that would go beyond what the organization's subscription holds; p_limits is {tier: most}.
create function must_fit(p_count bigint, p_limits jsonb, p_what text) returns void
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
declare
  tier text := (select o.subscription_tier from organizations o where o.id = current_organization());
begin
  if p_count >= (p_limits ->> tier)::bigint then
    raise exception 'Your subscription, %, holds at most % %.', tier, p_limits ->> tier, p_what using errcode = 'EL403';
  end if;
end $$;
--> statement-breakpoint
-- The tenant of a transaction that comes after its request's first one, or of a job's.
create function enter_organization(p_organization uuid, p_caller_kind text, p_caller_id text) returns void
language sql set search_path = pg_catalog as $$
  select set_config('app.organization_id', p_organization::text, true), set_config('app.caller_kind', p_caller_kind, true),
    set_config('app.caller_id', coalesce(p_caller_id, ''), true)
$$;
--> statement-breakpoint
-- The fence of a job's writes: aborts the transaction of a worker whose lease another has taken over, else extends it.
create function hold_job(p_id uuid, p_attempt integer, p_lease interval) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
  update jobs j set lease_until = now() + p_lease
    where j.id = p_id and j.attempts = p_attempt and j.failed_at is null and j.lease_until is not null;
  if not found then raise exception 'Job % is no longer ours.', p_id using errcode = 'EL409'; end if;
end $$;
--> statement-breakpoint
-- Answers whose worker died: what was said stays, marked as interrupted; what said nothing has failed.
create function maintain_messages() returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with ended as (
    update messages m set status = case when m.content = '' then 'failed' else 'interrupted' end, lease_until = null,
      completed_at = now(), error = jsonb_build_object('code', 'INTERRUPTED', 'detail', 'The worker stopped before the answer was complete.')
    where m.status in ('pending', 'streaming') and m.lease_until <= now() returning 1)
  select count(*)::integer from ended
$$;
--> statement-breakpoint
-- Folds the deltas of terms that have several into one row each. Runs at once with writers and readers.
create function maintain_statistics(p_limit integer) returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
create function maintain_idempotency_keys() returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with gone as (delete from idempotency_keys where created_at < now() - interval '24 hours' returning 1)
  select count(*)::integer from gone
$$;
--> statement-breakpoint
-- The search: words (exact BM25) and meaning (exact cosine) of one tenant, fused. It runs as a role that may read the
-- derived tables and nothing else, because under a policy neither list could use its index; the tenant comes from the
-- setting, and without one it finds nothing. EXECUTE plans with the values at hand (20 ms at 10,000 entries; a generic
-- plan of `language sql` took 49 ms). Both scores are computed for every candidate of either list, so one hit in one
-- list counts fully. Scores are normalized by their bounds: BM25 by the question's greatest possible score.
create function hybrid_search(p_corpora smallint[], p_terms integer[], p_frequencies real[], p_vector halfvec, p_model text,
  p_sources uuid[], p_lexical_share float8, p_candidates integer, p_limit integer)
returns table (corpus smallint, entry_id uuid, source_id uuid, score float8,
  lexical_score float8, lexical_rank integer, vector_score float8, vector_rank integer)
language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp as $function$
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
end $function$;
--> statement-breakpoint
-- Only the worker's role may call what acts with another's rights. Said before they are handed over: later we no longer could.
do $$
declare routine regprocedure;
begin
  for routine in select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef and p.proname in ('authenticate_key', 'authenticate_member',
      'claim_job', 'due_jobs', 'maintain_messages', 'maintain_statistics', 'maintain_idempotency_keys', 'maintain_partitions',
      'hybrid_search') loop
    execute format('revoke all on function %s from public', routine);
    execute format('grant execute on function %s to edgelore_app', routine);
  end loop;
end $$;
--> statement-breakpoint
-- Each function to the role that may do what it does and no more. Handing over needs the right to create for a moment.
grant create on schema public to edgelore_search, edgelore_system;
--> statement-breakpoint
alter function hybrid_search(smallint[], integer[], real[], halfvec, text, uuid[], float8, integer, integer) owner to edgelore_search;
--> statement-breakpoint
do $$
declare routine regprocedure;
begin
  for routine in select p.oid::regprocedure from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname in ('authenticate_key', 'authenticate_member', 'claim_job',
      'due_jobs', 'maintain_messages', 'maintain_statistics', 'maintain_idempotency_keys') loop
    execute format('alter function %s owner to edgelore_system', routine);
  end loop;
end $$;
--> statement-breakpoint
revoke create on schema public from edgelore_search, edgelore_system;
--> statement-breakpoint
-- Public list prices, micro-USD per million tokens. A new price is a new row with its date.
insert into ai_models (model, valid_from, input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, source) values
  ('amazon.titan-embed-text-v2:0', '2024-04-30', 20000, 0, 0, 0, 'aws.amazon.com/bedrock/pricing'),
  ('amazon.nova-micro-v1:0', '2024-12-03', 35000, 140000, 8750, 0, 'models.dev'),
  ('amazon.nova-lite-v1:0', '2024-12-03', 60000, 240000, 15000, 0, 'models.dev'),
  ('amazon.nova-pro-v1:0', '2024-12-03', 800000, 3200000, 200000, 0, 'models.dev'),
  ('anthropic.claude-haiku-4-5-20251001-v1:0', '2025-10-15', 1000000, 5000000, 100000, 1250000, 'models.dev');
