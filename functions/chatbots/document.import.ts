import * as z from "zod";
import { newId } from "../../db/columns.ts";
import type { Ctx } from "../kernel/context.ts";
import {
  endpoint,
  freeObject,
  freeObjectAsText,
  id,
  name,
  replies,
  text,
  type UploadedFile,
  upload,
  words,
} from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { contentOf, type Described, fileOfText, storeDocument, titleOfFile } from "./content.ts";
import { described, documentStatus, textType } from "./document.ts";

const Imported = z
  .object({
    title: text(500).meta({ description: "The text's, or the file's name" }),
    id: id("document").nullable().meta({ description: "Null when it was refused" }),
    status: documentStatus.nullable(),
    problem: z
      .object({
        code: text(50),
        detail: text(LIMITS.textCharsMax),
        documentId: id("document that has the same bytes").optional(),
      })
      .nullable(),
  })
  .meta({ id: "ImportedDocument" });

export const importDocuments = endpoint({
  name: "document.import",
  method: "post",
  path: "/v1/documents/import",
  scope: "documents:write",
  summary: "Upload many documents at once",
  description:
    `Up to ${LIMITS.filesMax} files as parts \`file\` of multipart/form-data, or texts as JSON; together as large as one may be. What else is said ` +
    "holds for each of them. Each stands for itself: the reply says of every one, in their order, that it is stored, or why it is not. " +
    "Sent again, those that are stored are conflicts that name their document, and nothing is double.",
  body: upload(
    z.object({ ...described, metadata: freeObjectAsText.optional() }),
    z.object({
      documents: z
        .array(
          z.strictObject({
            title: name,
            text: words(LIMITS.documentTextCharsMax),
            mimeType: textType,
          }),
        )
        .min(1)
        .max(LIMITS.filesMax),
      ...described,
      metadata: freeObject.optional(),
    }),
    LIMITS.fileBytesMax,
    LIMITS.filesMax,
  ),
  reply: replies(z.object({ items: z.array(Imported).max(LIMITS.filesMax) })),
  example: async () => ({
    body: {
      documents: [
        { title: "Warranty", text: `The warranty lasts two years. ${crypto.randomUUID()}`, mimeType: "text/plain" },
      ],
    },
  }),
  async run(ctx, { body }) {
    const [files, fields] =
      body.form === "file"
        ? [body.files.map((file) => ({ title: titleOfFile(file.filename), name: file.filename, file })), body.fields]
        : textsOf(body.json);
    const items: z.input<typeof Imported>[] = [];
    for (const { title, name, file } of files)
      items.push({ title: name.slice(0, 500), ...(await store(ctx, title, file, fields)) });
    return { items };
  },
});

function textsOf({
  documents,
  ...fields
}: Described & { documents: { title: string; text: string; mimeType: string }[] }) {
  const files = documents.map(({ title, text, mimeType }) => ({
    title,
    name: title,
    file: fileOfText(text, mimeType, title),
  }));
  return [files, fields] as const;
}

async function store(ctx: Ctx, title: string, file: UploadedFile, fields: Described) {
  try {
    const { id, status } = await storeDocument(ctx, newId(), { ...fields, title, content: await contentOf(file) });
    return { id, status, problem: null };
  } catch (error) {
    // What is wrong with one is no reason to refuse the others; what is wrong with all of them ends the request.
    if (!(error instanceof ApiError) || (error.code !== "CONFLICT" && error.code !== "INVALID")) throw error;
    const documentId = error.details.extra?.documentId as string | undefined;
    return {
      id: null,
      status: null,
      problem: { code: error.code, detail: error.message, ...(documentId && { documentId }) },
    };
  }
}
