import { job } from "../kernel/job.ts";
import { erase } from "./end-user.ts";

/** Ends what a request to erase a person began, whatever became of the request. */
export const eraseEndUser = job({
  kind: "end-user.erase",
  async run(ctx, erasureId) {
    const state = await erase(ctx, erasureId);
    return state === "complete" ? [] : state === "busy" ? "later" : "again";
  },
  failed: (ctx, erasureId, reason) =>
    ctx.emit("end-user.erasure_failed", erasureId, { reason }, { category: "error", severity: "error" }),
});
