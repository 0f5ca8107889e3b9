import * as z from "zod";
import { findDocument, insertDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, freeObject, freeObjectAsText, id, name, replies, upload, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { contentOf, fileOfText, safeName, storeContent } from "./content.ts";
import { documentType, language, toUploadReply, UploadReply } from "./document.ts";

const described = {
  productId: id("product").optional(),
  documentType: documentType.optional(),
  language: language.optional(),
};

export const uploadDocument = endpoint({
  name: "document.upload",
  method: "post",
  path: "/v1/documents",
  scope: "documents:write",
  summary: "Upload a document",
  description:
    "A file as multipart/form-data, or a text as JSON. Answers when it is safely stored; extracting, chunking and embedding " +
    "go on in the background: see `status` of the document. The same bytes again are a conflict that names the document there is.",
  body: upload(
    z.object({ title: name.optional(), ...described, metadata: freeObjectAsText.optional() }),
    z.object({
      title: name,
      text: words(LIMITS.documentTextCharsMax),
      mimeType: z.enum(["text/plain", "text/markdown", "text/html"]),
      ...described,
      metadata: freeObject.optional().meta({ description: "Your own; a search can be narrowed by it" }),
    }),
    LIMITS.fileBytesMax,
  ),
  reply: replies(UploadReply, 202),
  example: async () => ({
    body: { title: "Warranty", text: `The warranty lasts two years. ${crypto.randomUUID()}`, mimeType: "text/plain" },
  }),
  async replay(ctx, { resultId }) {
    const document = await findDocument(ctx, resultId);
    return document && toUploadReply(document);
  },
  async run(ctx, { body, resultId }) {
    const { file, ...fields } =
      body.form === "file"
        ? { file: body.file, ...body.fields, title: body.fields.title ?? titleOf(body.file.filename) }
        : ofText(body.json);
    const content = await contentOf(file);
    const { organizationId } = await ctx.identify();
    const storageKey = `${organizationId}/${resultId}`;
    const { bytes: _, ...described } = content;
    const document = { id: resultId, ...fields, ...described, storageKey };
    const emits = ctx.emit("document.uploaded", resultId, { fileSize: content.fileSize });
    return toUploadReply(
      await storeContent(ctx, resultId, storageKey, content, () => insertDocument(ctx, document, emits)),
    );
  },
});

const ofText = ({ text, mimeType, ...fields }: { title: string; text: string; mimeType: string }) => ({
  ...fields,
  file: fileOfText(text, mimeType, fields.title),
});

const titleOf = (filename: string) =>
  safeName(filename)
    .replace(/\.\w{1,8}$/, "")
    .trim()
    .slice(0, LIMITS.nameCharsMax)
    .toWellFormed() || "Untitled";
