import { sql } from "drizzle-orm";
import {
  bigint,
  bit,
  boolean,
  check,
  date,
  doublePrecision,
  foreignKey,
  halfvec,
  index,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  real,
  smallint,
  sparsevec,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  bytea,
  createdAt,
  createdBy,
  EMBEDDING_DIMENSIONS,
  id,
  oneOf,
  organizationId,
  searchPolicy,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { IndexFindings, ModelComparison, SearchStrategy } from "../json.ts";
import { EMBEDDING_MIGRATION_STATUSES, SEARCH_MODES } from "../words.ts";
import { organizations } from "./tenancy.ts";

/** Terms are 28-bit hashes, so a query has up to 2^28 dimensions, of which an entry uses some hundred. */
export const TERM_DIMENSIONS = 2 ** 28;

const shelf = () => smallint("shelf").notNull();
const corpus = () => smallint("corpus").notNull();

/** What is searched by words: derived from the corpora, partitioned by shelf, can be dropped and rebuilt. */
export const searchTerms = pgTable(
  "search_terms",
  {
    shelf: shelf(),
    organizationId: organizationId(),
    corpus: corpus(),
    entryId: uuid("entry_id").notNull(),
    sourceId: uuid("source_id").notNull(),
    language: text("language").notNull(),
    /** Terms counted with repetition: BM25's document length. */
    length: integer("length").notNull(),
    /** The corpus's average length when `weights` was written; re-weighted when it has drifted. */
    averageLength: real("average_length").notNull(),
    analyzerVersion: smallint("analyzer_version").notNull(),
    /** BM25's saturated term frequencies; the score of a query is their inner product with its idf weights. */
    weights: sparsevec("weights", { dimensions: TERM_DIMENSIONS }).notNull(),
    /** The same terms, salted by organization, so one tenant's postings never meet another's in the GIN index. */
    terms: integer("terms").array().notNull(),
  },
  (t) => [
    primaryKey({ name: "search_terms_key", columns: [t.organizationId, t.corpus, t.entryId, t.shelf] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("search_terms_by_term").using("gin", t.terms),
    // The shelf stands in it so that a scope is counted from the index alone.
    index("search_terms_by_source").on(t.organizationId, t.corpus, t.sourceId, t.shelf),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

/** What is searched by meaning. A second model's vectors stand beside the first's while an organization switches. */
export const searchVectors = pgTable(
  "search_vectors",
  {
    shelf: shelf(),
    organizationId: organizationId(),
    corpus: corpus(),
    entryId: uuid("entry_id").notNull(),
    model: text("model").notNull(),
    sourceId: uuid("source_id").notNull(),
    /** Normalized, STORAGE PLAIN: a TOASTed vector is five times slower to scan. */
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }).notNull(),
    /** Two bits a dimension, in a covering index: an eighth of the embedding's size, for the candidates of a large scope. */
    bits: bit("bits", { dimensions: 2 * EMBEDDING_DIMENSIONS })
      .notNull()
      .generatedAlwaysAs(sql.raw(`(quantize(embedding))::bit(${2 * EMBEDDING_DIMENSIONS})`)),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ name: "search_vectors_key", columns: [t.organizationId, t.corpus, t.entryId, t.model, t.shelf] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

/**
 * How many entries hold a term: insert-only deltas, summed by the query, folded by cron
 * (a counter updated in place was 7 to 10 times slower with 16 writers).
 */
export const termStats = pgTable(
  "term_stats",
  {
    organizationId: organizationId(),
    corpus: corpus(),
    term: integer("term").notNull(),
    entries: integer("entries").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("term_stats_by_term").on(t.organizationId, t.corpus, t.term),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

export const corpusStats = pgTable(
  "corpus_stats",
  {
    organizationId: organizationId(),
    corpus: corpus(),
    entries: integer("entries").notNull(),
    length: bigint("length", { mode: "number" }).notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("corpus_stats_by_corpus").on(t.organizationId, t.corpus),
    check("corpus_stats_corpus", sql`corpus > 0`),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

/** Names and codes of the indexed texts, asked for only when the words of a question find nothing (typing errors). */
export const searchNames = pgTable(
  "search_names",
  {
    organizationId: organizationId(),
    name: text("name").notNull(),
    term: integer("term").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.name] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("search_names_alike").using("gin", t.organizationId, t.name.op("gin_trgm_ops")),
    tenantPolicy(),
    searchPolicy(),
  ],
);

/** Embeddings by what was embedded, so the same text is paid for once: a question asked again, a document uploaded anew. */
export const embeddingCache = pgTable(
  "embedding_cache",
  {
    organizationId: organizationId(),
    model: text("model").notNull(),
    /** SHA-256 of the text. */
    textHash: bytea("text_hash").notNull(),
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }).notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.model, t.textHash] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("embedding_cache_by_expiry").on(t.expiresAt),
    check("embedding_cache_hash_length", sql`length(text_hash) = 32`),
    tenantPolicy(),
    searchPolicy(),
    systemPolicy(),
  ],
);

/** How one corpus of an organization is searched when the request does not say; what is empty is as measured best. */
export const searchSettings = pgTable(
  "search_settings",
  {
    organizationId: organizationId(),
    corpus: corpus(),
    /** 0 … 1: how much words count beside meaning. */
    lexicalShare: doublePrecision("lexical_share"),
    /** 0 … 1 of the absolute relevance; results below it are left out. */
    scoreThreshold: doublePrecision("score_threshold"),
    rerank: boolean("rerank"),
    updatedBy: createdBy("updated_by"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.corpus] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    check("search_settings_lexical_share", sql`lexical_share between 0 and 1`),
    check("search_settings_score_threshold", sql`score_threshold between 0 and 1`),
    tenantPolicy(),
    searchPolicy(),
  ],
);

/** One row a search; what was asked only as a hash. Partitioned by month at UUIDv7 bounds of `id`. */
export const searchLog = pgTable(
  "search_log",
  {
    organizationId: organizationId(),
    id: id(),
    /** SHA-256 of the question: the same question is recognized, never read. */
    queryHash: bytea("query_hash").notNull(),
    mode: text("mode", { enum: SEARCH_MODES }).notNull(),
    corpora: smallint("corpora").array().notNull(),
    strategy: jsonb("strategy").$type<SearchStrategy[]>().notNull(),
    resultCount: integer("result_count").notNull(),
    /** What was found, best first: what feedback is about. */
    resultIds: uuid("result_ids").array().notNull(),
    topRelevance: real("top_relevance"),
    /** Whether the question's embedding was in the cache; empty where none was needed. */
    embeddingCached: boolean("embedding_cached"),
    /** In the database, from its start to the last candidate. */
    latencyMs: real("latency_ms").notNull(),
    chatbotId: uuid("chatbot_id"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    check("search_log_mode", oneOf("mode", SEARCH_MODES)),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** What people say about a result: graded, once for each search and entry. With the question told again it becomes a test query. */
export const relevanceFeedback = pgTable(
  "relevance_feedback",
  {
    organizationId: organizationId(),
    id: id(),
    /** No foreign key: the log's months go before the judgments do. */
    searchId: uuid("search_id").notNull(),
    corpus: corpus(),
    entryId: uuid("entry_id").notNull(),
    query: text("query"),
    /** 0 irrelevant … 3 the answer. */
    relevance: smallint("relevance").notNull(),
    comment: text("comment"),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("relevance_feedback_once").on(t.organizationId, t.searchId, t.entryId),
    check("relevance_feedback_grade", sql`relevance between 0 and 3`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** A day's searches of an organization, summed up at night from the log. */
export const searchDays = pgTable(
  "search_days",
  {
    organizationId: organizationId(),
    /** In UTC. */
    day: date("day").notNull(),
    searches: integer("searches").notNull(),
    /** Different questions among them. */
    questions: integer("questions").notNull(),
    withoutResult: integer("without_result").notNull(),
    embeddingsCached: integer("embeddings_cached").notNull(),
    embeddingsComputed: integer("embeddings_computed").notNull(),
    latencyMsP50: real("latency_ms_p50").notNull(),
    latencyMsP95: real("latency_ms_p95").notNull(),
    judgments: integer("judgments").notNull(),
    meanRelevance: real("mean_relevance"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.day] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** How searches of a kind went, a day and corpus of the last month. Drizzle cannot say it: migration 0006 does. */
export const queryPerformanceDiagnostics = pgView("query_performance_diagnostics", {
  organizationId: uuid("organization_id").notNull(),
  day: date("day").notNull(),
  corpus: corpus(),
  lexical: text("lexical").$type<SearchStrategy["lexical"]>().notNull(),
  vector: text("vector").$type<SearchStrategy["vector"]>().notNull(),
  searches: integer("searches").notNull(),
  latencyMsMean: real("mean_latency_ms").notNull(),
  latencyMsP95: real("p95_latency_ms").notNull(),
  withoutResult: integer("without_result").notNull(),
}).existing();

/** Each comparison of a corpus's truth with what is derived from it: what was wrong, what was repaired. */
export const indexChecks = pgTable(
  "index_checks",
  {
    organizationId: organizationId(),
    id: id(),
    corpus: corpus(),
    findings: jsonb("findings").$type<IndexFindings>().notNull(),
    repaired: integer("repaired").notNull().default(0),
    startedAt: at("started_at").notNull().default(sql`now()`),
    completedAt: at("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("index_checks_by_time").on(t.organizationId, t.startedAt),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** A change of embedding model: the new one's vectors are written beside the old one's, compared, and switched to at once. */
export const embeddingMigrations = pgTable(
  "embedding_migrations",
  {
    organizationId: organizationId(),
    id: id(),
    fromModel: text("from_model").notNull(),
    toModel: text("to_model").notNull(),
    status: text("status", { enum: EMBEDDING_MIGRATION_STATUSES }).notNull().default("embedding"),
    failureReason: text("failure_reason"),
    comparison: jsonb("comparison").$type<ModelComparison>(),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    switchedAt: at("switched_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    index("embedding_migrations_by_status").on(t.organizationId, t.status),
    check("embedding_migrations_status", oneOf("status", EMBEDDING_MIGRATION_STATUSES)),
    check("embedding_migrations_models", sql`from_model <> to_model`),
    tenantPolicy(),
  ],
);
