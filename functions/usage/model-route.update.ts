import * as z from "zod";
import { changeModelRoute } from "../../db/queries/usage/model-route.ts";
import { ROUTED_TASKS } from "../../db/words.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { ModelRouteReply, modelName, toReply } from "./model-route.ts";

export const updateModelRoute = endpoint({
  name: "model-route.update",
  method: "patch",
  path: "/v1/model-routes/{task}",
  scope: "organization:write",
  summary: "Choose the model of a task",
  description: `Only what is sent changes; null goes back to the operator's choice, or to no fallback. A model is asked for a word first, and refused if
Bedrock does not know it. The fallback is asked when the other model does not answer, or does not begin within
${LIMITS.fallbackAfterMs / 1_000} s; one that failed ${LIMITS.modelFailuresMax} times in a row is passed over for ${LIMITS.circuitOpenMs / 1_000} s.`,
  params: z.object({
    task: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/)
      .meta({ description: `One of ${ROUTED_TASKS.join(", ")}` }),
  }),
  body: json(
    z
      .object({ model: modelName, fallbackModel: modelName })
      .partial()
      .refine((body) => Object.keys(body).length > 0, "name what changes"),
  ),
  reply: replies(ModelRouteReply),
  example: async () => ({ params: { task: "summarize" }, body: { model: "haiku" } }),
  async run(ctx, { params, body }) {
    if (params.task === "embed")
      throw new ApiError("UNPROCESSABLE", "The model of embeddings is switched by POST /v1/embedding-migrations.");
    const { organizationId } = await ctx.identify();
    const task = ROUTED_TASKS.find((one) => one === params.task);
    if (!task) throw notFound("task");
    for (const field of ["model", "fallbackModel"] as const)
      if (body[field]) await ctx.ai.verify(body[field], task, field);
    const emits = ctx.emit("model-route.updated", organizationId, { task });
    return toReply(ctx.env, task, await changeModelRoute(ctx, task, body, emits));
  },
});
