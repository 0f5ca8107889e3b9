import * as z from "zod";
import { findDocument, findDocumentWithBytes, insertDocument } from "../../db/queries/chatbots/document.ts";
import { bytesOf, hex, sha256 } from "../kernel/auth/hash.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, freeObject, freeObjectAsText, id, name, replies, upload, words } from "../kernel/endpoint.ts";
import { ApiError, fromDatabase, violates } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
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
    const { bytes, filename, mimeType, ...fields } =
      body.form === "file"
        ? { ...body.fields, ...body.file, title: body.fields.title ?? titleOf(body.file.filename) }
        : {
            ...withoutText(body.json),
            bytes: bytesOf(body.json.text),
            filename: `${body.json.title}.txt`.slice(0, 500),
          };
    if (bytes.byteLength === 0)
      throw new ApiError("INVALID", "file: is empty", { errors: [{ path: "file", message: "is empty" }] });
    const { organizationId } = await ctx.identify();
    const contentHash = hex(await sha256(bytes));
    const storageKey = `${organizationId}/${resultId}`;
    const document = {
      id: resultId,
      ...fields,
      filename: safeName(filename),
      mimeType: mimeType.slice(0, 200) || "application/octet-stream",
      fileSize: bytes.byteLength,
      contentHash,
      storageKey,
    };
    // Bytes first: a row without bytes would be a promise that cannot be kept. Under the document's own key, since under the
    // bytes' hash the deletion of another document with the same bytes took these with it (8 of 25 when tried).
    await ctx.files.put(storageKey, bytes, { httpMetadata: { contentType: "application/octet-stream" } });
    try {
      return toUploadReply(
        await insertDocument(ctx, document, ctx.emit("document.uploaded", resultId, { fileSize: document.fileSize })),
      );
    } catch (error) {
      if (fromDatabase(error)?.code === "UNAVAILABLE") throw error; // the row may be there
      const made = await findDocument(ctx, resultId);
      if (made) return toUploadReply(made); // by this request, sent twice at once
      await ctx.files.delete(storageKey);
      throw violates(error, "documents_same_bytes") ? await sameBytes(ctx, contentHash, error) : error;
    }
  },
});

async function sameBytes(ctx: Ctx, contentHash: string, cause: unknown) {
  const document = await findDocumentWithBytes(ctx, contentHash);
  return new ApiError("CONFLICT", `These bytes are the document "${document?.title}" already.`, {
    cause,
    extra: { documentId: document?.id },
    errors: [{ path: "file", message: "was uploaded before" }],
  });
}

const withoutText = ({ text: _, ...rest }: { title: string; text: string; mimeType: string }) => rest;

/** The last segment of a path, printable; never used as a path. */
const safeName = (filename: string) => {
  const last = filename.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\p{C}/gu, "").slice(0, 500).toWellFormed() || "untitled";
};

const titleOf = (filename: string) =>
  safeName(filename)
    .replace(/\.\w{1,8}$/, "")
    .trim()
    .slice(0, LIMITS.nameCharsMax)
    .toWellFormed() || "Untitled";
