import { sql } from "drizzle-orm";
import { check, foreignKey, index, integer, jsonb, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { at, createdAt, createdBy, id, oneOf, organizationId, systemPolicy, tenantPolicy } from "../columns.ts";
import type { AppliedChanges, ChatbotConfiguration, FeedbackAnalysis, ImpactMetrics, Suggestion } from "../json.ts";
import { ADMIN_FEEDBACK_SEVERITIES, ADMIN_FEEDBACK_STATUSES, ADMIN_FEEDBACK_TYPES } from "../words.ts";
import { chatbots } from "./chatbots.ts";

/**
 * What somebody of the organization says of a chatbot, of a conversation or of an answer, what a model suggests to change, and what became
 * of it. What was written about a conversation is emptied with it, by trigger: it may repeat what was said there.
 */
export const adminFeedback = pgTable(
  "admin_feedback",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    /** No foreign keys: messages and conversations go, and what was changed because of them stays. */
    conversationId: uuid("conversation_id"),
    messageId: uuid("message_id"),
    feedbackText: text("feedback_text").notNull(),
    feedbackType: text("feedback_type", { enum: ADMIN_FEEDBACK_TYPES }).notNull(),
    severity: text("severity", { enum: ADMIN_FEEDBACK_SEVERITIES }).notNull(),
    context: text("context"),
    status: text("status", { enum: ADMIN_FEEDBACK_STATUSES }).notNull().default("pending"),
    analysisResults: jsonb("analysis_results").$type<FeedbackAnalysis>(),
    suggestedImprovements: jsonb("suggested_improvements").$type<Suggestion[]>().notNull().default([]),
    appliedChanges: jsonb("applied_changes").$type<AppliedChanges>(),
    beforeSnapshot: jsonb("before_snapshot").$type<ChatbotConfiguration>(),
    afterSnapshot: jsonb("after_snapshot").$type<ChatbotConfiguration>(),
    /** The revision that it made. */
    appliedRevision: integer("applied_revision"),
    impactMetrics: jsonb("impact_metrics").$type<ImpactMetrics>(),
    /** Why it could not be analyzed, or was rejected. */
    reason: text("reason"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    processedBy: text("processed_by"),
    processedAt: at("processed_at"),
    appliedAt: at("applied_at"),
    revertedAt: at("reverted_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "admin_feedback_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("admin_feedback_by_chatbot").on(t.organizationId, t.chatbotId, t.id),
    index("admin_feedback_by_status").on(t.organizationId, t.status, t.id),
    index("admin_feedback_by_conversation").on(t.organizationId, t.conversationId),
    index("admin_feedback_to_measure").on(t.appliedAt).where(sql`status = 'applied'`),
    check("admin_feedback_type", oneOf("feedback_type", ADMIN_FEEDBACK_TYPES)),
    check("admin_feedback_severity", oneOf("severity", ADMIN_FEEDBACK_SEVERITIES)),
    check("admin_feedback_status", oneOf("status", ADMIN_FEEDBACK_STATUSES)),
    tenantPolicy(),
    systemPolicy(),
  ],
);
