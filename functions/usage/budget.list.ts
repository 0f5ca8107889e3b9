import * as z from "zod";
import { listBudgets } from "../../db/queries/usage/budget.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { BudgetReply } from "./budget.ts";

export const listAllBudgets = endpoint({
  name: "budget.list",
  method: "get",
  path: "/v1/budgets",
  scope: "usage:read",
  summary: "Your budgets, with what is spent",
  query: z.object(pageQuery),
  reply: replies(pageOf(BudgetReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listBudgets(ctx, afterCursor(cursor), limit);
    return page(rows, limit, ({ id }) => id);
  },
});
