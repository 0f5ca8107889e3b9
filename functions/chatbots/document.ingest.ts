import { newId } from "../../db/columns.ts";
import {
  chunkedDocument,
  clearChunks,
  type Document,
  findDocument,
  insertChunks,
  startDocument,
} from "../../db/queries/chatbots/document.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError, violates } from "../kernel/errors.ts";
import { job, PermanentFailure } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { detectLanguage } from "../kernel/retrieval/language.ts";
import { giveUpDocument } from "./document.ts";
import { type Chunk, chunkBlocks } from "./extraction/chunk.ts";
import { type Extracted, ExtractionError } from "./extraction/extracted.ts";

/** Bytes → text → chunks, findable by their words at once; the embedding follows as a job of its own. */
export const ingestDocument = job({
  kind: "document.ingest",
  async run(ctx, documentId, attempt) {
    const document = await start(ctx, documentId, attempt);
    if (!document) return []; // deleted meanwhile
    const extracted = await extractFrom(ctx, document);
    const chunks = chunkBlocks(extracted.blocks);
    if (chunks.length === 0) throw new PermanentFailure(extracted.pagesWithoutText?.length ? SCANNED : NO_TEXT);
    const language = document.language ?? detectLanguage(sample(chunks), extracted.language);
    await writeChunks(ctx, document, chunks, language);
    return [
      chunkedDocument(
        ctx,
        documentId,
        {
          chunkCount: chunks.length,
          language,
          pageCount: extracted.pageCount,
          extractedMetadata: bounded(extracted.metadata),
        },
        extracted.warnings,
      ),
      ...ctx.emit("document.chunked", documentId, { chunkCount: chunks.length }, { category: "system" }),
    ];
  },
  failed: giveUpDocument,
});

const NO_TEXT = "No text was found in this document.";
const SCANNED =
  "The pages are pictures without a text layer, as of a scan, and text recognition (OCR) is not available yet. Run OCR on the file and upload the result.";

async function start(ctx: Ctx, documentId: string, attempt: number) {
  try {
    return await startDocument(ctx, documentId, attempt);
  } catch (error) {
    if (!violates(error, "documents_same_bytes")) throw error;
    throw new PermanentFailure("The same bytes were uploaded again meanwhile, as another document.");
  }
}

async function extractFrom(ctx: Ctx, { id, storageKey, mimeType, filename }: Document): Promise<Extracted> {
  const stored = await ctx.files.get(storageKey);
  if (!stored) {
    const now = await findDocument(ctx, id);
    if (now?.storageKey !== storageKey) throw new ApiError("CONFLICT", "Its content was replaced meanwhile.");
    throw new PermanentFailure("Its bytes are missing from the store. Upload it again.");
  }
  const { extract } = await import("./extraction/extract.ts"); // parsers that no other request needs
  try {
    return await extract(new Uint8Array(await stored.arrayBuffer()), { mimeType, filename });
  } catch (error) {
    throw error instanceof ExtractionError ? new PermanentFailure(error.message) : error;
  }
}

const METADATA_CHARS_MAX = 10_000;

/** Of what a file says about itself, as much as fits. */
function bounded(metadata: Record<string, string>): Record<string, string> {
  let room = METADATA_CHARS_MAX;
  const entries = Object.entries(metadata).map(([key, value]) => [key.slice(0, 100), value.slice(0, 1_000)] as const);
  const kept = entries.filter(([key, value]) => {
    room -= key.length + value.length;
    return room >= 0;
  });
  return Object.fromEntries(kept.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()]));
}

const SAMPLE_CHARS = 5_000;
const sample = (chunks: readonly Chunk[]) => {
  let text = "";
  for (const chunk of chunks) if (text.length < SAMPLE_CHARS) text += `${chunk.text}\n`;
  return text.slice(0, SAMPLE_CHARS);
};

/** In batches, the first of which removes what an earlier run wrote: run again, it begins again, and nothing is double. */
async function writeChunks(ctx: Ctx, document: Document, chunks: readonly Chunk[], language: string) {
  for (let from = 0; from < chunks.length; from += LIMITS.chunksPerBatch) {
    const rows = chunks.slice(from, from + LIMITS.chunksPerBatch).map((chunk) => ({
      id: newId(),
      documentId: document.id,
      chunkIndex: chunk.index,
      content: chunk.text,
      chunkType: chunk.kind,
      context: chunk.context,
      page: chunk.page,
      startOffset: chunk.startOffset,
      endOffset: chunk.endOffset,
      tokenCount: chunk.tokenCount,
    }));
    const entries = rows.map(({ id, context, content }) => ({
      entryId: id,
      sourceId: document.id,
      language,
      title: document.title,
      context,
      content,
    }));
    await ctx.batch([
      ...(from === 0 ? [clearChunks(ctx, document.id)] : []),
      insertChunks(ctx, rows),
      ctx.search.index("document_chunk", entries),
    ]);
  }
}
