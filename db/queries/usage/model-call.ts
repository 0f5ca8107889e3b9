import { and, desc, eq, getViewSelectedFields, lt, sql } from "drizzle-orm";
import type { Tenant } from "../../client.ts";
import { messageFeedback } from "../../schema/conversations.ts";
import { usageHistory } from "../../schema/usage.ts";

const { organizationId: _, ...ledger } = getViewSelectedFields(usageHistory);
/** What people said of an answer goes before what its validation found, as in the reports; the ledger itself is never changed. */
const columns = {
  ...ledger,
  qualityScore: sql<number | null>`coalesce(case when task = 'answer' then (
    select avg(f.score) from ${messageFeedback} f where f.message_id = usage_history.message_id) end, quality_score)::real`,
};

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
