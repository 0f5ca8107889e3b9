import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  foreignKey,
  halfvec,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
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
  EMBEDDING_DIMENSIONS,
  id,
  oneOf,
  organizationId,
  tenantPolicy,
  updatedAt,
} from "../columns.ts";
import type { Citation, DraftAnswer } from "../json.ts";
import { CURATED_ANSWER_STATUSES, UNANSWERED_QUESTION_STATUSES, UNANSWERED_REASONS } from "../words.ts";
import { chatbots } from "./chatbots.ts";
import { conversations } from "./conversations.ts";

const ofConversation = (name: string, t: { organizationId: never; conversationId: never }) =>
  foreignKey({
    name,
    columns: [t.organizationId, t.conversationId],
    foreignColumns: [conversations.organizationId, conversations.id],
  }).onDelete("cascade");

/** What people wrote for a chatbot to say, word for word, where one of its questions is asked. */
export const curatedAnswers = pgTable(
  "curated_answers",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    status: text("status", { enum: CURATED_ANSWER_STATUSES }).notNull().default("draft"),
    answer: text("answer").notNull(),
    language: text("language").notNull(),
    /** What it rests on: passages of documents, as they stood when it was written. */
    sources: jsonb("sources").$type<Citation[]>().notNull().default([]),
    validFrom: at("valid_from"),
    validUntil: at("valid_until"),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedBy: createdBy("updated_by"),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "curated_answers_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("curated_answers_by_chatbot").on(t.organizationId, t.chatbotId, t.id),
    check("curated_answers_status", oneOf("status", CURATED_ANSWER_STATUSES)),
    check("curated_answers_validity", sql`valid_until > valid_from`),
    tenantPolicy(),
  ],
);

/** The ways to ask for a curated answer, the question itself first. */
export const curatedWordings = pgTable(
  "curated_wordings",
  {
    organizationId: organizationId(),
    id: id(),
    curatedAnswerId: uuid("curated_answer_id").notNull(),
    position: smallint("position").notNull(),
    text: text("text").notNull(),
    /** SHA-256 of the words, whatever their case, width and punctuation. */
    wordsHash: bytea("words_hash").notNull(),
    /** SHA-256 of what is embedded, by which the embedding of the same question is cached. */
    textHash: bytea("text_hash").notNull(),
    /** Where these are somebody's own words, the conversation in which they were said: they go with it. */
    conversationId: uuid("conversation_id"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "curated_wordings_of_answer",
      columns: [t.organizationId, t.curatedAnswerId],
      foreignColumns: [curatedAnswers.organizationId, curatedAnswers.id],
    }).onDelete("cascade"),
    ofConversation("curated_wordings_of_conversation", t as never),
    unique("curated_wordings_once").on(t.organizationId, t.curatedAnswerId, t.wordsHash),
    index("curated_wordings_by_conversation").on(t.organizationId, t.conversationId),
    tenantPolicy(),
  ],
);

/** A wording's embedding, as a question is embedded, by each model that the organization has. Few are compared at once, so no index finds them. */
export const curatedVectors = pgTable(
  "curated_vectors",
  {
    organizationId: organizationId(),
    wordingId: uuid("wording_id").notNull(),
    model: text("model").notNull(),
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }).notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.wordingId, t.model] }),
    foreignKey({
      name: "curated_vectors_of_wording",
      columns: [t.organizationId, t.wordingId],
      foreignColumns: [curatedWordings.organizationId, curatedWordings.id],
    }).onDelete("cascade"),
    tenantPolicy(),
  ],
);

/** Questions of one meaning that a chatbot did not answer, or not well. What was asked stands in its messages alone. */
export const unansweredQuestions = pgTable(
  "unanswered_questions",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    status: text("status", { enum: UNANSWERED_QUESTION_STATUSES }).notNull().default("open"),
    timesAsked: integer("times_asked").notNull().default(0),
    firstAskedAt: at("first_asked_at").notNull(),
    lastAskedAt: at("last_asked_at").notNull(),
    /** What could be answered from what stands nearest; empty until it is written. */
    draft: jsonb("draft").$type<DraftAnswer>(),
    draftedAt: at("drafted_at"),
    curatedAnswerId: uuid("curated_answer_id"),
    /** Whether it was answered when somebody last tried. */
    retestAnswered: boolean("retest_answered"),
    retestedAt: at("retested_at"),
    resolvedBy: text("resolved_by"),
    resolvedAt: at("resolved_at"),
    createdAt: createdAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "unanswered_questions_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("unanswered_questions_by_chatbot").on(t.organizationId, t.chatbotId, t.timesAsked, t.id),
    index("unanswered_questions_by_answer").on(t.organizationId, t.curatedAnswerId),
    check("unanswered_questions_status", oneOf("status", UNANSWERED_QUESTION_STATUSES)),
    tenantPolicy(),
  ],
);

/** The answers that were none, each once: the messages hold who said what, and these go with their conversation. */
export const unansweredMessages = pgTable(
  "unanswered_messages",
  {
    organizationId: organizationId(),
    /** Of the answer. */
    messageId: uuid("message_id").notNull(),
    unansweredQuestionId: uuid("unanswered_question_id").notNull(),
    conversationId: uuid("conversation_id").notNull(),
    questionId: uuid("question_id").notNull(),
    reason: text("reason", { enum: UNANSWERED_REASONS }).notNull(),
    language: text("language").notNull(),
    askedAt: at("asked_at").notNull(),
    /** The one that speaks for all, to which others are compared; it alone has an embedding. */
    isLeader: boolean("is_leader").notNull().default(false),
    model: text("model"),
    embedding: halfvec("embedding", { dimensions: EMBEDDING_DIMENSIONS }),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.messageId] }),
    foreignKey({
      name: "unanswered_messages_of_question",
      columns: [t.organizationId, t.unansweredQuestionId],
      foreignColumns: [unansweredQuestions.organizationId, unansweredQuestions.id],
    }).onDelete("cascade"),
    ofConversation("unanswered_messages_of_conversation", t as never),
    index("unanswered_messages_by_question").on(t.organizationId, t.unansweredQuestionId, t.askedAt),
    index("unanswered_messages_by_conversation").on(t.organizationId, t.conversationId),
    uniqueIndex("unanswered_messages_leader").on(t.organizationId, t.unansweredQuestionId).where(sql`is_leader`),
    check("unanswered_messages_reason", oneOf("reason", UNANSWERED_REASONS)),
    check(
      "unanswered_messages_embedding",
      sql`(model is null) = (embedding is null) and (is_leader or embedding is null)`,
    ),
    tenantPolicy(),
  ],
);
