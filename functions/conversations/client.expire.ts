import { forgetClients } from "../../db/queries/events/maintenance.ts";
import { cron, inSteps } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Forgets addresses and user agents of end users; what they said stays. */
export const expireClients = cron({
  name: "client.expire",
  summary: "Forgets the addresses and user agents of end users after as many days as their organization says.",
  schedule: "23 * * * *",
  run: async ({ db }) => ({ forgotten: await inSteps(() => forgetClients(db, LIMITS.clientsForgottenAtOnce)) }),
});
