import * as z from "zod";
import { isFailedJob, reviveJob } from "../../db/queries/events/job.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { jobParams } from "./failed-job.ts";

export const replayFailedJob = endpoint({
  name: "failed-job.replay",
  method: "post",
  path: "/v1/failed-jobs/{jobId}/replay",
  scope: "jobs:write",
  summary: "Try given-up work again",
  description: "With all its tries. 409 when the same work is waiting or running already.",
  params: jobParams,
  reply: replies(z.object({ id: id("job") }), 202),
  example: async (fixtures) => ({ params: { jobId: await fixtures.job() } }),
  replay: async (ctx, { params: { jobId } }, state) =>
    state === "done" || !(await isFailedJob(ctx, jobId)) ? { id: jobId } : undefined,
  async run(ctx, { params: { jobId } }) {
    await reviveJob(ctx, jobId, ctx.emit("job.replayed", jobId));
    await ctx.wake([jobId]);
    return { id: jobId };
  },
});
