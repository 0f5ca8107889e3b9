import * as z from "zod";
import { type Document, failDocument } from "../../db/queries/chatbots/document.ts";
import { AUDIENCES, DOCUMENT_ORIGINS, DOCUMENT_STATUSES, DOCUMENT_TYPES } from "../../db/words.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, freeObject, id, instant, integer, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { urlCharsMax } from "../kernel/net/limits.ts";

export const documentType = z.enum(DOCUMENT_TYPES);
export const audience = z.enum(AUDIENCES);
export const documentStatus = z.enum(DOCUMENT_STATUSES);
/** What a text that is given as JSON may be. */
export const textType = z.enum(["text/plain", "text/markdown", "text/html"]);
export const documentParams = z.object({ documentId: id("document") });
export const language = z
  .string()
  .regex(/^[a-z]{2,3}$/, "is an ISO 639 code such as en, th or ja")
  .meta({ maxLength: 3 });

const share = z.number().min(0).max(1);

/** What may be said of every new document. */
export const described = {
  productId: id("product").optional(),
  documentType: documentType.optional(),
  language: language.optional(),
  origin: z.enum(["generated", "analyzed"]).optional().meta({ description: "When a model made it" }),
  operation: text(100, 1).optional().meta({ description: "What generated or analyzed it, such as `summarize`" }),
  conversationId: id("conversation in which it was made").optional(),
  audience: audience.optional().meta({
    description: "`staff`: searches find it, chatbots answer nobody from it. By default that of a conversation is",
  }),
};

export const UploadReply = z.object({ id: id("document"), status: documentStatus }).meta({ id: "UploadedDocument" });

export const DocumentReply = z
  .object({
    id: id("document"),
    productId: id("product").nullable(),
    title: name,
    filename: text(500),
    origin: z.enum(DOCUMENT_ORIGINS).meta({ description: "Who made it: a caller, a web server, or a model" }),
    operation: text(100).nullable().meta({ description: "What generated or analyzed it" }),
    conversationId: id("conversation in which it was made").nullable(),
    audience: audience.meta({ description: "`staff`: chatbots answer nobody from it" }),
    url: text(urlCharsMax).nullable().meta({ description: "Where it is fetched from" }),
    fileSize: integer(0, Number.MAX_SAFE_INTEGER).meta({ description: "Bytes" }),
    mimeType: text(200),
    documentType,
    language: text(35).nullable().meta({ description: "ISO 639; detected when the uploader said none" }),
    status: documentStatus,
    progress: integer(0, 100).meta({ description: "Percent: half of it is reading, half embedding" }),
    version: count.meta({ description: "How many of its texts were completed, each in the place of the one before" }),
    failureReason: text(LIMITS.textCharsMax)
      .nullable()
      .meta({ description: "What is wrong and what to do, when `status` is `failed`" }),
    processingLog: z
      .array(z.object({ at: instant, step: text(100), detail: text(LIMITS.textCharsMax).optional() }))
      .max(10_000),
    chunkCount: count,
    pageCount: count.nullable(),
    ocrConfidence: share.nullable().meta({ description: "Of the pages that were recognized from a picture" }),
    ocrPages: z
      .array(z.object({ page: count, confidence: share }))
      .max(LIMITS.recognizedPagesMax)
      .meta({ description: "The pages that were recognized from a picture" }),
    contentHash: text(64).meta({ description: "SHA-256 of the bytes, hexadecimal" }),
    metadata: freeObject.meta({ description: "The uploader's own" }),
    extractedMetadata: freeObject.meta({ description: "What the file says about itself" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
    processedAt: instant.nullable(),
  })
  .meta({ id: "Document" });

export const toUploadReply = ({ id, status }: Document) => ({ id, status });

/** What is written when a document's processing is given up, whichever of its jobs it was. */
export const giveUpDocument = (ctx: Ctx, documentId: string, reason: string) => [
  ...failDocument(ctx, documentId, reason),
  ...ctx.emit("document.failed", documentId, { reason }, { category: "error", severity: "error" }),
];
