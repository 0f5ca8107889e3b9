import { moveShelves } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";
import { LIMITS } from "../kernel/limits.ts";

/** A step must end within the 20 s that a statement has, also where each of its rows goes into a large graph on a busy machine. */
const BATCH_ROWS = 500;
/** Cloudflare gives a cron 15 minutes; one step is one request to the database. */
const RUN_MS_MAX = 45_000;

/** Moves a tenant that has grown large to a shelf of its own, where its vectors have their own graph; a step a request. */
export const moveLargeTenants = cron({
  name: "shelf.move",
  schedule: "* * * * *",
  summary: "Moves organizations that have grown large to a part of the search index of their own.",
  async run({ db }) {
    const moved = { started: 0, copied: 0, switched: 0, cleared: 0 };
    const until = Date.now() + RUN_MS_MAX;
    for (;;) {
      const step = await moveShelves(db, LIMITS.ownShelfEntriesMin, BATCH_ROWS);
      for (const [name, count] of Object.entries(step)) moved[name as keyof typeof moved] += count;
      if (Date.now() > until || Object.values(step).every((count) => count === 0)) return moved;
    }
  },
});
