import * as z from "zod";
import { listApiKeys } from "../../db/queries/tenancy/api-key.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { KeyReply } from "./key.ts";

export const listKeys = endpoint({
  name: "key.list",
  method: "get",
  path: "/v1/keys",
  scope: "keys:read",
  summary: "Your API keys, revoked ones too",
  query: z.object(pageQuery),
  reply: replies(pageOf(KeyReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listApiKeys(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
