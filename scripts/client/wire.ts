import type { Problem } from "./failure.ts";

export type DocumentStatus = "uploaded" | "processing" | "completed" | "failed";
export type UploadedDocument = { id: string; status: DocumentStatus };
export type Document = UploadedDocument & {
  title: string;
  filename: string;
  failureReason: string | null;
  chunkCount: number;
  contentHash: string;
  metadata: Record<string, unknown>;
};
export type Upload = {
  bytes: Uint8Array<ArrayBuffer>;
  filename: string;
  mimeType?: string;
  title?: string;
  productId?: string;
  documentType?: string;
  language?: string;
};
export type SearchQuery = {
  query: string;
  limit?: number;
  mode?: string;
  corpora?: string[];
  filter?: Record<string, unknown>;
  explain?: boolean;
};
export type Source = { type: string; id: string; title: string; page: number | null };
export type SearchResult = {
  corpus: string;
  id: string;
  content: string;
  context: string | null;
  score: number;
  scores: { lexical: number; lexicalRank: number | null; vector: number; vectorRank: number | null };
  source: Source;
  duplicates: { id: string; source: Source }[];
};
export type SearchReply = {
  results: SearchResult[];
  explanation?: { terms: { term: string; weight: number }[]; languages: string[] };
};
export type Question = { content: string; conversationId?: string; endUser?: string };
export type Citation = {
  marker: number;
  documentId: string | null;
  chunkId: string | null;
  attachmentId: string | null;
  title: string;
  page: number | null;
  quote: string;
};
export type Answer = {
  conversationId: string;
  /** Null where a person is to answer. */
  message: {
    id: string;
    status?: string;
    content: string;
    citations: Citation[];
    answered?: boolean;
    /** Of what people wrote for this question, if that was said. */
    curatedAnswerId?: string | null;
  } | null;
  usage: Record<string, number>;
};
export type AnswerEvent =
  | { event: "message.created"; data: { conversationId: string; messageId: string } }
  | { event: "sources"; data: { sources: { documentId: string; title: string; page: number | null }[] } }
  | { event: "delta"; data: { text: string } }
  | { event: "message.completed"; data: Answer }
  | { event: "error"; data: Problem };
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
export type EvalThreshold = {
  threshold: number;
  refusedAnswerable: number | null;
  refusedUnanswerable: number | null;
};
type ComparedQuestion = { goldenQuestionId: string; question: string; what: string[] };
export type Eval = {
  id: string;
  revision: number;
  status: "running" | "completed" | "cancelled" | "failed";
  failureReason: string | null;
  total: number;
  completed: number;
  summary: (EvalFigures & { thresholds: EvalThreshold[] }) | null;
  /** Absent while it runs. */
  comparison?: {
    evalId: string;
    figures: EvalFigures;
    before: EvalFigures;
    better: ComparedQuestion[];
    worse: ComparedQuestion[];
  } | null;
};
