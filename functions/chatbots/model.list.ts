import * as z from "zod";
import { listAnsweringChatbots } from "../../db/queries/chatbots/chatbot.ts";
import { EMBEDDING_MODELS } from "../kernel/ai/embedding-models.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { MAKERS } from "./chatbot.ts";
import { ModelReply, toChatbotModel, toEmbeddingModel } from "./openai.ts";

export const listModels = endpoint({
  name: "model.list",
  method: "get",
  path: "/v1/models",
  scope: "chatbots:answer",
  dialect: "openai",
  summary: "What clients of OpenAI may name as `model`",
  description: `The chatbots that answer you, the newest ${LIMITS.modelsMax} first, then the models of \`embedding.create\`.`,
  reply: replies(
    z
      .object({ object: z.literal("list"), data: z.array(ModelReply).max(LIMITS.modelsMax + 100) })
      .meta({ id: "OpenAiModelList" }),
  ),
  example: async () => ({}),
  async run(ctx) {
    const chatbots = await listAnsweringChatbots(ctx, { makers: MAKERS, limit: LIMITS.modelsMax });
    return {
      object: "list" as const,
      data: [...chatbots.map(toChatbotModel), ...EMBEDDING_MODELS.map(toEmbeddingModel)],
    };
  },
});
