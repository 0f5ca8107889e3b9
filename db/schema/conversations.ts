import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
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
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  createdAt,
  EMBEDDING_DIMENSIONS,
  endUserId,
  erasurePolicy,
  id,
  oneOf,
  organizationId,
  searchPolicy,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { AttachedFile, Citation, JsonObject, MessageError, Passage, TokenUsage, TraceStep } from "../json.ts";
import {
  CHANNELS,
  CONTENT_TYPES,
  CONVERSATION_STATUSES,
  FEEDBACK_AUTHORS,
  MESSAGE_ROLES,
  MESSAGE_STATUSES,
  SAID_ROLES,
  THUMBS,
} from "../words.ts";
import { chatbots } from "./chatbots.ts";
import { organizations } from "./tenancy.ts";

export const conversations = pgTable(
  "conversations",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id"),
    channel: text("channel", { enum: CHANNELS }).notNull(),
    status: text("status", { enum: CONVERSATION_STATUSES }).notNull().default("active"),
    title: text("title"),
    /** Who talks, as the channel names them; empty for an anonymous person. */
    endUserId: endUserId(),
    context: jsonb("context").$type<JsonObject>().notNull().default({}),
    metadata: jsonb("metadata").$type<JsonObject>().notNull().default({}),
    tags: text("tags").array().notNull().default([]),
    /** The last message's number; incremented by the statement that inserts a message, so numbers have no gap and no double. */
    lastSequence: bigint("last_sequence", { mode: "number" }).notNull().default(0),
    satisfactionScore: smallint("satisfaction_score"),
    /** In no index: each message changes it. */
    lastActivityAt: at("last_activity_at").notNull().default(sql`now()`),
    /** Empty exactly while it is active. */
    endedAt: at("ended_at"),
    /** Messages up to this one stand in the archive. */
    archivedSequence: bigint("archived_sequence", { mode: "number" }).notNull().default(0),
    toArchive: boolean("to_archive")
      .notNull()
      .generatedAlwaysAs(sql`ended_at is not null and archived_sequence < last_sequence`),
    /** The person who answers in the chatbot's place, as the organization names them; nobody once it is over. */
    heldBy: text("held_by"),
    heldAt: at("held_at"),
    /** When the end user asked for a person. */
    escalatedAt: at("escalated_at"),
    /** Where the end user's words came from, as the caller said last; forgotten after a while. */
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    clientToldAt: at("client_told_at"),
    /** Whose beginning it copied, which may be gone by now. */
    branchedFromConversation: uuid("branched_from_conversation"),
    branchedFromMessage: uuid("branched_from_message"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    foreignKey({
      name: "conversations_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("conversations_by_chatbot").on(t.organizationId, t.chatbotId),
    index("conversations_by_end_user").on(t.organizationId, t.endUserId, t.id),
    index("conversations_active").on(t.organizationId, t.id).where(sql`status = 'active'`),
    index("conversations_by_tag").using("gin", t.organizationId, t.tags),
    index("conversations_escalated").on(t.organizationId, t.id).where(sql`escalated_at is not null`),
    index("conversations_with_client").on(t.organizationId, t.clientToldAt).where(sql`client_told_at is not null`),
    index("conversations_to_archive").on(t.organizationId, t.endedAt).where(sql`to_archive`),
    check("conversations_channel", oneOf("channel", CHANNELS)),
    check("conversations_status", oneOf("status", CONVERSATION_STATUSES)),
    check("conversations_satisfaction", sql`satisfaction_score between 1 and 5`),
    check("conversations_ended", sql`(status = 'active') = (ended_at is null)`),
    check("conversations_held", sql`(held_by is null) = (held_at is null) and (held_by is null or status = 'active')`),
    tenantPolicy(),
    searchPolicy(),
    erasurePolicy(),
  ],
);

const messageColumns = () => ({
  organizationId: organizationId(),
  id: id(),
  conversationId: uuid("conversation_id").notNull(),
  sequence: bigint("sequence", { mode: "number" }).notNull(),
  role: text("role", { enum: MESSAGE_ROLES }).notNull(),
  status: text("status", { enum: MESSAGE_STATUSES }).notNull().default("completed"),
  content: text("content").notNull().default(""),
  contentType: text("content_type", { enum: CONTENT_TYPES }).notNull().default("text"),
  /** `[{marker, documentId, chunkId, title, page, quote}]`: what was quoted, literally, when it was said. */
  citations: jsonb("citations").$type<Citation[]>().notNull().default([]),
  /** False where the sources did not hold the answer and the fallback was said instead. */
  answered: boolean("answered"),
  /** The revision of the chatbot that said it. */
  chatbotRevision: integer("chatbot_revision"),
  model: text("model"),
  tokenUsage: jsonb("token_usage").$type<TokenUsage>().notNull().default({}),
  processingTimeMs: integer("processing_time_ms"),
  error: jsonb("error").$type<MessageError>(),
  /** A message that is generated is somebody's until then; the sweep ends what was left behind. */
  leaseUntil: at("lease_until"),
  createdAt: at("created_at").notNull().default(sql`clock_timestamp()`),
  completedAt: at("completed_at"),
  /** Of an answer the question, so that another answer can be given to it. */
  questionId: uuid("question_id"),
  /** The message in whose place it was said. */
  replaces: uuid("replaces"),
  /** Set when another was said in its place, or in the place of one before it: no longer part of the conversation, and still read. */
  supersededAt: at("superseded_at"),
  /** The message that a branch copied; a copy counts in no figures. */
  copiedFrom: uuid("copied_from"),
  /** Of `staff`: who said it, as the organization names them. */
  author: text("author"),
  /** Of a question: where it was asked, as the caller says, such as the page. */
  context: jsonb("context").$type<JsonObject>().notNull().default({}),
  /** Of a question: the files that came with it, as they are shown; `attachments` holds what they say, as long as their conversation stands. */
  attachments: jsonb("attachments").$type<AttachedFile[]>().notNull().default([]),
});

/** What `search_messages` looks through: an answer that is being written is stored every two seconds, and indexed once. */
const SEARCHED = sql`status in ('completed', 'interrupted')`;

export const messages = pgTable("messages", messageColumns(), (t) => [
  primaryKey({ columns: [t.organizationId, t.id] }),
  foreignKey({
    name: "messages_of_conversation",
    columns: [t.organizationId, t.conversationId],
    foreignColumns: [conversations.organizationId, conversations.id],
  }).onDelete("cascade"),
  unique("messages_in_order").on(t.organizationId, t.conversationId, t.sequence),
  index("messages_by_trigram").using("gin", t.organizationId, t.content.op("gin_trgm_ops")).where(SEARCHED),
  index("messages_left_behind").on(t.leaseUntil).where(sql`status in ('pending', 'streaming')`),
  check("messages_role", oneOf("role", MESSAGE_ROLES)),
  check("messages_status", oneOf("status", MESSAGE_STATUSES)),
  check("messages_content_type", oneOf("content_type", CONTENT_TYPES)),
  tenantPolicy(),
  systemPolicy(),
  searchPolicy(),
]);

/** How an answer came about. It goes with its message, and does not go along into the archive: it is for those who improve a chatbot now. */
export const messageTraces = pgTable(
  "message_traces",
  {
    organizationId: organizationId(),
    messageId: uuid("message_id").notNull(),
    steps: jsonb("steps").$type<TraceStep[]>().notNull(),
    durationMs: integer("duration_ms").notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.messageId] }),
    foreignKey({
      name: "message_traces_of_message",
      columns: [t.organizationId, t.messageId],
      foreignColumns: [messages.organizationId, messages.id],
    }).onDelete("cascade"),
    tenantPolicy(),
  ],
);

