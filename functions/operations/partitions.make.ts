import { makePartitions } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** Months of the logs and archives, three ahead. */
export const makeMonthPartitions = cron({
  name: "partitions.make",
  schedule: "17 3 * * *",
  summary: "Makes the months of the logs, three ahead.",
  run: async ({ db }) => ({ made: await makePartitions(db) }),
});
