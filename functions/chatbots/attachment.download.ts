import { findAttachment } from "../../db/queries/chatbots/attachment.ts";
import { endpoint, file, StoredFile } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { attachmentParams, keyOf, ofEndUser } from "./attachment.ts";

export const downloadAttachment = endpoint({
  name: "attachment.download",
  method: "get",
  path: "/v1/attachments/{attachmentId}/content",
  scope: "conversations:read",
  summary: "Download a file of a question",
  description: "Its bytes as they were given, to be saved: browsers do not show it.",
  params: attachmentParams,
  query: ofEndUser,
  reply: file,
  endUser: ({ query }) => query.endUser,
  example: async (fixtures) => ({ params: { attachmentId: await fixtures.attachment() } }),
  async run(ctx, { params: { attachmentId }, query: { endUser } }) {
    const found = await findAttachment(ctx, attachmentId, endUser);
    if (!found) throw notFound("attachment");
    const stored = await ctx.files.get(keyOf(found.organizationId, attachmentId));
    if (!stored) throw new ApiError("UNPROCESSABLE", "Its bytes are missing from the store. Upload it again.");
    return new StoredFile(found.name, found.type, stored.body);
  },
});
