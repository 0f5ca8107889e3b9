import type { Statement } from "../../db/client.ts";
import type { Ctx } from "./context.ts";

/** What can never succeed by trying again; its message is for the user. The job ends, and `failed` says what becomes of the subject. */
export class PermanentFailure extends Error {}

export type Job = {
  /** `noun.verb`, also the name of its file. */
  kind: `${string}.${string}`;
  /**
   * May run twice, late or after a crash in its middle; its batches abort once the lease is lost. `again` when there is more
   * to do, `later` or so many seconds later when somebody else is waited for, else the statements that end the job in one
   * batch: they happen once.
   */
  run: (
    ctx: Ctx,
    subjectId: string,
    attempt: number,
  ) => Promise<"again" | "later" | { laterSeconds: number } | Statement[]>;
  /** Written with the end of a job that failed for good. */
  failed: (ctx: Ctx, subjectId: string, reason: string) => Statement[];
};

export const job = (spec: Job): Job => spec;
