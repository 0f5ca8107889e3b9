import * as z from "zod";
import { count, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { languageDetector } from "../kernel/retrieval/language.ts";
import { passageLanguages } from "./chunking-language.ts";
import type { ChunkingSettings } from "./chunking-settings.ts";
import { type Chunk, chunkBlocks } from "./extraction/chunk.ts";
import type { Block } from "./extraction/extracted.ts";
import { chunkMaxTokens, chunkTargetTokens } from "./extraction/limits.ts";

/** A passage with the language it is written in, and how sure the reader of its page's picture was, 0 … 1; null: it was no picture. */
export type DocumentChunk = Chunk & { chunkType: string; language: string; confidence: number | null };

/**
 * A document's passages as the settings of its type want them, of at most `chunkTokens`, what is repeated included. A passage
 * has the document's language unless it is clearly in another one. `confidences` are of the pages that were recognized.
 */
export async function chunkDocument(
  blocks: Block[],
  settings: Pick<ChunkingSettings, "chunkTokens" | "overlapTokens" | "chunkType">,
  language: string,
  confidences: ReadonlyMap<number, number> = new Map(),
): Promise<DocumentChunk[]> {
  const { chunkTokens: maxTokens, overlapTokens, chunkType } = settings;
  const targetTokens = Math.round((maxTokens * chunkTargetTokens) / chunkMaxTokens);
  const chunks = chunkBlocks(blocks, { maxTokens, targetTokens, overlapTokens });
  const languageOf = passageLanguages(language, blocks, await languageDetector());
  return chunks.map((chunk) => ({
    ...chunk,
    chunkType: chunkType ?? chunk.kind,
    language: chunk.kind === "code" ? language : languageOf(chunk.text),
    confidence: chunk.page === null ? null : (confidences.get(chunk.page) ?? null),
  }));
}

const SAMPLED_BLOCKS = 60;
const SAMPLED_CHARS = 24_000;

/** The language that a document is written in for the most part; `declared` is what the file says of itself. */
export async function languageOfDocument(blocks: readonly Block[], declared: string | null): Promise<string> {
  const step = Math.max(1, Math.floor(blocks.length / SAMPLED_BLOCKS));
  const sampled = blocks.filter((_, index) => index % step === 0).slice(0, 2 * SAMPLED_BLOCKS);
  const charsOfEach = Math.ceil(SAMPLED_CHARS / sampled.length);
  const detect = await languageDetector();
  return detect(sampled.map(({ text }) => text.slice(0, charsOfEach)).join("\n"), declared);
}

/** What the API says of every chunk. */
export const chunkFields = {
  chunkIndex: count,
  chunkType: text(50).meta({
    description: "What it is made of (text, table or code), else the word that the chunking settings give it",
  }),
  content: text(100_000),
  context: text(LIMITS.textCharsMax).meta({ description: "The headings above it, A > B" }),
  language: text(35).nullable().meta({ description: "ISO 639; the document's, unless it is clearly in another one" }),
  page: count.nullable(),
  startOffset: count.meta({ description: "UTF-16 offset into the extracted text" }),
  endOffset: count.meta({
    description:
      "The text between the offsets is `content`; of a table that goes on, `content` has its header before that",
  }),
  tokenCount: count,
  confidence: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .meta({ description: "Of text that was recognized in a picture, how surely" }),
};
