import { findDelivery } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { DeliveryReply, deliveryParams, deliveryReply } from "./webhook-delivery.ts";

export const getWebhookDelivery = endpoint({
  name: "webhook-delivery.get",
  method: "get",
  path: "/v1/webhook-endpoints/{endpointId}/deliveries/{deliveryId}",
  scope: "webhooks:read",
  summary: "One delivery, with what was sent and answered",
  params: deliveryParams,
  reply: replies(DeliveryReply),
  example: async (fixtures) => ({ params: await fixtures.webhookDelivery() }),
  async run(ctx, { params: { endpointId, deliveryId } }) {
    const found = await findDelivery(ctx, endpointId, deliveryId);
    if (!found) throw notFound("delivery");
    return deliveryReply(found);
  },
});
