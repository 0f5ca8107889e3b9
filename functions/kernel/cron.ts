import type { Db } from "../../db/client.ts";
import type { Env } from "./env.ts";

export type Cron = {
  name: `${string}.${string}`;
  /** As in wrangler.toml; a contract test compares them. */
  schedule: string;
  /** What it is for, in a sentence to administrators. */
  summary: string;
  /** May run twice, late or never; returns what it did, of all organizations, for the operator. */
  run: (system: { db: Db; env: Env; requestId: string }) => Promise<Record<string, number>>;
};

export const cron = (spec: Cron): Cron => spec;
