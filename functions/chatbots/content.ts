import type { Statement } from "../../db/client.ts";
import {
  type DeletionReceipt,
  type Document,
  deleteDocument,
  findDocument,
  findDocumentWithBytes,
  insertDocument,
  type NewDocument,
  replaceDocument,
} from "../../db/queries/chatbots/document.ts";
import { bytesOf, hex, sha256 } from "../kernel/auth/hash.ts";
import type { Ctx } from "../kernel/context.ts";
import type { UploadedFile } from "../kernel/endpoint.ts";
import { ApiError, fromDatabase, violates } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

export type Content = { bytes: Uint8Array<ArrayBuffer> } & Pick<
  Document,
  "filename" | "mimeType" | "fileSize" | "contentHash"
>;

/** Of the types in which a text may be given: a file's type is told by its name first. */
const EXTENSIONS: Record<string, string> = { "text/plain": "txt", "text/markdown": "md", "text/html": "html" };

export const fileOfText = (text: string, mimeType: string, title: string): UploadedFile => ({
  bytes: bytesOf(text),
  filename: `${title.slice(0, 490)}.${EXTENSIONS[mimeType]}`,
  mimeType,
});

/** A file's bytes and what a document's row says of them. */
export async function contentOf({ bytes, filename, mimeType }: UploadedFile): Promise<Content> {
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
  field: "file" | "url" = "file",
): Promise<Document> {
  await ctx.files.put(storageKey, bytes, { httpMetadata: { contentType: "application/octet-stream" } });
  try {
    return await write();
  } catch (error) {
    if (fromDatabase(error)?.code === "UNAVAILABLE") throw error; // the row may be there
    const made = await findDocument(ctx, documentId);
    if (made?.storageKey === storageKey) return made; // by this request, sent twice at once
    await ctx.files.delete(storageKey);
    throw violates(error, "documents_same_bytes") ? await sameBytes(ctx, contentHash, field, error) : error;
  }
}

export type Described = Partial<
  Pick<
    NewDocument,
    "productId" | "documentType" | "language" | "origin" | "operation" | "conversationId" | "audience" | "metadata"
  >
>;

/** A new document with its bytes; `page` says where it was fetched from. */
export async function storeDocument(
  ctx: Ctx,
  id: string,
  { content, page, ...fields }: Described & { title: string; content: Content; page?: Statement },
): Promise<Document> {
  const { organizationId } = await ctx.identify();
  const storageKey = `${organizationId}/${id}`;
  const { bytes: _, ...described } = content;
  const emits = ctx.emit("document.uploaded", id, { fileSize: content.fileSize });
  const audience = fields.audience ?? (fields.conversationId ? "staff" : "public");
  const write = () =>
    insertDocument(ctx, { id, ...fields, audience, ...described, storageKey }, page ? [page, ...emits] : emits);
  return storeContent(ctx, id, storageKey, content, write, page ? "url" : "file");
}

/** Puts other bytes in the place of a document's own, which are forgotten; `emits` say what follows. */
export async function replaceBytes(
  ctx: Ctx,
  documentId: string,
  storageKey: string,
  content: Content,
  emits: Statement[],
): Promise<Document> {
  const { bytes: _, ...described } = content;
  let before: string | undefined;
  const document = await storeContent(ctx, documentId, storageKey, content, async () => {
    const replaced = await replaceDocument(ctx, documentId, { ...described, storageKey }, emits);
    before = replaced.before;
    return replaced.document;
  });
  if (before !== undefined && before !== storageKey) await deleteBytes(ctx, before);
  return document;
}

/** Of whom the bytes or the draft at a key are, and what put them in the place of others; undefined when the key is none of ours. */
export function keyParts(key: string): { documentId: string; replacementId: string | null } | undefined {
  const [, documentId, replacementId = null] = KEY.exec(key) ?? [];
  return documentId === undefined ? undefined : { documentId, replacementId };
}
const ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const KEY = new RegExp(`^${ID}/(${ID})(?:/(${ID}))?(?:\\.draft)?$`);

/** Where what was read of these bytes waits while more than one run works on it. */
export const draftKeyOf = (storageKey: string) => `${storageKey}.draft`;

const deleteBytes = (ctx: Ctx, storageKey: string) => ctx.files.delete([storageKey, draftKeyOf(storageKey)]);

/** A document with its bytes and all that was made of it. */
export async function deleteWithBytes(ctx: Ctx, documentId: string): Promise<DeletionReceipt> {
  const receipt = await deleteDocument(ctx, documentId, ctx.emit("document.deleted", documentId));
  await deleteBytes(ctx, receipt.storageKey);
  return receipt;
}

async function sameBytes(ctx: Ctx, contentHash: string, path: "file" | "url", cause: unknown) {
  const document = await findDocumentWithBytes(ctx, contentHash);
  return new ApiError("CONFLICT", `These bytes are the document "${document?.title}" already.`, {
    cause,
    extra: { documentId: document?.id },
    errors: [{ path, message: "was uploaded before" }],
  });
}

/** The last segment of a path, printable; never used as a path. */
export const safeName = (filename: string): string => {
  const last = filename.split(/[/\\]/).at(-1) ?? "";
  return last.replace(/\p{C}/gu, "").slice(0, 500).toWellFormed() || "untitled";
};

/** A file's name without what tells its type. */
export const titleOfFile = (filename: string) =>
  safeName(filename)
    .replace(/\.\w{1,8}$/, "")
    .trim()
    .slice(0, LIMITS.nameCharsMax)
    .toWellFormed() || "Untitled";
