import { foldStatistics } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const TERMS_PER_RUN = 50_000;

/** Folds the insert-only deltas of the search statistics, so a question sums few rows. */
export const foldSearchStatistics = cron({
  name: "statistics.fold",
  schedule: "*/10 * * * *",
  summary: "Folds the changes of the search statistics.",
  run: async ({ db }) => ({ folded: await foldStatistics(db, TERMS_PER_RUN) }),
});
