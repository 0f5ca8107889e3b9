import * as z from "zod";
import { takeOver } from "../../db/queries/conversations/handling.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import {
  by,
  ConversationReply,
  conversationParams,
  force,
  heldByAnother,
  overForGood,
  toReply,
} from "./conversation.ts";

export const takeConversationOver = endpoint({
  name: "conversation.takeover",
  method: "post",
  path: "/v1/conversations/{conversationId}/takeover",
  scope: "conversations:write",
  summary: "Answer in the chatbot's place",
  description:
    "From now on a person answers: questions are stored and told as `message.received`, and the chatbot says nothing, until the " +
    "conversation is handed back or over. Who holds it already goes on holding it; where somebody else does: 409, unless with `force`.",
  params: conversationParams,
  body: json(z.object({ by, force })),
  reply: replies(ConversationReply),
  example: async (fixtures) => ({ params: { conversationId: await fixtures.conversation() }, body: { by: "Ann" } }),
  async run(ctx, { params: { conversationId }, body }) {
    const { conversation, changed } = await takeOver(ctx, conversationId, { ...body, requestId: ctx.requestId });
    if (!changed && conversation.status === "terminated") throw overForGood();
    const me = body.by ?? (await ctx.identify()).callerId;
    if (!changed && conversation.heldBy !== me) throw heldByAnother(conversation);
    return toReply(conversation);
  },
});
