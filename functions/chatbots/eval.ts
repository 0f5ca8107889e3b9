import * as z from "zod";
import type { EvalRun } from "../../db/queries/chatbots/eval.ts";
import { EVAL_STATUSES } from "../../db/words.ts";
import { count, id, instant, integer, text } from "../kernel/endpoint.ts";
import { Configuration, revisionNumber } from "./chatbot.ts";

export const evalParams = z.object({ evalId: id("eval") });

export const share = z.number().min(0).max(1);
export const money = integer(0, Number.MAX_SAFE_INTEGER);
const ms = z.number().min(0);

const figures = {
  questions: count.meta({ description: "How many have a result" }),
  failed: count.meta({ description: "Of these, how many got no answer, and count in no other figure" }),
  recall: share.nullable().meta({ description: "Share of the expected sources among the `retrievalK` best, mean" }),
  reciprocalRank: share.nullable(),
  correctness: share
    .nullable()
    .meta({ description: "Share of what answers should say that they say, mean; a refusal says nothing" }),
  refusedUnanswerable: share.nullable().meta({ description: "Rightly refused" }),
  refusedAnswerable: share.nullable().meta({ description: "Wrongly refused" }),
  quotes: count,
  wrongQuotes: count.meta({
    description: "Quotes that do not stand, letter by letter, in the stored chunk that they name",
  }),
  latencyMsP50: ms.nullable(),
  latencyMsP95: ms.nullable(),
  firstTokenMsP50: ms.nullable(),
  costMicroUsd: money.meta({ description: "Of its calls in the ledger" }),
};
export const EvalFigures = z.object(figures).meta({ id: "EvalFigures" });

const Summary = z
  .object({
    ...figures,
    thresholds: z
      .array(
        z
          .object({ threshold: share, refusedAnswerable: share.nullable(), refusedUnanswerable: share.nullable() })
          .meta({
            id: "EvalThreshold",
          }),
      )
      .max(21)
      .meta({
        description:
          "What would be refused if chunks of a lower score than the threshold were not shown: what was refused, and questions without such a chunk",
      }),
  })
  .meta({ id: "EvalSummary" });

/** What of a configuration is tried: as in a change of the chatbot. */
export const Change = z.object(Configuration.shape).partial().strict();

export const EvalReply = z
  .object({
    id: id("eval"),
    chatbotId: id("chatbot"),
    revision: revisionNumber.meta({ description: "The revision that it tries" }),
    change: Change.nullable().meta({ description: "What it tries on top of the revision" }),
    whole: z
      .boolean()
      .meta({ description: "Whether it asks every question that was approved: only such a one opens the gate" }),
    status: z.enum(EVAL_STATUSES),
    failureReason: text(20_000).nullable(),
    total: count,
    completed: count,
    costLimitMicroUsd: money.nullable(),
    summary: Summary.nullable().meta({ description: "Once it has ended, of what was asked" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: "Eval" });

export const toReply = (run: EvalRun): z.input<typeof EvalReply> => run;
