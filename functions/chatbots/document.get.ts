import { findDocumentStatus } from "../../db/queries/chatbots/document-status.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { DocumentReply, documentParams } from "./document.ts";

export const getDocument = endpoint({
  name: "document.get",
  method: "get",
  path: "/v1/documents/{documentId}",
  scope: "documents:read",
  summary: "A document and how far it has come",
  params: documentParams,
  reply: replies(DocumentReply),
  example: async (fixtures) => ({ params: { documentId: await fixtures.document() } }),
  async run(ctx, { params }) {
    const document = await findDocumentStatus(ctx, params.documentId);
    if (!document) throw notFound("document");
    return document;
  },
});
