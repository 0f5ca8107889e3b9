-- What Drizzle cannot say about the tables of 0003.
do $$
declare name text;
begin
  foreach name in array array['embedding_cache', 'embedding_migrations', 'index_checks', 'relevance_feedback', 'search_days',
    'search_log', 'search_names', 'search_settings'] loop
    execute format('alter table public.%I force row level security', name);
  end loop;
end $$;
--> statement-breakpoint
grant select, insert, update, delete on embedding_cache, embedding_migrations, index_checks, relevance_feedback, search_names,
  search_settings to edgelore_app;
--> statement-breakpoint
grant select, insert on search_log to edgelore_app;
--> statement-breakpoint
grant select on search_days to edgelore_app;
--> statement-breakpoint
grant select on embedding_cache, search_names, search_settings to edgelore_search;
--> statement-breakpoint
grant select (id, languages, embedding_model) on organizations to edgelore_search;
--> statement-breakpoint
grant select on embedding_cache, search_log, relevance_feedback, search_days, index_checks to edgelore_system;
--> statement-breakpoint
grant update (expires_at), delete on embedding_cache to edgelore_system; -- a lock asks for the right to update
--> statement-breakpoint
grant insert, update on search_days to edgelore_system;
--> statement-breakpoint
grant insert on jobs to edgelore_system;
--> statement-breakpoint
alter table embedding_cache alter column embedding set storage plain;
--> statement-breakpoint
create trigger embedding_migrations_touched before update on embedding_migrations for each row execute function touch_updated_at();
--> statement-breakpoint
create trigger search_settings_touched before update on search_settings for each row execute function touch_updated_at();
--> statement-breakpoint
-- Vectors are stored rotated from now on (functions/kernel/ai/rotation.ts); what stands is another direction. It waits for its
-- embedding again, as whatever the nightly check of the index finds without one.
truncate search_vectors;
--> statement-breakpoint
-- The same filter in the language that searches take. Unforced for a moment: under its own policies an owner sees no row.
alter table chatbots no force row level security;
--> statement-breakpoint
update chatbots c set knowledge_base_filter = (
  select jsonb_object_agg(n.field, jsonb_build_object('in', f.value))
  from jsonb_each(c.knowledge_base_filter) f join (values ('productIds', 'productId'), ('documentIds', 'documentId'),
    ('documentTypes', 'documentType'), ('languages', 'language')) n(old, field) on n.old = f.key)
where c.knowledge_base_filter <> '{}';
--> statement-breakpoint
alter table chatbots force row level security;
--> statement-breakpoint
-- Beside a PLAIN vector the toaster would move every other column of more than 24 bytes out of its row: a fetch for each
-- row that is scanned (50 ms instead of 10 for 10,000).
alter table search_vectors alter column model set storage plain;
--> statement-breakpoint
alter table search_vectors alter column bits set storage plain;
--> statement-breakpoint
alter table search_vectors_0 alter column model set storage plain;
--> statement-breakpoint
alter table search_vectors_0 alter column bits set storage plain;
--> statement-breakpoint
-- The candidates of a large scope come from this index alone: 256 bytes an entry instead of 2 KB. The shelf stands
-- in it because it stays a condition even in its own partition.
create index search_vectors_by_source_bits on search_vectors (organization_id, corpus, source_id, model) include (shelf, entry_id, bits);
--> statement-breakpoint
drop index search_vectors_by_source;
--> statement-breakpoint
-- An index alone can answer for pages that are known to be visible, which VACUUM says: soon after rows have come.
alter table search_vectors_0 set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 1000);
--> statement-breakpoint
-- As before, and the log of searches.
create or replace function maintain_partitions() returns integer language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
  log text;
  month timestamptz;
  partition text;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('maintain_partitions', 0));
  foreach log in array array['events', 'ai_usage', 'search_log'] loop
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
-- Statistics follow the entries of the shelf that is searched: a copy on the next shelf is not a second entry.
create or replace function count_search_terms() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
drop function bm25_weights(integer[], integer[], integer, float8);
--> statement-breakpoint
drop function hybrid_search(smallint[], integer[], real[], halfvec, text, uuid[], float8, integer, integer);
--> statement-breakpoint
-- Loads both libraries: until then their settings are strangers, which only a superuser may give a function.
select similarity('a', 'b'), '[1]'::halfvec;
--> statement-breakpoint
-- No request waits longer than its worker does: what it left behind must not work on.
alter role edgelore_app set statement_timeout = '20s';
--> statement-breakpoint
-- What a phrase is compared as: letters and digits of one form and case, everything else a space, one at either end.
create function plain_text(p_text text) returns text language sql immutable parallel safe set search_path = pg_catalog
  return ' ' || btrim(regexp_replace(lower(normalize(p_text, NFKC) collate pg_c_utf8), '[^[:alnum:]]+', ' ', 'g')) || ' ';
