import { findWebPage } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { documentParams } from "./document.ts";
import { WebPageReply } from "./web-page.ts";

export const getWebPage = endpoint({
  name: "web-page.get",
  method: "get",
  path: "/v1/documents/{documentId}/web-page",
  scope: "documents:read",
  summary: "Where a document was fetched from, and what was said there last",
  description: "404 for a document that was not fetched from a URL.",
  params: documentParams,
  reply: replies(WebPageReply),
  example: async (fixtures) => ({ params: { documentId: await fixtures.webPage() } }),
  async run(ctx, { params: { documentId } }) {
    const page = await findWebPage(ctx, documentId);
    if (!page?.documentId) throw notFound("document from a URL");
    return page;
  },
});
