import * as z from "zod";
import { listChunks } from "../../db/queries/chatbots/document.ts";
import { count, endpoint, id, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterNumber, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { documentParams } from "./document.ts";

const ChunkReply = z
  .object({
    id: id("chunk"),
    chunkIndex: count,
    chunkType: text(50),
    content: text(100_000),
    context: text(LIMITS.textCharsMax).meta({ description: "The headings above it, A > B" }),
    page: count.nullable(),
    startOffset: count.meta({ description: "UTF-16 offset into the extracted text" }),
    endOffset: count,
    tokenCount: count,
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
    return page(rows, limit, ({ chunkIndex }) => String(chunkIndex));
  },
});
