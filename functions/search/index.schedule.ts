import { scheduleIndexChecks } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const ORGANIZATIONS_PER_NIGHT = 5_000;

/** Asks for a check of every organization that had none today; due in the hour that follows, so the sweep wakes some at a time. */
export const scheduleChecks = cron({
  name: "index.schedule",
  schedule: "17 3 * * *",
  summary: "Asks for the check of every search index that had none today.",
  run: async ({ db }) => ({ scheduled: await scheduleIndexChecks(db, ORGANIZATIONS_PER_NIGHT) }),
});
