import * as z from "zod";
import { listEvalResults } from "../../db/queries/chatbots/eval.ts";
import { EVAL_RESULT_STATUSES } from "../../db/words.ts";
import { CitationReply } from "../kernel/citation.ts";
import { count, endpoint, id, instant, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { evalParams, money, share } from "./eval.ts";
import { goldenFields } from "./golden-question.ts";

const { answerable, ...asked } = goldenFields;

const Result = z
  .object({
    goldenQuestionId: id("golden question"),
    asked: z.object(asked).meta({ id: "AskedQuestion", description: "As it was when the eval began" }),
    answerable,
    status: z.enum(EVAL_RESULT_STATUSES),
    answerId: id("answer, by which its calls stand in the ledger").nullable(),
    refused: z.boolean().nullable(),
    recall: share.nullable(),
    reciprocalRank: share.nullable(),
    quotes: count.nullable(),
    wrongQuotes: count.nullable(),
    correctness: share.nullable(),
    topScore: share.nullable(),
    latencyMs: count.nullable(),
    firstTokenMs: count.nullable(),
    costMicroUsd: money.nullable(),
    outcome: z
      .object({
        answer: text(100_000),
        citations: z.array(CitationReply).max(LIMITS.citationsMax),
        sources: z
          .array(
            z.object({
              documentId: id("document"),
              chunkId: id("chunk"),
              title: text(500),
              page: count.nullable(),
              score: share,
            }),
          )
          .max(50),
        facts: z
          .array(
            z.object({
              fact: text(LIMITS.textCharsMax),
              holds: z.boolean(),
              by: z.enum(["words", "judge"]).meta({ description: "Whether a model was asked" }),
              reason: text(LIMITS.judgeReasonCharsMax),
            }),
          )
          .max(LIMITS.expectedFactsMax),
        error: z.object({ code: text(50), detail: text(LIMITS.textCharsMax) }).nullable(),
      })
      .nullable(),
    completedAt: instant.nullable(),
  })
  .meta({ id: "EvalResult" });

export const listResults = endpoint({
  name: "eval.results",
  method: "get",
  path: "/v1/evals/{evalId}/results",
  scope: "chatbots:read",
  summary: "What came of each question of an eval",
  description: "In the order in which they are asked, the newest question first, with those that wait.",
  params: evalParams,
  query: z.object(pageQuery),
  reply: replies(pageOf(Result)),
  example: async (fixtures) => ({ params: { evalId: await fixtures.eval() } }),
  async run(ctx, { params: { evalId }, query: { limit, cursor } }) {
    const rows = await listEvalResults(ctx, evalId, afterCursor(cursor), limit);
    if (!rows) throw notFound("eval");
    return page(rows, limit, ({ goldenQuestionId }) => goldenQuestionId);
  },
});
