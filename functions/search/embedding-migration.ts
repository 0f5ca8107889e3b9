import * as z from "zod";
import { type DescribedMigration, findMigration } from "../../db/queries/search/embedding-migration.ts";
import { EMBEDDING_MIGRATION_STATUSES } from "../../db/words.ts";
import type { Ctx } from "../kernel/context.ts";
import { count, id, instant, text } from "../kernel/endpoint.ts";
import { ApiError, fromDatabase, notFound } from "../kernel/errors.ts";
import { share } from "./search.ts";

export const migrationParams = z.object({ migrationId: id("embedding migration") });
export const modelName = text(200, 1);

export const Comparison = z.object({
  queries: count,
  overlapAt10: share.meta({ description: "Mean share of the ten best entries that both models find" }),
  judged: count.meta({ description: "Queries with judgments" }),
  ndcgAt10: z
    .object({ from: share, to: share })
    .nullable()
    .meta({ description: "Mean over the judged queries, linear gain; null when there is none" }),
  at: instant,
});

export const MigrationReply = z
  .object({
    id: id("embedding migration"),
    fromModel: modelName,
    toModel: modelName,
    status: z.enum(EMBEDDING_MIGRATION_STATUSES),
    live: z
      .boolean()
      .meta({ description: "Both models' vectors are kept, so it can be switched; until it is deleted" }),
    progress: z
      .object({ entries: count, embedded: count.meta({ description: "By the new model" }) })
      .nullable()
      .meta({ description: "Counted now; null when it lives no more" }),
    failureReason: text(20_000).nullable(),
    comparison: Comparison.nullable(),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
    switchedAt: instant.nullable().meta({ description: "Since when the new model is asked" }),
  })
  .meta({ id: "EmbeddingMigration" });

export function toReply({ organizationId: _, ...migration }: DescribedMigration): z.input<typeof MigrationReply> {
  return migration;
}

export async function loadMigration(ctx: Ctx, migrationId: string) {
  const migration = await findMigration(ctx, migrationId);
  if (!migration) throw notFound("embedding migration");
  return migration;
}

/** Whether the state was another than the change needs. A migration that was there is never gone, so nothing else is missing. */
export const isRefused = (error: unknown): boolean => fromDatabase(error)?.code === "NOT_FOUND";

export const hasEnded = () => new ApiError("CONFLICT", "This migration has ended; make another.");
