import { dueWebhooks } from "../../db/queries/channels/webhook.ts";
import { wakeJobs } from "../kernel/context.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Wakes who tells the endpoints that something waits for, whose worker died before it did. */
export const sweepWebhooks = cron({
  name: "webhook.sweep",
  summary: "Asks for the webhooks that nobody was woken to send.",
  schedule: "* * * * *",
  async run({ db, env, requestId }) {
    const due = await dueWebhooks(db, LIMITS.jobsPerSweep);
    await wakeJobs(env, due, requestId);
    return { woken: due.length };
  },
});
