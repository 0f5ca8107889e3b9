import * as z from "zod";
import { findConversation } from "../../db/queries/conversations/conversation.ts";
import { findMessage, insertStaffMessage } from "../../db/queries/conversations/staff-message.ts";
import { CONTENT_TYPES } from "../../db/words.ts";
import { wellFormed } from "../kernel/content-type.ts";
import { endpoint, json, replies, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { by, conversationParams, heldByAnother, MessageReply } from "./conversation.ts";

export const createMessage = endpoint({
  name: "message.create",
  method: "post",
  path: "/v1/conversations/{conversationId}/messages",
  scope: "conversations:write",
  summary: "Say something in a conversation that you have taken over",
  description:
    "A message of the role `staff`, which the end user's client reads with the others and which is told as `message.created`. Only who holds " +
    "the conversation says something in it: 409 else.",
  params: conversationParams,
  body: json(
    z
      .object({ content: words(LIMITS.questionCharsMax), contentType: z.enum(CONTENT_TYPES).default("text"), by })
      .superRefine(wellFormed),
  ),
  reply: replies(MessageReply, 201),
  example: async (fixtures) => ({
    params: { conversationId: await fixtures.heldConversation() },
    body: { content: "Hello, this is Ann." },
  }),
  async replay(ctx, { resultId }) {
    return findMessage(ctx, resultId);
  },
  async run(ctx, { params: { conversationId }, body: { content, contentType, by }, resultId }) {
    const message = { id: resultId, conversationId, content, contentType, author: by, requestId: ctx.requestId };
    const made = await insertStaffMessage(ctx, message);
    if (made) return made;
    const conversation = await findConversation(ctx, conversationId);
    throw conversation?.heldBy
      ? heldByAnother(conversation)
      : new ApiError("CONFLICT", "Take the conversation over first.");
  },
});
