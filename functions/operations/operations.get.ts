import * as z from "zod";
import { readHealth } from "../../db/queries/events/health.ts";
import { SELF_CHECK_STEPS } from "../../db/words.ts";
import { count, endpoint, instant, replies, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";

const KINDS_MAX = 100;
const number = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const statement = text(LIMITS.slowQueryCharsMax).meta({
  description: "SQL with `$1` in the place of what it was given",
});

const SelfCheckReply = z
  .object({
    at: instant,
    ok: z.boolean(),
    failedStep: z.enum(SELF_CHECK_STEPS).optional(),
    durationMs: count.optional(),
  })
  .meta({
    id: "SelfCheck",
    description:
      "Of the whole platform: each hour, where that is on, a document is stored, read, embedded, asked and deleted in an organization of its own",
  });

export const getOperations = endpoint({
  name: "operations.get",
  method: "get",
  path: "/v1/operations",
  scope: "jobs:read",
  summary: "What waits, what was given up, what is slow, and how much there is",
  description:
    "Work that waits for more than some minutes means that the queue or a model is slow; what was given up stands in `/v1/failed-jobs`, to be " +
    "replayed or discarded, and why things went wrong in `/v1/events?category=error`.",
  reply: replies(
    z
      .object({
        queues: z
          .array(
            z.object({
              kind: text(100).meta({ description: "The operation, such as document.ingest" }),
              waiting: count,
              running: count,
              failed: count,
              oldestDueSeconds: count.nullable().meta({ description: "How long the oldest that could run has waited" }),
            }),
          )
          .max(KINDS_MAX),
        metrics: z.array(z.object({ metric: text(100), value: number })).max(KINDS_MAX),
        slowQueries: z
          .array(
            z.object({
              statement,
              operation: text(100),
              count: count.meta({ description: "Requests and jobs whose slowest it was" }),
              msMax: count,
              lastAt: instant,
            }),
          )
          .max(LIMITS.slowQueriesMax)
          .meta({
            description: `What the organization's requests and jobs waited for longer than ${LIMITS.slowQueryMs} ms in the last day`,
          }),
        databaseStatements: z
          .array(z.object({ statement, calls: number, meanMs: number, totalMs: number }))
          .max(LIMITS.slowQueriesMax)
          .meta({
            description: "What costs the platform's database the most; empty where it has no pg_stat_statements",
          }),
        selfCheck: SelfCheckReply.nullable(),
      })
      .meta({ id: "Operations" }),
  ),
  example: async () => ({}),
  run: (ctx) => readHealth(ctx, LIMITS.slowQueriesMax, LIMITS.slowQueryCharsMax),
});
