import * as z from "zod";
import { listWebPages } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { WebPageReply } from "./web-page.ts";
import { websiteParams } from "./website.ts";

export const listWebsitePages = endpoint({
  name: "website.pages",
  method: "get",
  path: "/v1/websites/{websiteId}/pages",
  scope: "documents:read",
  summary: "The pages of a website with their documents, the newest first",
  params: websiteParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(WebPageReply)),
  example: async (fixtures) => ({ params: { websiteId: await fixtures.website() } }),
  async run(ctx, { params: { websiteId }, query: { limit, cursor } }) {
    const rows = await listWebPages(ctx, websiteId, afterCursor(cursor), limit);
    if (!rows) throw notFound("website");
    return page(rows, limit, ({ id }) => id);
  },
});
