import * as z from "zod";
import { type LastCronRun, listCronRuns } from "../../db/queries/events/cron-run.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { MaintenanceReply } from "./maintenance.ts";

const KINDS_MAX = 100;

export const listMaintenance = endpoint({
  name: "maintenance.list",
  method: "get",
  path: "/v1/maintenance",
  scope: "jobs:read",
  summary: "What the platform does by itself, and how it went",
  description:
    "What runs on a schedule for all organizations; each may run twice, late or by hand. What failed comes again by its schedule, and why " +
    "in detail stands in the worker's log.",
  reply: replies(z.object({ items: z.array(MaintenanceReply).max(KINDS_MAX) })),
  example: async () => ({}),
  async run(ctx) {
    const runs = await listCronRuns(ctx);
    const items = ctx.crons.map(({ name, schedule, summary }) => {
      const last = runs.get(name);
      const { startedAt = null, failures = 0 } = last ?? {};
      return { name, schedule, summary, startedAt, lastRun: ended(last), failures };
    });
    return { items: items.sort((a, b) => a.name.localeCompare(b.name)) };
  },
});

const ended = (last: LastCronRun | undefined) =>
  last && last.finishedAt !== null && last.durationMs !== null
    ? { finishedAt: last.finishedAt, durationMs: last.durationMs, ok: last.error === null, error: last.error }
    : null;
