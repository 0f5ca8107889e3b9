import { nextOfRetention, retentionStep } from "../../db/queries/operations/retention.ts";
import { dropUnusedNames } from "../../db/queries/search/index-check.ts";
import { EMBEDDING_MODELS } from "../kernel/ai/embedding-models.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { AT_ONCE, takeOut } from "./removal.ts";

/** Deletes the conversations that an organization keeps no longer, step by step; who begins where another stopped finds what is left. */
export const applyRetention = job({
  kind: "retention.apply",
  async run(ctx) {
    const until = Date.now() + LIMITS.takingOutMs;
    let documents = 0;
    for (;;) {
      const work = await nextOfRetention(ctx, AT_ONCE);
      if (work.conversationIds.length === 0 || Date.now() > until) {
        if (documents > 0) await dropUnusedNames(ctx, LIMITS.namesForgottenAtOnce);
        return work.conversationIds.length === 0 ? [] : "again";
      }
      await takeOut(ctx, work, (removal) => retentionStep(ctx, removal, EMBEDDING_MODELS, ctx.requestId));
      documents += work.documentIds.length;
    }
  },
  failed: (ctx, organizationId, reason) =>
    ctx.emit("retention.failed", organizationId, { reason }, { category: "error", severity: "error" }),
});
