import { desc, eq, getTableColumns, lt, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { products } from "../../schema/chatbots.ts";

export type Product = typeof products.$inferSelect;
export type NewProduct = Pick<
  typeof products.$inferInsert,
  "id" | "name" | "description" | "category" | "sku" | "status" | "metadata"
>;

export async function insertProduct(tenant: Tenant, product: NewProduct, follow: Statement[]): Promise<Product> {
  const [[row]] = await tenant.batch([tenant.db.insert(products).values(product).returning(), ...follow]);
  return row!;
}

/** With its version, for what another transaction derives from it. */
export async function findProduct(tenant: Tenant, id: string): Promise<(Product & { version: string }) | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .select({ ...getTableColumns(products), version: sql<string>`${products}.xmin::text` })
      .from(products)
      .where(eq(products.id, id)),
  ]);
  return row;
}

export async function listProducts(tenant: Tenant, after: string | undefined, limit: number): Promise<Product[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select()
      .from(products)
      .where(after ? lt(products.id, after) : undefined)
      .orderBy(desc(products.id))
      .limit(limit + 1),
  ]);
  return found;
}

export async function updateProduct(
  tenant: Tenant,
  id: string,
  change: Partial<NewProduct>,
  follow: Statement[],
): Promise<Product> {
  const [, [row]] = await tenant.batch([
    mustExist(tenant, products, id, "product"),
    tenant.db.update(products).set(change).where(eq(products.id, id)).returning(),
    ...follow,
  ]);
  return row!;
}

/** Its documents stay and name no product any more. */
export const deleteProduct = (tenant: Tenant, id: string, emits: Statement[]) =>
  tenant.batch([
    mustExist(tenant, products, id, "product"),
    tenant.db.delete(products).where(eq(products.id, id)),
    ...emits,
  ]);
