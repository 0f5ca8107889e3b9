CREATE POLICY "system" ON "search_terms" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
CREATE POLICY "system" ON "search_vectors" AS PERMISSIVE FOR ALL TO "edgelore_system" USING (true) WITH CHECK (true);--> statement-breakpoint
grant select, insert, delete on search_terms, search_vectors to edgelore_system;
--> statement-breakpoint
grant update (shelf) on search_terms, search_vectors to edgelore_system;
--> statement-breakpoint
grant update (shelf, next_shelf) on organizations to edgelore_system;
--> statement-breakpoint
-- The graph of one corpus and model on a shelf; absent, the search compares bits.
create function graph_name(p_shelf smallint, p_corpus smallint, p_model text) returns text language sql immutable parallel safe
  return 'search_vectors_' || p_shelf || '_graph_' || p_corpus || '_' || substr(md5(p_model), 1, 8);
--> statement-breakpoint
-- Empty partitions of both derived tables, each with the indexes of its parent. Attached, for to create one in place would lock
-- out every reader; owned by the tables' owner, since it makes tables.
create function make_shelf(p_shelf smallint) returns void language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare name text;
begin
  foreach name in array array['search_terms', 'search_vectors'] loop
    execute format('create table public.%1$I (like public.%2$I including defaults including generated including storage including constraints, check (shelf = %3$s))',
      name || '_' || p_shelf, name, p_shelf);
    execute format('alter table public.%2$I attach partition public.%1$I for values in (%3$s)', name || '_' || p_shelf, name, p_shelf);
  end loop;
  execute format('alter table public.%I set (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 1000)',
    'search_vectors_' || p_shelf);
end $$;
--> statement-breakpoint
-- An HNSW of one corpus and model on a shelf, made while there is little of it: it grows with its rows, and no writer waits
-- for it to be built.
create function make_graph(p_shelf smallint, p_corpus smallint, p_model text) returns void language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
begin
  execute format('create index if not exists %I on public.%I using hnsw (bits bit_hamming_ops) with (m = 16, ef_construction = 128)'
    || ' where corpus = %s and model = %L', graph_name(p_shelf, p_corpus, p_model), 'search_vectors_' || p_shelf, p_corpus, p_model);
end $$;
--> statement-breakpoint
-- Moves tenants with at least p_entries in a corpus to a shelf of their own, a partition in which no neighbour's vectors stand,
-- p_batch rows a run: makes the empty shelf, to which every writer writes from then on beside the old one; copies; when
-- nothing is left to copy, switches; then clears the old one. Searches ask the old shelf until the switch, which waits
-- for the writers under way and finds each row on both shelves. Each step is one transaction; run twice or at once it goes on
-- where it was.
create function maintain_shelves(p_entries integer, p_corpora smallint[], p_batch integer)
returns table (started integer, copied integer, switched integer, cleared integer)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
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
end $$;
--> statement-breakpoint
do $$
declare routine regprocedure;
begin
  for routine in select p.oid::regprocedure from pg_proc p where p.pronamespace = 'public'::regnamespace
    and p.proname in ('make_shelf', 'make_graph', 'maintain_shelves') loop
    execute format('revoke all on function %s from public', routine);
  end loop;
end $$;
--> statement-breakpoint
grant execute on function make_shelf(smallint), make_graph(smallint, smallint, text) to edgelore_system;
--> statement-breakpoint
grant execute on function maintain_shelves(integer, smallint[], integer) to edgelore_app;
--> statement-breakpoint
grant create on schema public to edgelore_system;
--> statement-breakpoint
alter function maintain_shelves(integer, smallint[], integer) owner to edgelore_system;
--> statement-breakpoint
revoke create on schema public from edgelore_system;
