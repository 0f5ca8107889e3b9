import * as z from "zod";
import { assignDocuments } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, id, json, nothing } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams, saying } from "./chatbot.ts";

export const assignChatbotDocuments = endpoint({
  name: "chatbot.assign",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/documents",
  scope: "chatbots:write",
  summary: "Assign documents to a chatbot",
  description:
    "All of them or, when one does not exist, none. Assigned twice is assigned once. That its `documentScope` becomes `assigned` is a " +
    "revision of the chatbot; which documents are assigned is not, the events tell of that.",
  params: chatbotParams,
  body: json(z.object({ documentIds: z.array(id("document")).min(1).max(LIMITS.idsMax), ...saying })),
  reply: nothing,
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { documentIds: [await fixtures.document()] },
  }),
  async run(ctx, { params: { chatbotId }, body: { documentIds, reason } }) {
    await assignDocuments(
      ctx,
      chatbotId,
      documentIds,
      { reason },
      ctx.emit("chatbot.documents_assigned", chatbotId, { documentIds }),
    );
    return undefined;
  },
});
