import { refreshStatistics } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

/**
 * What autovacuum never does: analyzes the partitioned tables, so that plans know what is in them as a whole, and refreshes the
 * materialized views that can be read meanwhile; one a transaction, so that vacuum waits for no more than that.
 */
export const refreshDatabaseStatistics = cron({
  name: "statistics.refresh",
  schedule: "17 3 * * *",
  summary: "Analyzes the partitioned tables and refreshes the materialized views.",
  async run({ db }) {
    const did = { tables: 0, views: 0 };
    for (let after = ""; ; ) {
      const refreshed = await refreshStatistics(db, after);
      if (!refreshed) return did;
      if (refreshed.done) did[refreshed.kind === "view" ? "views" : "tables"]++;
      after = refreshed.name;
    }
  },
});
