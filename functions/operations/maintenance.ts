import * as z from "zod";
import { count, instant, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const maintenanceName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9.-]+$/, "must be a name such as job.sweep");
export const durationMs = count.meta({ description: "Milliseconds" });

export const MaintenanceReply = z
  .object({
    name: maintenanceName,
    schedule: text(100).meta({ description: "Cron expression, UTC" }),
    summary: text(LIMITS.textCharsMax).meta({ description: "What it is for" }),
    startedAt: instant.nullable().meta({ description: "When it last began, also when that run has not ended" }),
    lastRun: z
      .object({
        finishedAt: instant,
        durationMs,
        ok: z.boolean(),
        error: text(LIMITS.textCharsMax).nullable().meta({ description: "Why it failed" }),
      })
      .nullable()
      .meta({ description: "The last one that ended" }),
    failures: count.meta({ description: "How often in a row it has failed" }),
  })
  .meta({ id: "Maintenance" });
