import { expireSearchLog } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Whole months; what they held of figures, `search.summarize` has kept. */
export const expireSearches = cron({
  name: "search-log.expire",
  schedule: "17 3 * * *",
  summary: `Drops the months of the search log that are older than ${LIMITS.searchLogDays} days.`,
  run: async ({ db }) => ({ months: await expireSearchLog(db, LIMITS.searchLogDays) }),
});
