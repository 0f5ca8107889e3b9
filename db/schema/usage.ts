import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  date,
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
  uuid,
} from "drizzle-orm/pg-core";
import {
  at,
  createdAt,
  createdBy,
  endUserId,
  erasurePolicy,
  id,
  oneOf,
  organizationId,
  systemPolicy,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { RequestContext } from "../json.ts";
import {
  BUDGET_ENFORCEMENTS,
  BUDGET_PERIODS,
  BUDGET_SUBJECTS,
  BUDGET_UNITS,
  CALL_OUTCOMES,
  ROUTED_TASKS,
  TASKS,
} from "../words.ts";
import { organizations } from "./tenancy.ts";

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
  (t) => [
    primaryKey({ columns: [t.model, t.validFrom] }),
    check(
      "ai_models_prices",
      sql`least(input_micro_usd, output_micro_usd, cache_read_micro_usd, cache_write_micro_usd, call_micro_usd) >= 0`,
    ),
  ],
);

const usageColumns = () => ({
  organizationId: organizationId(),
  id: id(),
  task: text("task", { enum: TASKS }).notNull(),
  model: text("model").notNull(),
  chatbotId: uuid("chatbot_id"),
  conversationId: uuid("conversation_id"),
  messageId: uuid("message_id"),
  agentId: uuid("agent_id"),
  endUserId: endUserId(),
  inputTokens: tokens("input_tokens"),
  outputTokens: tokens("output_tokens"),
  cacheReadTokens: tokens("cache_read_tokens"),
  cacheWriteTokens: tokens("cache_write_tokens"),
  /** Empty where no price of the model is known. */
  costMicroUsd: bigint("cost_micro_usd", { mode: "number" }),
  latencyMs: integer("latency_ms").notNull(),
  firstTokenMs: integer("first_token_ms"),
  attempts: integer("attempts").notNull().default(1),
  outcome: text("outcome", { enum: CALL_OUTCOMES }).notNull().default("succeeded"),
  error: text("error"),
  /** 0 to 1: the share of an answer's quotes that stood in their source. */
  qualityScore: real("quality_score"),
  requestContext: jsonb("request_context").$type<RequestContext>(),
  requestId: text("request_id"),
  createdAt: createdAt(),
});

/**
 * One row a model call, failed ones too. Partitioned by month at UUIDv7 bounds of `id`.
 * It outlives what it names: no foreign keys but none is needed, since only its own tenant can write or read a row.
 */
export const aiUsage = pgTable("ai_usage", usageColumns(), (t) => [
  primaryKey({ columns: [t.organizationId, t.id] }),
  index("ai_usage_by_conversation").on(t.organizationId, t.conversationId),
  index("ai_usage_by_end_user").on(t.organizationId, t.endUserId).where(sql`end_user_id is not null`),
  check(
    "ai_usage_counts",
    sql`least(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_micro_usd) >= 0`,
  ),
  check("ai_usage_outcome", oneOf("outcome", CALL_OUTCOMES)),
  check("ai_usage_quality", sql`quality_score between 0 and 1`),
  tenantPolicy(),
  erasurePolicy(),
]);

/** Calls of long ago, partitioned as `ai_usage` is. They come by `maintain_usage_archive` alone. */
export const aiUsageArchive = pgTable("ai_usage_archive", usageColumns(), (t) => [
  primaryKey({ columns: [t.organizationId, t.id] }),
  index("ai_usage_archive_by_conversation").on(t.organizationId, t.conversationId),
  index("ai_usage_archive_by_end_user").on(t.organizationId, t.endUserId).where(sql`end_user_id is not null`),
  tenantPolicy(),
  erasurePolicy(),
]);

/** Calls wherever they stand, each once. */
export const usageHistory = pgView("usage_history", usageColumns()).existing();

/** Which model does a task of an organization, as its id or tier, and which one does while that is down; empty: as the operator has it. */
export const modelRoutes = pgTable(
  "model_routes",
  {
    organizationId: organizationId(),
    task: text("task", { enum: ROUTED_TASKS }).notNull(),
    model: text("model"),
    fallbackModel: text("fallback_model"),
    updatedBy: createdBy("updated_by"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.task] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    check("model_routes_task", oneOf("task", ROUTED_TASKS)),
    check("model_routes_models", sql`length(model) between 1 and 200 and length(fallback_model) between 1 and 200`),
    tenantPolicy(),
  ],
);

