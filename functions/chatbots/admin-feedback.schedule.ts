import { scheduleImpact } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const FEEDBACK_PER_NIGHT = 5_000;

export const scheduleImpacts = cron({
  name: "admin-feedback.schedule",
  schedule: "17 3 * * *",
  summary: "Asks what became of the chatbots to which feedback was applied a week ago.",
  run: async ({ db }) => ({ scheduled: await scheduleImpact(db, FEEDBACK_PER_NIGHT) }),
});
