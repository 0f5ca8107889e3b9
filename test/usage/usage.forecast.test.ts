import { expect, test } from "vitest";
import { forecastMonth } from "../../functions/usage/forecast.ts";
import { organization } from "../harness.ts";
import { called } from "./calls.ts";

const DAY_MS = 86_400_000;
const days = (from: string, costs: number[]) =>
  costs.map((costMicroUsd, index) => ({
    day: new Date(Date.parse(from) + index * DAY_MS).toISOString().slice(0, 10),
    costMicroUsd,
  }));

test("days that all cost the same make a forecast without a doubt", () => {
  const same = days(
    "2026-11-01",
    Array.from({ length: 19 }, () => 100),
  );
  expect(forecastMonth(same, "2026-11-20")).toEqual({
    ...{ costMicroUsd: 3_000, lowMicroUsd: 3_000, highMicroUsd: 3_000, days: 19 },
  });
});

test("weekends stay cheap, and today costs what it has cost when that is more than it should", () => {
  // 2026-11-02 is a Monday.
  const weeks = days(
    "2026-11-02",
    [...Array(2)].flatMap(() => [10, 10, 10, 10, 10, 1, 1]),
  );
  const until = (today: number) => forecastMonth([...weeks, { day: "2026-11-16", costMicroUsd: today }], "2026-11-16");
  // Two weeks of 52, and from Monday the 16th to Monday the 30th eleven weekdays and two weekends.
  expect(until(0)!.costMicroUsd).toBe(2 * 52 + 11 * 10 + 4 * 1);
  expect(until(7)!.costMicroUsd).toBe(until(0)!.costMicroUsd);
  expect(until(25)!.costMicroUsd).toBe(until(0)!.costMicroUsd + 15);
  const { lowMicroUsd, costMicroUsd, highMicroUsd } = until(0)!;
  expect(lowMicroUsd).toBeLessThan(costMicroUsd);
  expect(highMicroUsd - costMicroUsd).toBe(costMicroUsd - lowMicroUsd);
});

test("four of five months end between low and high", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  let inside = 0;
  for (let month = 0; month < 1_000; month++) {
    const all = days(
      "2026-11-01",
      Array.from({ length: 30 }, () => Math.round(random() * 1_000_000)),
    );
    const { lowMicroUsd, highMicroUsd } = forecastMonth(all.slice(0, 20), "2026-11-21")!;
    const spent = all.reduce((sum, { costMicroUsd }) => sum + costMicroUsd, 0);
    if (spent >= lowMicroUsd && spent <= highMicroUsd) inside++;
  }
  expect(inside / 1_000).toBeGreaterThan(0.72);
  expect(inside / 1_000).toBeLessThan(0.88);
});

test("it is never less than what was spent, and from six days there is none", () => {
  const falling = days("2026-11-01", [1_000_000, 0, 0, 0, 0, 0, 0, 0]);
  expect(forecastMonth(falling, "2026-11-09")!.lowMicroUsd).toBe(1_000_000);
  expect(forecastMonth(days("2026-11-10", [1, 2, 3, 4, 5, 6]), "2026-11-16")).toBeNull();
  expect(forecastMonth([], "2026-11-16")).toBeNull();
  expect(forecastMonth(days("2026-11-10", [0, 0, 0, 0, 0, 0, 0]), "2026-11-17")).toMatchObject({ highMicroUsd: 0 });
});

test("the month so far is what its rows say, by model", async () => {
  const org = await organization();
  const now = Date.now();
  const calls = Array.from({ length: 29 }, (_, daysAgo) => [
    { at: new Date(now - daysAgo * DAY_MS), model: "m.dear", costMicroUsd: 70 + daysAgo },
    { at: new Date(now - daysAgo * DAY_MS), model: "m.cheap", costMicroUsd: 1 },
    { at: new Date(now - daysAgo * DAY_MS), model: "m.unknown", costMicroUsd: null },
  ]).flat();
  await called(org, ...calls);
  const { body } = await org.call("GET", "/v1/usage/forecast");
  const ofMonth = calls.filter(({ at }) => at.toISOString().startsWith(body.month));
  const cost = (model?: string) =>
    ofMonth
      .filter((call) => model === undefined || call.model === model)
      .reduce((sum, { costMicroUsd }) => sum + (costMicroUsd ?? 0), 0);
  const elapsed = ofMonth.length / 3;
  expect(body).toMatchObject({ calls: ofMonth.length, callsWithoutPrice: elapsed, costMicroUsd: cost() });
  expect(body.models).toEqual([
    { model: "m.dear", calls: elapsed, callsWithoutPrice: 0, costMicroUsd: cost("m.dear") },
    { model: "m.cheap", calls: elapsed, callsWithoutPrice: 0, costMicroUsd: elapsed },
    { model: "m.unknown", calls: elapsed, callsWithoutPrice: elapsed, costMicroUsd: null },
  ]);
  expect(body.forecast).toMatchObject({ days: 28 });
  expect(body.forecast.costMicroUsd).toBeGreaterThanOrEqual(body.costMicroUsd);
});

test("a new organization has spent nothing, and no forecast", async () => {
  const { body } = await (await organization()).call("GET", "/v1/usage/forecast");
  expect(body).toMatchObject({ calls: 0, costMicroUsd: 0, forecast: null, models: [] });
});