/** How much may be spent, by whom and in which time; in micro-USD or in tokens of any kind. */
export const budgets = pgTable(
  "budgets",
  {
    organizationId: organizationId(),
    id: id(),
    subjectType: text("subject_type", { enum: BUDGET_SUBJECTS }).notNull(),
    /** The id of the chatbot or agent, or the end user's name; empty for the organization. */
    subjectId: text("subject_id"),
    period: text("period", { enum: BUDGET_PERIODS }).notNull(),
    unit: text("unit", { enum: BUDGET_UNITS }).notNull(),
    limit: bigint("amount_limit", { mode: "number" }).notNull(),
    enforcement: text("enforcement", { enum: BUDGET_ENFORCEMENTS }).notNull(),
    /** What answers in place of a model that would cost too much. */
    stepDownModel: text("step_down_model"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("budgets_subject").on(t.organizationId, t.subjectType, t.subjectId, t.period, t.unit).nullsNotDistinct(),
    check("budgets_subject_type", oneOf("subject_type", BUDGET_SUBJECTS)),
    check("budgets_period", oneOf("period", BUDGET_PERIODS)),
    check("budgets_unit", oneOf("unit", BUDGET_UNITS)),
    check("budgets_enforcement", oneOf("enforcement", BUDGET_ENFORCEMENTS)),
    check("budgets_subject_named", sql`(subject_type = 'organization') = (subject_id is null)`),
    check("budgets_limit", sql`amount_limit between 1 and 1000000000000000`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** What was spent of a budget in a period, which its first day names; counted in the statement that writes the calls. */
export const budgetPeriods = pgTable(
  "budget_periods",
  {
    organizationId: organizationId(),
    budgetId: uuid("budget_id").notNull(),
    startsOn: date("starts_on").notNull(),
    spent: bigint("spent", { mode: "number" }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.budgetId, t.startsOn] }),
    foreignKey({
      name: "budget_periods_of_budget",
      columns: [t.organizationId, t.budgetId],
      foreignColumns: [budgets.organizationId, budgets.id],
    }).onDelete("cascade"),
    check("budget_periods_spent", sql`spent >= 0`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/** What calls under way may cost at most. One whose worker died counts until it expires. */
export const budgetReservations = pgTable(
  "budget_reservations",
  {
    organizationId: organizationId(),
    id: id(),
    budgetId: uuid("budget_id").notNull(),
    amount: bigint("amount", { mode: "number" }).notNull(),
    expiresAt: at("expires_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id, t.budgetId] }),
    foreignKey({
      name: "budget_reservations_of_budget",
      columns: [t.organizationId, t.budgetId],
      foreignColumns: [budgets.organizationId, budgets.id],
    }).onDelete("cascade"),
    index("budget_reservations_by_budget").on(t.organizationId, t.budgetId),
    index("budget_reservations_by_expiry").on(t.expiresAt),
    check("budget_reservations_amount", sql`amount >= 0`),
    tenantPolicy(),
    systemPolicy(),
  ],
);

/**
 * What a chatbot did on a day of the organization's time zone; made anew from the facts while they are recent, and kept when they go.
 * A conversation counts on the day on which it began, with all that came of it; messages, calls and people on their own.
 */
export const dailyMetrics = pgTable(
  "daily_metrics",
  {
    organizationId: organizationId(),
    id: uuid("id").notNull().default(sql`new_id()`),
    /** Empty for what no chatbot did. It outlives the chatbot. */
    chatbotId: uuid("chatbot_id"),
    metricDate: date("metric_date").notNull(),
    totalSessions: integer("total_sessions").notNull(),
    totalMessages: integer("total_messages").notNull(),
    uniqueUsers: integer("unique_users").notNull(),
    avgSessionDurationSeconds: real("avg_session_duration_seconds"),
    avgMessagesPerSession: real("avg_messages_per_session"),
    avgResponseTimeMs: real("avg_response_time_ms"),
    totalTokensUsed: bigint("total_tokens_used", { mode: "number" }).notNull(),
    totalCostMicroUsd: bigint("total_cost_micro_usd", { mode: "number" }).notNull(),
    avgUserSatisfaction: real("avg_user_satisfaction"),
    successfulResponsesRatio: real("successful_responses_ratio"),
    platformBreakdown: jsonb("platform_breakdown").$type<Record<string, number>>().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({ columns: [t.organizationId], foreignColumns: [organizations.id] }).onDelete("cascade"),
    unique("daily_metrics_day").on(t.organizationId, t.metricDate, t.chatbotId).nullsNotDistinct(),
    index("daily_metrics_of_chatbot").on(t.organizationId, t.chatbotId, t.metricDate),
    tenantPolicy(),
  ],
);

/** A budget with what was spent of it in the period that runs; made by hand, as it cuts time in the organization's zone. */
export const budgetUtilization = pgView("budget_utilization", {
  id: uuid("id").notNull(),
  subjectType: text("subject_type", { enum: BUDGET_SUBJECTS }).notNull(),
  subjectId: text("subject_id"),
  period: text("period", { enum: BUDGET_PERIODS }).notNull(),
  unit: text("unit", { enum: BUDGET_UNITS }).notNull(),
  limit: bigint("amount_limit", { mode: "number" }).notNull(),
  enforcement: text("enforcement", { enum: BUDGET_ENFORCEMENTS }).notNull(),
  stepDownModel: text("step_down_model"),
  spent: bigint("spent", { mode: "number" }).notNull(),
  /** By calls under way. */
  reserved: bigint("reserved", { mode: "number" }).notNull(),
  /** Empty for a total. */
  resetsAt: at("resets_at"),
  createdBy: text("created_by"),
  createdAt: at("created_at").notNull(),
  updatedAt: at("updated_at").notNull(),
}).existing();
