import type { DOCUMENT_TYPES } from "./words.ts";

/** The shapes of jsonb columns. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
export type OrganizationSettings = { defaultLanguage?: string; retentionDays?: number; supportEmail?: string };
export type ProcessingStep = { at: string; step: string; detail?: string };
/** What was quoted, literally, and where it stands. */
export type Citation = {
  marker: number;
  documentId: string;
  chunkId: string;
  title: string;
  page: number | null;
  quote: string;
};
export type TokenUsage = {
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
};
export type ModelConfig = { temperature?: number; topP?: number; maxTokens?: number };
export type KnowledgeBaseFilter = {
  productIds?: string[];
  documentIds?: string[];
  documentTypes?: (typeof DOCUMENT_TYPES)[number][];
  languages?: string[];
};
export type MessageError = { code: string; detail: string };
