import * as z from "zod";
import { listWebsites } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { WebsiteReply } from "./website.ts";

export const listAllWebsites = endpoint({
  name: "website.list",
  method: "get",
  path: "/v1/websites",
  scope: "documents:read",
  summary: "Websites, the newest first",
  query: z.object(pageQuery),
  reply: replies(pageOf(WebsiteReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listWebsites(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
