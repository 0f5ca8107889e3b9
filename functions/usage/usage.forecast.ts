import * as z from "zod";
import { type ModelCost, readModelCosts } from "../../db/queries/usage/usage.ts";
import { count, endpoint, integer, replies, text } from "../kernel/endpoint.ts";
import { forecastMonth, monthOf } from "./forecast.ts";
import { amount, callsWithoutPrice, cost, wireDay } from "./usage.ts";

const sums = { calls: count, callsWithoutPrice, costMicroUsd: cost };

export const forecastUsage = endpoint({
  name: "usage.forecast",
  method: "get",
  path: "/v1/usage/forecast",
  scope: "usage:read",
  summary: "What this month has cost, and will have cost at its end",
  description: `Each day to come is taken to cost the mean of its day of the week in the last 28 full days, or in those since the first call
if they are fewer; today costs that or what it has cost. Four of five such sums lie between low and high if days vary as they did.`,
  reply: replies(
    z
      .object({
        month: text(7).meta({ description: "As 2026-11" }),
        today: wireDay,
        timeZone: text(64),
        ...sums,
        forecast: z
          .object({
            costMicroUsd: amount,
            lowMicroUsd: amount,
            highMicroUsd: amount,
            days: integer(7, 28).meta({ description: "How many full days it was made from" }),
          })
          .nullable()
          .meta({ description: "Null with fewer than 7 full days since the first call of the last 28" }),
        models: z
          .array(z.object({ model: text(200), ...sums }))
          .max(1_000)
          .meta({ description: "Of this month so far, the dearest first" }),
      })
      .meta({ id: "UsageForecast" }),
  ),
  example: async () => ({}),
  async run(ctx) {
    const { span, costs } = await readModelCosts(ctx);
    const { today, timeZone } = span;
    const month = costs.filter(({ day }) => monthOf(day) === monthOf(today));
    const models = [...Map.groupBy(month, ({ model }) => model)].map(([model, days]) => ({ model, ...sumOf(days) }));
    const days = [...Map.groupBy(costs, ({ day }) => day)].map(([day, ofDay]) => ({ day, ...sumOf(ofDay) }));
    const priced = days.flatMap(({ day, costMicroUsd }) => (costMicroUsd === null ? [] : [{ day, costMicroUsd }]));
    return {
      month: monthOf(today),
      today,
      timeZone,
      ...sumOf(month),
      forecast: forecastMonth(priced, today),
      models: models.sort((a, b) => (b.costMicroUsd ?? -1) - (a.costMicroUsd ?? -1) || (a.model < b.model ? -1 : 1)),
    };
  },
});

/** As the database sums up: what had no price is in no cost. */
function sumOf(costs: readonly ModelCost[]) {
  const known = costs.flatMap(({ costMicroUsd }) => costMicroUsd ?? []);
  const isUnknown = costs.length > 0 && known.length === 0;
  return {
    calls: costs.reduce((sum, { calls }) => sum + calls, 0),
    callsWithoutPrice: costs.reduce((sum, one) => sum + one.callsWithoutPrice, 0),
    costMicroUsd: isUnknown ? null : known.reduce((sum, one) => sum + one, 0),
  };
}
