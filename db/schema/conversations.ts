import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  createdAt,
  endUserId,
  erasurePolicy,
  id,
  oneOf,
  organizationId,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { Citation, JsonObject, MessageError, TokenUsage, TraceStep } from "../json.ts";
import { CHANNELS, CONTENT_TYPES, CONVERSATION_STATUSES, MESSAGE_ROLES, MESSAGE_STATUSES } from "../words.ts";
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
    index("conversations_to_archive").on(t.organizationId, t.endedAt).where(sql`to_archive`),
    check("conversations_channel", oneOf("channel", CHANNELS)),
    check("conversations_status", oneOf("status", CONVERSATION_STATUSES)),
    check("conversations_satisfaction", sql`satisfaction_score between 1 and 5`),
    check("conversations_ended", sql`(status = 'active') = (ended_at is null)`),
    tenantPolicy(),
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
});

export const messages = pgTable("messages", messageColumns(), (t) => [
  primaryKey({ columns: [t.organizationId, t.id] }),
  foreignKey({
    name: "messages_of_conversation",
    columns: [t.organizationId, t.conversationId],
    foreignColumns: [conversations.organizationId, conversations.id],
  }).onDelete("cascade"),
  unique("messages_in_order").on(t.organizationId, t.conversationId, t.sequence),
  index("messages_left_behind").on(t.leaseUntil).where(sql`status in ('pending', 'streaming')`),
  check("messages_role", oneOf("role", MESSAGE_ROLES)),
  check("messages_status", oneOf("status", MESSAGE_STATUSES)),
  check("messages_content_type", oneOf("content_type", CONTENT_TYPES)),
  tenantPolicy(),
  systemPolicy(),
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
  tenantPolicy(),
  erasurePolicy(),
]);

/**
 * Messages wherever they stand, each once: what people read. Who wants them in order names the organization too, or they are all
 * read and sorted: the policies' condition does not reach the planner where it looks for an index that has the order.
 */
export const messageHistory = pgView("message_history", messageColumns()).existing();
