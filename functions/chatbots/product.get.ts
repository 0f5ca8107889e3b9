import { findProduct } from "../../db/queries/chatbots/product.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ProductReply, productParams } from "./product.ts";

export const getProduct = endpoint({
  name: "product.get",
  method: "get",
  path: "/v1/products/{productId}",
  scope: "products:read",
  summary: "A product",
  params: productParams,
  reply: replies(ProductReply),
  example: async (fixtures) => ({ params: { productId: await fixtures.product() } }),
  async run(ctx, { params }) {
    const product = await findProduct(ctx, params.productId);
    if (!product) throw notFound("product");
    return product;
  },
});
