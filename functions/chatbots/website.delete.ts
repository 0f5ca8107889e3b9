import { deleteWebsite } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { websiteParams } from "./website.ts";

export const removeWebsite = endpoint({
  name: "website.delete",
  method: "delete",
  path: "/v1/websites/{websiteId}",
  scope: "documents:write",
  summary: "Read a website no more",
  description: "The documents of its pages stay as they are. They join it again when it is made again.",
  params: websiteParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { websiteId: await fixtures.website() } }),
  async run(ctx, { params: { websiteId } }) {
    await deleteWebsite(ctx, websiteId, ctx.emit("website.deleted", websiteId));
    return undefined;
  },
});
