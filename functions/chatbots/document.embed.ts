import { completeDocument, failDocument } from "../../db/queries/chatbots/document.ts";
import { job } from "../kernel/job.ts";

/** Embeds a document's chunks, some at a time; the last of them completes the document. */
export const embedDocument = job({
  kind: "document.embed",
  async run(ctx, documentId) {
    const { waiting } = await ctx.search.embedWaiting("document_chunk", documentId);
    if (waiting > 0) return "again";
    await ctx.batch([
      completeDocument(ctx, documentId),
      ...ctx.emit("document.completed", documentId, {}, { category: "system" }),
    ]);
    return "done";
  },
  failed: (ctx, documentId, reason) => [
    ...failDocument(ctx, documentId, reason),
    ...ctx.emit("document.failed", documentId, { reason }, { category: "error", severity: "error" }),
  ],
});
