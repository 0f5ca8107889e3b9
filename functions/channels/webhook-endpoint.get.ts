import { findWebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { EndpointReply, endpointParams, endpointReply } from "./webhook-endpoint.ts";

export const getWebhookEndpoint = endpoint({
  name: "webhook-endpoint.get",
  method: "get",
  path: "/v1/webhook-endpoints/{endpointId}",
  scope: "webhooks:read",
  summary: "A webhook endpoint, without its secret",
  params: endpointParams,
  reply: replies(EndpointReply),
  example: async (fixtures) => ({ params: { endpointId: await fixtures.webhookEndpoint() } }),
  async run(ctx, { params: { endpointId } }) {
    const found = await findWebhookEndpoint(ctx, endpointId);
    if (!found) throw notFound("webhook endpoint");
    return endpointReply(found);
  },
});
