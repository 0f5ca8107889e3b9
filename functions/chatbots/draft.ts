import { type Document, findDocument, keepExtraction } from "../../db/queries/chatbots/document.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError } from "../kernel/errors.ts";
import { PermanentFailure } from "../kernel/job.ts";
import { draftKeyOf } from "./content.ts";
import { type Extracted, ExtractionError } from "./extraction/extracted.ts";
import type { RecognizedPage } from "./recognition.ts";

/** What was read of a document's bytes so far: kept in R2 while more than one run works on it, so that no model is paid twice. */
export type Draft = {
  extracted: Extracted;
  recognized: RecognizedPage[];
  /** What a model wrote of passages, by their hash. */
  prefixes: Record<string, string>;
  /** Of the prefixes. */
  warnings: string[];
  /** Texts that a model embedded for it ahead of time. */
  embedded: number;
};

/** As the last run left it, else from the bytes. */
export async function openDraft(ctx: Ctx, document: Document): Promise<Draft> {
  const kept = document.extractionKey && (await ctx.files.get(document.extractionKey));
  if (kept) return kept.json<Draft>();
  return { extracted: await extractFrom(ctx, document), recognized: [], prefixes: {}, warnings: [], embedded: 0 };
}

/** For the next run. Its key is the bytes' own, so whatever becomes of the document finds it. */
export async function keepDraft(ctx: Ctx, document: Document, draft: Draft): Promise<"again"> {
  const key = draftKeyOf(document.storageKey);
  await ctx.files.put(key, JSON.stringify(draft));
  if (await keepExtraction(ctx, document, key)) return "again";
  await ctx.files.delete(key);
  throw new ApiError("CONFLICT", "The document was changed or deleted meanwhile.");
}

/** Lost before the run that forgets it has ended, it is made again from the bytes. */
export async function forgetDraft(ctx: Ctx, { extractionKey }: Document) {
  if (extractionKey) await ctx.files.delete(extractionKey);
}

export async function bytesOfDocument(ctx: Ctx, { id, storageKey }: Document): Promise<Uint8Array> {
  const stored = await ctx.files.get(storageKey);
  if (stored) return new Uint8Array(await stored.arrayBuffer());
  const now = await findDocument(ctx, id);
  if (now?.storageKey !== storageKey) throw new ApiError("CONFLICT", "Its content was replaced meanwhile.");
  throw new PermanentFailure("Its bytes are missing from the store. Upload it again.");
}

async function extractFrom(ctx: Ctx, document: Document): Promise<Extracted> {
  const bytes = await bytesOfDocument(ctx, document);
  const { extract } = await import("./extraction/extract.ts"); // parsers that no other request needs
  try {
    return await extract(bytes, document);
  } catch (error) {
    throw error instanceof ExtractionError ? new PermanentFailure(error.message) : error;
  }
}
