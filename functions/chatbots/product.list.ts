import * as z from "zod";
import { listProducts } from "../../db/queries/chatbots/product.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { ProductReply } from "./product.ts";

export const listAllProducts = endpoint({
  name: "product.list",
  method: "get",
  path: "/v1/products",
  scope: "products:read",
  summary: "Products, the newest first",
  query: z.object(pageQuery),
  reply: replies(pageOf(ProductReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listProducts(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
