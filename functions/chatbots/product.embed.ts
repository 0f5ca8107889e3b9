import { job } from "../kernel/job.ts";

/** Makes a product findable by meaning; by its words it is already. */
export const embedProduct = job({
  kind: "product.embed",
  run: async (ctx, productId) => ((await ctx.search.embedWaiting("product", productId)).waiting > 0 ? "again" : []),
  failed: (ctx, productId, reason) =>
    ctx.emit("product.embedding_failed", productId, { reason }, { category: "error", severity: "error" }),
});
