import * as z from "zod";
import { countEvents, findWebhookEndpoint, replayEvents } from "../../db/queries/channels/webhook.ts";
import { count, endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { time } from "../kernel/retrieval/filter.ts";
import { endpointParams } from "./webhook-endpoint.ts";

const MAX = LIMITS.webhooksReplayedAtOnce;

export const replayTime = endpoint({
  name: "webhook-endpoint.replay",
  method: "post",
  path: "/v1/webhook-endpoints/{endpointId}/replay",
  scope: "webhooks:write",
  summary: "Tell a webhook endpoint again what happened in a time",
  description:
    `All events of its types, in order and behind what waits, also those of before there was the endpoint or while it was disabled: at most ${MAX}, ` +
    "so name a shorter time where there are more.",
  params: endpointParams,
  body: json(z.object({ from: time, to: time.meta({ description: "Exclusive" }) })),
  reply: replies(z.object({ replayed: count.meta({ description: "Events that wait now and did not before" }) }), 202),
  example: async (fixtures) => ({
    params: { endpointId: await fixtures.webhookEndpoint() },
    body: { from: "2026-01-01T00:00:00Z", to: "2026-01-02T00:00:00Z" },
  }),
  async run(ctx, { params: { endpointId }, body: { from, to } }) {
    if (!(await findWebhookEndpoint(ctx, endpointId))) throw notFound("webhook endpoint");
    if ((await countEvents(ctx, endpointId, from, to, MAX + 1)) > MAX) {
      const message = `more than ${MAX} events happened then: name a shorter time`;
      throw new ApiError("INVALID", `to: ${message}`, { errors: [{ path: "to", message }] });
    }
    const told = ctx.emit("webhook-endpoint.replayed", endpointId, { from, to });
    return { replayed: await replayEvents(ctx, endpointId, from, to, MAX, told) };
  },
});
