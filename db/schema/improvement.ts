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
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { at, createdAt, createdBy, id, oneOf, organizationId, tenantPolicy, updatedAt } from "../columns.ts";
import type {
  AskedQuestion,
  ChatbotConfiguration,
  EvalOutcome,
  EvalSummary,
  ExpectedSource,
  SaidTurn,
} from "../json.ts";
import { EVAL_RESULT_STATUSES, EVAL_STATUSES, GOLDEN_QUESTION_STATUSES, QUESTION_PROPOSAL_STATUSES } from "../words.ts";
import { chatbots } from "./chatbots.ts";

/** What a chatbot is tried with: a question, after what was said before it, and what is expected of the answer. */
export const goldenQuestions = pgTable(
  "golden_questions",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    question: text("question").notNull(),
    history: jsonb("history").$type<SaidTurn[]>().notNull().default([]),
    /** False: the documents do not hold the answer, and to refuse is right. */
    answerable: boolean("answerable").notNull().default(true),
    expectedAnswer: text("expected_answer"),
    expectedFacts: jsonb("expected_facts").$type<string[]>().notNull().default([]),
    expectedSources: jsonb("expected_sources").$type<ExpectedSource[]>().notNull().default([]),
    /** ISO 639-1. */
    language: text("language"),
    tags: text("tags").array().notNull().default(sql`'{}'`),
    status: text("status", { enum: GOLDEN_QUESTION_STATUSES }).notNull().default("approved"),
    /** The answer in a conversation that it was made from: with that message it goes, as it repeats what a person said. */
    messageId: uuid("message_id"),
    /** What is asked, by which the same question is recognized. */
    askedHash: text("asked_hash").notNull().generatedAlwaysAs(sql`md5(question || history::text)`),
    createdBy: createdBy(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "golden_questions_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    uniqueIndex("golden_questions_once").on(t.organizationId, t.chatbotId, t.askedHash),
    index("golden_questions_in_order").on(t.organizationId, t.chatbotId, t.id),
    index("golden_questions_by_message").on(t.organizationId, t.messageId).where(sql`message_id is not null`),
    check("golden_questions_question", sql`length(question) between 1 and 20000`),
    check("golden_questions_status", oneOf("status", GOLDEN_QUESTION_STATUSES)),
    tenantPolicy(),
  ],
);

/** A request to have questions proposed from documents: the chunks that were chosen for it, and how far it has come. */
export const questionProposals = pgTable(
  "question_proposals",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    status: text("status", { enum: QUESTION_PROPOSAL_STATUSES }).notNull().default("writing"),
    failureReason: text("failure_reason"),
    /** In the order in which a model is asked about them; `read` of them are done. */
    chunkIds: uuid("chunk_ids").array().notNull(),
    read: integer("read").notNull().default(0),
    wanted: integer("wanted").notNull(),
    proposed: integer("proposed").notNull().default(0),
    /** What the model proposed with a quote that its chunk does not hold. */
    dropped: integer("dropped").notNull().default(0),
    createdBy: createdBy(),
    createdAt: createdAt(),
    completedAt: at("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "question_proposals_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("question_proposals_by_chatbot").on(t.organizationId, t.chatbotId),
    check("question_proposals_status", oneOf("status", QUESTION_PROPOSAL_STATUSES)),
    check("question_proposals_failure", sql`(status = 'failed') = (failure_reason is not null)`),
    tenantPolicy(),
  ],
);

