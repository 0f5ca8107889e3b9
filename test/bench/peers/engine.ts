import type { Asked, Entry } from "./entries.ts";

/** Ids of texts, best first, a text as often as its passages were found; `ms` where the caller's clock is not what counts. */
export type Found = { textIds: string[]; ms?: number };
export type Way = { name: string; settings: string; search(asked: Asked): Promise<Found> };

/** An index over the same entries and vectors as everyone's, and the ways to ask it. */
export type Engine = {
  version: string;
  index(entries: readonly Entry[]): Promise<void>;
  ways: Way[];
  /** On disk, all that the search needs; null where there is no disk. */
  bytes(): Promise<number | null>;
  close(): Promise<void>;
};

/**
 * Asked of everyone; ten texts are left when passages of one text are counted once. The peers fuse as many of each list, as their
 * documentation does: with 60 instead of 20 LanceDB's nDCG@10 on Cranfield fell from 0.453 to 0.434.
 */
export const LIMIT = 20;
