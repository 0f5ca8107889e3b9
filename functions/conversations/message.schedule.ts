import { scheduleMessageVectors } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const ORGANIZATIONS_AT_ONCE = 5_000;

/** Asks for the embedding of what was said since, or by which model it is to be found since. */
export const scheduleEmbeddings = cron({
  name: "message.schedule",
  schedule: "*/10 * * * *",
  summary: "Asks for the embedding of new messages, where organizations want them to be found by meaning.",
  run: async ({ db }) => ({ scheduled: await scheduleMessageVectors(db, ORGANIZATIONS_AT_ONCE) }),
});
