import * as z from "zod";
import { listDocuments } from "../../db/queries/chatbots/document-status.ts";
import { DOCUMENT_ORIGINS } from "../../db/words.ts";
import { asText, endpoint, id, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { Filter, time } from "../kernel/retrieval/filter.ts";
import { DocumentReply, documentStatus, documentType, language } from "./document.ts";

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
    origin: z.enum(DOCUMENT_ORIGINS).optional(),
    language: language.optional(),
    updatedSince: time.optional(),
    filter: asText(Filter).optional().meta({
      description: 'As of a search, written as JSON: `{"metadata.region": "EU", "productTree": "…"}`',
    }),
  }),
  reply: replies(pageOf(DocumentReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, updatedSince, filter = {}, ...equal } }) {
    const updated = updatedSince === undefined ? {} : { updatedAt: { gte: updatedSince } };
    const rows = await listDocuments(ctx, [equal, updated, filter], afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