--> statement-breakpoint
-- A question's terms in one corpus: weight = qtf · ln(1 + (N − df + 0.5) / (df + 0.5)). `bound`, the sum of the weights, is
-- more than any entry can score; `matches`, the sum of df, is how many postings the terms have; `known` is the share of the
-- question that the corpus has terms for; `rare` is the bound in terms that stand in one entry each; `postings` is df, as `terms` stand.
create function question_weights(p_organization uuid, p_corpus smallint, p_terms integer[], p_frequencies real[],
  out entries float8, out terms integer[], out weights real[], out postings integer[], out bound float8, out matches float8, out known float8, out rare float8)
language plpgsql stable set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
-- The names and codes of these corpora that are most like words which found nothing, each with how alike it is.
create function names_alike(p_organization uuid, p_corpora smallint[], p_words text[]) returns table (name text, term integer, likeness real)
language sql stable set search_path = pg_catalog, public, pg_temp set pg_trgm.similarity_threshold = 0.35 as $$
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
--> statement-breakpoint
-- The conditions of required phrases and excluded words on the terms of `t`. Both are arrays of readings, a reading an array
-- of terms that stand together; only integers become text.
create function terms_condition(p_organization uuid, p_required jsonb, p_excluded jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
-- How probable it is that an entry answers the question: logistic regressions, fitted on corpora of 1 to 5,000 entries, half of
-- the questions without an answer in them (test/eval/fusion.md). Within a question it grows with the score.
create function relevance(p_kind text, p_score float8, p_best float8, p_mean_cosine float8, p_known float8, p_rare float8, p_entries float8)
returns float8 language sql immutable parallel safe
  return 1 / (1 + exp(-(case p_kind
    when 'hybrid' then p_score * (4.264 + 7.325 * p_known + 0.837 * ln(p_rare + 0.1)) - 0.886 * p_best * ln(least(greatest(p_entries, 1), 300)) - 4.529
    when 'lexical' then p_score * (4.474 + 7.236 * p_known + 1.121 * ln(p_rare + 0.1)) - 0.796 * p_best * ln(least(greatest(p_entries, 1), 300)) - 4.547
    else 24.2 * p_score - 10.7 * p_best - 9.519 * p_mean_cosine - 0.78 * ln(least(greatest(p_entries, 1), 300)) - 1.689
      - case p_kind when 'unmatched' then 1.5 else 0 end end)));
--> statement-breakpoint
-- The search: words (exact BM25) and meaning of one tenant, fused. It runs as a role that may read the derived tables and
-- nothing else, because under a policy neither list could use its index; the tenant comes from the setting, and without one
-- it finds nothing. EXECUTE plans with the values at hand (20 ms at 10,000 entries; a generic plan took 49 ms). Both scores
-- are computed for every candidate of either list, so one hit in one list counts fully and nothing is null.
--
-- Fusion: share · lexical + (1 − share) · agreement · meaning. `lexical` is the BM25 score ÷ its bound; `meaning` the cosine above the
-- lowest of the list, so a list that is flat says nothing; `agreement` how the two scores correlate over that list. On 11 sets
-- it was never more than 0.009 nDCG@10 below the better half; a convex combination 0.02 to 0.16, reciprocal ranks 0.23.
--
-- Answers {ready: false, languages, model, embeddingMissing} when the question must be read in other languages or its
-- embedding is not cached: the caller supplies both and asks again. Else {ready: true, …, strategies: one a corpus,
-- hits: the p_limit best of each corpus}.
create function hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[],
  p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector halfvec,
  p_lexical_share float8, p_threshold float8, p_candidates integer, p_limit integer, p_explain boolean)
