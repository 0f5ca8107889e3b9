import { deleteDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { documentParams } from "./document.ts";

export const removeDocument = endpoint({
  name: "document.delete",
  method: "delete",
  path: "/v1/documents/{documentId}",
  scope: "documents:write",
  summary: "Delete a document",
  description: "With its chunks, what is found by them, and its bytes.",
  params: documentParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { documentId: await fixtures.document() } }),
  async run(ctx, { params: { documentId } }) {
    const { storageKey } = await deleteDocument(ctx, documentId, ctx.emit("document.deleted", documentId));
    await ctx.files.delete(storageKey);
    return undefined;
  },
});
