import { findProduct, updateProduct } from "../../db/queries/chatbots/product.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { entryOf, ProductFields, ProductReply, productParams, TEXTS } from "./product.ts";

export const changeProduct = endpoint({
  name: "product.update",
  method: "patch",
  path: "/v1/products/{productId}",
  scope: "products:write",
  summary: "Change a product",
  params: productParams,
  body: json(ProductFields.partial().refine((body) => Object.keys(body).length > 0, "name what changes")),
  reply: replies(ProductReply),
  example: async (fixtures) => ({ params: { productId: await fixtures.product() }, body: { status: "archived" } }),
  async run(ctx, { params: { productId }, body }) {
    const before = await findProduct(ctx, productId);
    if (!before) throw notFound("product");
    const isTextChanged = TEXTS.some((name) => body[name] !== undefined);
    return updateProduct(ctx, productId, body, [
      ...(isTextChanged
        ? [
            ...(await ctx.search.index("product", [entryOf({ ...before, ...body })])),
            ctx.search.forgetVectors("product", productId),
          ]
        : []),
      ...ctx.emit("product.updated", productId, { changed: Object.keys(body) }),
    ]);
  },
});
