import * as z from "zod";
import type { Days } from "../../db/queries/usage/usage.ts";
import { count, integer, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

const DAY_MS = 86_400_000;

/** What a date may be: ids of calls know no earlier one. */
const day = z.iso
  .date()
  .refine((value) => value >= "2000-01-01" && value < "2200-01-01", "is before 2000 or after 2199")
  .meta({ maxLength: 10 });

/** The days of a report, in the organization's time zone. */
export const daysQuery = {
  from: day
    .optional()
    .meta({ description: "The first day, in your organization's time zone; by default 29 days before the last" }),
  to: day.optional().meta({ description: "The last day, included; by default today, or the last that may be" }),
};

/** For a `refine` of the query. */
export const areDays = ({ from, to }: Days) =>
  from === undefined ||
  to === undefined ||
  (from <= to && Date.parse(to) - Date.parse(from) < LIMITS.usageDaysMax * DAY_MS);
export const mustBeDays = {
  path: ["to"],
  message: `is before \`from\`, or there are more than ${LIMITS.usageDaysMax} days`,
};

export const wireDay = z.iso.date().meta({ maxLength: 10 });
export const spanReply = { from: wireDay, to: wireDay, timeZone: text(64) };
export const amount = integer(0, Number.MAX_SAFE_INTEGER);
export const cost = amount.nullable().meta({
  description: "Micro-USD, at the prices that held when the calls were made; null if none of the calls had a price",
});
export const averageQuality = z.number().min(0).max(1).nullable().meta({
  description:
    "The share of the answers' quotes that stood, letter by letter, in their source; null where nothing was quoted",
});
export const callsWithoutPrice = count.meta({
  description: "Calls of models whose price is not known: they are in no cost",
});
