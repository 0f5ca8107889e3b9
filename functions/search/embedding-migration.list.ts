import * as z from "zod";
import { listMigrations } from "../../db/queries/search/embedding-migration.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { MigrationReply, toReply } from "./embedding-migration.ts";

export const listEmbeddingMigrations = endpoint({
  name: "embedding-migration.list",
  method: "get",
  path: "/v1/embedding-migrations",
  scope: "organization:read",
  summary: "Changes of embedding model, the newest first",
  query: z.object(pageQuery),
  reply: replies(pageOf(MigrationReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listMigrations(ctx, afterCursor(cursor), limit);
    return page(rows.map(toReply), limit, ({ id }) => id);
  },
});
