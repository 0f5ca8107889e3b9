import * as z from "zod";
import { count, endpoint, id, integer, name, replies } from "../kernel/endpoint.ts";
import { deleteWithBytes } from "./content.ts";
import { documentParams } from "./document.ts";

const DeletionReceipt = z
  .object({
    documentId: id("document"),
    title: name,
    bytes: integer(0, Number.MAX_SAFE_INTEGER).meta({ description: "Of the file" }),
    chunks: count.meta({ description: "With what was found by them" }),
    cachedEmbeddings: count.meta({ description: "Kept of its texts for the case that they come again" }),
    chatbots: count.meta({ description: "To which it was assigned" }),
  })
  .meta({ id: "DeletionReceipt" });

export const removeDocument = endpoint({
  name: "document.delete",
  method: "delete",
  path: "/v1/documents/{documentId}",
  scope: "documents:write",
  summary: "Delete a document",
  description:
    "With its bytes, its chunks, what is found by them, and the cached embeddings of their texts. The reply says what went. " +
    "What answers have quoted of it stays in their conversations.",
  params: documentParams,
  reply: replies(DeletionReceipt),
  example: async (fixtures) => ({ params: { documentId: await fixtures.document() } }),
  async run(ctx, { params: { documentId } }) {
    const { storageKey: _, ...receipt } = await deleteWithBytes(ctx, documentId);
    return { documentId, ...receipt };
  },
});
