import { and, desc, eq, getTableColumns, lt } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { aiUsage } from "../../schema/usage.ts";

const { organizationId: _, ...columns } = getTableColumns(aiUsage);

export type ModelCallRow = Omit<typeof aiUsage.$inferSelect, "organizationId">;
export type ModelCallFilter = Partial<
  Pick<
    ModelCallRow,
    "task" | "model" | "outcome" | "chatbotId" | "agentId" | "endUserId" | "conversationId" | "messageId" | "requestId"
  >
>;

/** The newest first; one more than the limit, if there is. */
export async function listModelCalls(
  tenant: Tenant,
  filter: ModelCallFilter,
  after: string | undefined,
  limit: number,
): Promise<ModelCallRow[]> {
  const chosen = (Object.keys(filter) as (keyof ModelCallFilter)[])
    .filter((field) => filter[field] !== undefined)
    .map((field) => eq(aiUsage[field], filter[field]!));
  const [found] = await tenant.batch([
    tenant.db
      .select(columns)
      .from(aiUsage)
      .where(and(after ? lt(aiUsage.id, after) : undefined, ...chosen))
      .orderBy(desc(aiUsage.id))
      .limit(limit + 1),
  ]);
  return found;
}