/** Messages of conversations that are over, by month at UUIDv7 bounds of `id`. They come by `maintain_message_archive` alone. */
export const messageArchive = pgTable("message_archive", messageColumns(), (t) => [
  primaryKey({ columns: [t.organizationId, t.id] }),
  foreignKey({
    name: "message_archive_of_conversation",
    columns: [t.organizationId, t.conversationId],
    foreignColumns: [conversations.organizationId, conversations.id],
  }).onDelete("cascade"),
  index("message_archive_in_order").on(t.organizationId, t.conversationId, t.sequence),
  index("message_archive_by_trigram").using("gin", t.organizationId, t.content.op("gin_trgm_ops")).where(SEARCHED),
  tenantPolicy(),
  erasurePolicy(),
  searchPolicy(),
]);

/**
 * Files that came with questions, and such as wait for theirs, for a day. Their bytes stand in R2 under the organization's id and theirs. A branch shows
 * those of the conversation that it copied.
 */
export const attachments = pgTable(
  "attachments",
  {
    organizationId: organizationId(),
    id: id(),
    /** Who gave it; empty for an anonymous person. */
    endUserId: endUserId(),
    conversationId: uuid("conversation_id"),
    /** The question that took it, or took it over from the one in whose place it was asked. */
    messageId: uuid("message_id"),
    name: text("name").notNull(),
    /** What its bytes are, as a media type. */
    type: text("type").notNull(),
    size: bigint("size", { mode: "number" }).notNull(),
    /** What it says, in the order in which it is read. */
    passages: jsonb("passages").$type<Passage[]>().notNull(),
    tokens: integer("tokens").notNull(),
    /** What of it could not be read, for people. */
    warnings: jsonb("warnings").$type<string[]>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    foreignKey({
      name: "attachments_of_conversation",
      columns: [t.organizationId, t.conversationId],
      foreignColumns: [conversations.organizationId, conversations.id],
    }).onDelete("cascade"),
    index("attachments_by_conversation").on(t.organizationId, t.conversationId),
    index("attachments_by_end_user").on(t.organizationId, t.endUserId),
    index("attachments_waiting").on(t.createdAt).where(sql`message_id is null`),
    check("attachments_taken", sql`(message_id is null) = (conversation_id is null)`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/**
 * By which messages are found by their meaning, where the organization wants that: of its newest, archived or not. All of them are compared, so
 * no index of vectors is kept, and what a search is narrowed by stands here too.
 */
export const messageVectors = pgTable(
  "message_vectors",
  {
    organizationId: organizationId(),
    messageId: uuid("message_id").notNull(),
    model: text("model").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    role: text("role", { enum: SAID_ROLES }).notNull(),
    saidAt: at("said_at").notNull(),
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.messageId, t.model] }),
    foreignKey({
      name: "message_vectors_of_conversation",
      columns: [t.organizationId, t.conversationId],
      foreignColumns: [conversations.organizationId, conversations.id],
    }).onDelete("cascade"),
    index("message_vectors_by_conversation").on(t.organizationId, t.conversationId),
    check("message_vectors_role", oneOf("role", SAID_ROLES)),
    tenantPolicy(),
  ],
);

