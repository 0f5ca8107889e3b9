import * as z from "zod";
import { readUsage, USAGE_KEYS, type UsageKey } from "../../db/queries/usage/usage.ts";
import { CsvFile, format } from "../kernel/csv.ts";
import { count, endpoint, id, table, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import {
  amount,
  areDays,
  averageQuality,
  callsWithoutPrice,
  cost,
  daysQuery,
  mustBeDays,
  spanReply,
  wireDay,
} from "./usage.ts";

const KEYS = Object.keys(USAGE_KEYS);
const isKey = (word: string): word is UsageKey => KEYS.includes(word);
const groupBy = text(100)
  .default("day")
  .transform((list, context) => {
    const words = list.split(",");
    const keys = words.filter(isKey);
    if (keys.length === words.length && new Set(keys).size === keys.length) return keys;
    context.addIssue({ code: "custom", message: `is one or more of ${KEYS.join(", ")}, with commas between` });
    return z.NEVER;
  });

const sums = {
  calls: count,
  failedCalls: count,
  retries: count,
  inputTokens: amount,
  outputTokens: amount,
  cacheReadTokens: amount,
  cacheWriteTokens: amount,
  costMicroUsd: cost,
  callsWithoutPrice,
};
const milliseconds = z.number().min(0).max(1_000_000_000).nullable();

const Group = z.object({
  day: wireDay.optional(),
  month: text(7).optional().meta({ description: "As 2026-11" }),
  model: text(200).optional(),
  task: text(100).optional(),
  chatbotId: id("chatbot").nullable().optional(),
  agentId: id("agent").nullable().optional(),
  endUserId: text(LIMITS.nameCharsMax).nullable().optional(),
  ...sums,
  latencyMsP50: milliseconds.meta({ description: "Of the calls that did not fail" }),
  latencyMsP95: milliseconds,
  firstTokenMsP50: milliseconds.meta({ description: "Of answers that were streamed" }),
  averageQuality,
});

const FIGURES = [...Object.keys(sums), "latencyMsP50", "latencyMsP95", "firstTokenMsP50", "averageQuality"];

export const listUsage = endpoint({
  name: "usage.list",
  method: "get",
  path: "/v1/usage",
  scope: "usage:read",
  summary: "Model calls summed up: how many, tokens, cost, how fast",
  description: `Every call counts, failed ones too. The newest day or month comes first, and within it what cost most; \`totals\` are of
all groups, also of those beyond the limit. As CSV there are all of up to ${LIMITS.usageRowsMax} groups.`,
  query: z
    .object({
      ...daysQuery,
      groupBy: groupBy.meta({ description: `One or more of ${KEYS.join(", ")}, with commas between` }),
      model: text(200, 1).optional(),
      task: text(100, 1).optional(),
      chatbotId: id("chatbot").optional(),
      agentId: id("agent").optional(),
      endUserId: text(LIMITS.nameCharsMax, 1).optional(),
      limit: z.coerce
        .number()
        .int()
        .min(1)
        .max(LIMITS.usageGroupsMax)
        .default(LIMITS.usageGroupsMax)
        .meta({ description: "How many groups at most", format: "int32" }),
      format,
    })
    .refine(areDays, mustBeDays),
  reply: table(
    z
      .object({
        ...spanReply,
        items: z.array(Group).max(LIMITS.usageGroupsMax),
        totals: z.object({ groups: count, ...sums }),
      })
      .meta({ id: "Usage" }),
  ),
  example: async () => ({ query: { groupBy: "day,model", task: "answer" } }),
  async run(ctx, { query: { from, to, groupBy: keys, format: asked, limit, ...filter } }) {
    const isCsv = asked === "csv";
    const { span, items, totals } = await readUsage(
      ctx,
      keys,
      { from, to },
      filter,
      isCsv ? LIMITS.usageRowsMax : limit,
    );
    if (!isCsv) return { ...span, items, totals };
    if (totals.groups > items.length) throw tooMany(totals.groups);
    const columns = [...keys.map((key) => USAGE_KEYS[key]), ...FIGURES];
    return new CsvFile(`usage-${span.from}-${span.to}.csv`, columns, items);
  },
});

const tooMany = (groups: number) => {
  const message = `these are ${groups} groups, and a file has at most ${LIMITS.usageRowsMax}: ask for fewer days or keys`;
  return new ApiError("INVALID", `groupBy: ${message}`, { errors: [{ path: "groupBy", message }] });
};
