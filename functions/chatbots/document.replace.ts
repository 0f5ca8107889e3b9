import * as z from "zod";
import { findDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, replies, upload, words } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { contentOf, fileOfText, replaceBytes } from "./content.ts";
import { documentParams, textType, toUploadReply, UploadReply } from "./document.ts";

export const replaceContent = endpoint({
  name: "document.replace",
  method: "put",
  path: "/v1/documents/{documentId}/content",
  scope: "documents:write",
  summary: "Replace a document's content",
  description:
    "A file as multipart/form-data, or a text as JSON. The document keeps its id, its title and what hangs on it, and is processed " +
    "again: see `status`. Until the new text is read, the old one is found. Passages whose text stays the same are not embedded " +
    "again within seven days of their last embedding. The bytes that it has already change nothing.",
  params: documentParams,
  body: upload(
    z.object({}),
    z.object({
      text: words(LIMITS.documentTextCharsMax),
      mimeType: textType,
    }),
    LIMITS.fileBytesMax,
  ),
  reply: replies(UploadReply, 202),
  example: async (fixtures) => ({
    params: { documentId: await fixtures.document() },
    body: { text: `The warranty lasts three years. ${crypto.randomUUID()}`, mimeType: "text/plain" },
  }),
  async run(ctx, { params: { documentId }, body, resultId }) {
    const now = await findDocument(ctx, documentId);
    if (!now) throw notFound("document");
    const file = body.form === "file" ? body.file : fileOfText(body.json.text, body.json.mimeType, now.title);
    const content = await contentOf(file);
    if (content.contentHash === now.contentHash && now.status !== "failed") return toUploadReply(now);
    const { organizationId } = await ctx.identify();
    const storageKey = `${organizationId}/${documentId}/${resultId}`;
    const emits = ctx.emit("document.replaced", documentId, { fileSize: content.fileSize });
    return toUploadReply(await replaceBytes(ctx, documentId, storageKey, content, emits));
  },
});
