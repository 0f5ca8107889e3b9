import { sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { modelRoutes } from "../../schema/usage.ts";
import type { RoutedTask } from "../../words.ts";

/** Ids or tiers; null: as the operator has it. */
export type ModelRoute = typeof modelRoutes.$inferSelect;
export type ModelRouteChange = Partial<Pick<ModelRoute, "model" | "fallbackModel">>;

/** Of the tasks that are not all left to the operator; with the model of the organization's embeddings. */
export async function readModelRoutes(tenant: Tenant): Promise<{ routes: ModelRoute[]; embeddingModel: string }> {
  const [routes, { rows }] = await tenant.batch([
    tenant.db.select().from(modelRoutes),
    tenant.db.execute<{ model: string }>(sql`
      select embedding_model as model from organizations where id = current_organization()`),
  ]);
  return { routes, embeddingModel: rows[0]!.model };
}

/** What is named replaces what was, the rest stays, whoever else changes some at the same time. */
export async function changeModelRoute(
  tenant: Tenant,
  task: RoutedTask,
  change: ModelRouteChange,
  emits: Statement[],
): Promise<ModelRoute> {
  const updated = { updatedAt: sql`now()`, updatedBy: sql`current_caller_id()` };
  const [[row]] = await tenant.batch([
    tenant.db
      .insert(modelRoutes)
      .values({ task, ...change })
      .onConflictDoUpdate({
        target: [modelRoutes.organizationId, modelRoutes.task],
        set: { ...change, ...updated },
      })
      .returning(),
    ...emits,
  ]);
  return row!;
}
