import { completeDocument, findDocument } from "../../db/queries/chatbots/document.ts";
import { job } from "../kernel/job.ts";
import { giveUpDocument } from "./document.ts";

/** Embeds a document's chunks, some at a time; the last of them completes the document. */
export const embedDocument = job({
  kind: "document.embed",
  async run(ctx, documentId) {
    const document = await findDocument(ctx, documentId);
    if (!document) return []; // deleted meanwhile
    // Given up before, and its chunks with it: it begins again from its bytes.
    if (document.status === "failed") return ctx.emit("document.reprocessed", documentId, {}, { category: "system" });
    const waiting = await ctx.search.embedWaiting("document_chunk", documentId);
    if (waiting > 0) return "again";
    return [
      completeDocument(ctx, documentId),
      ...ctx.emit("document.completed", documentId, {}, { category: "system" }),
    ];
  },
  failed: giveUpDocument,
});
