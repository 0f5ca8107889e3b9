/**
 * Every table that names an end user, or something that one of them said or gave, and the type under which an export tells
 * its rows. Erasure empties each of the person, the ledger and the events of what names the person. A test refuses any
 * other table with such a column, and tries each one.
 */
export const END_USER_TABLES = {
  conversations: "conversation",
  messages: "message",
  message_archive: "message",
  message_vectors: "message", // what it means
  message_feedback: "message_feedback",
  attachments: "attachment",
  message_traces: "message_trace",
  documents: "document",
  golden_questions: "golden_question",
  ai_usage: "usage",
  ai_usage_archive: "usage",
  budgets: "budget",
  search_log: "search",
  relevance_feedback: "judgment",
  curated_wordings: "message", // somebody's own words, told with the message that they are from
  unanswered_messages: "message", // that a message was no answer
  admin_feedback: "admin_feedback",
  events: "event",
  erasures: "erasure",
} as const;

/** Columns by which a row is a person's. */
export const END_USER_COLUMNS = ["end_user_id", "conversation_id", "message_id"];

export type EndUserRecordType =
  | (typeof END_USER_TABLES)[keyof typeof END_USER_TABLES]
  | "document_chunk"
  | "idempotency_key";
