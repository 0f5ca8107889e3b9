import * as z from "zod";
import { listModelPrices } from "../../db/queries/usage/model-price.ts";
import { endpoint, instant, replies, text } from "../kernel/endpoint.ts";
import { amount } from "./usage.ts";

const perMillion = amount.meta({ description: "Micro-USD for a million tokens" });

export const listPrices = endpoint({
  name: "model-price.list",
  method: "get",
  path: "/v1/model-prices",
  scope: "usage:read",
  summary: "What each model costs now",
  description: "Calls of a model that is not here have no cost. A call keeps the cost that it had when it was made.",
  reply: replies(
    z
      .object({
        items: z
          .array(
            z.object({
              model: text(200),
              validFrom: instant,
              inputMicroUsd: perMillion,
              outputMicroUsd: perMillion,
              cacheReadMicroUsd: perMillion,
              cacheWriteMicroUsd: perMillion,
              callMicroUsd: amount.meta({ description: "Micro-USD for a call, where a model is billed by calls" }),
              source: text(200).meta({ description: "Where the price was read" }),
            }),
          )
          .max(10_000),
      })
      .meta({ id: "ModelPrices" }),
  ),
  example: async () => ({}),
  run: async (ctx) => ({ items: await listModelPrices(ctx) }),
});
