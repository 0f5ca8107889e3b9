import { deleteProduct } from "../../db/queries/chatbots/product.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { productParams } from "./product.ts";

export const removeProduct = endpoint({
  name: "product.delete",
  method: "delete",
  path: "/v1/products/{productId}",
  scope: "products:write",
  summary: "Delete a product",
  description:
    "Its documents stay, without a product; those of one that was not `active` are for `staff` from then on. The products under it stand at the " +
    "top then.",
  params: productParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { productId: await fixtures.product() } }),
  async run(ctx, { params: { productId } }) {
    await deleteProduct(ctx, productId, ctx.requestId, ctx.emit("product.deleted", productId));
    return undefined;
  },
});
