import type { Db } from "../../db/client.ts";
import type { Env } from "./env.ts";
import { LIMITS } from "./limits.ts";

export type Cron = {
  name: `${string}.${string}`;
  /** As in wrangler.toml; a contract test compares them. */
  schedule: string;
  /** What it is for, in a sentence to administrators. */
  summary: string;
  /** May run twice, late or never; returns what it did, of all organizations, for the operator. */
  run: (system: { db: Db; env: Env; requestId: string }) => Promise<Record<string, number>>;
};

/** Goes on step by step, each one bounded, until one finds nothing to do or time is up: what is left waits for the next run. */
export async function inSteps(step: () => Promise<number>): Promise<number> {
  const until = Date.now() + LIMITS.maintenanceMs;
  let done = 0;
  for (let steps = 0; steps < LIMITS.maintenanceStepsMax && Date.now() < until; steps++) {
    const number = await step();
    if (number === 0) break;
    done += number;
  }
  return done;
}

export const cron = (spec: Cron): Cron => spec;
