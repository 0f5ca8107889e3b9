import { findProduct } from "../../db/queries/chatbots/product.ts";
import { job } from "../kernel/job.ts";
import { entryOf } from "./product.ts";

/**
 * Makes a product findable as it stands now, by its words (of two changes at once only one was indexed) and by meaning.
 * What changes meanwhile is left to the job of that change.
 */
export const embedProduct = job({
  kind: "product.embed",
  async run(ctx, productId) {
    const product = await findProduct(ctx, productId);
    if (!product) return []; // deleted meanwhile
    await ctx.batch(await ctx.search.index("product", [{ ...entryOf(product), version: product.version }]));
    const waiting = await ctx.search.embedWaiting("product", productId);
    return waiting > 0 ? "again" : [];
  },
  failed: (ctx, productId, reason) =>
    ctx.emit("product.embedding_failed", productId, { reason }, { category: "error", severity: "error" }),
});
