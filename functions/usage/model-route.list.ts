import * as z from "zod";
import { readModelRoutes } from "../../db/queries/usage/model-route.ts";
import { ROUTED_TASKS, TASKS } from "../../db/words.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { ModelRouteReply, toReply } from "./model-route.ts";

export const listModelRoutes = endpoint({
  name: "model-route.list",
  method: "get",
  path: "/v1/model-routes",
  scope: "organization:read",
  summary: "Which model does which task",
  description:
    "A chatbot with a model of its own is answered by that; the fallback of `answer` stands in for it all the same. " +
    "Embeddings are switched by an embedding migration, since vectors of two models say nothing to each other.",
  reply: replies(z.object({ items: z.array(ModelRouteReply).max(TASKS.length) })),
  example: async () => ({}),
  async run(ctx) {
    const { routes, embeddingModel } = await readModelRoutes(ctx);
    const routed = ROUTED_TASKS.map((task) =>
      toReply(
        ctx.env,
        task,
        routes.find((route) => route.task === task),
      ),
    );
    const unset = { model: null, fallbackModel: null, usedFallbackModel: null, updatedBy: null, updatedAt: null };
    return { items: [...routed, { task: "embed" as const, ...unset, usedModel: embeddingModel }] };
  },
});
