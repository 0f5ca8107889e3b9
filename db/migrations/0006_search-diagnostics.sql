-- How searches of a kind went, a day and corpus of the last month: where the time goes, and what finds nothing. A search of
-- two corpora is a row in each, with the time of the whole.
create view query_performance_diagnostics with (security_invoker = true) as
select l.organization_id, (l.created_at at time zone 'UTC')::date as day, (s.strategy ->> 'corpus')::smallint as corpus,
  s.strategy ->> 'lexical' as lexical, s.strategy ->> 'vector' as vector, count(*)::integer as searches,
  avg(l.latency_ms)::real as mean_latency_ms, percentile_cont(0.95) within group (order by l.latency_ms)::real as p95_latency_ms,
  count(*) filter (where l.result_count = 0)::integer as without_result
from search_log l cross join lateral jsonb_array_elements(l.strategy) as s(strategy)
where l.id >= uuid_at(now() - interval '30 days')
group by 1, 2, 3, 4, 5;
--> statement-breakpoint
grant select on query_performance_diagnostics to edgelore_app;
