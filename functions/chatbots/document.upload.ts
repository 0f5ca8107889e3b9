import * as z from "zod";
import type { Statement } from "../../db/client.ts";
import { findDocument } from "../../db/queries/chatbots/document.ts";
import { findWebPageByUrl, insertWebPage } from "../../db/queries/chatbots/web-source.ts";
import type { Ctx } from "../kernel/context.ts";
import {
  endpoint,
  freeObject,
  freeObjectAsText,
  name,
  replies,
  type UploadedFile,
  upload,
  words,
} from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { type Content, contentOf, type Described, fileOfText, storeDocument, titleOfFile } from "./content.ts";
import { described, textType, toUploadReply, UploadReply } from "./document.ts";
import { fetchPage, intervalHours, publicAddress, titleOfPage, url, urlProblem } from "./web-page.ts";

const TextOrUrl = z
  .object({
    title: name.optional().meta({ description: "Of a page, by default what it calls itself" }),
    text: words(LIMITS.documentTextCharsMax).optional(),
    mimeType: textType.optional(),
    url: url.optional(),
    intervalHours: intervalHours.optional(),
    ...described,
    metadata: freeObject.optional().meta({ description: "Your own; a search can be narrowed by it" }),
  })
  .superRefine((body, { addIssue }) => {
    const isUrl = body.url !== undefined;
    for (const field of ["title", "text", "mimeType"] as const)
      if (!isUrl && body[field] === undefined)
        addIssue({ code: "custom", path: [field], message: "is missing, or `url` in its place" });
    for (const field of ["text", "mimeType", "origin", "operation", "conversationId"] as const)
      if (isUrl && body[field] !== undefined)
        addIssue({ code: "custom", path: [field], message: "does not go with `url`" });
    if (!isUrl && body.intervalHours !== undefined)
      addIssue({ code: "custom", path: ["intervalHours"], message: "goes with `url` only" });
  });
type TextOrUrl = z.output<typeof TextOrUrl>;

export const uploadDocument = endpoint({
  name: "document.upload",
  method: "post",
  path: "/v1/documents",
  scope: "documents:write",
  summary: "Upload a document",
  description:
    "A file as multipart/form-data, or as JSON a text (`title`, `text`, `mimeType`) or the `url` of a page or file, which is fetched at " +
    "once, and again every `intervalHours`. Answers when it is safely stored; extracting, chunking and embedding go on in the " +
    "background: see `status` of the document. The same bytes or URL again are a conflict that names the document there is. A URL that " +
    "cannot be fetched changes nothing: `url` among the errors says why and what to do.",
  body: upload(
    z.object({ title: name.optional(), ...described, metadata: freeObjectAsText.optional() }),
    TextOrUrl,
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
    const document =
      body.form === "file" ? await ofFile(body.file, body.fields) : await ofJson(ctx, resultId, body.json);
    return toUploadReply(await storeDocument(ctx, resultId, document));
  },
});

/** `page` says where it came from. */
type Upload = Described & { title: string; content: Content; page?: Statement };

const ofFile = async (file: UploadedFile, fields: Described & { title?: string }): Promise<Upload> => ({
  ...fields,
  title: fields.title ?? titleOfFile(file.filename),
  content: await contentOf(file),
});

async function ofJson(ctx: Ctx, documentId: string, body: TextOrUrl): Promise<Upload> {
  const { url, intervalHours, text, mimeType, ...fields } = body;
  if (url !== undefined) return ofUrl(ctx, documentId, url, intervalHours, fields);
  const title = fields.title!; // it is a text, which has all three
  return { ...fields, title, content: await contentOf(fileOfText(text!, mimeType!, title)) };
}

async function ofUrl(
  ctx: Ctx,
  documentId: string,
  written: string,
  intervalHours: number | undefined,
  fields: Described & { title?: string },
): Promise<Upload> {
  const address = publicAddress(written);
  const known = await findWebPageByUrl(ctx, address);
  if (known) throw urlTaken(known.documentId);
  const found = await fetchPage(ctx, address).catch((error) => {
    throw urlProblem(error);
  });
  return {
    ...fields,
    origin: "fetched",
    title: fields.title ?? (await titleOfPage(address, found)),
    content: found.content,
    page: insertWebPage(ctx, { id: documentId, url: address, intervalHours, ...found.validators }),
  };
}

const urlTaken = (documentId: string | null) =>
  new ApiError("CONFLICT", "url: Another document comes from this URL.", {
    ...(documentId && { extra: { documentId } }),
    errors: [{ path: "url", message: "Another document comes from this URL." }],
  });
