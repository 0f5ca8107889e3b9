import { deleteChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { chatbotParams } from "./chatbot.ts";

export const removeChatbot = endpoint({
  name: "chatbot.delete",
  method: "delete",
  path: "/v1/chatbots/{chatbotId}",
  scope: "chatbots:write",
  summary: "Delete a chatbot with its revisions and conversations",
  params: chatbotParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params: { chatbotId } }) {
    await deleteChatbot(ctx, chatbotId, ctx.emit("chatbot.deleted", chatbotId));
    return undefined;
  },
});
