import { findDelivery, replayDelivery } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { DeliveryReply, deliveryParams, deliveryReply } from "./webhook-delivery.ts";

export const replayWebhookDelivery = endpoint({
  name: "webhook-delivery.replay",
  method: "post",
  path: "/v1/webhook-endpoints/{endpointId}/deliveries/{deliveryId}/replay",
  scope: "webhooks:write",
  summary: "Tell a webhook endpoint an event again",
  description:
    "Behind what waits, under the same `webhook-id` and with all its tries. One that still waits keeps its place.",
  params: deliveryParams,
  reply: replies(DeliveryReply, 202),
  example: async (fixtures) => ({ params: await fixtures.webhookDelivery() }),
  async replay(ctx, { params: { endpointId, deliveryId } }, state) {
    const found = state === "done" && (await findDelivery(ctx, endpointId, deliveryId));
    return found ? deliveryReply(found) : undefined;
  },
  async run(ctx, { params: { endpointId, deliveryId } }) {
    const told = ctx.emit("webhook-endpoint.replayed", endpointId, { deliveryId });
    return deliveryReply(await replayDelivery(ctx, endpointId, deliveryId, told));
  },
});
