import type { Embedder } from "./embedding.ts";
import { malformed, ServiceError } from "./errors.ts";
import { countTokens } from "./tokens.ts";

export const titanModelId = "amazon.titan-embed-text-v2:0";
const charsMax = 50_000;
const tokensMax = 8192;
const dimensionsAllowed = [256, 512, 1024];
const known = ["inputText", "dimensions", "normalize", "embeddingTypes"];

/** Titan Text Embeddings V2: its request, its response, its refusals. */
export async function embedLikeTitan(embedder: Embedder, body: Record<string, unknown>) {
  const { inputText, dimensions = 1024, embeddingTypes = ["float"] } = body;
  const extra = Object.keys(body).find((key) => !known.includes(key));
  if (extra) throw malformed(`#: extraneous key [${extra}] is not permitted`);
  if (inputText === undefined) throw malformed("#: required key [inputText] not found");
  if (typeof inputText !== "string") throw malformed(`#/inputText: expected type: String, found: ${typeof inputText}`);
  if (inputText.length === 0) throw malformed("expected minLength: 1, actual: 0");
  if (inputText.length > charsMax) throw malformed(`expected maxLength: ${charsMax}, actual: ${inputText.length}`);
  if (!dimensionsAllowed.includes(dimensions as number))
    throw malformed(`#/dimensions: ${dimensions} is not a valid enum value`);
  const types = embeddingTypes as string[];
  if (!Array.isArray(types) || !types.every((type) => type === "float" || type === "binary")) {
    throw malformed(`#/embeddingTypes: ${JSON.stringify(types)} is not a valid enum value`);
  }
  const inputTextTokenCount = countTokens(inputText);
  if (inputTextTokenCount > tokensMax) {
    const message = `Too many input tokens. Max input tokens: ${tokensMax}, request input token count: ${inputTextTokenCount}`;
    throw new ServiceError("ValidationException", `400 Bad Request: ${message}`);
  }
  const vector = [...(await embedder.embed(inputText, dimensions as number))];
  const embeddingsByType = {
    ...(types.includes("float") && { float: vector }),
    ...(types.includes("binary") && { binary: vector.map((value) => (value > 0 ? 1 : 0)) }),
  };
  return { ...(types.includes("float") && { embedding: vector }), embeddingsByType, inputTextTokenCount };
}
