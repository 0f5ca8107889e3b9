import { dueJobs } from "../../db/queries/events/job.ts";
import { wakeJobs } from "../kernel/context.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Wakes the jobs whose queue message was lost or whose worker died. */
export const sweepJobs = cron({
  name: "job.sweep",
  schedule: "* * * * *",
  summary: "Wakes work whose queue message was lost or whose worker died.",
  async run({ db, env, requestId }) {
    const due = await dueJobs(db, LIMITS.jobWaitingSeconds, LIMITS.jobsPerSweep);
    await wakeJobs(env, due, requestId);
    return { woken: due.length };
  },
});
