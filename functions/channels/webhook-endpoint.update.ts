import { updateWebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { EndpointChange, EndpointReply, endpointParams, endpointReply, receiverUrl } from "./webhook-endpoint.ts";

export const changeWebhookEndpoint = endpoint({
  name: "webhook-endpoint.update",
  method: "patch",
  path: "/v1/webhook-endpoints/{endpointId}",
  scope: "webhooks:write",
  summary: "Change, disable or enable a webhook endpoint",
  description:
    "What waits is tried at once, with all its tries. What happened while it was disabled is not told by itself: replay that time.",
  params: endpointParams,
  body: json(EndpointChange.refine((body) => Object.keys(body).length > 0, "name what changes")),
  reply: replies(EndpointReply),
  example: async (fixtures) => ({
    params: { endpointId: await fixtures.webhookEndpoint() },
    body: { description: "Billing" },
  }),
  async run(ctx, { params: { endpointId }, body }) {
    const change = { ...body, ...(body.url && { url: receiverUrl(body.url) }) };
    const told = ctx.emit("webhook-endpoint.updated", endpointId, { changed: Object.keys(body) });
    return endpointReply(await updateWebhookEndpoint(ctx, endpointId, change, told));
  },
});
