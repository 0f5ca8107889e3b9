import { expireEmbeddings } from "../../db/queries/events/maintenance.ts";
import { cron } from "../kernel/cron.ts";

const BATCH_ROWS = 5_000;
const BATCHES_MAX = 200;

/** Forgets the embeddings whose time has passed; what is left comes in the next hour. */
export const expireEmbeddingCache = cron({
  name: "embedding-cache.expire",
  schedule: "23 * * * *",
  summary: "Forgets cached embeddings whose time has passed.",
  async run({ db }) {
    let forgotten = 0;
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const gone = await expireEmbeddings(db, BATCH_ROWS);
      forgotten += gone;
      if (gone < BATCH_ROWS) break;
    }
    return { forgotten };
  },
});
