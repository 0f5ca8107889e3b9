import { newId } from "../../db/columns.ts";
import {
  completeEval,
  type EvalWork,
  type FinishedQuestion,
  failEval,
  nextOfEval,
  saveEvalResult,
} from "../../db/queries/chatbots/eval.ts";
import { inBatches } from "../kernel/ai/batches.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError } from "../kernel/errors.ts";
import { job, PermanentFailure } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { askGolden } from "./evaluation/ask.ts";

/**
 * Asks the questions that have no result yet, some at a time, for some seconds. Each result is stored as it comes, so a worker that
 * dies repeats only what it was just asking. A budget that does not hold more ends the run, with what was measured until then.
 */
export const runEval = job({
  kind: "eval.run",
  async run(ctx, evalId, attempt) {
    const work = await nextOfEval(ctx, evalId, LIMITS.evalQuestionsPerSlice);
    if (!work) return []; // cancelled meanwhile
    if (work.waiting.length === 0)
      return [completeEval(ctx, evalId), ...ctx.emit("eval.completed", evalId, {}, SYSTEM)];
    const until = Date.now() + LIMITS.evalSliceMs;
    let { isRunning, spentMicroUsd } = { isRunning: true, spentMicroUsd: work.spentMicroUsd };
    await inBatches(work.waiting, 1, async ([question]) => {
      if (!isRunning || Date.now() > until) return [];
      if (spentMicroUsd >= (work.costLimitMicroUsd ?? Infinity))
        throw new PermanentFailure(
          `Its calls have cost ${spentMicroUsd} micro-USD, of ${work.costLimitMicroUsd} at most.`,
        );
      const told = await ask(ctx, evalId, work, question!, attempt);
      isRunning &&= told.isRunning;
      spentMicroUsd = Math.max(spentMicroUsd, told.spentMicroUsd);
      return [];
    });
    return "again";
  },
  failed: (ctx, evalId, reason) => [
    failEval(ctx, evalId, reason),
    ...ctx.emit("eval.failed", evalId, { reason }, { category: "error", severity: "error" }),
  ],
});

const SYSTEM = { category: "system" } as const;

async function ask(ctx: Ctx, evalId: string, work: EvalWork, question: EvalWork["waiting"][number], attempt: number) {
  const answerId = newId();
  const { goldenQuestionId } = question;
  const result = await askGolden(ctx, work.chatbot, answerId, question).catch((error) =>
    failedWith(error, answerId, attempt),
  );
  return saveEvalResult(ctx, evalId, goldenQuestionId, result, ctx.ai.pending(ctx));
}

/** What one question is to blame for is its result; what is wrong with all of them is another try, or the end. */
function failedWith(error: unknown, answerId: string, attempt: number): FinishedQuestion {
  if (!(error instanceof ApiError)) throw error;
  if (error.code === "BUDGET_EXCEEDED") throw new PermanentFailure(error.message);
  if (error.code === "UNAVAILABLE" && attempt < LIMITS.evalAttemptsMax) throw error;
  const { code, message: detail } = error;
  return {
    answerId,
    status: "failed",
    refused: null,
    recall: null,
    reciprocalRank: null,
    quotes: null,
    wrongQuotes: null,
    correctness: null,
    topScore: null,
    latencyMs: null,
    firstTokenMs: null,
    outcome: { answer: "", citations: [], sources: [], facts: [], error: { code, detail } },
  };
}
