import { forgetDeliveries } from "../../db/queries/channels/webhook.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Forgets old deliveries, and endpoints that were deleted once their log is gone. */
export const expireWebhookDeliveries = cron({
  name: "webhook-delivery.expire",
  summary: "Forgets what webhook endpoints were told long ago.",
  schedule: "23 * * * *",
  run: async ({ db }) => ({
    forgotten: await forgetDeliveries(db, LIMITS.webhookDeliveriesKeptDays, LIMITS.webhookDeliveriesForgottenAtOnce),
  }),
});
