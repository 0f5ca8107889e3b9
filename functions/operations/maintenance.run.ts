import * as z from "zod";
import { listCronRuns, startCronRun } from "../../db/queries/events/cron-run.ts";
import { runCron } from "../kernel/cron-run.ts";
import { endpoint, instant, replies } from "../kernel/endpoint.ts";
import { ApiError, fromDatabase, notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { durationMs, maintenanceName } from "./maintenance.ts";

export const runMaintenance = endpoint({
  name: "maintenance.run",
  method: "post",
  path: "/v1/maintenance/{name}/runs",
  scope: "maintenance:run",
  summary: "Have maintenance run now",
  description:
    `As its schedule would, for all organizations, and waits until it has ended. At most every ${LIMITS.cronPauseSeconds} s, whoever asks: ` +
    "409 until then. What it leaves undone because there is much of it, it does when it runs again.",
  params: z.object({ name: maintenanceName }),
  reply: replies(z.object({ name: maintenanceName, startedAt: instant, durationMs, ok: z.boolean() })),
  example: async (fixtures) => ({ params: { name: await fixtures.cron() } }),
  async replay(ctx, { params: { name } }, state) {
    if (state === "recovered") return undefined;
    const run = (await listCronRuns(ctx)).get(name);
    if (!run || run.durationMs === null) return undefined;
    return { name, startedAt: run.startedAt, durationMs: run.durationMs, ok: run.error === null };
  },
  async run(ctx, { params: { name } }) {
    const cron = ctx.crons.find((known) => known.name === name);
    if (!cron) {
      await ctx.identify();
      throw notFound("maintenance");
    }
    try {
      const told = ctx.emit("maintenance.requested", ctx.requestId, { name });
      await ctx.batch([startCronRun(ctx.db, name, LIMITS.cronPauseSeconds), ...told]);
    } catch (error) {
      const refused = fromDatabase(error);
      if (refused?.code !== "CONFLICT") throw error;
      throw new ApiError("CONFLICT", refused.message, { cause: error, retryAfterSeconds: LIMITS.cronPauseSeconds });
    }
    const { startedAt, ...run } = await runCron(cron, ctx.env, ctx.requestId, "hand");
    if (!run.ok) throw run.error;
    return { name, startedAt, durationMs: run.durationMs, ok: true };
  },
});
