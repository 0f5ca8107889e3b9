import * as z from "zod";
import { findEval, insertEval } from "../../db/queries/chatbots/eval.ts";
import { endpoint, id, integer, json, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams, revisionNumber } from "./chatbot.ts";
import { Change, EvalReply, money, toReply } from "./eval.ts";
import { goldenFields } from "./golden-question.ts";

export const createEval = endpoint({
  name: "eval.create",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/evals",
  scope: "chatbots:write",
  summary: "Try a chatbot on its golden questions",
  description:
    "Asks in the background the questions that are approved now: all, or those of `questionIds`, or with one of the `tags`. It tries the " +
    "configuration as it is, that of a `revision`, or one with a `change` that is not applied. Nothing of it is a conversation or counts as one; its calls stand in " +
    "the ledger and are bounded by the budgets, and together by `limits.costMicroUsd` but for what is under way. Whoever has no money left ends " +
    "as `failed`, with the figures of what was asked.",
  params: chatbotParams,
  body: json(
    z.object({
      revision: revisionNumber.optional(),
      change: Change.optional(),
      questionIds: z.array(id("golden question")).min(1).max(LIMITS.evalQuestionsMax).optional(),
      tags: goldenFields.tags.min(1).optional(),
      limits: z
        .strictObject({ questions: integer(1, LIMITS.evalQuestionsMax), costMicroUsd: money })
        .partial()
        .optional(),
    }),
  ),
  reply: replies(EvalReply, 202),
  example: async (fixtures) => ({
    params: { chatbotId: (await fixtures.goldenSet()).chatbotId },
    body: { change: { retrievalK: 8 }, limits: { questions: 100, costMicroUsd: 500_000 } },
  }),
  async replay(ctx, { resultId }) {
    const made = await findEval(ctx, resultId);
    return made && toReply(made);
  },
  async run(ctx, { params: { chatbotId }, body: { limits = {}, ...body }, resultId }) {
    if (body.change?.llmModel) await ctx.ai.verify(body.change.llmModel, "answer", "change.llmModel");
    const { questions: questionsMax = LIMITS.evalQuestionsMax, costMicroUsd: costLimitMicroUsd } = limits;
    const run = { id: resultId, chatbotId, ...body, questionsMax, costLimitMicroUsd };
    return toReply(await insertEval(ctx, run, ctx.emit("eval.created", resultId, { chatbotId })));
  },
});
