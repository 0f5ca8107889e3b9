import { scheduleRetention } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** Asks for the deletion of what organizations keep no longer. */
export const scheduleRetentions = cron({
  name: "retention.schedule",
  summary: "Asks for the deletion of conversations that organizations keep no longer.",
  schedule: "17 3 * * *",
  run: async ({ db }) => ({ scheduled: await scheduleRetention(db) }),
});
