import * as z from "zod";
import { count, id, name, text } from "./endpoint.ts";

/** The wire form of a citation, wherever a message is shown. */
export const CitationReply = z
  .object({
    marker: count.meta({ description: "The number that stands as [1] in the content" }),
    documentId: id("document").nullable(),
    chunkId: id("chunk").nullable(),
    attachmentId: id("file that came with a question")
      .nullable()
      .default(null)
      .meta({ description: "Of a file that came with the question; then the document and the chunk are null" }),
    title: name,
    page: count.nullable(),
    quote: text(10_000).meta({ description: "Stands letter by letter in the chunk, or in a passage of the file" }),
  })
  .meta({ id: "Citation" });
