import { unassignDocument } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, id, nothing } from "../kernel/endpoint.ts";
import { chatbotParams } from "./chatbot.ts";

export const unassignChatbotDocument = endpoint({
  name: "chatbot.unassign",
  method: "delete",
  path: "/v1/chatbots/{chatbotId}/documents/{documentId}",
  scope: "chatbots:write",
  summary: "Take a document from a chatbot",
  params: chatbotParams.extend({ documentId: id("document") }),
  reply: nothing,
  example: async (fixtures) => ({ params: await fixtures.assignment() }),
  async run(ctx, { params: { chatbotId, documentId } }) {
    await unassignDocument(
      ctx,
      chatbotId,
      documentId,
      ctx.emit("chatbot.document_unassigned", chatbotId, { documentId }),
    );
    return undefined;
  },
});
