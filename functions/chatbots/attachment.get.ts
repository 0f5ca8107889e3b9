import { findAttachment } from "../../db/queries/chatbots/attachment.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { attachmentParams, ofEndUser, ReadAttachmentReply, toReply } from "./attachment.ts";

export const getAttachment = endpoint({
  name: "attachment.get",
  method: "get",
  path: "/v1/attachments/{attachmentId}",
  scope: "conversations:read",
  summary: "Read what a file of a question says",
  params: attachmentParams,
  query: ofEndUser,
  reply: replies(ReadAttachmentReply),
  endUser: ({ query }) => query.endUser,
  example: async (fixtures) => ({ params: { attachmentId: await fixtures.attachment() } }),
  async run(ctx, { params: { attachmentId }, query: { endUser } }) {
    const found = await findAttachment(ctx, attachmentId, endUser);
    if (!found) throw notFound("attachment");
    return toReply(found);
  },
});
