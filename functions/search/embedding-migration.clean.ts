import { forgetModels } from "../../db/queries/search/embedding-migration.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";

/** Deletes what models left that the organization has no more, some at a time. */
export const cleanMigration = job({
  kind: "embedding-migration.clean",
  async run(ctx, migrationId) {
    if ((await forgetModels(ctx, LIMITS.vectorsPerCleaning)) > 0) return "again";
    return ctx.emit("embedding-migration.cleaned", migrationId, {}, { category: "system" });
  },
  failed: (ctx, migrationId, reason) =>
    ctx.emit("embedding-migration.cleaning_failed", migrationId, { reason }, { category: "error", severity: "error" }),
});
