/** Closed lists of words, written once: the database checks them, the API's schemas enumerate them. */
export const MEMBER_ROLES = ["owner", "admin", "editor", "viewer", "support"] as const;
export const SUBSCRIPTION_TIERS = ["basic", "pro", "enterprise"] as const;
/** What a subscription holds at most. */
export const TIER_LIMITS = {
  documents: { basic: 20_000, pro: 200_000, enterprise: 10_000_000 },
  chatbots: { basic: 100, pro: 1_000, enterprise: 100_000 },
  members: { basic: 50, pro: 1_000, enterprise: 100_000 },
  webhookEndpoints: { basic: 20, pro: 20, enterprise: 20 },
} as const;
export const CHANNELS = ["web", "line", "api", "playground", "widget", "webhook", "iframe"] as const;
export const CONVERSATION_STATUSES = ["active", "inactive", "expired", "terminated"] as const;
/** `staff` is a person of the organization who answers in the chatbot's place. */
export const MESSAGE_ROLES = ["user", "assistant", "system", "tool", "staff"] as const;
/** What people and chatbots say to each other. */
export const SAID_ROLES = ["user", "assistant", "staff"] as const;
/** How messages are looked for: by their words, by their meaning, or both. */
export const MESSAGE_SEARCH_MODES = ["text", "semantic", "hybrid"] as const;
export const MESSAGE_STATUSES = ["pending", "streaming", "completed", "interrupted", "failed"] as const;
/** Who answers in a conversation: a person, from taking it over until it is handed back. */
export const HANDLERS = ["bot", "human"] as const;
export const THUMBS = ["up", "down"] as const;
/** Whose judgment of a message it is; an end user's is that of the person of the conversation. */
export const FEEDBACK_AUTHORS = ["end_user", "member", "key"] as const;
/** Why a chatbot said its fallback. */
export const REFUSAL_REASONS = [
  "no_evidence",
  "model_found_none",
  "nothing_proven",
  "blocked_topic",
  "budget",
] as const;
export const CONTENT_TYPES = ["text", "html", "markdown", "json"] as const;
export const PRODUCT_STATUSES = ["active", "inactive", "draft", "archived"] as const;
export const DOCUMENT_TYPES = ["technical", "regulatory", "safety", "marketing", "certification", "other"] as const;
export const DOCUMENT_STATUSES = ["uploaded", "processing", "completed", "failed"] as const;
export const DOCUMENT_ORIGINS = ["uploaded", "fetched", "generated", "analyzed"] as const;
export const WEBSITE_STATUSES = ["waiting", "reading", "completed", "failed"] as const;
/** Whom a chatbot's answers or a search may tell of something: everybody, or those who work with the API. */
export const AUDIENCES = ["public", "staff"] as const;
export const DOCUMENT_SCOPES = ["all", "assigned"] as const;
export const CHATBOT_STATUSES = ["draft", "active", "inactive", "testing", "maintenance"] as const;
/** Chatbots that answer those alone who may change them. `active` answers everybody who may ask, any other nobody. */
export const UNPUBLISHED = ["draft", "testing"] as const;
export const EVENT_CATEGORIES = ["system", "user_action", "error", "performance"] as const;
export const EVENT_SEVERITIES = ["debug", "info", "warning", "error", "critical"] as const;
export const CALLER_KINDS = ["key", "member", "system"] as const;
export const SEARCH_MODES = ["hybrid", "lexical", "vector"] as const;
export const EMBEDDING_MIGRATION_STATUSES = ["embedding", "ready", "switched", "cancelled", "failed"] as const;
/** What models are called for. */
export const TASKS = ["answer", "rewrite", "summarize", "analyze", "judge", "embed", "rerank", "ocr"] as const;
export type Task = (typeof TASKS)[number];
/** Tasks whose model is an organization's choice; that of `embed` is switched by an embedding migration, with every vector. */
export const ROUTED_TASKS = ["answer", "rewrite", "summarize", "analyze", "judge", "rerank", "ocr"] as const;
export type RoutedTask = (typeof ROUTED_TASKS)[number];
/** Names that stand for whichever model the operator has given them. */
export const MODEL_TIERS = ["opus", "sonnet", "haiku"] as const;
/** How a model call ended: `interrupted` after some words, `withheld` by the model's makers. */
export const CALL_OUTCOMES = ["succeeded", "failed", "interrupted", "withheld"] as const;
/** Whose spending a budget bounds: everything, or what is done for one of them. */
export const BUDGET_SUBJECTS = ["organization", "chatbot", "agent", "end_user"] as const;
/** Days and months begin at midnight in the organization's time zone. */
export const BUDGET_PERIODS = ["day", "month", "total"] as const;
export const BUDGET_UNITS = ["micro_usd", "tokens"] as const;
/** A hard budget is never overshot; a soft one only tells. */
export const BUDGET_ENFORCEMENTS = ["hard", "soft"] as const;
/** Where the platform tries itself: nobody has a key of it or is its member. */
export const SELF_CHECK_ORGANIZATION = {
  id: "00000000-0000-7000-8000-00005e1fc4ec",
  slug: "edgelore-self-check",
  name: "Self-check",
} as const;
export const SELF_CHECK_STEPS = ["store", "ingest", "embed", "answer", "delete"] as const;
/** A deleted endpoint is told nothing and shown to nobody; it goes once its log is gone. */
export const WEBHOOK_ENDPOINT_STATUSES = ["active", "disabled", "deleted"] as const;
export const WEBHOOK_DELIVERY_STATUSES = ["pending", "delivered", "failed"] as const;
/** A proposed question counts for nothing until somebody has approved it. */
export const GOLDEN_QUESTION_STATUSES = ["proposed", "approved"] as const;
export const QUESTION_PROPOSAL_STATUSES = ["writing", "completed", "failed"] as const;
export const EVAL_STATUSES = ["running", "completed", "cancelled", "failed"] as const;
export const EVAL_RESULT_STATUSES = ["waiting", "completed", "failed"] as const;
/** In what an answer may be better or worse than another. */
export const EVAL_ASPECTS = ["refused", "correctness", "recall", "wrongQuotes", "failed"] as const;
/** What an erasure counts. */
export const ERASED = [
  "conversations",
  "messages",
  "documents",
  "attachments",
  "calls",
  "budgets",
  "searches",
  "judgments",
  "events",
  "embeddings",
  "idempotencyKeys",
] as const;
/** Only a published one is said. */
export const CURATED_ANSWER_STATUSES = ["draft", "published"] as const;
export const UNANSWERED_QUESTION_STATUSES = ["open", "answered", "dismissed"] as const;
/** Why a question is in the inbox: the chatbot said that it does not know, or somebody did not like what it said. */
export const UNANSWERED_REASONS = ["refused", "disliked"] as const;
export const ADMIN_FEEDBACK_TYPES = ["accuracy", "tone", "completeness", "relevance", "other"] as const;
export const ADMIN_FEEDBACK_SEVERITIES = ["low", "medium", "high", "critical"] as const;
export const ADMIN_FEEDBACK_STATUSES = ["pending", "analyzing", "completed", "applied", "rejected"] as const;
