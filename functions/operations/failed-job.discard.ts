import { discardJob } from "../../db/queries/events/job.ts";
import { endpoint, nothing } from "../kernel/endpoint.ts";
import { jobParams } from "./failed-job.ts";

export const discardFailedJob = endpoint({
  name: "failed-job.discard",
  method: "delete",
  path: "/v1/failed-jobs/{jobId}",
  scope: "jobs:write",
  summary: "Forget work that was given up",
  description: "What it worked on stays as it is, and says so itself: a document, for example, stays failed.",
  params: jobParams,
  reply: nothing,
  example: async (fixtures) => ({ params: { jobId: await fixtures.job() } }),
  async run(ctx, { params: { jobId } }) {
    await discardJob(ctx, jobId, ctx.emit("job.discarded", jobId));
    return undefined;
  },
});
