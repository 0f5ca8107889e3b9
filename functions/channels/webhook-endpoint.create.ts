import { findWebhookEndpoint, insertWebhookEndpoint } from "../../db/queries/channels/webhook.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { seal } from "../kernel/seal.ts";
import { newSecret } from "./standard-webhooks.ts";
import { EndpointWithSecretReply, endpointReply, NewEndpoint, placeOf, receiverUrl } from "./webhook-endpoint.ts";

export const createWebhookEndpoint = endpoint({
  name: "webhook-endpoint.create",
  method: "post",
  path: "/v1/webhook-endpoints",
  scope: "webhooks:write",
  summary: "Be told what happens, at a URL of yours",
  description:
    "From now on each event of these types is posted there as `{type, timestamp, data}`, signed as Standard Webhooks says: verify it with " +
    "any of its libraries and the secret that this answers. Events come one after another, in order; one that is not answered with 2xx " +
    "is sent again up to nine times over three days, while those behind it wait. `webhook-id` is the event's id: an event may come twice.",
  body: json(NewEndpoint),
  reply: replies(EndpointWithSecretReply, 201),
  example: async () => ({
    body: { url: "https://example.com/webhooks", description: crypto.randomUUID(), types: ["budget."] },
  }),
  async replay(ctx, { resultId }) {
    const made = await findWebhookEndpoint(ctx, resultId);
    return made && { ...endpointReply(made), secret: null };
  },
  async run(ctx, { body, resultId }) {
    const { organizationId } = await ctx.identify();
    const secret = newSecret();
    const made = await insertWebhookEndpoint(
      ctx,
      {
        ...body,
        id: resultId,
        url: receiverUrl(body.url),
        secret: await seal(ctx.env, placeOf(organizationId, resultId), secret),
        secretId: resultId,
      },
      ctx.emit("webhook-endpoint.created", resultId, { types: body.types }),
    );
    return { ...endpointReply(made), secret };
  },
});
