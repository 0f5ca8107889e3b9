import * as z from "zod";
import { escalate } from "../../db/queries/conversations/handling.ts";
import { endpoint, json, replies, words } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ConversationReply, conversationParams, ofEndUser, overForGood, toReply } from "./conversation.ts";

export const escalateConversation = endpoint({
  name: "conversation.escalate",
  method: "post",
  path: "/v1/conversations/{conversationId}/escalate",
  scope: "chatbots:answer",
  summary: "Say that the end user asks for a person",
  description:
    "Told once as `conversation.escalated`, until somebody takes it over; `escalated=true` lists those who wait. The chatbot answers meanwhile.",
  params: conversationParams,
  body: json(
    z.object({
      endUser: ofEndUser,
      reason: words(LIMITS.nameCharsMax).optional().meta({ description: "Told with the event" }),
    }),
  ),
  reply: replies(ConversationReply),
  endUser: ({ body }) => body.endUser,
  example: async (fixtures) => ({
    params: { conversationId: await fixtures.conversation() },
    body: { reason: "Asks for a refund" },
  }),
  async run(ctx, { params: { conversationId }, body: { endUser, reason } }) {
    const { conversation, changed } = await escalate(ctx, conversationId, {
      endUser,
      reason,
      requestId: ctx.requestId,
    });
    if (endUser !== undefined && conversation.endUserId !== endUser) throw notFound("conversation");
    if (!changed && conversation.status === "terminated") throw overForGood();
    return toReply(conversation);
  },
});