/** One run of golden questions through a configuration of a chatbot, be it in force or not. */
export const evalRuns = pgTable(
  "eval_runs",
  {
    organizationId: organizationId(),
    id: id(),
    chatbotId: uuid("chatbot_id").notNull(),
    /** The revision whose configuration it tries, with `change` on top. */
    revision: integer("revision").notNull(),
    change: jsonb("change").$type<Partial<ChatbotConfiguration>>(),
    configuration: jsonb("configuration").$type<ChatbotConfiguration>().notNull(),
    /** Of what of the configuration answers: two with the same one answer alike. */
    fingerprint: text("fingerprint").notNull(),
    /** Whether it asks every question that was approved when it began: only such a run opens the gate. */
    whole: boolean("whole").notNull(),
    status: text("status", { enum: EVAL_STATUSES }).notNull().default("running"),
    failureReason: text("failure_reason"),
    total: integer("total").notNull(),
    /** What its calls may cost together; null: as much as the budgets hold. */
    costLimitMicroUsd: bigint("cost_limit_micro_usd", { mode: "number" }),
    summary: jsonb("summary").$type<EvalSummary>(),
    createdBy: createdBy(),
    createdAt: createdAt(),
    completedAt: at("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.id] }),
    foreignKey({
      name: "eval_runs_of_chatbot",
      columns: [t.organizationId, t.chatbotId],
      foreignColumns: [chatbots.organizationId, chatbots.id],
    }).onDelete("cascade"),
    index("eval_runs_in_order").on(t.organizationId, t.chatbotId, t.id),
    index("eval_runs_by_fingerprint").on(t.organizationId, t.chatbotId, t.fingerprint),
    check("eval_runs_status", oneOf("status", EVAL_STATUSES)),
    check("eval_runs_failure", sql`(status = 'failed') = (failure_reason is not null)`),
    check("eval_runs_completion", sql`(status = 'running') = (completed_at is null)`),
    check("eval_runs_total", sql`total > 0`),
    tenantPolicy(),
  ],
);

/** A question of a run, from when the run begins; with its question it goes. */
export const evalResults = pgTable(
  "eval_results",
  {
    organizationId: organizationId(),
    evalId: uuid("eval_id").notNull(),
    goldenQuestionId: uuid("golden_question_id").notNull(),
    asked: jsonb("asked").$type<AskedQuestion>().notNull(),
    answerable: boolean("answerable").notNull(),
    status: text("status", { enum: EVAL_RESULT_STATUSES }).notNull().default("waiting"),
    /** By which its calls stand in the ledger, as a message's do. */
    answerId: uuid("answer_id"),
    refused: boolean("refused"),
    /** 0 … 1: of the expected sources, those that were retrieved; null where none is expected. */
    recall: doublePrecision("recall"),
    reciprocalRank: doublePrecision("reciprocal_rank"),
    quotes: integer("quotes"),
    /** Quotes that do not stand, letter by letter, in the stored chunk that they name. */
    wrongQuotes: integer("wrong_quotes"),
    /** 0 … 1: of what the answer should say, the share that it says. */
    correctness: doublePrecision("correctness"),
    /** Of the best chunk; null where nothing was found. */
    topScore: doublePrecision("top_score"),
    latencyMs: integer("latency_ms"),
    firstTokenMs: integer("first_token_ms"),
    costMicroUsd: bigint("cost_micro_usd", { mode: "number" }),
    outcome: jsonb("outcome").$type<EvalOutcome>(),
    completedAt: at("completed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.organizationId, t.evalId, t.goldenQuestionId] }),
    foreignKey({
      name: "eval_results_of_eval",
      columns: [t.organizationId, t.evalId],
      foreignColumns: [evalRuns.organizationId, evalRuns.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "eval_results_of_question",
      columns: [t.organizationId, t.goldenQuestionId],
      foreignColumns: [goldenQuestions.organizationId, goldenQuestions.id],
    }).onDelete("cascade"),
    index("eval_results_by_question").on(t.organizationId, t.goldenQuestionId),
    check("eval_results_status", oneOf("status", EVAL_RESULT_STATUSES)),
    check(
      "eval_results_shares",
      sql`recall between 0 and 1 and reciprocal_rank between 0 and 1 and correctness between 0 and 1`,
    ),
    check("eval_results_outcome", sql`(status = 'waiting') = (outcome is null)`),
    tenantPolicy(),
  ],
);
