import type { Passage } from "../../db/json.ts";
import { countTokens } from "../kernel/ai/tokens.ts";
import type { Ctx } from "../kernel/context.ts";
import type { UploadedFile } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { WARNINGS_MAX } from "./attachment.ts";
import { chunkDocument, languageOfDocument } from "./chunking.ts";
import { DEFAULT_CHUNKING } from "./chunking-settings.ts";
import type { Extracted } from "./extraction/extracted.ts";
import { beginningOf, readFile, unreadable } from "./preview.ts";
import { recognizePages, withRecognized } from "./recognition.ts";

export type AttachedText = { type: string; passages: Passage[]; tokens: number; warnings: string[] };

/**
 * What a file says, as far as it is read while somebody waits: of a long one the beginning, of pictures some pages. UNPROCESSABLE, with
 * what to do, for one that says nothing.
 */
export async function textOf(ctx: Ctx, file: UploadedFile): Promise<AttachedText> {
  const extracted = await recognized(ctx, file, await readFile(file, "file"));
  const blocks = beginningOf(extracted.blocks);
  if (blocks.length === 0)
    throw unreadable(`No text could be read in it. ${extracted.warnings.at(-1) ?? ""}`.trim(), "file");
  const chunks = await chunkDocument(blocks, DEFAULT_CHUNKING, await languageOfDocument(blocks, extracted.language));
  const passages: Passage[] = [];
  let tokens = 0;
  for (const { page, text } of chunks) {
    const more = countTokens(text);
    if (tokens + more > LIMITS.attachmentTokensMax) break;
    passages.push({ page, text });
    tokens += more;
  }
  const isCut = passages.length < chunks.length || blocks.length < extracted.blocks.length;
  const warnings = [...(isCut ? [ONLY_BEGINNING] : []), ...extracted.warnings];
  return {
    type: await typeOf(file.bytes, extracted.format),
    passages,
    tokens,
    warnings: warnings.slice(0, WARNINGS_MAX),
  };
}

const ONLY_BEGINNING = `Only its beginning was read, of ${LIMITS.attachmentTokensMax} tokens at most.`;

/** With what its first pictures say. */
async function recognized(ctx: Ctx, { bytes }: UploadedFile, extracted: Extracted): Promise<Extracted> {
  const pictures = extracted.pagesWithoutText ?? [];
  if (pictures.length === 0) return extracted;
  const some = pictures.slice(0, LIMITS.attachmentPagesRecognizedMax);
  const late = new ApiError("UNAVAILABLE", "The text in its pictures could not be read in time. Upload it again.");
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(late), LIMITS.attachmentRecognitionMs);
  try {
    return withRecognized(extracted, await recognizePages(ctx, bytes, extracted, some, waiting.signal), NOT_READ);
  } finally {
    clearTimeout(timer);
  }
}

const NOT_READ = `At most ${LIMITS.attachmentPagesRecognizedMax} pages of a file that comes with a question are.`;

const TYPES: Record<Exclude<Extracted["format"], "image">, string> = {
  text: "text/plain; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  html: "text/html",
  json: "application/json",
  pdf: "application/pdf",
  epub: "application/epub+zip",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
};

async function typeOf(bytes: Uint8Array, format: Extracted["format"]): Promise<string> {
  if (format !== "image") return TYPES[format];
  const { detect } = await import("./extraction/detect.ts");
  const detected = detect(bytes);
  return detected.kind === "image" ? `image/${detected.format}` : "application/octet-stream";
}
