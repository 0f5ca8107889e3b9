import { askForSelfCheck } from "../../db/queries/chatbots/self-check.ts";
import { wakeJobs } from "../kernel/context.ts";
import { cron } from "../kernel/cron.ts";

/** Asks for the platform's check of itself, where that is on. */
export const scheduleSelfCheck = cron({
  name: "self-check.schedule",
  summary: "Asks for the platform's check of itself, where that is on.",
  schedule: "23 * * * *",
  async run({ db, env, requestId }) {
    const asked = env.SELF_CHECK === "on" ? await askForSelfCheck(db, requestId) : [];
    await wakeJobs(env, asked, requestId);
    return { asked: asked.length };
  },
});
