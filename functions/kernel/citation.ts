import * as z from "zod";
import { count, id, name, text } from "./endpoint.ts";

/** The wire form of a citation, wherever a message is shown. */
export const CitationReply = z
  .object({
    marker: count.meta({ description: "The number that stands as [1] in the content" }),
    documentId: id("document"),
    chunkId: id("chunk"),
    title: name,
    page: count.nullable(),
    quote: text(10_000).meta({ description: "Stands in the chunk letter by letter" }),
  })
  .meta({ id: "Citation" });
