import { summarizeSearches } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** Sums up the searches of the days that are over, so statistics read a row a day and outlive the log. */
export const summarizeSearchDays = cron({
  name: "search.summarize",
  schedule: "17 3 * * *",
  summary: "Sums up the searches of the days that are over.",
  run: async ({ db }) => ({ days: await summarizeSearches(db) }),
});
