import * as z from "zod";
import { endConversation } from "../../db/queries/conversations/handling.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ConversationReply, conversationParams, ofEndUser, satisfaction, toReply } from "./conversation.ts";

export const endOneConversation = endpoint({
  name: "conversation.end",
  method: "post",
  path: "/v1/conversations/{conversationId}/end",
  scope: "chatbots:answer",
  summary: "End a conversation",
  description:
    "`terminated`, it is over for good: nobody asks in it again. `inactive`, it is settled: whoever asks again goes on with it. Who rates it " +
    "later sends the same request with `satisfactionScore`.",
  params: conversationParams,
  body: json(
    z.object({
      status: z.enum(["inactive", "terminated"]).default("terminated"),
      satisfactionScore: satisfaction.optional(),
      endUser: ofEndUser,
    }),
  ),
  reply: replies(ConversationReply),
  endUser: ({ body }) => body.endUser,
  example: async (fixtures) => ({
    params: { conversationId: await fixtures.conversation() },
    body: { satisfactionScore: 5 },
  }),
  async run(ctx, { params: { conversationId }, body: { status, satisfactionScore, endUser } }) {
    const ending = { status, satisfactionScore, endUser, requestId: ctx.requestId };
    const { conversation } = await endConversation(ctx, conversationId, ending);
    if (endUser !== undefined && conversation.endUserId !== endUser) throw notFound("conversation");
    return toReply(conversation);
  },
});
