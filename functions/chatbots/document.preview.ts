import * as z from "zod";
import { findDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { documentParams, documentType, language } from "./document.ts";
import { PreviewReply, preview, TriedSettings, tooLarge } from "./preview.ts";

export const previewDocument = endpoint({
  name: "document.preview",
  method: "post",
  path: "/v1/documents/{documentId}/preview",
  scope: "documents:read",
  summary: "See how a document would be cut into chunks",
  description:
    "From its stored bytes, by the settings of its type, and by those that are tried in their place. Nothing is changed; " +
    "`reprocess` does it. Prefixes are written and pictures are read only when a document is processed.",
  params: documentParams,
  body: json(z.object({ documentType, language, settings: TriedSettings }).partial()),
  reply: replies(PreviewReply),
  example: async (fixtures) => ({
    params: { documentId: await fixtures.document() },
    body: { settings: { chunkTokens: 100, overlapTokens: 20 } },
  }),
  async run(ctx, { params: { documentId }, body }) {
    const document = await findDocument(ctx, documentId);
    if (!document) throw notFound("document");
    if (document.fileSize > LIMITS.previewBytesMax) throw tooLarge(LIMITS.previewBytesMax);
    const stored = await ctx.files.get(document.storageKey);
    if (!stored) throw new ApiError("UNPROCESSABLE", "Its bytes are missing from the store. Upload it again.");
    const { mimeType, filename } = document;
    const file = { bytes: new Uint8Array(await stored.arrayBuffer()), mimeType, filename };
    return preview(ctx, file, {
      documentType: body.documentType ?? document.documentType,
      language: body.language ?? document.language,
      settings: body.settings,
    });
  },
});
