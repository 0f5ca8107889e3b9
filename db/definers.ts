/**
 * Every SECURITY DEFINER function there is, with its owner and why it may act before a tenant is known, across tenants, or
 * with an index that a policy forbids. A contract test refuses any other, and any without a pinned search_path.
 */
export const DEFINERS = {
  authenticate_key: { owner: "edgelore_system", why: "finds the tenant of an API key" },
  authenticate_member: { owner: "edgelore_system", why: "finds the tenant of a person" },
  claim_job: { owner: "edgelore_system", why: "a queue message names a job, not its tenant" },
  due_jobs: { owner: "edgelore_system", why: "the sweep wakes the jobs of all tenants" },
  maintain_messages: { owner: "edgelore_system", why: "ends the answers that a dead worker left, of all tenants" },
  maintain_statistics: { owner: "edgelore_system", why: "folds the search statistics of all tenants" },
  maintain_idempotency_keys: { owner: "edgelore_system", why: "forgets the keys of all tenants after 24 hours" },
  maintain_partitions: { owner: "owner", why: "makes partitions, which only the tables' owner may" },
  maintain_embedding_cache: { owner: "edgelore_system", why: "forgets the expired embeddings of all tenants" },
  maintain_budget_reservations: { owner: "edgelore_system", why: "forgets what dead workers of all tenants reserved" },
  maintain_conversations: { owner: "edgelore_system", why: "ends the idle conversations of all tenants" },
  maintain_message_archive: { owner: "edgelore_system", why: "moves old messages of all tenants" },
  maintain_usage_archive: { owner: "edgelore_system", why: "moves old calls of all tenants" },
  maintain_retention: { owner: "edgelore_system", why: "asks all tenants for what is kept no longer" },
  maintain_metrics: { owner: "edgelore_system", why: "asks for the daily figures of all tenants" },
  maintain_search_days: { owner: "edgelore_system", why: "sums up the searches of all tenants" },
  maintain_index_checks: { owner: "edgelore_system", why: "asks for the nightly check of all tenants" },
  due_webhooks: { owner: "edgelore_system", why: "wakes who tells the webhook endpoints of all tenants" },
  maintain_webhooks: { owner: "edgelore_system", why: "forgets what the webhook endpoints of all tenants were told" },
  maintain_web_sources: { owner: "edgelore_system", why: "asks for the web pages of all tenants that are due" },
  start_cron_run: { owner: "edgelore_system", why: "notes what the platform does, which is no tenant's" },
  finish_cron_run: { owner: "edgelore_system", why: "notes what the platform does, which is no tenant's" },
  maintain_admin_feedback: { owner: "edgelore_system", why: "asks what became of the applied feedback of all tenants" },
  maintain_file_checks: { owner: "edgelore_system", why: "asks for the check of the files of all tenants" },
  maintain_search_log: { owner: "owner", why: "drops partitions, which only the tables' owner may" },
  refresh_statistics: { owner: "owner", why: "analyzes tables and refreshes views, which only their owner may" },
  make_month: { owner: "owner", why: "makes partitions, which only the tables' owner may" },
  make_shelf: { owner: "owner", why: "makes partitions, which only the tables' owner may" },
  make_graph: { owner: "owner", why: "makes indexes, which only the tables' owner may" },
  maintain_shelves: { owner: "edgelore_system", why: "moves the large ones of all tenants" },
  hybrid_search: { owner: "edgelore_search", why: "uses indexes that a policy forbids, for one tenant" },
  forget_usage: {
    owner: "edgelore_system",
    why: "takes a person out of the ledger, which else is never changed, for one tenant",
  },
  forget_messages: {
    owner: "edgelore_system",
    why: "takes messages out of the archive, which else only grows, for one tenant",
  },
  forget_events: {
    owner: "edgelore_system",
    why: "takes a person out of the events, which else are never changed, for one tenant",
  },
  forget_searches: {
    owner: "edgelore_system",
    why: "takes a person's searches, and an eval's, out of the log, which else is never changed, for one tenant",
  },
  last_self_check: {
    owner: "edgelore_system",
    why: "tells anybody how the platform's last check of itself ended, and nothing else of its organization",
  },
} as const;
