import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  real,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  bytea,
  createdAt,
  createdBy,
  id,
  oneOf,
  organizationId,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type {
  ChatbotConfiguration,
  JsonObject,
  KnowledgeBaseFilter,
  ModelConfig,
  OcrPage,
  PerformanceMetrics,
  ProcessingStep,
  Safety,
} from "../json.ts";
import {
  AUDIENCES,
  CALLER_KINDS,
  CHATBOT_STATUSES,
  DOCUMENT_ORIGINS,
  DOCUMENT_SCOPES,
  DOCUMENT_STATUSES,
  DOCUMENT_TYPES,
  PRODUCT_STATUSES,
  WEBSITE_STATUSES,
} from "../words.ts";
import { organizations } from "./tenancy.ts";

export const products = pgTable(
  "products",
  {
    organizationId: organizationId(),
    id: id(),
    /** The product under which it stands; a trigger keeps the tree free of circles. */
    parentId: uuid("parent_id"),
    name: text("name").notNull(),
    description: text("description"),
    category: text("category").notNull(),
    sku: text("sku"),
    status: text("status", { enum: PRODUCT_STATUSES }).notNull().default("active"),
    metadata: jsonb("metadata").$type<JsonObject>().notNull().default({}),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("products_sku").on(t.organizationId, t.sku),
    index("products_by_category").on(t.organizationId, t.category),
    index("products_by_parent").on(t.organizationId, t.parentId),
    check("products_name_length", sql`length(name) between 1 and 255`),
    check("products_status", oneOf("status", PRODUCT_STATUSES)),
    tenantPolicy(),
  ],
);

export const documents = pgTable(
  "documents",
  {
    organizationId: organizationId(),
    id: id(),
    productId: uuid("product_id"),
    title: text("title").notNull(),
    filename: text("filename").notNull(),
    /** Who made it: `uploaded` by a caller, `fetched` from a URL, `generated` or `analyzed` by an agent or in a conversation. */
    origin: text("origin", { enum: DOCUMENT_ORIGINS }).notNull().default("uploaded"),
    /** What generated or analyzed it, such as "summarize". */
    operation: text("operation"),
    conversationId: uuid("conversation_id"),
    /** `staff`: chatbots answer nobody from it. */
    audience: text("audience", { enum: AUDIENCES }).notNull().default("public"),
    /** Where the bytes lie in R2. */
    storageKey: text("storage_key").notNull(),
    /** Where the text that was read of them waits in R2 while more than one run works on it. */
    extractionKey: text("extraction_key"),
    fileSize: bigint("file_size", { mode: "number" }).notNull(),
    mimeType: text("mime_type").notNull(),
    documentType: text("document_type", { enum: DOCUMENT_TYPES }).notNull().default("other"),
    /** ISO 639-1; what the uploader said, else what was detected. */
    language: text("language"),
    status: text("status", { enum: DOCUMENT_STATUSES }).notNull().default("uploaded"),
    failureReason: text("failure_reason"),
    processingLog: jsonb("processing_log").$type<ProcessingStep[]>().notNull().default([]),
    /** SHA-256 of the bytes, hexadecimal. */
    contentHash: text("content_hash").notNull(),
    /** The uploader's own. */
    metadata: jsonb("metadata").$type<JsonObject>().notNull().default({}),
    extractedMetadata: jsonb("extracted_metadata").$type<JsonObject>().notNull().default({}),
    pageCount: integer("page_count"),
    chunkCount: integer("chunk_count").notNull().default(0),
    /** How many texts of it were completed, each in the place of the one before; 0: nobody is answered from it yet. */
    version: integer("version").notNull().default(0),
    /** 0 … 1, of the pages that were recognized from a picture; null when none was. */
    ocrConfidence: real("ocr_confidence"),
    ocrPages: jsonb("ocr_pages").$type<OcrPage[]>().notNull().default([]),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    processedAt: at("processed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    foreignKey({
      name: "documents_of_product",
      columns: [t.organizationId, t.productId],
      foreignColumns: [products.organizationId, products.id],
    }),
    uniqueIndex("documents_same_bytes").on(t.organizationId, t.contentHash).where(sql`status <> 'failed'`),
    index("documents_by_product").on(t.organizationId, t.productId),
    index("documents_by_status").on(t.organizationId, t.status),
    check("documents_title_length", sql`length(title) between 1 and 255`),
    check("documents_size", sql`file_size >= 0`),
    check("documents_type", oneOf("document_type", DOCUMENT_TYPES)),
    check("documents_status", oneOf("status", DOCUMENT_STATUSES)),
    check("documents_failure", sql`(status = 'failed') = (failure_reason is not null)`),
    check("documents_origin", oneOf("origin", DOCUMENT_ORIGINS)),
    check("documents_audience", oneOf("audience", AUDIENCES)),
    check(
      "documents_operation",
      sql`operation is null or (origin <> 'uploaded' and length(operation) between 1 and 100)`,
    ),
    check("documents_ocr_confidence", sql`ocr_confidence between 0 and 1`),
    tenantPolicy(),
  ],
);

