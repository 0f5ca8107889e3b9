import * as z from "zod";
import { listAnsweringChatbots } from "../../db/queries/chatbots/chatbot.ts";
import { isEmbeddingModel } from "../kernel/ai/embedding-models.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { MAKERS } from "./chatbot.ts";
import { ModelReply, modelName, modelNotFound, toChatbotModel, toEmbeddingModel } from "./openai.ts";

export const getModel = endpoint({
  name: "model.get",
  method: "get",
  path: "/v1/models/{model}",
  scope: "chatbots:answer",
  dialect: "openai",
  summary: "One of what clients of OpenAI may name as `model`",
  params: z.object({
    model: modelName.meta({ description: "A chatbot's id or slug, or the name of a model that embeds" }),
  }),
  reply: replies(ModelReply),
  example: async (fixtures) => ({ params: { model: await fixtures.chatbot() } }),
  async run(ctx, { params: { model } }) {
    const [chatbot] = await listAnsweringChatbots(ctx, { makers: MAKERS, named: model, limit: 1 });
    if (chatbot) return toChatbotModel(chatbot);
    if (isEmbeddingModel(model)) return toEmbeddingModel(model);
    throw modelNotFound(`There is no model ${model}: no chatbot that answers you has this id or slug.`);
  },
});
