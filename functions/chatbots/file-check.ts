import * as z from "zod";
import { count, id, instant, integer } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

export const running = z.boolean().meta({ description: "Whether a check is waiting or running" });

export const FileCheckReply = z
  .object({
    files: count.meta({ description: "That were looked at" }),
    orphaned: count.meta({ description: "Files that no document or attachment named any more, and that were deleted" }),
    orphanedBytes: integer(0, Number.MAX_SAFE_INTEGER).meta({ description: "Of these files" }),
    missing: z.array(id("document or attachment")).max(LIMITS.missingFilesMax).meta({
      description: "The first documents and attachments whose file is not there: upload a document's content again",
    }),
    abandoned: count.meta({ description: "Documents that were given up, because nothing worked on them any more" }),
    startedAt: instant,
    completedAt: instant.nullable().meta({ description: "Null while it runs, and when it was given up" }),
  })
  .meta({ id: "FileCheck" });
