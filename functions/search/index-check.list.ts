import * as z from "zod";
import { listIndexChecks } from "../../db/queries/search/index-check.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { IndexCheckReply, running } from "./index-check.ts";
import { corpusOf } from "./search.ts";

export const listChecks = endpoint({
  name: "index-check.list",
  method: "get",
  path: "/v1/index-checks",
  scope: "organization:read",
  summary: "Checks of the search",
  description: "One for each corpus and time: what was wrong, and what was repaired. The newest first.",
  query: z.object(pageQuery),
  reply: replies(pageOf(IndexCheckReply).extend({ running })),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const { running, found } = await listIndexChecks(ctx, afterCursor(cursor), limit);
    const checks = found.map(
      ({ corpus, findings: { remaining = null, ...findings }, organizationId: _, ...check }) => ({
        ...check,
        ...findings,
        corpus: corpusOf(corpus),
        remaining,
      }),
    );
    return { ...page(checks, limit, ({ id }) => id), running };
  },
});
