import { findProduct, insertProduct } from "../../db/queries/chatbots/product.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { entryOf, ProductFields, ProductReply } from "./product.ts";

export const createProduct = endpoint({
  name: "product.create",
  method: "post",
  path: "/v1/products",
  scope: "products:write",
  summary: "Make a product",
  body: json(ProductFields),
  reply: replies(ProductReply, 201),
  example: async () => ({
    body: { name: "Kettle K-200", category: "Kitchen", description: "Boils a litre in three minutes." },
  }),
  replay: (ctx, { resultId }) => findProduct(ctx, resultId),
  async run(ctx, { body, resultId }) {
    return insertProduct(ctx, { id: resultId, ...body }, [
      ...(await ctx.search.index("product", [entryOf({ id: resultId, ...body })])),
      ...ctx.emit("product.created", resultId),
    ]);
  },
});
