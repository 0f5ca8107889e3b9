export type DayCost = { day: string; costMicroUsd: number };
export type Forecast = { costMicroUsd: number; lowMicroUsd: number; highMicroUsd: number; days: number };

const WINDOW_DAYS = 28;
const DAYS_MIN = 7;
/** Of a normal distribution, four of five values are within so many standard deviations. */
const FOUR_OF_FIVE = 1.2816;

/**
 * What the month will have cost at its end. Each day to come, and today if it has not cost as much yet, costs the mean of its day of the week
 * in the last 28 full days, or in those since the first call if they are fewer. Low and high are where four of five such sums lie if days vary
 * as they did. Null with fewer than 7 full days, which are one of each.
 */
export function forecastMonth(costs: readonly DayCost[], today: string): Forecast | null {
  const costOf = new Map(costs.map(({ day, costMicroUsd }) => [day, costMicroUsd]));
  const window = daysBefore(today, WINDOW_DAYS);
  const first = window.findIndex((day) => costOf.has(day));
  const days = first < 0 ? [] : window.slice(first);
  if (days.length < DAYS_MIN) return null;
  const ofDay = (day: string) => costOf.get(day) ?? 0;
  const spent = sum([...costOf].filter(([day]) => monthOf(day) === monthOf(today)).map(([, cost]) => cost));
  const coming = restOfMonth(today);
  const expected = coming.map((day) => mean(days.filter((one) => weekday(one) === weekday(day)).map(ofDay)));
  const rest = expected.map((cost, index) => (index === 0 ? Math.max(0, cost - ofDay(today)) : cost));
  const forecast = spent + sum(rest);
  const deviation = standardDeviation(days.map(ofDay));
  const spread = FOUR_OF_FIVE * deviation * Math.sqrt(coming.length + coming.length ** 2 / days.length);
  return {
    costMicroUsd: Math.round(forecast),
    lowMicroUsd: Math.round(Math.max(spent, forecast - spread)),
    highMicroUsd: Math.round(forecast + spread),
    days: days.length,
  };
}

export const monthOf = (day: string): string => day.slice(0, 7);

const DAY_MS = 86_400_000;
const plus = (day: string, days: number) => new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
const weekday = (day: string) => new Date(day).getUTCDay();
const daysBefore = (today: string, count: number) =>
  Array.from({ length: count }, (_, index) => plus(today, index - count));

/** Today and the days after it. */
const restOfMonth = (today: string) =>
  Array.from({ length: 31 }, (_, index) => plus(today, index)).filter((day) => monthOf(day) === monthOf(today));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

function standardDeviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1));
}
