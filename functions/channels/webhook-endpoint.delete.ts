import { deleteWebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { endpointParams } from "./webhook-endpoint.ts";

export const removeWebhookEndpoint = endpoint({
  name: "webhook-endpoint.delete",
  method: "delete",
  path: "/v1/webhook-endpoints/{endpointId}",
  scope: "webhooks:write",
  summary: "Remove a webhook endpoint, its secrets and its log",
  params: endpointParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { endpointId: await fixtures.webhookEndpoint() } }),
  async run(ctx, { params: { endpointId } }) {
    await deleteWebhookEndpoint(ctx, endpointId, ctx.emit("webhook-endpoint.deleted", endpointId));
    return undefined;
  },
});