/** What people say of messages, also of archived ones. It goes with the conversation. */
export const messageFeedback = pgTable(
  "message_feedback",
  {
    organizationId: organizationId(),
    id: id(),
    conversationId: uuid("conversation_id").notNull(),
    messageId: uuid("message_id").notNull(),
    authorKind: text("author_kind", { enum: FEEDBACK_AUTHORS }).notNull(),
    /** The member or key; of the end user it is empty, whom the conversation names. */
    author: text("author").notNull(),
    thumbs: text("thumbs", { enum: THUMBS }),
    rating: smallint("rating"),
    text: text("text"),
    correction: text("correction"),
    /** As a quality, 0 … 1; empty where it is only said in words. */
    score: real("score").generatedAlwaysAs(
      sql`coalesce((rating - 1) / 4.0, case thumbs when 'up' then 1 when 'down' then 0 end)`,
    ),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "message_feedback_of_conversation",
      columns: [t.organizationId, t.conversationId],
      foreignColumns: [conversations.organizationId, conversations.id],
    }).onDelete("cascade"),
    unique("message_feedback_of_author").on(t.organizationId, t.messageId, t.authorKind, t.author),
    index("message_feedback_by_conversation").on(t.organizationId, t.conversationId),
    index("message_feedback_thumbs").on(t.organizationId, t.thumbs, t.id),
    check("message_feedback_author_kind", oneOf("author_kind", FEEDBACK_AUTHORS)),
    check("message_feedback_thumbs_word", oneOf("thumbs", THUMBS)),
    check("message_feedback_rating", sql`rating between 1 and 5`),
    tenantPolicy(),
  ],
);

/**
 * Messages wherever they stand, each once: what people read. Who wants them in order names the organization too, or they are all
 * read and sorted: the policies' condition does not reach the planner where it looks for an index that has the order.
 */
export const messageHistory = pgView("message_history", messageColumns()).existing();
