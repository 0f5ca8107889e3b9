import { restartWebsite } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { WebsiteReply, websiteParams } from "./website.ts";

export const refreshWebsite = endpoint({
  name: "website.refresh",
  method: "post",
  path: "/v1/websites/{websiteId}/read",
  scope: "documents:write",
  summary: "Read a website again now",
  description: "Or once the reading that is under way has ended.",
  params: websiteParams,
  reply: replies(WebsiteReply, 202),
  example: async (fixtures) => ({ params: { websiteId: await fixtures.website() } }),
  run: (ctx, { params: { websiteId } }) => restartWebsite(ctx, websiteId, ctx.emit("website.requested", websiteId)),
});
