import * as z from "zod";
import { compareEval, findEval } from "../../db/queries/chatbots/eval.ts";
import { EVAL_ASPECTS } from "../../db/words.ts";
import { endpoint, id, instant, replies, text } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { revisionNumber } from "./chatbot.ts";
import { Change, EvalFigures, EvalReply, evalParams, toReply } from "./eval.ts";

const Questions = z
  .array(
    z
      .object({
        goldenQuestionId: id("golden question"),
        question: text(LIMITS.questionCharsMax),
        what: z.array(z.enum(EVAL_ASPECTS)).max(EVAL_ASPECTS.length),
      })
      .meta({ id: "ComparedQuestion" }),
  )
  .max(LIMITS.comparedQuestionsMax);

const Comparison = z
  .object({
    evalId: id("eval that it is compared with"),
    revision: revisionNumber,
    change: Change.nullable(),
    completedAt: instant.nullable(),
    figures: EvalFigures,
    before: EvalFigures,
    better: Questions,
    worse: Questions,
  })
  .meta({ id: "EvalComparison", description: "Both over the questions that both have asked" });

export const getEval = endpoint({
  name: "eval.get",
  method: "get",
  path: "/v1/evals/{evalId}",
  scope: "chatbots:read",
  summary: "How an eval goes or went",
  description:
    "With its figures once it has ended, compared with the eval `with`; without, with the one before it that has completed and has the most " +
    `questions in common. Of the questions that got better or worse up to ${LIMITS.comparedQuestionsMax} each are told, and in what.`,
  params: evalParams,
  query: z.object({ with: id("eval to compare with").optional() }),
  reply: replies(EvalReply.extend({ comparison: Comparison.nullable() }).meta({ id: "EvalWithComparison" })),
  example: async (fixtures) => ({ params: { evalId: await fixtures.eval() } }),
  async run(ctx, { params: { evalId }, query: { with: other } }) {
    const run = await findEval(ctx, evalId);
    if (!run) throw notFound("eval");
    const isOver = run.status !== "running";
    const comparison = isOver ? await compareEval(ctx, evalId, other, LIMITS.comparedQuestionsMax) : null;
    return { ...toReply(run), comparison };
  },
});
