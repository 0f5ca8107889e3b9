import { cohereModels, embedLikeCohere } from "./cohere.ts";
import type { Embedder } from "./embedding.ts";
import { ServiceError } from "./errors.ts";
import { rerankDocuments, rerankModels } from "./rerank.ts";
import { embedLikeTitan, titanModelId } from "./titan.ts";

/** InvokeModel of the models that are there, each also by the name of a cross-region inference profile. */
export async function invokeModel(
  embedder: Embedder,
  modelId: string,
  body: Record<string, unknown>,
): Promise<{ answer: object; inputTokens: number }> {
  const model = modelId.replace(/^(us|eu|apac|global)\./, "");
  if (cohereModels.has(model)) return embedLikeCohere(embedder, model, body);
  if (rerankModels.has(model)) return rerankDocuments(embedder, model, body);
  if (model !== titanModelId)
    throw new ServiceError("ValidationException", "The provided model identifier is invalid.");
  const answer = await embedLikeTitan(embedder, body);
  return { answer, inputTokens: answer.inputTextTokenCount };
}
