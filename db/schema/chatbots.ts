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
  primaryKey,
  real,
  text,
  unique,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { at, createdAt, createdBy, id, oneOf, organizationId, tenantPolicy, updatedAt } from "../columns.ts";
import type { JsonObject, KnowledgeBaseFilter, ModelConfig, ProcessingStep } from "../json.ts";
import { CHATBOT_STATUSES, DOCUMENT_SCOPES, DOCUMENT_STATUSES, DOCUMENT_TYPES, PRODUCT_STATUSES } from "../words.ts";
import { organizations } from "./tenancy.ts";

export const products = pgTable(
  "products",
  {
    organizationId: organizationId(),
    id: id(),
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
    /** Where the bytes lie in R2: organization/document. */
    storageKey: text("storage_key").notNull(),
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
    ocrConfidence: real("ocr_confidence"),
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
    tenantPolicy(),
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
    llmModel: text("llm_model").notNull(),
    systemPrompt: text("system_prompt").notNull().default(""),
    modelConfig: jsonb("model_config").$type<ModelConfig>().notNull().default({}),
    ragEnabled: boolean("rag_enabled").notNull().default(true),
    retrievalK: integer("retrieval_k").notNull().default(5),
    scoreThreshold: doublePrecision("score_threshold").notNull().default(0),
    contextWindow: integer("context_window").notNull().default(4000),
    /** `assigned` as soon as documents are; that its last one goes does not open all the others. */
    documentScope: text("document_scope", { enum: DOCUMENT_SCOPES }).notNull().default("all"),
    knowledgeBaseFilter: jsonb("knowledge_base_filter").$type<KnowledgeBaseFilter>().notNull().default({}),
    integrationSettings: jsonb("integration_settings").$type<JsonObject>().notNull().default({}),
    performanceMetrics: jsonb("performance_metrics").$type<JsonObject>().notNull().default({}),
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
