import * as z from "zod";
import { CORPORA, CORPUS_NAMES } from "../../db/corpora.ts";
import { readSearchStatistics } from "../../db/queries/search/statistics.ts";
import { count, endpoint, instant, replies, text } from "../kernel/endpoint.ts";
import { corpus, corpusOf } from "./search.ts";

const DAYS_MAX = 366;
const DIAGNOSED_DAYS_MAX = 31;
const milliseconds = z.number().min(0).max(1_000_000_000).meta({ description: "In the database" });
const day = z.iso.date().meta({ description: "In UTC", maxLength: 10 });
const withoutResult = count.meta({ description: "Searches that found nothing" });

const Day = z.object({
  day,
  searches: count,
  questions: count.meta({ description: "Different ones" }),
  withoutResult,
  embeddingsCached: count,
  embeddingsComputed: count,
  latencyMsP50: milliseconds,
  latencyMsP95: milliseconds,
  judgments: count.meta({ description: "Given on that day" }),
  meanRelevance: z.number().min(0).max(3).nullable(),
});

const Strategy = z.object({
  day,
  corpus,
  lexical: z.enum(["none", "scan", "index"]),
  vector: z.enum(["none", "exact", "bits", "graph"]),
  searches: count,
  latencyMsMean: milliseconds,
  latencyMsP95: milliseconds,
  withoutResult,
});

const Index = z.object({
  corpus,
  shelf: count.meta({ description: "0 is shared; a large organization has its own" }),
  embeddingModel: text(200),
  entries: count,
  vectors: count.meta({ description: "Of that model" }),
  waiting: count.meta({ description: "Entries that are found by words, and not yet by meaning" }),
  lastCheck: z
    .object({
      startedAt: instant,
      completedAt: instant.nullable(),
      missing: count,
      orphaned: count,
      outdated: count,
      repaired: count,
    })
    .nullable(),
});

export const readStatistics = endpoint({
  name: "search.statistics",
  method: "get",
  path: "/v1/search/statistics",
  scope: "organization:read",
  summary: "How searches went, and how the index stands",
  description: "Days without a search or judgment are left out; the newest comes first.",
  query: z.object({
    days: z.coerce
      .number()
      .int()
      .min(1)
      .max(DAYS_MAX)
      .default(30)
      .meta({ description: "So many, today included", format: "int32" }),
  }),
  reply: replies(
    z
      .object({
        days: z.array(Day).max(DAYS_MAX),
        strategies: z
          .array(Strategy)
          .max(DIAGNOSED_DAYS_MAX * CORPUS_NAMES.length * 12)
          .meta({ description: "How each corpus was searched, of the last 30 days at most" }),
        index: z.array(Index).max(CORPUS_NAMES.length),
      })
      .meta({ id: "SearchStatistics" }),
  ),
  example: async () => ({ query: { days: "7" } }),
  async run(ctx, { query }) {
    const corpora = CORPUS_NAMES.map((name) => CORPORA[name].number);
    const { days, strategies, index } = await readSearchStatistics(ctx, query.days, corpora);
    return {
      days,
      strategies: strategies.map((row) => ({ ...row, corpus: corpusOf(row.corpus) })),
      index: index.map(({ lastCheck, ...row }) => ({
        ...row,
        corpus: corpusOf(row.corpus),
        waiting: Math.max(0, row.entries - row.vectors),
        lastCheck: lastCheck && {
          startedAt: utc(lastCheck.startedAt),
          completedAt: lastCheck.completedAt && utc(lastCheck.completedAt),
          missing: lastCheck.findings.missing,
          orphaned: lastCheck.findings.orphaned,
          outdated: lastCheck.findings.outdated,
          repaired: lastCheck.repaired,
        },
      })),
    };
  },
});

const utc = (instant: string) => new Date(instant).toISOString();
