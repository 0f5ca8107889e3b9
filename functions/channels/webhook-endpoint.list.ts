import * as z from "zod";
import { listWebhookEndpoints } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { EndpointReply, endpointReply } from "./webhook-endpoint.ts";

export const listAllWebhookEndpoints = endpoint({
  name: "webhook-endpoint.list",
  method: "get",
  path: "/v1/webhook-endpoints",
  scope: "webhooks:read",
  summary: "Your webhook endpoints, and whether they work",
  query: z.object(pageQuery),
  reply: replies(pageOf(EndpointReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listWebhookEndpoints(ctx, afterCursor(cursor), limit);
    return page(rows.map(endpointReply), limit, ({ id }) => id);
  },
});
