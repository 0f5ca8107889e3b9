import { endIdleConversations } from "../../db/queries/events/maintenance.ts";
import { cron, inSteps } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Ends conversations with chatbots in which nobody speaks any more; whoever does speak again goes on with them. */
export const expireConversations = cron({
  name: "conversation.expire",
  summary: "Ends conversations in which nobody has spoken for as long as their organization says.",
  schedule: "*/10 * * * *",
  run: async ({ db }) => ({
    expired: await inSteps(() => endIdleConversations(db, LIMITS.conversationsExpiredAtOnce)),
  }),
});
