import { findConversation } from "../../db/queries/conversations/conversation.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ConversationReply, conversationParams, toReply } from "./conversation.ts";

export const getConversation = endpoint({
  name: "conversation.get",
  method: "get",
  path: "/v1/conversations/{conversationId}",
  scope: "conversations:read",
  summary: "A conversation",
  params: conversationParams,
  reply: replies(ConversationReply),
  example: async (fixtures) => ({ params: { conversationId: await fixtures.conversation() } }),
  async run(ctx, { params }) {
    const conversation = await findConversation(ctx, params.conversationId);
    if (!conversation) throw notFound("conversation");
    return toReply(conversation);
  },
});
