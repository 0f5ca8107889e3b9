import { createBudget } from "./budget.create.ts";
import { removeBudget } from "./budget.delete.ts";
import { getBudget } from "./budget.get.ts";
import { listAllBudgets } from "./budget.list.ts";
import { changeBudget } from "./budget.update.ts";
import { expireBudgetReservations } from "./budget-reservation.expire.ts";

export const endpoints = [createBudget, listAllBudgets, getBudget, changeBudget, removeBudget];

export const crons = [expireBudgetReservations];
