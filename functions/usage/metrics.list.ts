import * as z from "zod";
import { listDailyMetrics } from "../../db/queries/usage/daily-metrics.ts";
import { CsvFile, format } from "../kernel/csv.ts";
import { count, endpoint, id, instant, table } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { amount, areDays, daysQuery, mustBeDays, wireDay } from "./usage.ts";

const mean = z.number().min(0).nullable();

const Day = z.object({
  metricDate: wireDay.meta({ description: "In your organization's time zone" }),
  chatbotId: id("chatbot")
    .nullable()
    .meta({ description: "Null for what no chatbot did, such as embedding documents" }),
  totalSessions: count.meta({ description: "Conversations that began on the day" }),
  totalMessages: count.meta({ description: "Questions and answers of the day" }),
  uniqueUsers: count.meta({ description: "Who asked; of people without a name each conversation is one" }),
  avgSessionDurationSeconds: mean.meta({
    description: "Of the conversations that began on the day, whenever they ended",
  }),
  avgMessagesPerSession: mean,
  avgResponseTimeMs: mean,
  totalTokensUsed: amount,
  totalCostMicroUsd: amount.meta({ description: "Of the calls whose model had a price" }),
  avgUserSatisfaction: mean.meta({ description: "1 to 5" }),
  successfulResponsesRatio: z.number().min(0).max(1).nullable().meta({ description: "Answers that came to their end" }),
  platformBreakdown: z.record(z.string(), count).meta({ description: "Conversations that began, by channel" }),
  createdAt: instant.meta({ description: "When the figures were made, from all that had happened until then" }),
});

const { platformBreakdown: _, ...cells } = Day.shape;

export const listMetrics = endpoint({
  name: "metrics.list",
  method: "get",
  path: "/v1/metrics/daily",
  scope: "usage:read",
  summary: "What each chatbot did, day by day",
  description: `The newest day first. Figures are made anew each hour for the last ${LIMITS.metricsRolledUpDays} days, so what comes late counts, and stay
when the conversations are gone. At most ${LIMITS.usageGroupsMax} rows: ask for fewer days or one chatbot.`,
  query: z.object({ ...daysQuery, chatbotId: id("chatbot").optional(), format }).refine(areDays, mustBeDays),
  reply: table(z.object({ items: z.array(Day).max(LIMITS.usageGroupsMax) }).meta({ id: "DailyMetrics" })),
  example: async () => ({}),
  async run(ctx, { query: { format: asked, chatbotId, ...days } }) {
    const items = await listDailyMetrics(ctx, days, chatbotId, LIMITS.usageGroupsMax);
    if (asked !== "csv") return { items };
    const rows = items.map(({ platformBreakdown, ...row }) => ({
      ...row,
      platforms: JSON.stringify(platformBreakdown),
    }));
    return new CsvFile("daily-metrics.csv", [...Object.keys(cells), "platforms"], rows);
  },
});
