import * as z from "zod";
import { listDeliveries } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { DeliveryReply, deliveryReply, deliveryStatus } from "./webhook-delivery.ts";
import { endpointParams } from "./webhook-endpoint.ts";

export const listWebhookDeliveries = endpoint({
  name: "webhook-delivery.list",
  method: "get",
  path: "/v1/webhook-endpoints/{endpointId}/deliveries",
  scope: "webhooks:read",
  summary: "What a webhook endpoint was told and answered, and what it is still to be told",
  description: `From the newest event to the oldest; kept for ${LIMITS.webhookDeliveriesKeptDays} days.`,
  params: endpointParams,
  query: z.object({ ...pageQuery, status: deliveryStatus.optional() }),
  reply: replies(pageOf(DeliveryReply)),
  example: async (fixtures) => ({ params: { endpointId: await fixtures.webhookEndpoint() } }),
  async run(ctx, { params: { endpointId }, query: { limit, cursor, status } }) {
    const found = await listDeliveries(ctx, endpointId, status, afterCursor(cursor), limit);
    if (!found) throw notFound("webhook endpoint");
    return page(found.map(deliveryReply), limit, ({ id }) => id);
  },
});
