import { createBudget } from "./budget.create.ts";
import { removeBudget } from "./budget.delete.ts";
import { getBudget } from "./budget.get.ts";
import { listAllBudgets } from "./budget.list.ts";
import { changeBudget } from "./budget.update.ts";
import { expireBudgetReservations } from "./budget-reservation.expire.ts";
import { listMetrics } from "./metrics.list.ts";
import { scheduleDailyMetrics } from "./metrics.schedule.ts";
import { rollUpDailyMetrics } from "./metrics.summarize.ts";
import { listCalls } from "./model-call.list.ts";
import { listPrices } from "./model-price.list.ts";
import { listModelRoutes } from "./model-route.list.ts";
import { updateModelRoute } from "./model-route.update.ts";
import { archiveOldUsage } from "./usage.archive.ts";
import { listUsageDays } from "./usage.days.ts";
import { forecastUsage } from "./usage.forecast.ts";
import { listUsage } from "./usage.list.ts";

export const endpoints = [
  createBudget,
  listAllBudgets,
  getBudget,
  changeBudget,
  removeBudget,
  listUsage,
  listUsageDays,
  forecastUsage,
  listCalls,
  listPrices,
  listModelRoutes,
  updateModelRoute,
  listMetrics,
];

export const jobs = [rollUpDailyMetrics];

export const crons = [expireBudgetReservations, scheduleDailyMetrics, archiveOldUsage];
