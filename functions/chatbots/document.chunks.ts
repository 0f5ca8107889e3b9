import * as z from "zod";
import { listChunks } from "../../db/queries/chatbots/document.ts";
import { endpoint, id, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterNumber, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { chunkFields } from "./chunking.ts";
import { documentParams } from "./document.ts";

const ChunkReply = z
  .object({
    id: id("chunk"),
    ...chunkFields,
    prefix: text(LIMITS.prefixCharsMax).meta({
      description: "What a model wrote of its place in the document; it is found by it, and never quoted",
    }),
  })
  .meta({ id: "DocumentChunk" });

export const listDocumentChunks = endpoint({
  name: "document.chunks",
  method: "get",
  path: "/v1/documents/{documentId}/chunks",
  scope: "documents:read",
  summary: "A document's chunks, in order",
  params: documentParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(ChunkReply)),
  example: async (fixtures) => ({ params: { documentId: await fixtures.document() } }),
  async run(ctx, { params, query: { limit, cursor } }) {
    const rows = await listChunks(ctx, params.documentId, afterNumber(cursor), limit);
    if (!rows) throw notFound("document");
    const chunks = rows.map(({ confidenceScore, ...chunk }) => ({ ...chunk, confidence: confidenceScore }));
    return page(chunks, limit, ({ chunkIndex }) => String(chunkIndex));
  },
});
