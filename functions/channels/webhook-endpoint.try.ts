import * as z from "zod";
import { findWebhookEndpoint, tellOfWebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { count, endpoint, id, integer, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { send } from "./webhook.ts";
import { endpointParams } from "./webhook-endpoint.ts";

export const tryWebhookEndpoint = endpoint({
  name: "webhook-endpoint.try",
  method: "post",
  path: "/v1/webhook-endpoints/{endpointId}/test",
  scope: "webhooks:write",
  summary: "Send a webhook endpoint something now, and see what it answers",
  description:
    "An event `webhook-endpoint.tested`, signed as all are. It is sent once, past what waits, also to a disabled endpoint.",
  params: endpointParams,
  reply: replies(
    z
      .object({
        id: id("message, as `webhook-id` says it"),
        error: text(1_000).nullable().meta({ description: "Null when it was answered with 2xx" }),
        responseStatus: integer(100, 599).nullable(),
        responseBody: text(LIMITS.webhookResponseCharsMax).nullable(),
        durationMs: count,
      })
      .meta({ id: "WebhookTest" }),
  ),
  example: async (fixtures) => ({ params: { endpointId: await fixtures.webhookEndpoint() } }),
  async run(ctx, { params: { endpointId }, resultId }) {
    const found = await findWebhookEndpoint(ctx, endpointId);
    if (!found) throw notFound("webhook endpoint");
    const told = { type: "webhook-endpoint.tested", timestamp: new Date().toISOString(), data: { endpointId } };
    const { error, responseStatus, responseBody, durationMs } = await send(ctx, found, {
      id: resultId,
      body: JSON.stringify(told),
    });
    const result = { responseStatus, durationMs };
    await tellOfWebhookEndpoint(ctx, endpointId, ctx.emit("webhook-endpoint.tested", endpointId, { error, ...result }));
    return { id: resultId, error, responseBody, ...result };
  },
});
