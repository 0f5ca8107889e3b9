import * as z from "zod";
import { EMBEDDING_DIMENSIONS } from "../../db/columns.ts";
import { EMBEDDING_MODELS, embeddingFormat, isEmbeddingModel } from "../kernel/ai/embedding-models.ts";
import { unrotate } from "../kernel/ai/rotation.ts";
import { toBase64 } from "../kernel/base64.ts";
import { endpoint, json, replies, text, words } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { modelName, modelNotFound, tokens, user } from "./openai.ts";

const input = words(LIMITS.embeddingCharsMax);
const number = z.number().min(-1).max(1);
/** Four bytes a number, as text. */
const BASE64_CHARS = Math.ceil((EMBEDDING_DIMENSIONS * 4) / 3) * 4;

export const createEmbedding = endpoint({
  name: "embedding.create",
  method: "post",
  path: "/v1/embeddings",
  scope: "chatbots:answer",
  dialect: "openai",
  summary: "Embed texts as clients of OpenAI do",
  description:
    "The vectors that the model itself gives, of length 1. A text that is longer than the model takes is refused, not cut.",
  body: json(
    z.object({
      model: modelName.meta({ description: `One of ${EMBEDDING_MODELS.join(", ")}` }),
      input: z.union([input, z.array(input).min(1).max(LIMITS.embeddingInputsMax)]),
      input_type: z.enum(["document", "query"]).nullish().meta({
        description: "Some models embed a question otherwise than what answers it; a document if nothing is said",
      }),
      encoding_format: z.enum(["float", "base64"]).nullish(),
      dimensions: z
        .literal(EMBEDDING_DIMENSIONS, { error: `vectors have ${EMBEDDING_DIMENSIONS} dimensions` })
        .nullish(),
      user: user.meta({ description: "For whom, as you name them" }),
    }),
  ),
  reply: replies(
    z
      .object({
        object: z.literal("list"),
        data: z
          .array(
            z.object({
              object: z.literal("embedding"),
              index: z.int().min(0).max(LIMITS.embeddingInputsMax),
              embedding: z
                .union([z.array(number).length(EMBEDDING_DIMENSIONS), text(BASE64_CHARS)])
                .meta({ description: "With `base64` numbers of 32 bits, little-endian" }),
            }),
          )
          .max(LIMITS.embeddingInputsMax),
        model: modelName,
        usage: z.object({ prompt_tokens: tokens, total_tokens: tokens }),
      })
      .meta({ id: "OpenAiEmbeddings" }),
  ),
  endUser: ({ body }) => body.user ?? undefined,
  example: async () => ({ body: { model: EMBEDDING_MODELS[0], input: "How long is the warranty?" } }),
  async run(ctx, { body }) {
    await ctx.identify();
    const { model } = body;
    if (!isEmbeddingModel(model))
      throw modelNotFound(`${model} is no model that embeds: there are ${EMBEDDING_MODELS.join(", ")}.`);
    const texts = typeof body.input === "string" ? [body.input] : body.input;
    refuseLonger(texts, embeddingFormat(model).charsMax, body.input);
    let spent = 0;
    const vectors = await ctx.ai.embed(
      texts,
      { task: "embed", endUserId: body.user ?? undefined },
      {
        model,
        input: body.input_type ?? "document",
        spent: (inputTokens) => {
          spent += inputTokens;
        },
      },
    );
    const write = body.encoding_format === "base64" ? base64Of : (vector: Float32Array) => [...vector];
    const data = vectors.map((vector, index) => ({
      object: "embedding" as const,
      index,
      embedding: write(Float32Array.from(unrotate(vector), (value) => value + 0)), // JSON has no -0
    }));
    return { object: "list" as const, data, model, usage: { prompt_tokens: spent, total_tokens: spent } };
  },
});

function refuseLonger(texts: readonly string[], charsMax: number, asked: string | readonly string[]) {
  const index = texts.findIndex((text) => text.length > charsMax);
  if (index < 0) return;
  const message = `this model takes at most ${charsMax} characters`;
  const path = typeof asked === "string" ? "input" : `input.${index}`;
  throw new ApiError("INVALID", `${path}: ${message}`, { errors: [{ path, message }] });
}

/** Little-endian, as every machine that runs Workers is. */
const base64Of = ({ buffer }: Float32Array) => toBase64(new Uint8Array(buffer));
