import * as z from "zod";
import { count, id, instant, text } from "../kernel/endpoint.ts";

export const jobParams = z.object({ jobId: id("job") });

export const FailedJobReply = z
  .object({
    id: id("job"),
    kind: text(100).meta({ description: "The operation, such as document.ingest" }),
    subjectId: id("thing it works on"),
    attempts: count,
    lastError: text(20_000).nullable(),
    failedAt: instant,
    createdAt: instant,
  })
  .meta({ id: "FailedJob" });
