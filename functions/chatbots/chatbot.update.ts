import { updateChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ChatbotChange, ChatbotReply, chatbotParams } from "./chatbot.ts";

export const changeChatbot = endpoint({
  name: "chatbot.update",
  method: "patch",
  path: "/v1/chatbots/{chatbotId}",
  scope: "chatbots:write",
  summary: "Change a chatbot",
  params: chatbotParams,
  body: json(ChatbotChange.refine((body) => Object.keys(body).length > 0, "name what changes")),
  reply: replies(ChatbotReply),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() }, body: { retrievalK: 8 } }),
  async run(ctx, { params: { chatbotId }, body }) {
    if (body.llmModel) await ctx.ai.verify(body.llmModel, "answer", "llmModel");
    const emits = ctx.emit("chatbot.updated", chatbotId, { changed: Object.keys(body) });
    return updateChatbot(ctx, chatbotId, body, emits);
  },
});
