import { endAbandonedAnswers } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** Ends the answers that a dead worker left: what was said stays, marked as interrupted. */
export const sweepMessages = cron({
  name: "message.sweep",
  schedule: "* * * * *",
  summary: "Ends the answers that a dead worker left, as interrupted.",
  run: async ({ db }) => ({ ended: await endAbandonedAnswers(db) }),
});
