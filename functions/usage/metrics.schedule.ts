import { scheduleMetrics } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Asks for the figures of every organization in which somebody spoke lately, or whose chatbots' figures must come to nothing. */
export const scheduleDailyMetrics = cron({
  name: "metrics.schedule",
  schedule: "23 * * * *",
  summary: "Asks for the metrics of organizations in which somebody spoke lately.",
  run: async ({ db }) => ({ scheduled: await scheduleMetrics(db, LIMITS.metricsScheduledDays) }),
});
