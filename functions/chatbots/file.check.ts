import {
  abandonedDocuments,
  beginFileCheck,
  compareFiles,
  completeFileCheck,
  continueFileCheck,
  endAbandoned,
  type FileCheck,
} from "../../db/queries/chatbots/file-check.ts";
import type { Ctx } from "../kernel/context.ts";
import { fromDatabase } from "../kernel/errors.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { FAILED } from "../kernel/trouble.ts";
import { keyParts } from "./content.ts";
import { giveUpDocument } from "./document.ts";

/** Then the queue carries it on. */
const RUN_MS = 10_000;
/** R2 lists and deletes no more at once. */
const KEYS_PER_PAGE = 1_000;
const DOCUMENTS_AT_ONCE = 100;
const FIRST_ID = "00000000-0000-0000-0000-000000000000";
const LAST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";

/**
 * Compares an organization's files in R2 with its documents, page by page from where the run before stopped. Bytes are nobody's when a
 * worker died between them and their row, when the answer to a deletion was lost, or when a draft's run died: they go. A document
 * without its bytes is told, and one that waits for work which nobody has any more is given up.
 */
export const checkFiles = job({
  kind: "file.check",
  async run(ctx, organizationId) {
    let check = await beginFileCheck(ctx);
    await endAbandonedDocuments(ctx);
    const until = Date.now() + RUN_MS;
    for (;;) {
      const page = await checkPage(ctx, organizationId, check.checkedTo);
      check = page.check;
      if (page.isLast) break;
      if (Date.now() > until) return "again";
    }
    return [completeFileCheck(ctx), ...tell(ctx, organizationId, check)];
  },
  failed: (ctx, organizationId, reason) => ctx.emit("file-check.failed", organizationId, { reason }, FAILED),
});

async function checkPage(ctx: Ctx, organizationId: string, after: string) {
  const { objects, truncated } = await ctx.files.list({
    prefix: `${organizationId}/`,
    limit: KEYS_PER_PAGE,
    ...(after && { startAfter: after }),
  });
  const oldBefore = Date.now() - LIMITS.orphanAgeHours * 3_600_000;
  const files = objects.flatMap(({ key, uploaded }) => {
    const parts = keyParts(key); // whatever else lies there is somebody else's
    return parts ? [{ key, ...parts, isOld: uploaded.getTime() < oldBefore }] : [];
  });
  const to = truncated ? objects.at(-1)!.key : null;
  const between = {
    after,
    to,
    firstId: keyParts(after)?.documentId ?? FIRST_ID,
    lastId: (to !== null && keyParts(to)?.documentId) || LAST_ID,
  };
  const { orphaned, missing } = await compareFiles(ctx, files, between, LIMITS.orphanAgeHours);
  if (orphaned.length > 0) await ctx.files.delete(orphaned);
  const gone = new Set(orphaned);
  const orphanedBytes = objects.reduce((sum, { key, size }) => sum + (gone.has(key) ? size : 0), 0);
  const found = { files: files.length, orphaned: orphaned.length, orphanedBytes, missing };
  return {
    check: await continueFileCheck(ctx, to ?? after, found, LIMITS.missingFilesMax),
    isLast: !truncated,
  };
}

async function endAbandonedDocuments(ctx: Ctx): Promise<void> {
  for (const id of await abandonedDocuments(ctx, LIMITS.orphanAgeHours, DOCUMENTS_AT_ONCE))
    try {
      await endAbandoned(ctx, id, LIMITS.orphanAgeHours, giveUpDocument(ctx, id, ABANDONED));
    } catch (error) {
      if (fromDatabase(error)?.code !== "NOT_FOUND") throw error; // somebody has taken it up again
    }
}

const ABANDONED = "The work on it was lost. Process it again.";

/** Nothing, when all is well. */
function tell(ctx: Ctx, organizationId: string, { files, orphaned, orphanedBytes, missing, abandoned }: FileCheck) {
  if (orphaned + missing.length + abandoned === 0) return [];
  const told = { files, orphaned, orphanedBytes, missing, abandoned };
  return ctx.emit("file-check.completed", organizationId, told, missing.length > 0 ? FAILED : { category: "system" });
}
