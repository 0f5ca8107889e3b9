import { forgetIdempotencyKeys } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** Keys are kept for 24 hours. */
export const expireIdempotencyKeys = cron({
  name: "idempotency.expire",
  schedule: "23 * * * *",
  summary: "Forgets Idempotency-Keys after 24 hours.",
  run: async ({ db }) => ({ forgotten: await forgetIdempotencyKeys(db) }),
});
