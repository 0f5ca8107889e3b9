import type { Removal, Said } from "../../db/queries/operations/removal.ts";
import type { Ctx } from "../kernel/context.ts";
import { LIMITS } from "../kernel/limits.ts";
import { cachedQuestion } from "../kernel/retrieval/search.ts";

export const AT_ONCE = {
  conversations: LIMITS.conversationsTakenOutAtOnce,
  messages: LIMITS.messagesTakenOutAtOnce,
  documents: LIMITS.documentsTakenOutAtOnce,
  attachments: LIMITS.attachmentsTakenOutAtOnce,
};

type Work = { conversationIds: string[]; messages: Said[]; documentIds: string[]; attachmentIds: string[] };

/** Takes something out with the bytes of its documents and attachments: `step` deletes the rows. */
export async function takeOut(
  ctx: Ctx,
  { conversationIds, messages, documentIds, attachmentIds }: Work,
  step: (removal: Removal) => Promise<unknown>,
): Promise<void> {
  const files = [...documentIds, ...attachmentIds];
  await deleteFiles(ctx, files); // first: a row without its bytes is found again, bytes without their row are not
  const hashed = messages.map(async ({ id, asked }) => ({ id, hash: asked && (await cachedQuestion(asked)) }));
  await step({ conversationIds, messages: await Promise.all(hashed), documentIds, attachmentIds });
  await deleteFiles(ctx, files); // what a worker wrote of it meanwhile
}

/** The bytes of documents and attachments, and what was kept of them while they were read. */
async function deleteFiles(ctx: Ctx, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { organizationId } = await ctx.identify();
  for (const id of ids)
    for (;;) {
      const { objects, truncated } = await ctx.files.list({ prefix: `${organizationId}/${id}` });
      if (objects.length > 0) await ctx.files.delete(objects.map(({ key }) => key));
      if (!truncated) break;
    }
}
