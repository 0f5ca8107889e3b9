import * as z from "zod";
import { findAttachment, insertAttachment, type NewAttachment } from "../../db/queries/chatbots/attachment.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, endUserName, name, replies, type UploadedFile, upload, words } from "../kernel/endpoint.ts";
import { fromDatabase } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { AttachmentReply, keyOf, toReply } from "./attachment.ts";
import { textOf } from "./attachment-text.ts";
import { contentOf, fileOfText, safeName } from "./content.ts";
import { textType } from "./document.ts";

const endUser = endUserName.optional().meta({ description: "Who gives it: the `endUser` of its question" });

export const uploadAttachment = endpoint({
  name: "attachment.upload",
  method: "post",
  path: "/v1/attachments",
  scope: "chatbots:answer",
  summary: "Upload a file for a question",
  description:
    "A file as multipart/form-data, or a text as JSON. Answers when it was read and is safely stored; `attachments` of the question then takes it, " +
    "once. What its bytes are decides how it is read, pictures too; one that says nothing, needs a password or is a program is refused with 422, and " +
    `nothing is stored. One that no question took is deleted after ${LIMITS.attachmentWaitsHours} hours; any other goes with its conversation.`,
  body: upload(
    z.object({ endUser }),
    z.object({ name, text: words(LIMITS.documentTextCharsMax), mimeType: textType, endUser }),
    LIMITS.attachmentBytesMax,
  ),
  reply: replies(AttachmentReply, 201),
  endUser: ({ body }) => (body.form === "file" ? body.fields : body.json).endUser,
  example: async () => ({
    body: { name: "Invoice", text: `The total is 120 euros. ${crypto.randomUUID()}`, mimeType: "text/plain" },
  }),
  async replay(ctx, { resultId }) {
    const made = await findAttachment(ctx, resultId);
    return made && toReply(made);
  },
  async run(ctx, { body, resultId }) {
    const { file, name, endUser } =
      body.form === "file"
        ? { file: body.file, name: body.file.filename, ...body.fields }
        : { file: fileOfText(body.json.text, body.json.mimeType, "text"), ...body.json };
    return toReply(await store(ctx, { id: resultId, name: nameOf(name), endUserId: endUser ?? null }, file));
  },
});

const nameOf = (filename: string) =>
  safeName(filename).trim().slice(0, LIMITS.nameCharsMax).toWellFormed() || "untitled";

/** The bytes, then the row that names them; without the row they go again. */
async function store(ctx: Ctx, named: Pick<NewAttachment, "id" | "name" | "endUserId">, file: UploadedFile) {
  const { id, endUserId } = named;
  const { bytes, fileSize: size } = await contentOf(file);
  const said = await textOf(ctx, file);
  const { organizationId } = await ctx.identify();
  const key = keyOf(organizationId, id);
  await ctx.files.put(key, bytes, { httpMetadata: { contentType: "application/octet-stream" } });
  try {
    const emits = ctx.emit("attachment.uploaded", id, { size, ...(endUserId !== null && { endUserId }) });
    return await insertAttachment(ctx, { ...named, size, ...said }, emits);
  } catch (error) {
    if (fromDatabase(error)?.code === "UNAVAILABLE") throw error; // the row may be there
    const made = await findAttachment(ctx, id);
    if (made) return made; // by this request, sent twice at once
    await ctx.files.delete(key);
    throw error;
  }
}
