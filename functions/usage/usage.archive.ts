import { archiveUsage } from "../../db/queries/events/maintenance.ts";
import { cron, inSteps } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Moves calls of long ago to the archive, where reports and budgets read them as before. */
export const archiveOldUsage = cron({
  name: "usage.archive",
  summary: "Moves old model calls to the archive.",
  schedule: "23 * * * *",
  run: async ({ db }) => ({ archived: await inSteps(() => archiveUsage(db, LIMITS.callsArchivedAtOnce)) }),
});
