import * as z from "zod";
import { createMigration, describeMigration } from "../../db/queries/search/embedding-migration.ts";
import { EMBEDDING_MODELS, isEmbeddingModel } from "../kernel/ai/embedding-models.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { isRefused, MigrationReply, modelName, toReply } from "./embedding-migration.ts";

const known = `one of ${EMBEDDING_MODELS.join(", ")}, or a cross-region name of it (\`eu.…\`)`;

export const createEmbeddingMigration = endpoint({
  name: "embedding-migration.create",
  method: "post",
  path: "/v1/embedding-migrations",
  scope: "organization:write",
  summary: "Begin to change the embedding model",
  description: `Everything is embedded a second time, beside; searches ask the old model until it is switched. What is uploaded from now on is
embedded with both. 409 while another migration lives.`,
  body: json(z.object({ model: modelName.refine(isEmbeddingModel, `must be ${known}`).meta({ description: known }) })),
  reply: replies(MigrationReply, 202),
  example: async (fixtures) => ({ body: { model: await fixtures.embeddingModel() } }),
  async replay(ctx, { resultId }) {
    const made = await describeMigration(ctx, resultId);
    return made && toReply(made);
  },
  async run(ctx, { body: { model }, resultId }) {
    const emits = ctx.emit("embedding-migration.created", resultId, { model });
    try {
      return toReply(await createMigration(ctx, { id: resultId, model }, emits));
    } catch (error) {
      if (!isRefused(error)) throw error;
      throw new ApiError("CONFLICT", "Another embedding migration lives; delete it first.");
    }
  },
});
