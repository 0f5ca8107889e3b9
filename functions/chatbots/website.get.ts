import { describeWebsite } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { WebsiteWithPages, websiteParams } from "./website.ts";

export const getWebsite = endpoint({
  name: "website.get",
  method: "get",
  path: "/v1/websites/{websiteId}",
  scope: "documents:read",
  summary: "A website and how far its pages have come",
  params: websiteParams,
  reply: replies(WebsiteWithPages),
  example: async (fixtures) => ({ params: { websiteId: await fixtures.website() } }),
  async run(ctx, { params: { websiteId } }) {
    const website = await describeWebsite(ctx, websiteId);
    if (!website) throw notFound("website");
    return website;
  },
});
