import { archiveMessages } from "../../db/queries/events/maintenance.ts";
import { cron, inSteps } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Moves messages of conversations that were over long ago to the archive, where they are read as before. */
export const archiveOldMessages = cron({
  name: "message.archive",
  summary: "Moves the messages of conversations that are long over to the archive.",
  schedule: "23 * * * *",
  run: async ({ db }) => ({ archived: await inSteps(() => archiveMessages(db, LIMITS.messagesArchivedAtOnce)) }),
});
