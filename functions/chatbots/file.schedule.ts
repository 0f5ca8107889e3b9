import { scheduleFileChecks } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const ORGANIZATIONS_PER_NIGHT = 5_000;

/** Due in the hour that follows, so the sweep wakes some at a time; with more organizations, those whose last one is the longest ago. */
export const scheduleFiles = cron({
  name: "file.schedule",
  schedule: "17 3 * * *",
  summary: "Asks for the comparison of the stored files with the documents.",
  run: async ({ db }) => ({ scheduled: await scheduleFileChecks(db, ORGANIZATIONS_PER_NIGHT) }),
});