/** How far the bytes in R2 are compared with the documents, and what came of the comparison that runs or ran last. */
export const fileChecks = pgTable(
  "file_checks",
  {
    organizationId: organizationId().primaryKey(),
    /** The last key that was looked at. */
    checkedTo: text("checked_to").notNull().default(""),
    files: integer("files").notNull().default(0),
    /** Nobody's bytes, which went. */
    orphaned: integer("orphaned").notNull().default(0),
    orphanedBytes: bigint("orphaned_bytes", { mode: "number" }).notNull().default(0),
    /** The first documents whose bytes are not there. */
    missing: uuid("missing").array().notNull().default(sql`'{}'`),
    /** Documents that nobody worked on any more, and were given up. */
    abandoned: integer("abandoned").notNull().default(0),
    startedAt: at("started_at").notNull().default(sql`now()`),
    completedAt: at("completed_at"),
  },
  (t) => [
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    tenantPolicy(),
    systemPolicy(),
  ],
);

export const documentChunks = pgTable(
  "document_chunks",
  {
    organizationId: organizationId(),
    id: id(),
    documentId: uuid("document_id").notNull(),
    chunkIndex: integer("chunk_index").notNull(),
    content: text("content").notNull(),
    chunkType: text("chunk_type").notNull().default("text"),
    /** The headings above it, "A > B". */
    context: text("context").notNull().default(""),
    /** What a model wrote of its place in the document, indexed before the content and never quoted. */
    prefix: text("prefix").notNull().default(""),
    language: text("language"),
    /** SHA-256 of what is indexed and embedded of it: a chunk of the next version with the same one is this chunk. */
    textHash: bytea("text_hash"),
    page: integer("page"),
    /** UTF-16 offsets into the document's extracted text. */
    startOffset: integer("start_offset").notNull(),
    endOffset: integer("end_offset").notNull(),
    tokenCount: integer("token_count").notNull(),
    confidenceScore: real("confidence_score"),
    metadata: jsonb("metadata").$type<JsonObject>().notNull().default({}),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "document_chunks_of_document",
      columns: [t.organizationId, t.documentId],
      foreignColumns: [documents.organizationId, documents.id],
    }).onDelete("cascade"),
    unique("document_chunks_in_order").on(t.organizationId, t.documentId, t.chunkIndex),
    check("document_chunks_offsets", sql`0 <= start_offset and start_offset < end_offset`),
    tenantPolicy(),
  ],
);

/** How documents of a type are cut; a type without a row is cut as `LIMITS` says. */
export const chunkingSettings = pgTable(
  "chunking_settings",
  {
    organizationId: organizationId(),
    documentType: text("document_type", { enum: DOCUMENT_TYPES }).notNull(),
    chunkTokens: integer("chunk_tokens").notNull(),
    overlapTokens: integer("overlap_tokens").notNull(),
    /** Given to every chunk in the place of what it was made of (text, table, code …). */
    chunkType: text("chunk_type"),
    contextualPrefix: boolean("contextual_prefix").notNull().default(false),
    updatedBy: createdBy("updated_by"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.documentType] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    check("chunking_settings_document_type", oneOf("document_type", DOCUMENT_TYPES)),
    check("chunking_settings_tokens", sql`chunk_tokens between 50 and 2000`),
    check("chunking_settings_overlap", sql`overlap_tokens between 0 and chunk_tokens / 2`),
    check("chunking_settings_chunk_type", sql`chunk_type ~ '^[a-z][a-z0-9_]{0,49}$'`),
    tenantPolicy(),
  ],
);

