-- What is planned anew for each search names the shelf; fusing the two lists does not, and its plan is kept: 0.2 ms less a search.
grant create on schema public to edgelore_search; -- which owns the function that it replaces
--> statement-breakpoint
select '[1]'::vector; -- loads the library, without which nobody but a superuser may name its settings
--> statement-breakpoint
set local role edgelore_search;
--> statement-breakpoint
-- The search: words (exact BM25) and meaning of one tenant, fused. It runs as a role that may read the derived tables and
-- nothing else, because under a policy neither list could use its index; the tenant comes from the setting, and without one
-- it finds nothing. EXECUTE plans with the values at hand (20 ms at 10,000 entries; a generic plan took 49 ms), and names the
-- tenant's shelf, which spares it the planning of all the others (0.8 ms of 6.6). Both scores are computed for every candidate of either list,
-- so one hit in one list counts fully and nothing is null.
--
-- Fusion: share · lexical + (1 − share) · agreement · meaning. `lexical` is the BM25 score ÷ its bound; `meaning` the cosine above the
-- lowest of the list, so a list that is flat says nothing; `agreement` how the two scores correlate over that list. On 11 sets
-- it was never more than 0.009 nDCG@10 below the better half; a convex combination 0.02 to 0.16, reciprocal ranks 0.23.
--
-- Answers {ready: false, languages, model, embeddingMissing} when the question must be read in other languages or its
-- embedding is not cached: the caller supplies both and asks again. Else {ready: true, …, strategies: one a corpus,
-- hits: the p_limit best of each corpus}.
create or replace function hybrid_search(p_corpora smallint[], p_narrowed smallint[], p_sources uuid[], p_languages text[], p_terms integer[],
  p_frequencies real[], p_required jsonb, p_excluded jsonb, p_names text[], p_text_hash bytea, p_vector halfvec,
  p_lexical_share float8, p_threshold float8, p_candidates integer, p_limit integer, p_explain boolean)
returns jsonb language plpgsql stable security definer set search_path = pg_catalog, public, pg_temp
set hnsw.iterative_scan = 'off' set hnsw.ef_search = 400 set enable_seqscan = off as $function$
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
end $function$;
--> statement-breakpoint
reset role;
--> statement-breakpoint
revoke create on schema public from edgelore_search;
