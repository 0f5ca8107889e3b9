import * as z from "zod";
import { handBack } from "../../db/queries/conversations/handling.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { by, ConversationReply, conversationParams, force, heldByAnother, toReply } from "./conversation.ts";

export const handConversationBack = endpoint({
  name: "conversation.handback",
  method: "post",
  path: "/v1/conversations/{conversationId}/handback",
  scope: "conversations:write",
  summary: "Let the chatbot answer again",
  description:
    "The chatbot knows what was said meanwhile, and answers from the next question on. A conversation that nobody holds stays as it is; " +
    "one that somebody else holds is a conflict, unless with `force`.",
  params: conversationParams,
  body: json(z.object({ by, force })),
  reply: replies(ConversationReply),
  example: async (fixtures) => ({ params: { conversationId: await fixtures.heldConversation() }, body: {} }),
  async run(ctx, { params: { conversationId }, body }) {
    const { conversation } = await handBack(ctx, conversationId, { ...body, requestId: ctx.requestId });
    if (conversation.heldBy !== null) throw heldByAnother(conversation);
    return toReply(conversation);
  },
});
