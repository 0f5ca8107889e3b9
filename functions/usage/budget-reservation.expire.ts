import { forgetBudgetReservations } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/** What workers that died had reserved counts no more five minutes later; here it goes. */
export const expireBudgetReservations = cron({
  name: "budget-reservation.expire",
  schedule: "23 * * * *",
  summary: "Forgets what dead workers had reserved of budgets.",
  run: async ({ db }) => ({ forgotten: await forgetBudgetReservations(db) }),
});
