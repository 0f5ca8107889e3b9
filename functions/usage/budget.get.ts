import { findBudget } from "../../db/queries/usage/budget.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { BudgetReply, budgetParams } from "./budget.ts";

export const getBudget = endpoint({
  name: "budget.get",
  method: "get",
  path: "/v1/budgets/{budgetId}",
  scope: "usage:read",
  summary: "A budget, with what is spent",
  params: budgetParams,
  reply: replies(BudgetReply),
  example: async (fixtures) => ({ params: { budgetId: await fixtures.budget() } }),
  async run(ctx, { params: { budgetId } }) {
    const budget = await findBudget(ctx, budgetId);
    if (!budget) throw notFound("budget");
    return budget;
  },
});