returns jsonb language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
set hnsw.iterative_scan = 'relaxed_order' set hnsw.ef_search = 400 as $function$
declare
  -- Measured at recall@10 of 0.99 and better (test/bench): comparing all took 1.4 ms at 1,000 entries, 11 at 10,000, 168 at 100,000; the
  -- bits 6.5 at 10,000; the graph of the bits 4.5 at 10,000, 12 at 100,000, some 2 of them whatever the size.
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
  rows_ok text;
  lexical_sql text;
  nearest text;
  rare integer[];
  last_score float8;
  listed_terms integer[];
  matches float8;
  vector_sql text;
  began timestamptz := clock_timestamp();
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
      case when vector_plan = 'graph' then 100 * log(scope) - 100 when scope <= few_bits_max then 200 else 400 end);
    query := (select ('{' || string_agg(q.term || ':' || q.weight, ',' order by q.term) || '}/268435456')::sparsevec
      from unnest(asked.terms, asked.weights) as q(term, weight));

    rows_ok := ' where t.shelf = $3 and t.organization_id = $1 and t.corpus = $2' || case when narrowed then ' and t.source_id = any ($4)' else '' end;
    lexical_sql := 'select t.entry_id, t.source_id from search_terms t' || rows_ok || terms_ok;
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
      execute 'select min(best.score) from (select -(t.weights <#> $5) as score from search_terms t' || rows_ok || terms_ok
        || ' and t.terms && $6 order by t.weights <#> $5 limit $7) best having count(*) = $7'
        into last_score using tenant, searched, organization.shelf, p_sources, query, salted_terms(tenant, rare), p_candidates;
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
      else lexical_sql || case lexical_plan when 'index' then ' and t.terms && $6' else ' and t.weights <#> $5 < 0' end || ' order by t.weights <#> $5 limit $9' end;
    rows_ok := rows_ok || ' and t.model = $8' || case when terms_ok = '' then '' else
      ' and exists (select from search_terms w where w.shelf = $3 and w.organization_id = $1 and w.corpus = $2 and w.entry_id = t.entry_id'
      || replace(terms_ok, 't.terms', 'w.terms') || ')' end;
    nearest := 'select n.entry_id, n.source_id, 1 - (n.embedding <=> $7) as cosine from (select t.entry_id, t.source_id, t.embedding from search_vectors t'
      || rows_ok;
    vector_sql := case vector_plan when 'none' then nothing
      when 'exact' then nearest || ') n order by n.embedding <=> $7 limit $9'
      when 'graph' then nearest || ' order by t.bits <~> quantize($7)::bit(2048) limit $10) n order by n.embedding <=> $7 limit $9'
      -- "+ 0": no graph is in that order. The bits are read from the covering index, and of the nearest alone the rows.
      else 'select n.entry_id, n.source_id, 1 - (n.embedding <=> $7) as cosine from (select t.entry_id from search_vectors t' || rows_ok
        || ' order by (t.bits <~> quantize($7)::bit(2048)) + 0 limit $10) t join search_vectors n on n.shelf = $3 and n.organization_id = $1 and n.corpus = $2'
        || ' and n.model = $8 and n.entry_id = t.entry_id order by n.embedding <=> $7 limit $9' end;
    if vector_plan = 'graph' then perform set_config('hnsw.ef_search', least(near, 1000)::text, true); end if;

    execute $q$
      with lexical as materialized (select c.*, row_number() over () as rank from ($q$ || lexical_sql || $q$) c),
      semantic as materialized (select c.*, row_number() over () as rank from ($q$ || vector_sql || $q$) c),
      scored as ($q$ || case when vector_plan = 'none' then $q$
        select l.entry_id, l.source_id, l.rank as lexical_rank, null::bigint as vector_rank, -(t.weights <#> $5) / $11 as lexical_score, 0::float8 as vector_score
        from lexical l join search_terms t on t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.entry_id = l.entry_id$q$
      when lexical_plan = 'none' then $q$
        select s.entry_id, s.source_id, null::bigint as lexical_rank, s.rank as vector_rank, 0::float8 as lexical_score, greatest(0, s.cosine) as vector_score
        from semantic s$q$
      else $q$
        select c.entry_id, c.source_id, c.lexical_rank, c.vector_rank, coalesce(-(t.weights <#> $5) / $11, 0) as lexical_score,
          greatest(0, coalesce(c.cosine, 1 - (v.embedding <=> $7))) as vector_score
        from (select coalesce(l.entry_id, s.entry_id) as entry_id, coalesce(l.source_id, s.source_id) as source_id,
            l.rank as lexical_rank, s.rank as vector_rank, s.cosine from lexical l full join semantic s using (entry_id)) c
        left join search_terms t on t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.entry_id = c.entry_id
        left join search_vectors v on v.shelf = $3 and v.organization_id = $1 and v.corpus = $2 and v.model = $8
          and v.entry_id = case when c.cosine is null then c.entry_id end$q$ end || $q$),
      meaning as (
        select min(s.vector_score) as floor, avg(s.vector_score) as mean, greatest(coalesce(corr(s.lexical_score, s.vector_score), 1), 0.05) as agreement
        from scored s where s.vector_rank <= 60),
      fused as (
        select s.*, m.mean, case $12 when 1 then s.lexical_score when 0 then s.vector_score else $12 * s.lexical_score
          + (1 - $12) * m.agreement * greatest(0, (s.vector_score - m.floor) / nullif(1 - m.floor, 0)) end as score
        from scored s left join meaning m on true),
      best as (
        select f.*, case when $17 in ('hybrid', 'lexical') then relevance($17, f.score / greatest($12, 0.5), max(f.score) over () / greatest($12, 0.5), f.mean, $18, $19, $20)
          else relevance($17, f.vector_score, max(f.vector_score) over (), f.mean, $18, $19, $20) end as relevance
        from fused f order by f.score desc, f.entry_id limit $13)
      select jsonb_agg(jsonb_build_object('corpus', $2, 'entryId', b.entry_id, 'sourceId', b.source_id, 'score', b.score, 'relevance', b.relevance,
        'lexicalScore', b.lexical_score, 'lexicalRank', b.lexical_rank, 'vectorScore', b.vector_score, 'vectorRank', b.vector_rank,
        'terms', $q$ || case when p_explain and lexical_plan <> 'none' then $q$(
          select jsonb_object_agg(a.term, a.weight * split_part(e.pair, ':', 2)::float8)
          from search_terms t cross join lateral unnest(string_to_array(btrim(split_part(t.weights::text, '/', 1), '{}'), ',')) as e(pair)
            join unnest($14, $15) as a(term, weight) on a.term = split_part(e.pair, ':', 1)::integer
          where t.shelf = $3 and t.organization_id = $1 and t.corpus = $2 and t.entry_id = b.entry_id)$q$ when p_explain then $q$'{}'::jsonb$q$ else 'null' end || $q$))
      from best b where b.relevance >= coalesce($16, 0)
    $q$ into listed using tenant, searched, organization.shelf, p_sources, query, salted_terms(tenant, listed_terms), question, organization.model,
      p_candidates, near, asked.bound, share, p_limit, asked.terms, asked.weights, coalesce(p_threshold, settings.score_threshold),
      kind, asked.known, asked.rare, asked.entries;
    hits := hits || coalesce(listed, '[]');
    strategies := strategies || jsonb_build_object('corpus', searched, 'entries', asked.entries, 'scope', scope, 'lexical', lexical_plan,
      'vector', vector_plan, 'compared', case vector_plan when 'none' then 0 when 'exact' then scope else near end,
      'lexicalShare', share, 'rerank', settings.rerank);
  end loop;
  return jsonb_build_object('ready', true, 'languages', organization.languages, 'model', organization.model, 'corrections', corrections,
    'hits', hits, 'strategies', strategies,
    'milliseconds', round((extract(epoch from clock_timestamp() - began) * 1000)::numeric, 3));
end $function$;
--> statement-breakpoint
-- Forgets what has expired, so many at a time.
create function maintain_embedding_cache(p_limit integer) returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with gone as (
    delete from embedding_cache e using (
      select c.organization_id, c.model, c.text_hash from embedding_cache c where c.expires_at < now() limit p_limit for update skip locked) old
    where (e.organization_id, e.model, e.text_hash) = (old.organization_id, old.model, old.text_hash) returning 1)
  select count(*)::integer from gone
$$;
--> statement-breakpoint
-- What the search log says of each day since an instant, which begins a day in UTC. Shows what its caller may see.
create function searches_by_day(p_since timestamptz) returns setof search_days
language sql stable set search_path = pg_catalog, public, pg_temp as $$
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
--> statement-breakpoint
-- Sums up the last two days of the search log that are over. Twice changes nothing.
create function maintain_search_days() returns integer
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with written as (
    insert into search_days
    select d.* from searches_by_day(date_trunc('day', now(), 'UTC') - interval '48 hours') d where d.day < (now() at time zone 'UTC')::date
    on conflict (organization_id, day) do update set searches = excluded.searches, questions = excluded.questions,
      without_result = excluded.without_result, embeddings_cached = excluded.embeddings_cached,
      embeddings_computed = excluded.embeddings_computed, latency_ms_p50 = excluded.latency_ms_p50,
      latency_ms_p95 = excluded.latency_ms_p95, judgments = excluded.judgments, mean_relevance = excluded.mean_relevance
    returning 1)
  select count(*)::integer from written
$$;
--> statement-breakpoint
do $$
declare routine regprocedure;
begin
  for routine in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
    and p.proname in ('hybrid_search', 'maintain_embedding_cache', 'maintain_search_days') loop
    execute format('revoke all on function %s from public', routine);
    execute format('grant execute on function %s to edgelore_app', routine);
  end loop;
end $$;
--> statement-breakpoint
grant create on schema public to edgelore_search, edgelore_system;
--> statement-breakpoint
do $$
declare routine regprocedure;
begin
  for routine in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname = 'hybrid_search' loop
    execute format('alter function %s owner to edgelore_search', routine);
  end loop;
  for routine in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
    and p.proname in ('maintain_embedding_cache', 'maintain_search_days') loop
    execute format('alter function %s owner to edgelore_system', routine);
  end loop;
end $$;
--> statement-breakpoint
revoke create on schema public from edgelore_search, edgelore_system;
--> statement-breakpoint
-- Bedrock's list prices; a reranker is billed by calls of up to 100 documents.
insert into ai_models (model, valid_from, input_micro_usd, call_micro_usd, source) values
  ('cohere.embed-multilingual-v3', '2023-11-01', 100000, 0, 'aws.amazon.com/bedrock/pricing'),
  ('cohere.embed-english-v3', '2023-11-01', 100000, 0, 'aws.amazon.com/bedrock/pricing'),
  ('cohere.embed-v4:0', '2025-10-01', 120000, 0, 'aws.amazon.com/bedrock/pricing'),
  ('cohere.rerank-v3-5:0', '2024-12-01', 0, 2000, 'aws.amazon.com/bedrock/pricing'),
  ('amazon.rerank-v1:0', '2024-12-01', 0, 1000, 'aws.amazon.com/bedrock/pricing');
