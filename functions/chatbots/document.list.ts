import * as z from "zod";
import { listDocuments } from "../../db/queries/chatbots/document.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { DocumentReply, documentStatus, documentType } from "./document.ts";

export const listAllDocuments = endpoint({
  name: "document.list",
  method: "get",
  path: "/v1/documents",
  scope: "documents:read",
  summary: "Documents, the newest first",
  query: z.object({
    ...pageQuery,
    status: documentStatus.optional(),
    documentType: documentType.optional(),
    productId: id("product").optional(),
  }),
  reply: replies(pageOf(DocumentReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, ...filter } }) {
    const rows = await listDocuments(ctx, filter, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
