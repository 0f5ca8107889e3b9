import { endMigration } from "../../db/queries/search/embedding-migration.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { isRefused, loadMigration, migrationParams } from "./embedding-migration.ts";

export const deleteEmbeddingMigration = endpoint({
  name: "embedding-migration.delete",
  method: "delete",
  path: "/v1/embedding-migrations/{migrationId}",
  scope: "organization:write",
  summary: "End a change of embedding model",
  description:
    "Searches go on with the model they ask now; the vectors of the other one are deleted, and another migration may begin.",
  params: migrationParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { migrationId: await fixtures.embeddingMigration() } }),
  async run(ctx, { params: { migrationId } }) {
    await loadMigration(ctx, migrationId);
    try {
      await endMigration(ctx, migrationId, ctx.emit("embedding-migration.deleted", migrationId));
    } catch (error) {
      if (!isRefused(error)) throw error; // ended before
    }
    return undefined;
  },
});
