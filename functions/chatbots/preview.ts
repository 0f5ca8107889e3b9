import * as z from "zod";
import type { DocumentType } from "../../db/queries/chatbots/chunking-settings.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, text, type UploadedFile } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chunkDocument, chunkFields, type DocumentChunk, languageOfDocument } from "./chunking.ts";
import { type ChunkingSettings, chunkingOf, OVERLAP_TOO_LARGE, overlapsHalf, Settings } from "./chunking-settings.ts";
import { documentType } from "./document.ts";
import { type Block, type Extracted, ExtractionError } from "./extraction/extracted.ts";
import { recordBlockChars } from "./extraction/limits.ts";
import { pageList } from "./extraction/page-list.ts";

/** Settings to try: those that are not named are the ones that hold for the document's type. */
export const TriedSettings = z.strictObject(Settings).partial();

const WARNINGS_MAX = 100;

export const PreviewReply = z
  .object({
    format: text(20).meta({ description: "What its bytes are, such as pdf, docx, html or text" }),
    documentType,
    settings: z.object(Settings),
    language: text(35).meta({ description: "ISO 639" }),
    pageCount: count.nullable(),
    chunkCount: count,
    tokens: z
      .object({ min: count, median: count, max: count, total: count })
      .meta({ description: "Of all chunks, each with what it repeats" }),
    chunks: z
      .array(z.object(chunkFields))
      .max(LIMITS.previewChunksMax)
      .meta({ description: `The first ${LIMITS.previewChunksMax}` }),
    warnings: z.array(text(LIMITS.textCharsMax)).max(WARNINGS_MAX),
  })
  .meta({ id: "DocumentPreview" });

type As = { documentType: DocumentType; language: string | null; settings?: Partial<ChunkingSettings> };

/** How a file would be cut. Nothing is stored, and no model is called. */
export async function preview(ctx: Ctx, file: UploadedFile, as: As): Promise<z.input<typeof PreviewReply>> {
  const settings = { ...(await chunkingOf(ctx, as.documentType)), ...as.settings };
  if (!overlapsHalf(settings)) {
    const errors = [{ path: "settings.overlapTokens", message: OVERLAP_TOO_LARGE }];
    throw new ApiError("INVALID", `settings.overlapTokens: ${OVERLAP_TOO_LARGE}`, { errors });
  }
  const extracted = await readFile(file);
  const blocks = beginningOf(extracted.blocks);
  const language = as.language ?? (await languageOfDocument(blocks, extracted.language));
  const chunks = await chunkDocument(blocks, settings, language);
  const warnings = [
    ...(blocks === extracted.blocks ? [] : [ONLY_BEGINNING]),
    ...(extracted.pagesWithoutText?.length ? [`${pageList(extracted.pagesWithoutText)}: ${NOT_RECOGNIZED}`] : []),
    ...extracted.warnings,
  ];
  return {
    format: extracted.format,
    documentType: as.documentType,
    settings,
    language,
    pageCount: extracted.pageCount,
    chunkCount: chunks.length,
    tokens: sizesOf(chunks),
    chunks: chunks.slice(0, LIMITS.previewChunksMax).map(({ index, text, ...chunk }) => ({
      ...chunk,
      chunkIndex: index,
      content: text,
    })),
    warnings: warnings.slice(0, WARNINGS_MAX),
  };
}

/**
 * What a file says, read while the caller waits; of pictures nothing. Throws UNPROCESSABLE, with what to do, for one that gives no text,
 * naming the field in which it came.
 */
export async function readFile({ bytes, mimeType, filename }: UploadedFile, field?: string): Promise<Extracted> {
  const [{ detect }, { extract }] = await Promise.all([
    import("./extraction/detect.ts"),
    import("./extraction/extract.ts"), // parsers that no other request needs
  ]);
  if (bytes.byteLength > LIMITS.previewTextBytesMax && detect(bytes).kind === "text")
    throw tooLarge(LIMITS.previewTextBytesMax, field);
  try {
    return await extract(bytes, { mimeType, filename });
  } catch (error) {
    throw error instanceof ExtractionError ? unreadable(error.message, field, error) : error;
  }
}

export const unreadable = (message: string, field?: string, cause?: unknown) =>
  new ApiError("UNPROCESSABLE", message, { cause, ...named(field, message) });

export const tooLarge = (bytesMax: number, field?: string) => {
  const message = `At most ${bytesMax} bytes of such a file are read here.`;
  return new ApiError("TOO_LARGE", message, { extra: { bytesMax }, ...named(field, message) });
};

const named = (field: string | undefined, message: string) => field && { errors: [{ path: field, message }] };

const NOT_RECOGNIZED = "text in pictures is recognized when the document is processed, not in a preview.";
const ONLY_BEGINNING = `Only the first ${LIMITS.previewCharsMax} characters are shown and counted here.`;

/** Whole blocks, as many as are cut in a moment; of a single long one its beginning. */
export function beginningOf(blocks: Block[]): Block[] {
  const charsMax = LIMITS.previewCharsMax;
  let room: number = charsMax;
  const end = blocks.findIndex(({ text }) => {
    room -= text.length + recordBlockChars;
    return room < 0;
  });
  if (end < 0) return blocks;
  return end > 0
    ? blocks.slice(0, end)
    : blocks.slice(0, 1).map((block) => ({ ...block, text: block.text.slice(0, charsMax) }));
}

function sizesOf(chunks: readonly DocumentChunk[]) {
  const sizes = chunks.map(({ tokenCount }) => tokenCount).sort((a, b) => a - b);
  return {
    min: sizes[0] ?? 0,
    median: sizes[sizes.length >> 1] ?? 0,
    max: sizes.at(-1) ?? 0,
    total: sizes.reduce((sum, size) => sum + size, 0),
  };
}
