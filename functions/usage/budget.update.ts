import { updateBudget } from "../../db/queries/usage/budget.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { BudgetChange, BudgetReply, budgetParams, refuseUnpriced } from "./budget.ts";

export const changeBudget = endpoint({
  name: "budget.update",
  method: "patch",
  path: "/v1/budgets/{budgetId}",
  scope: "budgets:write",
  summary: "Change a budget's limit, enforcement or cheaper model",
  description:
    "What was spent stays spent, and work that waits for it goes on at once. Whose it is, its period and its unit do not change: make another one.",
  params: budgetParams,
  body: json(BudgetChange.refine((body) => Object.keys(body).length > 0, "name what changes")),
  reply: replies(BudgetReply),
  example: async (fixtures) => ({ params: { budgetId: await fixtures.budget() }, body: { limit: 10_000_000 } }),
  async run(ctx, { params: { budgetId }, body }) {
    await refuseUnpriced(ctx, body.stepDownModel);
    const { budget, due } = await updateBudget(ctx, budgetId, body, ctx.emit("budget.updated", budgetId));
    await ctx.wake(due);
    return budget;
  },
});
