import { findDocument, restartDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { documentParams, toUploadReply, UploadReply } from "./document.ts";

export const reprocessDocument = endpoint({
  name: "document.reprocess",
  method: "post",
  path: "/v1/documents/{documentId}/reprocess",
  scope: "documents:write",
  summary: "Process a document again from its bytes",
  params: documentParams,
  reply: replies(UploadReply, 202),
  example: async (fixtures) => ({ params: { documentId: await fixtures.document() } }),
  async replay(ctx, { params: { documentId } }, state) {
    const document = state === "done" ? await findDocument(ctx, documentId) : undefined;
    return document && toUploadReply(document);
  },
  async run(ctx, { params: { documentId } }) {
    const document = await restartDocument(ctx, documentId, {}, ctx.emit("document.reprocessed", documentId));
    return toUploadReply(document);
  },
});
