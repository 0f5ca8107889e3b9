import { findBudget, insertBudget } from "../../db/queries/usage/budget.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { BudgetReply, NewBudget, refuseUnpriced } from "./budget.ts";

export const createBudget = endpoint({
  name: "budget.create",
  method: "post",
  path: "/v1/budgets",
  scope: "budgets:write",
  summary: "Bound what may be spent",
  description:
    "By everybody, a chatbot, an agent or an end user, in a day, a month or ever. What was spent in the period before counts. A call is " +
    "made when every budget that bounds it holds what it may cost at most, together with all calls under way.",
  body: json(NewBudget),
  reply: replies(BudgetReply, 201),
  example: async () => ({
    body: {
      subjectType: "end_user",
      subjectId: crypto.randomUUID(),
      period: "month",
      unit: "micro_usd",
      limit: 5_000_000,
    },
  }),
  replay: (ctx, { resultId }) => findBudget(ctx, resultId),
  async run(ctx, { body, resultId }) {
    await refuseUnpriced(ctx, body.stepDownModel);
    return insertBudget(ctx, { id: resultId, ...body }, ctx.emit("budget.created", resultId, body));
  },
});
