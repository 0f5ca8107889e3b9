import type { Removal, Said } from "../../db/queries/operations/removal.ts";
import type { Ctx } from "../kernel/context.ts";
import { LIMITS } from "../kernel/limits.ts";
import { cachedQuestion } from "../kernel/retrieval/search.ts";

export const AT_ONCE = {
  conversations: LIMITS.conversationsTakenOutAtOnce,
  messages: LIMITS.messagesTakenOutAtOnce,
  documents: LIMITS.documentsTakenOutAtOnce,
};

type Work = { conversationIds: string[]; messages: Said[]; documentIds: string[] };

/** Takes something out with its documents' bytes: `step` deletes the rows. */
export async function takeOut(
  ctx: Ctx,
  { conversationIds, messages, documentIds }: Work,
  step: (removal: Removal) => Promise<unknown>,
): Promise<void> {
  await deleteFiles(ctx, documentIds); // first: a row without its bytes is found again, bytes without their row are not
  const hashed = messages.map(async ({ id, asked }) => ({ id, hash: asked && (await cachedQuestion(asked)) }));
  await step({ conversationIds, messages: await Promise.all(hashed), documentIds });
  await deleteFiles(ctx, documentIds); // what a worker wrote of it meanwhile
}

/** The bytes of documents, and what was kept of them while they were read. */
async function deleteFiles(ctx: Ctx, documentIds: readonly string[]): Promise<void> {
  if (documentIds.length === 0) return;
  const { organizationId } = await ctx.identify();
  for (const documentId of documentIds)
    for (;;) {
      const { objects, truncated } = await ctx.files.list({ prefix: `${organizationId}/${documentId}` });
      if (objects.length > 0) await ctx.files.delete(objects.map(({ key }) => key));
      if (!truncated) break;
    }
}
