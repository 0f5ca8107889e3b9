import type { Filter } from "./filter.ts";
import type { CALLER_KINDS, CHATBOT_STATUSES, DOCUMENT_SCOPES, ERASED, REFUSAL_REASONS } from "./words.ts";

/** The shapes of jsonb columns. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type OrganizationSettings = {
  defaultLanguage?: string;
  supportEmail?: string;
  /** Of these the function `setting` knows what holds where none is set. */
  conversationIdleMinutes?: number;
  archiveAfterDays?: number;
  usageArchiveAfterDays?: number;
  clientDays?: number;
  retentionDays?: number;
  semanticMessageSearch?: boolean;
};
export type ProcessingStep = { at: string; step: string; detail?: string };
/** A page that was recognized from a picture, and how sure the reader was: 0 … 1. */
export type OcrPage = { page: number; confidence: number };
/** What was quoted, literally, and where it stands. */
/** What is cited: a chunk of a document, or a file that came with the question. */
export type Cited =
  | { documentId: string; chunkId: string; attachmentId?: null }
  | { documentId: null; chunkId: null; attachmentId: string };
export type Citation = { marker: number; title: string; page: number | null; quote: string } & Cited;
/** A file that came with a question, as messages show it. */
export type AttachedFile = { id: string; name: string; type: string; size: number };
export type Passage = { page: number | null; text: string };
export type TokenUsage = {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
};
export type ModelConfig = { temperature?: number; topP?: number; maxTokens?: number };
export type KnowledgeBaseFilter = Filter;
/** What a chatbot takes in and lets out; {} is no more than the platform's own limits. */
export type Safety = {
  personalData?: "keep" | "mask";
  blockedTopics?: string[];
  blockedMessage?: string | null;
  questionCharsMax?: number;
  answerCharsMax?: number;
};
/** What of a chatbot is set by people, as the API names it; `chatbot_configuration` reads it of a row. */
export type ChatbotConfiguration = {
  name: string;
  slug: string;
  description: string | null;
  status: (typeof CHATBOT_STATUSES)[number];
  avatarUrl: string | null;
  welcomeMessage: string | null;
  fallbackMessage: string | null;
  llmProvider: "bedrock";
  llmModel: string | null;
  systemPrompt: string;
  modelConfig: ModelConfig;
  ragEnabled: boolean;
  retrievalK: number;
  scoreThreshold: number;
  contextWindow: number;
  documentScope: (typeof DOCUMENT_SCOPES)[number];
  rewriteFollowUps: boolean;
  safety: Safety;
  knowledgeBaseFilter: KnowledgeBaseFilter;
  integrationSettings: JsonObject;
  evalGate: EvalGate | null;
};
/** By how much, as a share of 1, each figure of an eval may be worse than that of the configuration in force. */
export type EvalGate = { maxDrop: number };
/** Of the last `days`, named as in the daily metrics; {} before they were made. */
export type PerformanceMetrics = {
  days?: number;
  totalSessions?: number;
  totalMessages?: number;
  uniqueUsers?: number;
  avgSessionDurationSeconds?: number | null;
  avgResponseTimeMs?: number | null;
  avgUserSatisfaction?: number | null;
  successfulResponsesRatio?: number | null;
  totalCostMicroUsd?: number;
};
/** What could be answered from what stands nearest: an answer with its citations, else only what is near, or nothing. */
export type DraftAnswer = {
  content: string | null;
  citations: Citation[];
  nearest: { documentId: string; chunkId: string; title: string; page: number | null; relevance: number }[];
};
export type FeedbackAnalysis = {
  summary: string;
  /** Suggestions of the model that were of no use, and why. */
  dropped: string[];
};
/** What could be changed, as a PATCH of the chatbot would say it, or what somebody should write. */
export type Suggestion = { reason: string } & (
  | { type: "prompt_edit"; change: { systemPrompt: string } }
  | { type: "threshold"; change: { scoreThreshold: number } }
  | { type: "retrieval_k"; change: { retrievalK: number } }
  | { type: "filter"; change: { knowledgeBaseFilter: KnowledgeBaseFilter } }
  | { type: "missing_document"; document: { title: string; about: string } }
  | { type: "curated_answer"; curatedAnswer: { question: string; answer: string } }
);
export type AppliedChanges = {
  /** The numbers of the suggestions, from 0. */
  suggestions: number[];
  change: Partial<ChatbotConfiguration>;
  curatedAnswerIds: string[];
};
/** Of the answers of so many days: how many there were, and what became of them. */
export type ImpactSide = {
  answers: number;
  refused: number;
  /** What people said of them. */
  thumbsUp: number;
  thumbsDown: number;
  /** Conversations that began then and were rated. */
  rated: number;
  meanSatisfaction: number | null;
};
export type ImpactMetrics = { days: number; measuredAt: string; before: ImpactSide; after: ImpactSide };
export type MessageError = { code: string; detail: string };
/** One step of an answer: when it began after the question came, how long it took, and what came in and out of it. */
export type TraceStep = { atMs: number; durationMs: number } & (
  | { step: "mask"; masked: Record<string, number> }
  | { step: "detect_language"; language: string | null }
  | { step: "small_talk"; kind: string; language: string }
  | { step: "blocked_topic"; of: "question" | "answer"; topic: string }
  | { step: "curated"; curatedAnswerId: string; wording: string; similarity: number | null }
  | ({ step: "rewrite"; question: string; rewritten: string | null; failure: string | null } & TracedCall)
  | {
      step: "retrieve";
      query: string;
      earlierQuestions: number;
      degraded: string[];
      chunks: {
        chunkId: string;
        documentId: string;
        title: string;
        page: number | null;
        score: number;
        /** Whether the model was shown it. */
        isUsed: boolean;
      }[];
    }
  /** Of the files that came with the question, or with those before it, how many of their passages the model was shown. */
  | { step: "attachments"; files: { attachmentId: string; passages: number; shown: number }[] }
  | { step: "evidence"; isEnough: boolean; topScore: number | null; threshold: number }
  | { step: "pack"; budgetTokens: number; chunks: number; tokens: number }
  | ({
      step: "generate";
      attempt: number;
      promptRevision: number;
      firstTokenMs: number | null;
      /** What the model said, before anything of it was verified. */
      said: string;
    } & TracedCall)
  | {
      step: "verify";
      quotes: number;
      supported: number;
      /** Quotes that stood in another source than the one they named. */
      reanchored: number;
      dropped: { quote: string; reason: "not_in_source" | "source_gone" | "says_nothing" }[];
      removedLinks: number;
    }
  | { step: "refuse"; reason: (typeof REFUSAL_REASONS)[number] }
);
type TracedCall = { model: string | null; inputTokens: number; outputTokens: number };
/** What a model was called by: an endpoint or job, and who asked for it. */
export type RequestContext = { operation: string; callerKind?: (typeof CALLER_KINDS)[number]; callerId?: string };
/** How one corpus was searched. */
export type SearchStrategy = {
  corpus: number;
  entries: number;
  /** Entries that the filter left, counted up to what its strategy asks. */
  scope: number;
  lexical: "none" | "scan" | "index";
  vector: "none" | "exact" | "bits" | "graph";
  /** Entries whose embedding was compared exactly. */
  compared: number;
  lexicalShare: number;
  rerank: boolean;
};
/** What a check of one corpus found: counts of entries. */
export type IndexFindings = {
  entries: number;
  indexed: number;
  missing: number;
  orphaned: number;
  /** Analyzed by an older analyzer, or weighted with an average length that has drifted. */
  outdated: number;
  withoutVector: number;
  /** The statistics as summed up beside the statistics as counted anew. */
  statisticsDiffer: boolean;
  /** Of what was found, and of what came meanwhile, as much as is not repaired. */
  remaining?: number;
};
export type ModelComparison = {
  queries: number;
  /** Mean share of the ten best that both models find. */
  overlapAt10: number;
  /** How many of the queries have judgments, and the mean over those. */
  judged: number;
  ndcgAt10: { from: number; to: number } | null;
  at: string;
};
export type SaidTurn = { role: "user" | "assistant"; content: string };
/** Where an answer should come from: a document, or the chunks of it (or of any) that hold the quote. */
export type ExpectedSource = { documentId?: string; quote?: string };
/** What an eval asks and expects, as it was when the eval began. */
export type AskedQuestion = {
  question: string;
  history: SaidTurn[];
  expectedAnswer: string | null;
  expectedFacts: string[];
  expectedSources: ExpectedSource[];
  language: string | null;
  tags: string[];
};
/** Whether an answer says a fact: found in its words, or judged by a model. */
export type FactVerdict = { fact: string; holds: boolean; by: "words" | "judge"; reason: string };
export type RetrievedSource = {
  documentId: string;
  chunkId: string;
  title: string;
  page: number | null;
  score: number;
};
/** What came of a question. */
export type EvalOutcome = {
  answer: string;
  citations: Citation[];
  sources: RetrievedSource[];
  facts: FactVerdict[];
  error: MessageError | null;
};
/** Means over the questions that have the figure; null where none has. */
export type EvalFigures = {
  questions: number;
  failed: number;
  recall: number | null;
  reciprocalRank: number | null;
  correctness: number | null;
  refusedUnanswerable: number | null;
  refusedAnswerable: number | null;
  quotes: number;
  wrongQuotes: number;
  latencyMsP50: number | null;
  latencyMsP95: number | null;
  firstTokenMsP50: number | null;
  costMicroUsd: number;
};
export type EvalSummary = EvalFigures & {
  /** What would be refused if chunks of a lower score were not shown: shares of 1. */
  thresholds: { threshold: number; refusedAnswerable: number | null; refusedUnanswerable: number | null }[];
};
/** What an erasure has removed so far; calls and events stay without the person. */
export type ErasureCounts = Record<(typeof ERASED)[number], number>;
