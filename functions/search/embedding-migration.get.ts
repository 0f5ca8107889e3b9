import { describeMigration } from "../../db/queries/search/embedding-migration.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { MigrationReply, migrationParams, toReply } from "./embedding-migration.ts";

export const getEmbeddingMigration = endpoint({
  name: "embedding-migration.get",
  method: "get",
  path: "/v1/embedding-migrations/{migrationId}",
  scope: "organization:read",
  summary: "A change of embedding model, and how far it has come",
  params: migrationParams,
  reply: replies(MigrationReply),
  example: async (fixtures) => ({ params: { migrationId: await fixtures.embeddingMigration() } }),
  async run(ctx, { params: { migrationId } }) {
    const migration = await describeMigration(ctx, migrationId);
    if (!migration) throw notFound("embedding migration");
    return toReply(migration);
  },
});
