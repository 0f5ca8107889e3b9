import * as z from "zod";
import { EMBEDDING_DIMENSIONS } from "../../../db/columns.ts";
import { ApiError } from "../errors.ts";
import { LIMITS } from "../limits.ts";

/** What a text is embedded as: some models put a question elsewhere than a text that answers it. */
export type EmbeddingInput = "document" | "query";

type Format = {
  /** Of one call. */
  textsMax: number;
  charsMax: number;
  request(texts: readonly string[], input: EmbeddingInput): object;
  /** Where the body does not tell the tokens, a header does. */
  answer: z.ZodType<{ vectors: number[][]; inputTokens?: number }>;
};

const vector = z.array(z.number()).length(EMBEDDING_DIMENSIONS);

const titan: Format = {
  textsMax: 1,
  charsMax: LIMITS.embeddingCharsMax,
  request: ([inputText]) => ({ inputText, dimensions: EMBEDDING_DIMENSIONS, normalize: true }),
  answer: z
    .object({ embedding: vector, inputTextTokenCount: z.number() })
    .transform(({ embedding, inputTextTokenCount }) => ({ vectors: [embedding], inputTokens: inputTextTokenCount })),
};

/** `truncate` cuts at 512 tokens, but a text of more than 2,048 characters is refused before that. */
const cohere3: Format = {
  textsMax: 96,
  charsMax: 2_048,
  request: (texts, input) => ({ texts, input_type: `search_${input}`, truncate: "END" }),
  answer: z.object({ embeddings: z.array(vector) }).transform(({ embeddings }) => ({ vectors: embeddings })),
};

/** No `truncate`: 128,000 tokens hold every text of ours, and v4 has other words for it than v3. */
const cohere4: Format = {
  textsMax: 96,
  charsMax: LIMITS.embeddingCharsMax,
  request: (texts, input) => ({
    texts,
    input_type: `search_${input}`,
    output_dimension: EMBEDDING_DIMENSIONS,
    embedding_types: ["float"],
  }),
  answer: z
    .object({ embeddings: z.object({ float: z.array(vector) }) })
    .transform(({ embeddings }) => ({ vectors: embeddings.float })),
};

const FORMATS = new Map<string, Format>([
  ["amazon.titan-embed-text-v2:0", titan],
  ["cohere.embed-multilingual-v3", cohere3],
  ["cohere.embed-english-v3", cohere3],
  ["cohere.embed-v4:0", cohere4],
]);

/** The models that give vectors of `EMBEDDING_DIMENSIONS`; each also under its cross-region names (`eu.…`). */
export const EMBEDDING_MODELS: readonly string[] = [...FORMATS.keys()];

const formatOf = (model: string) => FORMATS.get(model.replace(/^(us|eu|apac|global)\./, ""));

export const isEmbeddingModel = (model: string): boolean => formatOf(model) !== undefined;

export function embeddingFormat(model: string): Format {
  const format = formatOf(model);
  if (!format)
    throw new ApiError(
      "UNPROCESSABLE",
      `${model} is no embedding model known here: there are ${EMBEDDING_MODELS.join(", ")}.`,
    );
  return format;
}
