import { sql } from "drizzle-orm";
import { bigint, check, index, integer, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, id, organizationId, tenantPolicy } from "../columns.ts";

const tokens = (name: string) => bigint(name, { mode: "number" }).notNull().default(0);

/** Prices in micro-USD per million tokens; the row with the latest `valid_from` not in the future holds. */
export const aiModels = pgTable(
  "ai_models",
  {
    model: text("model").notNull(),
    validFrom: at("valid_from").notNull(),
    inputMicroUsd: tokens("input_micro_usd"),
    outputMicroUsd: tokens("output_micro_usd"),
    cacheReadMicroUsd: tokens("cache_read_micro_usd"),
    cacheWriteMicroUsd: tokens("cache_write_micro_usd"),
    /** Of one call, where a model is billed by calls and not by tokens. */
    callMicroUsd: tokens("call_micro_usd"),
    source: text("source").notNull(),
  },
  (t) => [primaryKey({ columns: [t.model, t.validFrom] })],
);

/**
 * One row a model call, failed ones too. Partitioned by month at UUIDv7 bounds of `id`.
 * It outlives what it names: no foreign keys but none is needed, since only its own tenant can write or read a row.
 */
export const aiUsage = pgTable(
  "ai_usage",
  {
    organizationId: organizationId(),
    id: id(),
    task: text("task").notNull(),
    model: text("model").notNull(),
    chatbotId: uuid("chatbot_id"),
    conversationId: uuid("conversation_id"),
    messageId: uuid("message_id"),
    endUserId: text("end_user_id"),
    inputTokens: tokens("input_tokens"),
    outputTokens: tokens("output_tokens"),
    cacheReadTokens: tokens("cache_read_tokens"),
    cacheWriteTokens: tokens("cache_write_tokens"),
    /** Empty where no price of the model is known. */
    costMicroUsd: bigint("cost_micro_usd", { mode: "number" }),
    latencyMs: integer("latency_ms").notNull(),
    firstTokenMs: integer("first_token_ms"),
    attempts: integer("attempts").notNull().default(1),
    error: text("error"),
    requestId: text("request_id"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    index("ai_usage_by_conversation").on(t.organizationId, t.conversationId),
    check(
      "ai_usage_counts",
      sql`least(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0`,
    ),
    tenantPolicy(),
  ],
);