/** A site whose pages are documents: its sitemap is read again on a schedule. */
export const websites = pgTable(
  "websites",
  {
    organizationId: organizationId(),
    id: id(),
    url: text("url").notNull(),
    productId: uuid("product_id"),
    documentType: text("document_type", { enum: DOCUMENT_TYPES }).notNull().default("other"),
    language: text("language"),
    pageLimit: integer("page_limit").notNull(),
    /** Null: read once. */
    intervalHours: integer("interval_hours"),
    status: text("status", { enum: WEBSITE_STATUSES }).notNull().default("waiting"),
    /** What the last reading found, in plain words: pages left out, pages that could not be fetched. */
    warnings: jsonb("warnings").$type<string[]>().notNull().default([]),
    failureReason: text("failure_reason"),
    readAt: at("read_at"),
    /** When it is read again; null: never. */
    dueAt: at("due_at"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("websites_url").on(t.organizationId, t.url),
    index("websites_by_product").on(t.organizationId, t.productId),
    index("websites_due").on(t.dueAt).where(sql`due_at is not null`),
    check("websites_url_form", sql`url ~* '^https?://'`),
    check("websites_document_type", oneOf("document_type", DOCUMENT_TYPES)),
    check("websites_status", oneOf("status", WEBSITE_STATUSES)),
    check("websites_failure", sql`(status = 'failed') = (failure_reason is not null)`),
    check("websites_page_limit", sql`page_limit between 1 and 10000`),
    check("websites_interval", sql`interval_hours between 1 and 8760`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** A page that a document comes from or, of a website, will come from; and what its server said of it last. */
export const webPages = pgTable(
  "web_pages",
  {
    organizationId: organizationId(),
    /** Its document's too. */
    id: id(),
    /** Null until it was fetched. */
    documentId: uuid("document_id"),
    url: text("url").notNull(),
    websiteId: uuid("website_id"),
    /** Whether its website's sitemap named it when it was read last. */
    listed: boolean("listed").notNull().default(true),
    etag: text("etag"),
    lastModified: text("last_modified"),
    /** What was wrong at the last try; the document keeps what was fetched before. */
    lastError: text("last_error"),
    fetchedAt: at("fetched_at"),
    intervalHours: integer("interval_hours"),
    /** When it is fetched again, of a website's page by the reading that is under way; null: never. */
    dueAt: at("due_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "web_pages_of_document",
      columns: [t.organizationId, t.documentId],
      foreignColumns: [documents.organizationId, documents.id],
    }).onDelete("cascade"),
    unique("web_pages_url").on(t.organizationId, t.url),
    index("web_pages_by_document").on(t.organizationId, t.documentId),
    index("web_pages_of_website").on(t.organizationId, t.websiteId),
    index("web_pages_due").on(t.dueAt).where(sql`due_at is not null`),
    check("web_pages_document_id", sql`document_id = id`),
    check("web_pages_url_form", sql`url ~* '^https?://'`),
    check("web_pages_interval", sql`interval_hours between 1 and 8760`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

export const chatbots = pgTable(
  "chatbots",
  {
    organizationId: organizationId(),
    id: id(),
    name: text("name").notNull(),
    slug: text("slug").notNull(),
    description: text("description"),
    status: text("status", { enum: CHATBOT_STATUSES }).notNull().default("draft"),
    avatarUrl: text("avatar_url"),
    welcomeMessage: text("welcome_message"),
    fallbackMessage: text("fallback_message"),
    llmProvider: text("llm_provider", { enum: ["bedrock"] })
      .notNull()
      .default("bedrock"),
    /** A model's id or tier; empty: the one to which the organization routes answers. */
    llmModel: text("llm_model"),
    systemPrompt: text("system_prompt").notNull().default(""),
    modelConfig: jsonb("model_config").$type<ModelConfig>().notNull().default({}),
    ragEnabled: boolean("rag_enabled").notNull().default(true),
    retrievalK: integer("retrieval_k").notNull().default(5),
    scoreThreshold: doublePrecision("score_threshold").notNull().default(0),
    contextWindow: integer("context_window").notNull().default(4000),
    /** `assigned` as soon as documents are; that its last one goes does not open all the others. */
    documentScope: text("document_scope", { enum: DOCUMENT_SCOPES }).notNull().default("all"),
    /** Whether a model makes a question that leans on what was said before one that stands alone, to search with. */
    rewriteFollowUps: boolean("rewrite_follow_ups").notNull().default(true),
    safety: jsonb("safety").$type<Safety>().notNull().default({}),
    knowledgeBaseFilter: jsonb("knowledge_base_filter").$type<KnowledgeBaseFilter>().notNull().default({}),
    integrationSettings: jsonb("integration_settings").$type<JsonObject>().notNull().default({}),
    /** Of the last 30 days, made anew with the daily metrics; {} before the first time. */
    performanceMetrics: jsonb("performance_metrics").$type<PerformanceMetrics>().notNull().default({}),
    /** The number of its configuration as it is: a trigger counts, whoever changes it. */
    revision: integer("revision").notNull().default(1),
    lastActiveAt: at("last_active_at"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("chatbots_name").on(t.organizationId, t.name),
    unique("chatbots_slug").on(t.organizationId, t.slug),
    check("chatbots_slug_form", sql`slug ~ '^[a-z0-9][a-z0-9-]{0,99}$'`),
    check("chatbots_status", oneOf("status", CHATBOT_STATUSES)),
    check("chatbots_document_scope", oneOf("document_scope", DOCUMENT_SCOPES)),
    check("chatbots_retrieval_k", sql`retrieval_k between 1 and 50`),
    check("chatbots_score_threshold", sql`score_threshold between 0 and 1`),
    check("chatbots_context_window", sql`context_window between 500 and 200000`),
    tenantPolicy(),
  ],
);

/** Each configuration that a chatbot has had: a trigger writes it, nobody changes it, and it goes with the chatbot. */
export const chatbotRevisions = pgTable(
  "chatbot_revisions",
  {
    organizationId: organizationId(),
    chatbotId: uuid("chatbot_id").notNull(),
    /** 1, 2, …: no gap and no double, as the chatbot's row is locked by whoever counts. */
    number: integer("number").notNull(),
    configuration: jsonb("configuration").$type<ChatbotConfiguration>().notNull(),
    /** The fields in which it differs from the one before. */
    changed: text("changed").array().$type<(keyof ChatbotConfiguration)[]>().notNull(),
    reason: text("reason"),
    /** The number of the revision that was brought back. */
    restoredFrom: integer("restored_from"),
    createdByKind: text("created_by_kind", { enum: CALLER_KINDS }).notNull().default(sql`current_caller_kind()`),
    createdBy: createdBy(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.chatbotId, t.number] }),
    foreignKey({
      name: "chatbot_revisions_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    check("chatbot_revisions_number", sql`number > 0 and restored_from between 1 and number - 1`),
    check("chatbot_revisions_reason", sql`length(reason) between 1 and 2000`),
    check("chatbot_revisions_created_by_kind", oneOf("created_by_kind", CALLER_KINDS)),
    tenantPolicy(),
  ],
);

export const chatbotDocuments = pgTable(
  "chatbot_documents",
  {
    organizationId: organizationId(),
    chatbotId: uuid("chatbot_id").notNull(),
    documentId: uuid("document_id").notNull(),
    assignedAt: at("assigned_at").notNull().default(sql`now()`),
    assignedBy: createdBy("assigned_by"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.chatbotId, t.documentId] }),
    foreignKey({
      name: "chatbot_documents_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "chatbot_documents_of_document",
      columns: [t.organizationId, t.documentId],
      foreignColumns: [documents.organizationId, documents.id],
    }).onDelete("cascade"),
    index("chatbot_documents_by_document").on(t.organizationId, t.documentId),
    tenantPolicy(),
  ],
);

/** Where each document stands; `progress` is a percentage. */
export const documentProcessingStatus = pgView("document_processing_status", {
  id: uuid("id").notNull(),
  title: text("title").notNull(),
  organizationId: uuid("organization_id").notNull(),
  productId: uuid("product_id"),
  productName: text("product_name"),
  processingStatus: text("processing_status", { enum: DOCUMENT_STATUSES }).notNull(),
  fileSize: bigint("file_size", { mode: "number" }).notNull(),
  documentType: text("document_type", { enum: DOCUMENT_TYPES }).notNull(),
  language: text("language"),
  chunkCount: bigint("chunk_count", { mode: "number" }).notNull(),
  avgChunkConfidence: doublePrecision("avg_chunk_confidence"),
  createdAt: at("created_at").notNull(),
  processedAt: at("processed_at"),
  failureReason: text("failure_reason"),
  version: integer("version").notNull(),
  progress: integer("progress").notNull(),
}).existing();
