import { findWebhookEndpoint, rotateWebhookSecret } from "../../db/queries/channels/webhook.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { seal } from "../kernel/seal.ts";
import { newSecret } from "./standard-webhooks.ts";
import { EndpointWithSecretReply, endpointParams, endpointReply, placeOf } from "./webhook-endpoint.ts";

export const rotateSecret = endpoint({
  name: "webhook-endpoint.rotate",
  method: "post",
  path: "/v1/webhook-endpoints/{endpointId}/secrets",
  scope: "webhooks:write",
  summary: "Give a webhook endpoint another secret",
  description:
    `For ${LIMITS.webhookSecretOverlapHours} hours both sign, so that you can change over in between; then the new one alone. Two are the ` +
    "most: rotated twice in that time, the oldest ends at once.",
  params: endpointParams,
  reply: replies(EndpointWithSecretReply, 201),
  example: async (fixtures) => ({ params: { endpointId: await fixtures.webhookEndpoint() } }),
  async replay(ctx, { params: { endpointId }, resultId }) {
    const found = await findWebhookEndpoint(ctx, endpointId);
    return found?.secretId === resultId ? { ...endpointReply(found), secret: null } : undefined;
  },
  async run(ctx, { params: { endpointId }, resultId }) {
    const { organizationId } = await ctx.identify();
    const secret = newSecret();
    const sealed = await seal(ctx.env, placeOf(organizationId, endpointId), secret);
    const rotated = await rotateWebhookSecret(
      ctx,
      endpointId,
      { secret: sealed, secretId: resultId },
      LIMITS.webhookSecretOverlapHours,
      ctx.emit("webhook-endpoint.rotated", endpointId),
    );
    return { ...endpointReply(rotated), secret };
  },
});
