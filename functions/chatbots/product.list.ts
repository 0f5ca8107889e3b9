import * as z from "zod";
import { listProducts } from "../../db/queries/chatbots/product.ts";
import { PRODUCT_STATUSES } from "../../db/words.ts";
import { endpoint, replies, text } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { ProductReply } from "./product.ts";

const TOP = "top";

export const listAllProducts = endpoint({
  name: "product.list",
  method: "get",
  path: "/v1/products",
  scope: "products:read",
  summary: "Products, the newest first",
  query: z.object({
    ...pageQuery,
    parentId: text(36)
      .refine((value) => value === TOP || z.uuid().safeParse(value).success, `is neither an id nor "${TOP}"`)
      .optional()
      .meta({ description: `Those right under this product; \`${TOP}\`: those under none` }),
    category: text(100, 1).optional(),
    status: z.enum(PRODUCT_STATUSES).optional(),
    sku: text(50, 1).optional(),
  }),
  reply: replies(pageOf(ProductReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor, parentId, ...filter } }) {
    const under = parentId === TOP ? null : parentId;
    const rows = await listProducts(ctx, { ...filter, parentId: under }, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
