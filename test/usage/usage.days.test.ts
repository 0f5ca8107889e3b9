import { expect, test } from "vitest";
import { asTenant, organization } from "../harness.ts";
import { called, inZone } from "./calls.ts";

const DAY_MS = 86_400_000;
const noon = (daysAgo: number) => new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS + DAY_MS / 2);
const dayOf = (at: Date) => at.toISOString().slice(0, 10);

test("each day is there with its cost by tier, one without a call too, and the view says the same", async () => {
  const org = await organization();
  const [at, before] = [noon(1), noon(3)];
  await called(
    org,
    { at, model: "us.anthropic.claude-opus-4-8", costMicroUsd: 50 },
    { at, model: "anthropic.claude-sonnet-5", costMicroUsd: 20 },
    { at, model: "anthropic.claude-haiku-4-5-20251001-v1:0", costMicroUsd: 5 },
    { at, model: "amazon.nova-pro-v1:0", costMicroUsd: 3, error: "TimeoutError" },
    { at, model: "unknown", costMicroUsd: null },
    { at: before, model: "next.haiku", costMicroUsd: null },
  );
  const { items } = (await org.call("GET", `/v1/usage/days?from=${dayOf(before)}`)).body;
  const none = { costMicroUsd: 0, opusCostMicroUsd: 0, sonnetCostMicroUsd: 0, haikuCostMicroUsd: 0 };
  const idle = { ...none, calls: 0, callsWithoutPrice: 0, averageQuality: null, budgetUtilizationPercent: null };
  expect(items).toEqual([
    { ...idle, day: dayOf(noon(0)) },
    {
      ...{
        ...idle,
        day: dayOf(at),
        costMicroUsd: 78,
        opusCostMicroUsd: 50,
        sonnetCostMicroUsd: 20,
        haikuCostMicroUsd: 5,
      },
      ...{ calls: 5, callsWithoutPrice: 1 },
    },
    { ...idle, day: dayOf(noon(2)) },
    { ...idle, day: dayOf(before), costMicroUsd: null, haikuCostMicroUsd: null, calls: 1, callsWithoutPrice: 1 },
  ]);
  const view = await asTenant(
    org.id,
    "select date::text, total_cost::integer, request_count::integer from daily_cost_summary where request_count > 0 order by date",
  );
  expect(view).toEqual([
    { date: dayOf(before), total_cost: null, request_count: 1 },
    { date: dayOf(at), total_cost: 78, request_count: 5 },
  ]);
});

test("the daily budget's use is in percent of what it is now, from the day on that it was made", async () => {
  const org = await organization();
  await inZone(org, "Asia/Tokyo");
  const today = (await org.call("GET", "/v1/usage/days")).body.to;
  const budget = { subjectType: "organization", period: "day", unit: "micro_usd", limit: 200, enforcement: "soft" };
  expect((await org.call("POST", "/v1/budgets", budget)).status).toBe(201);
  const month = { ...budget, period: "month", limit: 1 };
  expect((await org.call("POST", "/v1/budgets", month)).status).toBe(201);
  await called(org, { at: new Date(), costMicroUsd: 150 }, { at: new Date(Date.now() - DAY_MS), costMicroUsd: 10 });
  const { items } = (await org.call("GET", "/v1/usage/days")).body;
  expect(items).toHaveLength(30);
  expect(items.slice(0, 2)).toMatchObject([
    { day: today, costMicroUsd: 150, budgetUtilizationPercent: 75 },
    { costMicroUsd: 10, budgetUtilizationPercent: null },
  ]);
  const reply = await org.call("GET", `/v1/usage/days?from=${today}&format=csv`);
  expect(reply.text).toBe(
    `day,costMicroUsd,opusCostMicroUsd,sonnetCostMicroUsd,haikuCostMicroUsd,calls,callsWithoutPrice,averageQuality,budgetUtilizationPercent\r\n${today},150,0,0,0,1,0,,75\r\n`,
  );
});

test("days to come are not told", async () => {
  const org = await organization();
  const tomorrow = dayOf(noon(-1));
  const { items } = (await org.call("GET", `/v1/usage/days?from=${dayOf(noon(0))}&to=${dayOf(noon(-5))}`)).body;
  expect(items.map(({ day }: { day: string }) => day)).toEqual([dayOf(noon(0))]);
  expect((await org.call("GET", `/v1/usage/days?from=${tomorrow}&to=${tomorrow}`)).body.items).toEqual([]);
});
