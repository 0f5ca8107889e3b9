import * as z from "zod";
import { countMissing, describeMigration, switchModel } from "../../db/queries/search/embedding-migration.ts";
import type { Ctx } from "../kernel/context.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { hasEnded, isRefused, loadMigration, MigrationReply, migrationParams, toReply } from "./embedding-migration.ts";

type Target = "new" | "old";

export const switchEmbeddingModel = endpoint({
  name: "embedding-migration.switch",
  method: "post",
  path: "/v1/embedding-migrations/{migrationId}/switch",
  scope: "organization:write",
  summary: "Let searches ask the new model, or the old one again",
  description: `At once and for every search; both models' vectors stay, so it can be taken back. 409 while an entry lacks a vector of that
model, with how many in \`missing\`; they are embedded then. Switched already is no error.`,
  params: migrationParams,
  body: json(z.object({ to: z.enum(["new", "old"]).default("new") })),
  reply: replies(MigrationReply),
  example: async (fixtures) => ({ params: { migrationId: await fixtures.embeddingMigration() }, body: { to: "new" } }),
  async run(ctx, { params: { migrationId }, body: { to } }) {
    const { fromModel, toModel } = await loadMigration(ctx, migrationId);
    const model = to === "new" ? toModel : fromModel;
    try {
      const emits = ctx.emit("embedding-migration.switched", migrationId, { model });
      return toReply(await switchModel(ctx, migrationId, to, emits));
    } catch (error) {
      if (!isRefused(error)) throw error;
      return unswitched(ctx, migrationId, to, model);
    }
  },
});

/** Why nothing was switched. Nothing but a new job embeds what its own ingest has given up. */
async function unswitched(ctx: Ctx, migrationId: string, to: Target, model: string) {
  const migration = (await describeMigration(ctx, migrationId))!;
  const { live, status, failureReason } = migration;
  if (!live) throw hasEnded();
  const isThere = to === "new" ? status === "switched" : status !== "switched";
  if (isThere) return toReply(migration);
  if (status === "failed")
    throw new ApiError("CONFLICT", `The new model has not embedded everything: ${failureReason}`);
  const missing = await countMissing(ctx, model);
  if (status !== "embedding" && missing > 0)
    await ctx.batch(ctx.emit("embedding-migration.incomplete", migrationId, { model, missing }));
  const detail =
    missing > 0 ? `${missing} entries have no vector of ${model} yet.` : "This migration is not ready yet.";
  throw new ApiError("CONFLICT", detail, { retryAfterSeconds: 5, extra: { missing } });
}
