import * as z from "zod";
import { findWebsite, insertWebsite } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, id, json, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { documentType, language } from "./document.ts";
import { intervalHours, publicAddress, url } from "./web-page.ts";
import { pageLimit, WebsiteReply } from "./website.ts";

export const createWebsite = endpoint({
  name: "website.create",
  method: "post",
  path: "/v1/websites",
  scope: "documents:write",
  summary: "Read a whole website",
  description:
    "Makes a document of each page that its sitemap names: of the sitemap at `url` when that ends with .xml or .xml.gz, else of " +
    "those that robots.txt names or of /sitemap.xml, and then only of pages at or under `url`. In the background, one page after another, as " +
    "robots.txt allows. Read again, pages that changed are replaced under their documents' ids; the document of a page that is " +
    "neither in the sitemap nor at its address any more is deleted, as long as these are not most of the pages. A document that you " +
    "delete comes back as long as the sitemap names its page.",
  body: json(
    z.object({
      url,
      pageLimit: pageLimit.default(LIMITS.websitePagesDefault).meta({ description: "Pages at most" }),
      intervalHours: intervalHours.optional(),
      productId: id("product").optional(),
      documentType: documentType.optional(),
      language: language.optional(),
    }),
  ),
  reply: replies(WebsiteReply, 202),
  example: async () => ({ body: { url: `https://docs.example.com/${crypto.randomUUID()}/`, pageLimit: 100 } }),
  replay: (ctx, { resultId }) => findWebsite(ctx, resultId),
  run: (ctx, { body, resultId }) =>
    insertWebsite(
      ctx,
      { ...body, id: resultId, url: publicAddress(body.url) },
      ctx.emit("website.created", resultId, { pageLimit: body.pageLimit }),
    ),
});
