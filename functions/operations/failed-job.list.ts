import * as z from "zod";
import { listFailedJobs } from "../../db/queries/events/job.ts";
import { endpoint, replies } from "../kernel/endpoint.ts";
import { afterCursor, page, pageOf, pageQuery } from "../kernel/paging.ts";
import { FailedJobReply } from "./failed-job.ts";

export const listAllFailedJobs = endpoint({
  name: "failed-job.list",
  method: "get",
  path: "/v1/failed-jobs",
  scope: "jobs:read",
  summary: "Work that was given up",
  query: z.object(pageQuery),
  reply: replies(pageOf(FailedJobReply)),
  example: async () => ({}),
  async run(ctx, { query: { limit, cursor } }) {
    const rows = await listFailedJobs(ctx, afterCursor(cursor), limit);
    const failed = rows.map((row) => ({ ...row, failedAt: row.failedAt! }));
    return page(failed, limit, ({ id }) => id);
  },
});
