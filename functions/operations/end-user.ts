import * as z from "zod";
import type { ErasureCounts } from "../../db/json.ts";
import {
  completeErasure,
  type Erasure,
  eraseStep,
  findErasure,
  nextOfErasure,
} from "../../db/queries/operations/erasure.ts";
import { dropUnusedNames } from "../../db/queries/search/index-check.ts";
import { ERASED } from "../../db/words.ts";
import { EMBEDDING_MODELS } from "../kernel/ai/embedding-models.ts";
import type { Ctx } from "../kernel/context.ts";
import { endUserName } from "../kernel/endpoint.ts";
import { fromDatabase } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { AT_ONCE, takeOut } from "./removal.ts";

export const endUserParams = z.object({ endUserId: endUserName });

/**
 * Goes on with an erasure, step by step, until it is complete, or nothing but an answer that is being given is left (`busy`),
 * or time is up. Who begins where another stopped finds what is left, and two at once do the work once. What the person
 * writes while it goes on is erased too; what is stored after it is complete is of somebody new with the same name. That can
 * be the price of a last answer, if its worker was silent for longer than its lease: erasing the name once more finds it.
 */
export async function erase(ctx: Ctx, erasureId: string): Promise<"complete" | "busy" | "unfinished"> {
  const until = Date.now() + LIMITS.takingOutMs;
  for (;;) {
    const work = await nextOfErasure(ctx, erasureId, AT_ONCE);
    const { more, left, busy } = work;
    const isIdle = work.conversationIds.length + work.documentIds.length + work.attachmentIds.length === 0 && !more;
    if (isIdle && busy) return "busy";
    if (isIdle && !left) {
      await complete(ctx, erasureId);
      return "complete";
    }
    if (Date.now() > until) return "unfinished";
    await takeOut(ctx, work, (removal) =>
      eraseStep(ctx, erasureId, removal, EMBEDDING_MODELS, LIMITS.callsForgottenAtOnce, ctx.requestId),
    );
  }
}

/** Told once, without the name, whoever of two comes first. */
async function complete(ctx: Ctx, erasureId: string): Promise<void> {
  const erasure = await findErasure(ctx, erasureId);
  if (!erasure || erasure.complete) return;
  // Of the texts of documents that went the index keeps names, for typing errors, until nothing else has them.
  if (erasure.counts.documents) await dropUnusedNames(ctx, LIMITS.namesForgottenAtOnce);
  try {
    await completeErasure(ctx, erasureId, ctx.emit("end-user.erased", erasureId, countsOf(erasure)));
  } catch (error) {
    if (fromDatabase(error)?.code !== "NOT_FOUND") throw error;
  }
}

export const countsOf = ({ counts }: Erasure) => ({ ...NOTHING, ...counts });
const NOTHING = Object.fromEntries(ERASED.map((kind) => [kind, 0])) as ErasureCounts;
