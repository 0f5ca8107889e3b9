-- How much an organization has, what waits, and what went wrong.
create view database_health with (security_invoker = true) as
select o.id as organization_id, m.metric, m.value::float8 as value
from organizations o cross join lateral (values
  ('documents', (select count(*) from documents d where d.organization_id = o.id)),
  ('failed_documents', (select count(*) from documents d where d.organization_id = o.id and d.status = 'failed')),
  ('document_chunks', (select count(*) from document_chunks c where c.organization_id = o.id)),
  ('products', (select count(*) from products p where p.organization_id = o.id)),
  ('indexed_entries', (select coalesce(sum(s.entries), 0) from corpus_stats s where s.organization_id = o.id)),
  ('chatbots', (select count(*) from chatbots c where c.organization_id = o.id)),
  ('conversations', (select count(*) from conversations c where c.organization_id = o.id)),
  ('messages', (select count(*) from messages m where m.organization_id = o.id)),
  ('waiting_jobs', (select count(*) from jobs j where j.organization_id = o.id and j.failed_at is null)),
  ('failed_jobs', (select count(*) from jobs j where j.organization_id = o.id and j.failed_at is not null)),
  ('errors_last_day', (select count(*) from events e where e.organization_id = o.id and e.id >= uuid_at(now() - interval '1 day')
    and e.severity in ('error', 'critical')))) m(metric, value);
--> statement-breakpoint
grant select on database_health to edgelore_app;
