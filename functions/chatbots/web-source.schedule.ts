import { scheduleWebSources } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const SOURCES_PER_RUN = 1_000;

/** Asks for the websites and web pages that are due; spread over ten minutes, so the sweep wakes some at a time. */
export const scheduleSources = cron({
  name: "web-source.schedule",
  schedule: "*/10 * * * *",
  summary: "Asks for the websites and web pages that are due.",
  run: async ({ db }) => ({ scheduled: await scheduleWebSources(db, SOURCES_PER_RUN) }),
});
