import * as z from "zod";
import type { Delivery } from "../../db/queries/channels/webhook.ts";
import { WEBHOOK_DELIVERY_STATUSES } from "../../db/words.ts";
import { count, id, instant, integer, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { toldOf } from "./webhook.ts";
import { endpointParams } from "./webhook-endpoint.ts";

export const deliveryParams = endpointParams.extend({
  deliveryId: id("delivery, which is that of the event and the `webhook-id` of the message"),
});

export const deliveryStatus = z.enum(WEBHOOK_DELIVERY_STATUSES);

export const DeliveryReply = z
  .object({
    id: id("delivery"),
    type: text(100).meta({ description: "Of the event" }),
    status: deliveryStatus,
    attempts: count.meta({ description: "Since it was told to be sent" }),
    requestBody: text(LIMITS.webhookBytesMax).meta({
      description: "What is sent: made of the event, so that what was erased since is not in it",
    }),
    responseStatus: integer(100, 599).nullable().meta({ description: "Of the last try, as all that follows" }),
    responseBody: text(LIMITS.webhookResponseCharsMax)
      .nullable()
      .meta({ description: `Its first ${LIMITS.webhookResponseCharsMax} characters` }),
    error: text(1_000).nullable(),
    durationMs: count.nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "WebhookDelivery" });

export function deliveryReply({ event, ...delivery }: Delivery): z.input<typeof DeliveryReply> {
  return { ...delivery, id: event.id, type: event.type, requestBody: toldOf(event).body };
}
