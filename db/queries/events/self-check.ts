import { sql } from "drizzle-orm";
import type { Db } from "../../client.ts";
import type { SELF_CHECK_STEPS } from "../../words.ts";

export type SelfCheckStep = (typeof SELF_CHECK_STEPS)[number];

/** Without the step or the time when its worker died again and again. */
export type SelfCheck = { at: string; ok: boolean; failedStep?: SelfCheckStep; durationMs?: number };

/** Yields how the platform's last check of itself ended, or null when there was none. */
export const lastSelfCheck = (db: Db) =>
  db.execute<{ selfCheck: SelfCheck | null }>(sql`select last_self_check() as "selfCheck"`);
