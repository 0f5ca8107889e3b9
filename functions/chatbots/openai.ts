import * as z from "zod";
import { endUserName, integer, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";

/** What a client of OpenAI calls a model: a chatbot of ours that it asks, or a model that embeds. */
export const modelName = text(200, 1);
export const user = endUserName.nullish();
export const createdAt = integer(0, Number.MAX_SAFE_INTEGER).meta({ description: "Seconds since 1970" });
export const tokens = integer(0, Number.MAX_SAFE_INTEGER);

/** When an id was made, in seconds: a UUIDv7 begins with it. */
export const madeAt = (id: string): number =>
  Math.floor(Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16) / 1_000);

export const modelNotFound = (message: string) =>
  new ApiError("NOT_FOUND", message, { errors: [{ path: "model", message }] });

export const ModelReply = z
  .object({
    id: modelName.meta({ description: "What `model` is in a request: a chatbot's slug, or the name of a model" }),
    object: z.literal("model"),
    created: createdAt,
    owned_by: text(50),
  })
  .meta({ id: "OpenAiModel" });
type Model = z.input<typeof ModelReply>;

export const toChatbotModel = ({ id, slug }: { id: string; slug: string }): Model => ({
  id: slug,
  object: "model",
  created: madeAt(id),
  owned_by: "organization",
});

/** Nobody tells when they were made. */
export const toEmbeddingModel = (model: string): Model => ({
  id: model,
  object: "model",
  created: 0,
  owned_by: "bedrock",
});
