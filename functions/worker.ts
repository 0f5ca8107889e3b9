import { newId } from "../db/columns.ts";
import { CRONS, JOBS, openApp, REACTIONS } from "./app.ts";
import type { Platform } from "./kernel/context.ts";
import { runCron } from "./kernel/cron-run.ts";
import { type JobMessage, parseEnv } from "./kernel/env.ts";
import { describe } from "./kernel/errors.ts";
import { log } from "./kernel/log.ts";
import { runJob } from "./kernel/work.ts";

const app = openApp((bindings, http) => platformOf(bindings, http.executionCtx));

const platformOf = (bindings: unknown, execution: { waitUntil(work: Promise<unknown>): void }): Platform => ({
  env: parseEnv(bindings),
  reactions: REACTIONS,
  crons: CRONS,
  waitUntil: (work) => execution.waitUntil(work),
});

export default {
  fetch: (request: Request, bindings: unknown, execution: ExecutionContext) =>
    app.fetch(request, bindings as object, execution),

  /** Each message stands for itself: one that fails comes again, the others are done. */
  async queue(batch: MessageBatch<JobMessage>, bindings: unknown, execution: ExecutionContext): Promise<void> {
    const platform = platformOf(bindings, execution);
    for (const message of batch.messages) {
      try {
        await runJob(platform, JOBS, message.body.jobId);
        message.ack();
      } catch (error) {
        log("error", "job message comes again", { jobId: message.body.jobId, error: describe(error) });
        message.retry({ delaySeconds: Math.min(300, 5 * message.attempts) });
      }
    }
  },

  /** Every task of that schedule runs, whatever becomes of the one before; one that failed fails the invocation, aloud. */
  async scheduled(event: ScheduledController, bindings: unknown): Promise<void> {
    const env = parseEnv(bindings);
    const due = CRONS.filter(({ schedule }) => schedule === event.cron);
    const runs = await Promise.all(due.map((task) => runCron(task, env, newId(), "schedule")));
    const failures = runs.flatMap((run) => (run.ok ? [] : [run.error]));
    if (failures.length > 0) throw new AggregateError(failures, "crons failed");
  },
} satisfies ExportedHandler<never, JobMessage>;
