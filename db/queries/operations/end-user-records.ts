import { type SQL, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import type { EndUserRecordType } from "../../end-users.ts";
import { isKnown } from "./erasure.ts";

/** A row of a person's, told with the type that `END_USER_TABLES` gives it. */
export type EndUserRecord = { type: EndUserRecordType } & Record<string, unknown>;

/** The batch aborts (EL404) when nothing is known of the person. */
export const mustBeKnown = (tenant: Tenant, endUserId: string) =>
  tenant.batch([tenant.db.execute(sql`select must_exist(${isKnown(endUserId)}, 'end user')`)]);

/**
 * Everything of a person's that erasure would remove, in pages, so that however much it is, little of it is held. Left out is what
 * is only derived from these: the search index, embeddings, hashes. What is stored while it is told may be told or not.
 */
export async function* recordsOf(tenant: Tenant, endUserId: string, pageSize: number): AsyncGenerator<EndUserRecord> {
  const said = (type: EndUserRecordType, key: Key, columns: SQL, from: SQL, size = pageSize) =>
    pages(tenant, type, size, (after) => ofConversations(endUserId, key, columns, from, after, size));
  const own = (type: EndUserRecordType, columns: SQL, from: SQL) =>
    pages(tenant, type, pageSize, ({ key }) => ofPerson(columns, from, key, pageSize));

  yield* own("conversation", CONVERSATION, sql`conversations t where t.end_user_id = ${endUserId}`);
  yield* said(
    "message",
    { column: "sequence", type: "bigint" },
    MESSAGE,
    sql`message_history t where t.organization_id = (select current_organization()) and t.conversation_id`,
  );
  yield* said("message_feedback", ID, FEEDBACK, sql`message_feedback t where t.conversation_id`);
  yield* said("document", ID, DOCUMENT, sql`documents t where t.conversation_id`);
  const chunks = sql`document_chunks t join documents d on d.organization_id = t.organization_id and d.id = t.document_id where d.conversation_id`;
  yield* said("document_chunk", ID, CHUNK, chunks);
  yield* said(
    "usage",
    ID,
    USAGE,
    sql`usage_history t where t.organization_id = (select current_organization()) and t.conversation_id`,
    4 * pageSize,
  );
  yield* own("attachment", ATTACHMENT, sql`attachments t where t.end_user_id = ${endUserId}`);
  const golden = sql`golden_questions t join message_history m
    on m.organization_id = (select current_organization()) and m.id = t.message_id where m.conversation_id`;
  yield* said("golden_question", ID, GOLDEN, golden);
  const elsewhere = sql`usage_history t where t.end_user_id = ${endUserId} and (t.conversation_id is null
    or t.conversation_id not in (select c.id from conversations c where c.end_user_id = ${endUserId}))`;
  yield* own("usage", USAGE, elsewhere);
  yield* own("budget", BUDGET, sql`budgets t where t.subject_type = 'end_user' and t.subject_id = ${endUserId}`);
  const told = sql`(select c.id from conversations c where c.end_user_id = ${endUserId}
    union all select d.id from documents d join conversations c on c.id = d.conversation_id where c.end_user_id = ${endUserId}
    union all select a.id from attachments a where a.end_user_id = ${endUserId}
    union all select b.id from budgets b where b.subject_type = 'end_user' and b.subject_id = ${endUserId})`;
  const named = sql`events t where coalesce(t.data ->> 'endUserId', t.data ->> 'subjectId') = ${endUserId}
    and (t.resource_id is null or t.resource_id not in ${told})`;
  yield* own("event", EVENT, named);
  yield* own("erasure", ERASURE, sql`erasures t where t.end_user_id = ${endUserId}`);
}

/** By what the rows of a conversation are in order. */
type Key = { column: string; type: "uuid" | "bigint" };
const ID: Key = { column: "id", type: "uuid" };
/** The last row that was told. */
type Place = { conversation: string; key: string | null };
const NIL = "00000000-0000-0000-0000-000000000000";

const CONVERSATION = sql`t.id, t.chatbot_id as "chatbotId", t.channel, t.status, t.title, t.end_user_id as "endUserId", t.context, t.metadata,
  t.satisfaction_score as "satisfactionScore", t.tags, t.held_by as "heldBy", t.escalated_at as "escalatedAt",
  t.ip_address as "ipAddress", t.user_agent as "userAgent", t.client_told_at as "clientToldAt", t.branched_from_conversation as "branchedFromConversation",
  t.branched_from_message as "branchedFromMessage", t.last_activity_at as "lastActivityAt", t.ended_at as "endedAt", t.created_at as "createdAt"`;
const MESSAGE = sql`t.id, t.conversation_id as "conversationId", t.sequence, t.role, t.status, t.content, t.content_type as "contentType",
  t.citations, t.answered, t.model, t.token_usage as "tokenUsage", t.processing_time_ms as "processingTimeMs", t.error,
  t.author, t.context, t.attachments, t.question_id as "questionId", t.replaces, t.superseded_at as "supersededAt", t.copied_from as "copiedFrom",
  t.created_at as "createdAt", t.completed_at as "completedAt"`;
const FEEDBACK = sql`t.id, t.conversation_id as "conversationId", t.message_id as "messageId", t.author_kind as "authorKind",
  nullif(t.author, '') as author, t.thumbs, t.rating, t.text, t.correction, t.created_at as "createdAt", t.updated_at as "updatedAt"`;
const DOCUMENT = sql`t.id, t.conversation_id as "conversationId", t.product_id as "productId", t.title, t.filename, t.origin, t.operation, t.audience,
  t.storage_key as "storageKey", t.file_size as "fileSize", t.mime_type as "mimeType", t.document_type as "documentType", t.language, t.status,
  t.failure_reason as "failureReason", t.processing_log as "processingLog", t.content_hash as "contentHash", t.metadata,
  t.extracted_metadata as "extractedMetadata", t.page_count as "pageCount", t.version, t.created_at as "createdAt", t.updated_at as "updatedAt",
  (select w.url from web_pages w where w.document_id = t.id) as url`;
const ATTACHMENT = sql`t.id, t.conversation_id as "conversationId", t.message_id as "messageId", t.end_user_id as "endUserId", t.name, t.type as "mediaType", t.size, t.passages, t.organization_id || '/' || t.id as "storageKey",
  t.warnings, t.created_at as "createdAt"`;
const CHUNK = sql`t.id, t.document_id as "documentId", t.chunk_index as "chunkIndex", t.context, t.prefix, t.content, t.page, t.language, t.metadata`;
const GOLDEN = sql`t.id, t.chatbot_id as "chatbotId", t.message_id as "messageId", t.question, t.history, t.answerable,
  t.expected_answer as "expectedAnswer", t.expected_facts as "expectedFacts", t.expected_sources as "expectedSources", t.language, t.tags, t.status,
  t.created_at as "createdAt"`;
const USAGE = sql`t.id, t.task, t.model, t.chatbot_id as "chatbotId", t.conversation_id as "conversationId", t.message_id as "messageId",
  t.agent_id as "agentId", t.end_user_id as "endUserId", t.input_tokens as "inputTokens", t.output_tokens as "outputTokens",
  t.cache_read_tokens as "cacheReadTokens", t.cache_write_tokens as "cacheWriteTokens", t.cost_micro_usd as "costMicroUsd",
  t.latency_ms as "latencyMs", t.error, t.created_at as "createdAt"`;
const BUDGET = sql`t.id, t.subject_type as "subjectType", t.subject_id as "subjectId", t.period, t.unit, t.amount_limit as "limit", t.enforcement,
  t.step_down_model as "stepDownModel", t.created_at as "createdAt", t.updated_at as "updatedAt",
  (select coalesce(jsonb_agg(jsonb_build_object('startsOn', p.starts_on, 'spent', p.spent) order by p.starts_on), '[]')
    from budget_periods p where p.budget_id = t.id) as periods`;
const EVENT = sql`t.id, t.type as event, t.resource_type as "resourceType", t.resource_id as "resourceId", t.data, t.actor_kind as "actorKind",
  host(t.ip_address) as "ipAddress", t.user_agent as "userAgent", t.created_at as "createdAt"`;
const ERASURE = sql`t.id, t.end_user_id as "endUserId", t.counts, t.created_at as "createdAt"`;

/** Rows of a person's conversations, one conversation after the other, so that a page reads no more than it tells. */
const ofConversations = (person: string, key: Key, columns: SQL, from: SQL, after: Place, limit: number): SQL => {
  const column = sql`t.${sql.identifier(key.column)}`;
  const isAfter =
    after.key === null
      ? sql`true`
      : sql`(c.id > ${after.conversation}::uuid or ${column} > ${after.key}::${sql.raw(key.type)})`;
  return sql`
    select c.id as conversation, r.* from (
      select id from conversations where end_user_id = ${person} and id >= ${after.conversation}::uuid order by id) c
    cross join lateral (select ${columns}, ${column} as key from ${from} = c.id and ${isAfter} order by ${column} limit ${limit}) r
    order by c.id, r.key limit ${limit}`;
};

const ofPerson = (columns: SQL, from: SQL, after: string | null, limit: number): SQL => sql`
  select ${NIL}::uuid as conversation, ${columns}, t.id as key from ${from} and t.id > ${after ?? NIL}::uuid order by t.id limit ${limit}`;

/** What somebody else made of what a person said: events tell of that one, and stay. */
const IS_EDITORS: ReadonlySet<EndUserRecordType> = new Set(["golden_question"]);

/** Rows with what was kept because of each: the search for an answer, what was judged of it, events, the key that a request was sent with. */
async function* pages(
  tenant: Tenant,
  type: EndUserRecordType,
  size: number,
  query: (after: Place) => SQL,
): AsyncGenerator<EndUserRecord> {
  for (let after: Place = { conversation: NIL, key: null }; ; ) {
    const [{ rows }] = await tenant.batch([
      tenant.db.execute<{ conversation: string; key: string; record: object; traces: EndUserRecord[] }>(sql`
        with page as materialized (${query(after)}),
        traces as (
          select l.id as of, jsonb_build_object('type', 'search', 'id', l.id, 'mode', l.mode, 'resultIds', l.result_ids,
            'topRelevance', l.top_relevance, 'chatbotId', l.chatbot_id, 'createdAt', l.created_at) as trace
          from page p join search_log l on l.id = p.id
          union all
          select f.search_id, jsonb_build_object('type', 'judgment', 'id', f.id, 'searchId', f.search_id, 'entryId', f.entry_id, 'query', f.query,
            'relevance', f.relevance, 'comment', f.comment, 'createdAt', f.created_at) from page p join relevance_feedback f on f.search_id = p.id
          union all
          select f.message_id, jsonb_build_object('type', 'admin_feedback', 'id', f.id, 'messageId', f.message_id, 'feedbackText', f.feedback_text,
            'context', f.context, 'analysis', f.analysis_results, 'suggestions', f.suggested_improvements, 'createdAt', f.created_at)
          from page p join admin_feedback f on f.message_id = p.id
          union all
          select t.message_id, jsonb_build_object('type', 'message_trace', 'messageId', t.message_id, 'durationMs', t.duration_ms, 'steps', t.steps,
            'createdAt', t.created_at) from page p join message_traces t on t.message_id = p.id
          union all
          select k.result_id, jsonb_build_object('type', 'idempotency_key', 'key', k.key, 'resultId', k.result_id, 'createdAt', k.created_at)
          from page p join idempotency_keys k on k.result_id = p.id
          union all
          select e.of, jsonb_build_object('type', 'event') || to_jsonb(e) - 'of' from (
            select p.id as of, ${EVENT} from page p join events t on t.resource_id = p.id where ${!IS_EDITORS.has(type)}) e)
        select p.conversation, p.key::text as key, to_jsonb(p) - 'conversation' - 'key' as record,
          coalesce(t.traces, '[]') as traces
        from page p left join (select of, jsonb_agg(trace) as traces from traces group by of) t on t.of = p.id order by p.conversation, p.key`),
    ]);
    for (const { record, traces } of rows) {
      yield { type, ...record };
      yield* traces;
    }
    const last = rows.at(-1);
    if (!last || rows.length < size) return;
    after = { conversation: last.conversation, key: last.key };
  }
}
