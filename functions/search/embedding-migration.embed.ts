import { CORPUS_NAMES } from "../../db/corpora.ts";
import {
  completeMigration,
  failMigration,
  findMigration,
  resumeMigration,
} from "../../db/queries/search/embedding-migration.ts";
import { job } from "../kernel/job.ts";

/** Embeds what lacks a vector of the model that is not asked, some entries at a time; ready when none is left. */
export const embedMigration = job({
  kind: "embedding-migration.embed",
  async run(ctx, migrationId) {
    const migration = await findMigration(ctx, migrationId);
    if (!migration?.live) return []; // deleted meanwhile
    const { status, fromModel, toModel } = migration;
    if (status === "failed") await resumeMigration(ctx, migrationId);
    for (const corpus of CORPUS_NAMES)
      if ((await ctx.search.embedCorpus(corpus, status === "switched" ? fromModel : toModel)) > 0) return "again";
    const isFirst = status === "embedding" || status === "failed";
    // What was indexed since has no vector yet, or the migration was deleted: looks again.
    if (isFirst && !(await completeMigration(ctx, migrationId))) return "again";
    return ctx.emit("embedding-migration.embedded", migrationId, {}, { category: "system" });
  },
  failed: (ctx, migrationId, reason) => [
    failMigration(ctx, migrationId, reason),
    ...ctx.emit("embedding-migration.failed", migrationId, { reason }, { category: "error", severity: "error" }),
  ],
});
