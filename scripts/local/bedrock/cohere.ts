import { randomUUID } from "node:crypto";
import { type Embedder, inSpaceOf } from "./embedding.ts";
import { ServiceError } from "./errors.ts";
import { checkBody, integerFrom, list, oneOf, text } from "./schema.ts";
import { countTokens } from "./tokens.ts";

const textsMax = 96;
const inputTypes = oneOf("search_document", "search_query", "classification", "clustering");
const embeddingTypes = list(oneOf("float"), 1, 1);

const v3 = {
  required: { texts: list(text(2048), 1, textsMax), input_type: inputTypes },
  optional: { truncate: oneOf("NONE", "START", "END"), embedding_types: embeddingTypes },
  tokensMax: 512,
  dimensions: 1024,
};
const v4 = {
  required: { texts: list(text(), 1, textsMax), input_type: inputTypes },
  optional: {
    truncate: oneOf("NONE", "LEFT", "RIGHT"),
    embedding_types: embeddingTypes,
    output_dimension: oneOf(256, 512, 1024, 1536),
    max_tokens: integerFrom(1),
  },
  tokensMax: 128_000,
  dimensions: 1536,
};
export const cohereModels = new Map([
  ["cohere.embed-english-v3", v3],
  ["cohere.embed-multilingual-v3", v3],
  ["cohere.embed-v4:0", v4],
]);

type Body = { texts: string[]; truncate?: string; embedding_types?: string[]; output_dimension?: number };

/** Cohere's text embeddings: their requests, responses and refusals, each model in a vector space of its own. */
export async function embedLikeCohere(embedder: Embedder, modelId: string, body: Record<string, unknown>) {
  const model = cohereModels.get(modelId)!;
  checkBody(body, model.required, model.optional);
  const { texts, truncate = "NONE", embedding_types, output_dimension = model.dimensions } = body as Body;
  const tokens = texts.map(countTokens);
  if (truncate === "NONE" && tokens.some((count) => count > model.tokensMax))
    throw new ServiceError("ValidationException", "Input is too long for requested model.");
  const vectors = await Promise.all(texts.map((each) => embedder.embed(each, output_dimension)));
  const float = vectors.map((vector) => [...inSpaceOf(modelId, vector)]);
  const answer = {
    id: randomUUID(),
    texts,
    ...(embedding_types
      ? { embeddings: { float }, response_type: "embeddings_by_type" }
      : { embeddings: float, response_type: "embeddings_floats" }),
  };
  return { answer, inputTokens: tokens.reduce((sum, count) => sum + Math.min(count, model.tokensMax), 0) };
}
