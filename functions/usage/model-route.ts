import * as z from "zod";
import type { ModelRoute } from "../../db/queries/usage/model-route.ts";
import { MODEL_TIERS, type RoutedTask, TASKS } from "../../db/words.ts";
import { defaultModels, modelOf } from "../kernel/ai/models.ts";
import { instant, text } from "../kernel/endpoint.ts";
import type { Env } from "../kernel/env.ts";

export const modelName = text(200, 1)
  .nullable()
  .meta({ description: `Id of a Bedrock model, or a tier: ${MODEL_TIERS.join(", ")}` });

export const ModelRouteReply = z
  .object({
    task: z.enum(TASKS),
    model: modelName.meta({ description: "As you have set it; null leaves it to the operator" }),
    fallbackModel: modelName.meta({ description: "As you have set it; null for none" }),
    usedModel: text(200).meta({ description: "Id of the model that is asked" }),
    usedFallbackModel: text(200)
      .nullable()
      .meta({ description: "Id of the model that is asked while the other is down" }),
    updatedBy: text(255).nullable(),
    updatedAt: instant.nullable(),
  })
  .meta({ id: "ModelRoute" });

/** What holds for a task, of which the row may be absent. */
export function toReply(env: Env, task: RoutedTask, row: ModelRoute | undefined): z.input<typeof ModelRouteReply> {
  const { model = null, fallbackModel = null, updatedBy = null, updatedAt = null } = row ?? {};
  return {
    task,
    model,
    fallbackModel,
    usedModel: modelOf(env, model ?? defaultModels(env)[task]),
    usedFallbackModel: fallbackModel && modelOf(env, fallbackModel),
    updatedBy,
    updatedAt,
  };
}
