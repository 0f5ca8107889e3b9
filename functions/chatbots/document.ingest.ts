import { type KnownChunk, knownChunks } from "../../db/queries/chatbots/chunk.ts";
import { chunkedDocument, type Document, startDocument } from "../../db/queries/chatbots/document.ts";
import { hashOf } from "../kernel/auth/hash.ts";
import type { Ctx } from "../kernel/context.ts";
import { violates } from "../kernel/errors.ts";
import { job, PermanentFailure } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chunkDocument, type DocumentChunk, languageOfDocument } from "./chunking.ts";
import { chunkingOf } from "./chunking-settings.ts";
import { writePrefixes } from "./contextual-prefix.ts";
import { giveUpDocument } from "./document.ts";
import { bytesOfDocument, type Draft, forgetDraft, keepDraft, openDraft } from "./draft.ts";
import { documentText } from "./extraction/chunk.ts";
import type { Extracted } from "./extraction/extracted.ts";
import { recognizePages, withRecognized } from "./recognition.ts";
import { type Change, changeOf, passagesOf, writeChange } from "./version.ts";

/**
 * Bytes → text → chunks. Those of a first version are findable by their words at once, and the embedding follows as a job of
 * its own; a later version is embedded first, what of it is new, and takes the place of the one before when it is complete.
 */
export const ingestDocument = job({
  kind: "document.ingest",
  async run(ctx, documentId, attempt) {
    const document = await start(ctx, documentId, attempt);
    if (!document) return []; // deleted meanwhile
    const draft = await openDraft(ctx, document);
    if ((await recognizeSome(ctx, document, draft)) > 0) return keepDraft(ctx, document, draft);

    const extracted = withRecognized(draft.extracted, draft.recognized);
    const ocrPages = draft.recognized.flatMap(({ page, confidence }) =>
      confidence === undefined ? [] : [{ page, confidence }],
    );
    const settings = await chunkingOf(ctx, document.documentType);
    const language = document.language ?? (await languageOfDocument(extracted.blocks, extracted.language));
    const confidences = new Map(ocrPages.map(({ page, confidence }) => [page, confidence]));
    const chunks = await chunkDocument(extracted.blocks, settings, language, confidences);
    if (chunks.length === 0) throw new PermanentFailure(withoutText(extracted));

    const known = await knownChunks(ctx, documentId);
    if (settings.contextualPrefix && (await prefixSome(ctx, document, draft, chunks, known, extracted)) > 0)
      return keepDraft(ctx, document, draft);

    const prefixed = await Promise.all(
      chunks.map(async (chunk) => ({ ...chunk, prefix: draft.prefixes[await passageHash(chunk)] ?? "" })),
    );
    const change = changeOf(known, await passagesOf(document.title, prefixed));
    if (document.version > 0) {
      const texts = new Map(change.added.map(({ textHash, embedded }) => [textHash, embedded]));
      const { embedded, waiting } = await ctx.search.embedAhead(texts);
      draft.embedded += embedded;
      if (waiting > 0) return keepDraft(ctx, document, draft);
    }

    const last = await writeChange(ctx, document, change);
    await forgetDraft(ctx, document);
    const result = {
      mimeType: MIME_TYPES[extracted.format] ?? document.mimeType,
      chunkCount: chunks.length,
      language,
      pageCount: extracted.pageCount,
      extractedMetadata: bounded(extracted.metadata),
      ocrPages,
      ocrConfidence: mean(ocrPages.map(({ confidence }) => confidence)),
    };
    const counted = countsOf(document, change, draft);
    const detail = [sayCounts(chunks.length, counted), ...extracted.warnings, ...draft.warnings].join("; ");
    return [
      ...last,
      chunkedDocument(ctx, documentId, result, detail),
      ...ctx.emit("document.chunked", documentId, { chunkCount: chunks.length, ...counted }, { category: "system" }),
    ];
  },
  failed: giveUpDocument,
});

/** What the bytes are, whatever was claimed; pictures and texts keep what was said of them. */
const MIME_TYPES: Partial<Record<Extracted["format"], string>> = {
  pdf: "application/pdf",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  epub: "application/epub+zip",
  html: "text/html",
  markdown: "text/markdown",
  json: "application/json",
};

const withoutText = ({ pagesWithoutText = [], warnings }: Extracted) =>
  pagesWithoutText.length > 0
    ? `The pages are pictures whose text could not be recognized. ${warnings.at(-1) ?? ""}`.trim()
    : "No text was found in this document.";

async function start(ctx: Ctx, documentId: string, attempt: number) {
  try {
    return await startDocument(ctx, documentId, attempt);
  } catch (error) {
    if (!violates(error, "documents_same_bytes")) throw error;
    throw new PermanentFailure("The same bytes were uploaded again meanwhile, as another document.");
  }
}

/** Reads the next pages that are pictures, and says how many are left. */
async function recognizeSome(ctx: Ctx, document: Document, draft: Draft): Promise<number> {
  const done = new Set(draft.recognized.map(({ page }) => page));
  const pictures = (draft.extracted.pagesWithoutText ?? []).slice(0, LIMITS.recognizedPagesMax);
  const waiting = pictures.filter((page) => !done.has(page));
  if (waiting.length === 0) return 0;
  const some = waiting.slice(0, LIMITS.recognizedPagesPerRun);
  const bytes = await bytesOfDocument(ctx, document);
  draft.recognized.push(...(await recognizePages(ctx, bytes, draft.extracted, some)));
  return waiting.length - some.length;
}

const passageHash = ({ context, text }: DocumentChunk) => hashOf(`${context}\n${text}`);

/** Has the next passages described that no earlier run or version did, and says how many are left. */
async function prefixSome(
  ctx: Ctx,
  { title }: Document,
  draft: Draft,
  chunks: readonly DocumentChunk[],
  known: readonly KnownChunk[],
  { blocks }: Extracted,
): Promise<number> {
  for (const { passageHash, prefix } of known) if (prefix) draft.prefixes[passageHash] ??= prefix;
  const hashes = await Promise.all(chunks.map(passageHash));
  const waiting = chunks
    .map((chunk, index) => ({ chunk, hash: hashes[index]! }))
    .filter(({ hash }) => !(hash in draft.prefixes));
  const some = waiting.slice(0, LIMITS.prefixesPerRun);
  const passages = some.map(({ chunk }) => chunk);
  const { prefixes, warnings } = await writePrefixes(ctx, { title, text: documentText(blocks) }, passages);
  for (const [index, { hash }] of some.entries()) draft.prefixes[hash] = prefixes[index]!;
  draft.warnings = [...new Set([...draft.warnings, ...warnings])];
  return waiting.length - some.length;
}

const countsOf = ({ version }: Document, { kept, added, removed }: Change, { embedded }: Draft) => ({
  kept: kept.length,
  added: added.length,
  removed: removed.length,
  ...(version > 0 && { embedded }),
});

const sayCounts = (chunks: number, counted: ReturnType<typeof countsOf>) =>
  counted.embedded === undefined
    ? `${chunks} chunks`
    : `${chunks} chunks: ${counted.kept} as before, ${counted.added} new, ${counted.removed} gone, ${counted.embedded} embedded`;

const mean = (values: readonly number[]) =>
  values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;

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
