import type { TraceStep } from "../../../db/json.ts";
import { LIMITS } from "../../kernel/limits.ts";

/** Raise it with any change of a prompt's own words, so that a trace tells which were used. */
export const PROMPT_REVISION = 3;

type Detail<Step> = Step extends unknown ? Omit<Step, "atMs" | "durationMs"> : never;
type Begun = { end(detail: Detail<TraceStep>): void };

/** How an answer comes about, step by step. It holds what its conversation and its documents hold, and nothing else. */
export class Trace {
  readonly steps: TraceStep[] = [];
  private readonly started = performance.now();

  get durationMs(): number {
    return Math.round(performance.now() - this.started);
  }

  begin(): Begun {
    const atMs = this.durationMs;
    return { end: (detail) => void this.steps.push({ atMs, durationMs: this.durationMs - atMs, ...detail }) };
  }

  /** What took no time. */
  note(detail: Detail<TraceStep>): void {
    this.begin().end(detail);
  }
}

/** As much as a trace keeps of what a model wrote, in characters that a database stores. */
export const traced = (text: string, charsMax: number = LIMITS.tracedCharsMax): string =>
  text.slice(0, charsMax).replaceAll("\0", "").toWellFormed();
