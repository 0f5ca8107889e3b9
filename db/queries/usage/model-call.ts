import { and, desc, eq, getViewSelectedFields, lt } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { usageHistory } from "../../schema/usage.ts";

const { organizationId: _, ...columns } = getViewSelectedFields(usageHistory);

export type ModelCallRow = Omit<typeof usageHistory.$inferSelect, "organizationId">;
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
    .map((field) => eq(usageHistory[field], filter[field]!));
  const [found] = await tenant.batch([
    tenant.db
      .select(columns)
      .from(usageHistory)
      .where(and(after ? lt(usageHistory.id, after) : undefined, ...chosen))
      .orderBy(desc(usageHistory.id))
      .limit(limit + 1),
  ]);
  return found;
}
