import * as z from "zod";
import { deleteMessageFeedback } from "../../db/queries/conversations/feedback.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { ofEndUser } from "./conversation.ts";
import { messageParams } from "./message-feedback.ts";

export const removeFeedback = endpoint({
  name: "message-feedback.delete",
  method: "delete",
  path: "/v1/messages/{messageId}/feedback",
  scope: "chatbots:answer",
  summary: "Take back what you said of an answer",
  params: messageParams,
  query: z.object({ endUser: ofEndUser }),
  reply: nothing,
  endUser: ({ query }) => query.endUser,
  example: async (fixtures) => ({ params: { messageId: await fixtures.judgedMessage() } }),
  async run(ctx, { params: { messageId }, query: { endUser } }) {
    await deleteMessageFeedback(ctx, { messageId, endUser, requestId: ctx.requestId });
    return undefined;
  },
});
