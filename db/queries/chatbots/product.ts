import { and, desc, eq, getTableColumns, isNull, lt, type SQL, sql } from "drizzle-orm";
import { mustExist, type Statement, type Tenant } from "../../client.ts";
import { products } from "../../schema/chatbots.ts";
import { insertEvents } from "../events/event.ts";

/** With how much hangs on it. */
export type Product = typeof products.$inferSelect & { childCount: number; documentCount: number };
export type NewProduct = Pick<
  typeof products.$inferInsert,
  "id" | "parentId" | "name" | "description" | "category" | "sku" | "status" | "metadata"
>;

const COLUMNS = {
  ...getTableColumns(products),
  childCount: sql<number>`(select count(*)::integer from products c where c.parent_id = products.id)`,
  documentCount: sql<number>`(select count(*)::integer from documents d where d.product_id = products.id)`,
};

/**
 * Whoever changes who stands under whom waits here before locking a row: two that locked theirs first would wait for each
 * other. The trigger of `products` takes the same lock.
 */
const lockTree = (tenant: Tenant, changes = true): Statement =>
  tenant.db.execute(
    sql`select pg_advisory_xact_lock(hashtextextended('product_tree:' || current_organization(), 0)) where ${changes}`,
  );

export async function insertProduct(tenant: Tenant, product: NewProduct, follow: Statement[]): Promise<Product> {
  const [[row]] = await tenant.batch([tenant.db.insert(products).values(product).returning(COLUMNS), ...follow]);
  return row!;
}

/** With its version, for what another transaction derives from it. */
export async function findProduct(tenant: Tenant, id: string): Promise<(Product & { version: string }) | undefined> {
  const [[row]] = await tenant.batch([
    tenant.db
      .select({ ...COLUMNS, version: sql<string>`${products}.xmin::text` })
      .from(products)
      .where(eq(products.id, id)),
  ]);
  return row;
}

export type ProductFilter = {
  /** Null: those at the top. */
  parentId?: string | null;
  category?: string;
  status?: Product["status"];
  sku?: string;
};

export async function listProducts(
  tenant: Tenant,
  { parentId, category, status, sku }: ProductFilter,
  after: string | undefined,
  limit: number,
): Promise<Product[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select(COLUMNS)
      .from(products)
      .where(
        and(
          after ? lt(products.id, after) : undefined,
          parentId === null ? isNull(products.parentId) : undefined,
          parentId ? eq(products.parentId, parentId) : undefined,
          category ? eq(products.category, category) : undefined,
          status && eq(products.status, status),
          sku ? eq(products.sku, sku) : undefined,
        ),
      )
      .orderBy(desc(products.id))
      .limit(limit + 1),
  ]);
  return found;
}

/** A move that would close a circle, or go too deep, violates a constraint, also when two of them close it together. */
export async function updateProduct(
  tenant: Tenant,
  id: string,
  change: Partial<NewProduct>,
  follow: Statement[],
): Promise<Product> {
  const [, , [row]] = await tenant.batch([
    lockTree(tenant, Boolean(change.parentId)),
    mustExist(tenant, products, id, "product"),
    tenant.db.update(products).set(change).where(eq(products.id, id)).returning(COLUMNS),
    ...follow,
  ]);
  return row!;
}

/**
 * What stood under it stands at the top, and its documents name no product any more, which is told of each. From the
 * documents of one that is not active nobody was answered, and nobody is when it is gone.
 */
export function deleteProduct(tenant: Tenant, id: string, requestId: string, emits: Statement[]) {
  const documentsWhere = (state: SQL) =>
    sql`select d.id from documents d join products p on p.id = d.product_id where p.id = ${id} and ${state}`;
  const [active, other] = [documentsWhere(sql`p.status = 'active'`), documentsWhere(sql`p.status <> 'active'`)];
  const updated = (changed: string[]) => ({
    type: "document.updated",
    resourceType: "document",
    data: { changed },
    requestId,
  });
  return tenant.batch([
    lockTree(tenant),
    mustExist(tenant, products, id, "product"),
    insertEvents(tenant, updated(["productId"]), sql`(${active})`),
    insertEvents(tenant, updated(["productId", "audience"]), sql`(${other})`),
    tenant.db.execute(sql`update documents set audience = 'staff' where id in (${other})`),
    tenant.db.delete(products).where(eq(products.id, id)),
    ...emits,
  ]);
}
