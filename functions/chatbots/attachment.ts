import * as z from "zod";
import type { Attachment } from "../../db/queries/chatbots/attachment.ts";
import { count, endUserName, id, instant, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const attachmentParams = z.object({ attachmentId: id("attachment") });
export const ofEndUser = z.object({
  endUser: endUserName.optional().meta({ description: "Whose file it is; another's does not exist" }),
});

export const WARNINGS_MAX = 100;

export const AttachmentReply = z
  .object({
    id: id("attachment"),
    name,
    type: text(200).meta({ description: "What its bytes are, whatever it is called" }),
    size: count.meta({ description: "In bytes" }),
    tokens: count.meta({ description: "Of what it says, so much was read" }),
    warnings: z
      .array(text(LIMITS.textCharsMax))
      .max(WARNINGS_MAX)
      .meta({ description: "What of it could not be read" }),
    endUser: text(255).nullable(),
    conversationId: id("conversation").nullable(),
    messageId: id("question that took it")
      .nullable()
      .meta({ description: `Null while it waits for its question, for ${LIMITS.attachmentWaitsHours} hours` }),
    createdAt: instant,
  })
  .meta({ id: "Attachment" });

export const ReadAttachmentReply = AttachmentReply.extend({
  passages: z
    .array(z.object({ page: count.nullable(), text: text(100_000) }))
    .max(LIMITS.attachmentTokensMax)
    .meta({ description: "What it says, in order: quotes stand in one of them letter by letter" }),
}).meta({ id: "ReadAttachment" });

export const toReply = ({ organizationId: _, endUserId: endUser, ...row }: Attachment) => ({ ...row, endUser });

export const keyOf = (organizationId: string, attachmentId: string) => `${organizationId}/${attachmentId}`;
