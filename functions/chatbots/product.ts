import * as z from "zod";
import { PRODUCT_STATUSES } from "../../db/words.ts";
import { count, freeObject, id, instant, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import type { NewEntry } from "../kernel/retrieval/search.ts";

export const productParams = z.object({ productId: id("product") });

export const ProductFields = z.object({
  name,
  parentId: id("product under which it stands")
    .nullable()
    .optional()
    .meta({ description: "Null: it stands at the top" }),
  category: text(100, 1),
  description: text(LIMITS.textCharsMax).nullable().optional(),
  sku: text(50, 1).nullable().optional().meta({ description: "Unique in the organization" }),
  status: z.enum(PRODUCT_STATUSES).optional(),
  metadata: freeObject.optional(),
});

export const ProductReply = z
  .object({
    id: id("product"),
    parentId: id("product under which it stands").nullable(),
    name,
    category: text(100),
    description: text(LIMITS.textCharsMax).nullable(),
    sku: text(50).nullable(),
    status: z.enum(PRODUCT_STATUSES),
    metadata: freeObject,
    childCount: count.meta({ description: "Products right under it" }),
    documentCount: count.meta({ description: "Documents of its own" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Product" });

type Described = { id: string; name: string; description?: string | null; category: string; sku?: string | null };

/** What of a product is text that it is found by. */
export const TEXTS = ["name", "category", "sku", "description"] as const;

/** What a product is found by; as `corpora.ts` reads it. */
export const entryOf = ({ id, category, name, sku, description }: Described): NewEntry => ({
  entryId: id,
  sourceId: id,
  language: null,
  title: name,
  context: [category, sku].filter(Boolean).join(" · "),
  content: [name, description].filter(Boolean).join("\n"),
});
