import { and, desc, eq, getTableColumns, sql } from "drizzle-orm";
import type { Statement, Tenant } from "../../client.ts";
import { dailyMetrics } from "../../schema/usage.ts";
import { type Days, span } from "./usage.ts";

const { organizationId: _, id: __, ...columns } = getTableColumns(dailyMetrics);
export type DailyMetrics = Omit<typeof dailyMetrics.$inferSelect, "organizationId" | "id">;

/** Makes the last days anew from the facts: run twice, late or at once it gives the same figures. */
export const rollUpMetrics = (tenant: Tenant, days: number): Statement =>
  tenant.db.execute(sql`select roll_up_metrics(${days})`);

/** Gives each chatbot its figures of the last 30 days, where they have changed; also one that nobody asked any more. */
export const cachePerformance = (tenant: Tenant): Statement =>
  tenant.db.execute(sql`
    update chatbots c set performance_metrics = s.figures
    from (
      select p.id, jsonb_build_object('days', 30, 'totalSessions', p.total_sessions, 'totalMessages', p.total_messages,
        'uniqueUsers', p.unique_users, 'avgSessionDurationSeconds', p.avg_session_duration, 'avgResponseTimeMs', p.avg_response_time,
        'avgUserSatisfaction', p.avg_satisfaction, 'successfulResponsesRatio', p.successful_responses_ratio,
        'totalCostMicroUsd', p.total_cost_micro_usd) as figures
      from chatbot_performance_summary p) s
    where c.id = s.id and c.performance_metrics <> s.figures`);

/** The newest day first; the last one included. By default the last 30 days. */
export async function listDailyMetrics(
  tenant: Tenant,
  days: Days,
  chatbotId: string | undefined,
  limit: number,
): Promise<DailyMetrics[]> {
  const [found] = await tenant.batch([
    tenant.db
      .select(columns)
      .from(dailyMetrics)
      .where(
        and(
          sql`exists (select from usage_span(${span(days)}) s where ${dailyMetrics.metricDate} between s.first_day and s.last_day)`,
          chatbotId ? eq(dailyMetrics.chatbotId, chatbotId) : undefined,
        ),
      )
      .orderBy(desc(dailyMetrics.metricDate), dailyMetrics.chatbotId)
      .limit(limit),
  ]);
  return found;
}
