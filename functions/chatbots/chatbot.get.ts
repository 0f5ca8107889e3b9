import { findChatbot } from "../../db/queries/chatbots/chatbot.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ChatbotReply, chatbotParams } from "./chatbot.ts";

export const getChatbot = endpoint({
  name: "chatbot.get",
  method: "get",
  path: "/v1/chatbots/{chatbotId}",
  scope: "chatbots:read",
  summary: "A chatbot",
  params: chatbotParams,
  reply: replies(ChatbotReply),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() } }),
  async run(ctx, { params }) {
    const chatbot = await findChatbot(ctx, params.chatbotId);
    if (!chatbot) throw notFound("chatbot");
    return chatbot;
  },
});
