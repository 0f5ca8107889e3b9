import { type Document, findDocument, findDocumentWithBytes } from "../../db/queries/chatbots/document.ts";
import { bytesOf, hex, sha256 } from "../kernel/auth/hash.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError, fromDatabase, violates } from "../kernel/errors.ts";

type File = { bytes: Uint8Array<ArrayBuffer>; filename: string; mimeType: string };
export type Content = { bytes: Uint8Array<ArrayBuffer> } & Pick<
  Document,
  "filename" | "mimeType" | "fileSize" | "contentHash"
>;

export const fileOfText = (text: string, mimeType: string, title: string): File => ({
  bytes: bytesOf(text),
  filename: `${title}.txt`.slice(0, 500),
  mimeType,
});

/** A file's bytes and what a document's row says of them. */
export async function contentOf({ bytes, filename, mimeType }: File): Promise<Content> {
  if (bytes.byteLength === 0)
    throw new ApiError("INVALID", "file: is empty", { errors: [{ path: "file", message: "is empty" }] });
  return {
    bytes,
    filename: safeName(filename),
    mimeType: mimeType.slice(0, 200) || "application/octet-stream",
    fileSize: bytes.byteLength,
    contentHash: hex(await sha256(bytes)),
  };
}

/**
 * Stores bytes, then the row that names them: a row without bytes would be a promise that cannot be kept. Where the row
 * cannot be written the bytes are taken back. Each key is used by one request alone: under the bytes' hash the deletion of
 * another document with the same bytes took these with it (8 of 25 when tried).
 */
export async function storeContent(
  ctx: Ctx,
  documentId: string,
  storageKey: string,
  { bytes, contentHash }: Content,
  write: () => Promise<Document>,
): Promise<Document> {
  await ctx.files.put(storageKey, bytes, { httpMetadata: { contentType: "application/octet-stream" } });
  try {
    return await write();
  } catch (error) {
    if (fromDatabase(error)?.code === "UNAVAILABLE") throw error; // the row may be there
    const made = await findDocument(ctx, documentId);
    if (made?.storageKey === storageKey) return made; // by this request, sent twice at once
    await ctx.files.delete(storageKey);
    throw violates(error, "documents_same_bytes") ? await sameBytes(ctx, contentHash, error) : error;
  }
}

async function sameBytes(ctx: Ctx, contentHash: string, cause: unknown) {
  const document = await findDocumentWithBytes(ctx, contentHash);
  return new ApiError("CONFLICT", `These bytes are the document "${document?.title}" already.`, {
    cause,
    extra: { documentId: document?.id },
    errors: [{ path: "file", message: "was uploaded before" }],
  });
}

/** The last segment of a path, printable; never used as a path. */
export const safeName = (filename: string): string => {
  const last = filename.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\p{C}/gu, "").slice(0, 500).toWellFormed() || "untitled";
};
