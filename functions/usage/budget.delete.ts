import { deleteBudget } from "../../db/queries/usage/budget.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { budgetParams } from "./budget.ts";

export const removeBudget = endpoint({
  name: "budget.delete",
  method: "delete",
  path: "/v1/budgets/{budgetId}",
  scope: "budgets:write",
  summary: "Remove a budget; work that waits for it goes on",
  params: budgetParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { budgetId: await fixtures.budget() } }),
  async run(ctx, { params: { budgetId } }) {
    await ctx.wake(await deleteBudget(ctx, budgetId, ctx.emit("budget.deleted", budgetId)));
    return undefined;
  },
});
