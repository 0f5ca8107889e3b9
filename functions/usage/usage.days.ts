import * as z from "zod";
import { readDailyCosts } from "../../db/queries/usage/usage.ts";
import { CsvFile, format } from "../kernel/csv.ts";
import { count, endpoint, table } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import {
  areDays,
  averageQuality,
  callsWithoutPrice,
  cost,
  daysQuery,
  mustBeDays,
  spanReply,
  wireDay,
} from "./usage.ts";

const Day = z.object({
  day: wireDay,
  costMicroUsd: cost,
  opusCostMicroUsd: cost,
  sonnetCostMicroUsd: cost,
  haikuCostMicroUsd: cost,
  calls: count,
  callsWithoutPrice,
  averageQuality,
  budgetUtilizationPercent: z.number().min(0).max(Number.MAX_SAFE_INTEGER).nullable().meta({
    description: "Of your organization's daily budget as it is now; null for days before there was one",
  }),
});

export const listUsageDays = endpoint({
  name: "usage.days",
  method: "get",
  path: "/v1/usage/days",
  scope: "usage:read",
  summary: "What each day cost, and how much of the daily budget that was",
  description: "The newest first, days without a call too. Costs by tier are of models with the tier's name in theirs.",
  query: z.object({ ...daysQuery, format }).refine(areDays, mustBeDays),
  reply: table(z.object({ ...spanReply, items: z.array(Day).max(LIMITS.usageDaysMax) }).meta({ id: "UsageDays" })),
  example: async () => ({}),
  async run(ctx, { query }) {
    const { span, items } = await readDailyCosts(ctx, query);
    if (query.format === "json") return { ...span, items };
    return new CsvFile(`usage-days-${span.from}-${span.to}.csv`, Object.keys(Day.shape), items);
  },
});
