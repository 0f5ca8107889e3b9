import { expireAttachments } from "../../db/queries/chatbots/attachment.ts";
import { cron, inSteps } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** The rows first: whose bytes are left by a worker that died, `file.check` deletes. */
export const expireWaitingAttachments = cron({
  name: "attachment.expire",
  summary: "Deletes files that were uploaded for a question and that none took for a day.",
  schedule: "23 * * * *",
  run: async ({ db, env }) => ({
    deleted: await inSteps(async () => {
      const keys = await expireAttachments(db, LIMITS.attachmentWaitsHours, LIMITS.attachmentsForgottenAtOnce);
      if (keys.length > 0) await env.FILES.delete(keys);
      return keys.length;
    }),
  }),
});
