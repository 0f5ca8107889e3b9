import * as z from "zod";
import { findWebPage } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { documentParams } from "./document.ts";

export const fetchDocument = endpoint({
  name: "document.fetch",
  method: "post",
  path: "/v1/documents/{documentId}/fetch",
  scope: "documents:write",
  summary: "Fetch a document from its URL again",
  description:
    "In the background, and now. When the page says what it said, nothing changes; else its content is replaced under the " +
    "document's id. When it cannot be fetched the document stays as it is: see `lastError` of its web page.",
  params: documentParams,
  reply: replies(z.object({ id: id("document") }), 202),
  example: async (fixtures) => ({ params: { documentId: await fixtures.webPage() } }),
  async run(ctx, { params: { documentId } }) {
    const page = await findWebPage(ctx, documentId);
    if (!page?.documentId) throw notFound("document from a URL");
    await ctx.batch(ctx.emit("web-page.requested", documentId));
    return { id: documentId };
  },
});
