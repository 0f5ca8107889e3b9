import { runningLineWindowPages } from "../limits.ts";
import type { Flow } from "./columns.ts";
import type { Line } from "./lines.ts";

type WaitingPage = { page: number; flows: Flow[]; edges: Map<Line, string[]>; keys: Set<string> };

const edgeLines = 2;
/** A running line has at most a left, a middle and a right part; more are the header of a table that goes on. */
const partsMax = 3;
const repeatsMin = 3;

/**
 * Drops running headers and footers: a line among the first or last two of its page whose text stands at the same height
 * of at least three of the four pages before and the four after, page numbers counting along. Numbers that do not
 * count with the pages differ, so a table that ends a page stays. The first of a kind stays when it has words, and
 * documents of fewer than four pages lose nothing. Holds nine pages at most.
 */
export class RunningLines {
  readonly #settle: (page: number, flows: Flow[]) => void;
  readonly #window: WaitingPage[] = [];
  readonly #kept = new Set<string>();
  #settled = 0;

  constructor(settle: (page: number, flows: Flow[]) => void) {
    this.#settle = settle;
  }

  /** Pages come in order; settled ones are handed over in the same order. */
  add(page: number, flows: Flow[]) {
    const edges = edgesOf(page, flows);
    this.#window.push({ page, flows, edges, keys: new Set([...edges.values()].flat()) });
    if (this.#window.length - this.#settled > runningLineWindowPages) this.#settleNext();
  }

  finish() {
    while (this.#settled < this.#window.length) this.#settleNext();
  }

  #settleNext() {
    const waiting = this.#window[this.#settled]!;
    const others = this.#window.filter((other) => other !== waiting);
    const isRunning = (line: Line) =>
      (waiting.edges.get(line) ?? []).some((key) => others.filter((o) => o.keys.has(key)).length >= repeatsMin);
    const flows = waiting.flows.map((flow) => flow.filter((line) => !isRunning(line) || this.#isFirst(line)));
    waiting.flows = [];
    this.#settle(
      waiting.page,
      flows.filter((flow) => flow.length > 0),
    );
    this.#settled += 1;
    if (this.#settled > runningLineWindowPages) {
      this.#window.shift();
      this.#settled -= 1;
    }
  }

  #isFirst(line: Line): boolean {
    const words = textOf(line)
      .replace(/[\d\s]+/g, " ")
      .trim();
    if (!/\p{L}{2}/u.test(words) || this.#kept.has(words)) return false;
    this.#kept.add(words);
    return true;
  }
}

const textOf = (line: Line) => line.segments.map((s) => s.text).join(" ");

function edgesOf(page: number, flows: Flow[]): Map<Line, string[]> {
  const lines = flows.flat().sort((a, b) => a.y - b.y);
  const heights = [...new Set(lines.map((line) => Math.round(line.y)))];
  const top = heights[edgeLines - 1] ?? Number.POSITIVE_INFINITY;
  const bottom = heights.at(-edgeLines) ?? 0;
  const edges = new Map<Line, string[]>();
  for (const line of lines) {
    const y = Math.round(line.y);
    const isEdge = (y <= top || y >= bottom) && line.segments.length <= partsMax;
    if (isEdge) edges.set(line, keysOf(page, textOf(line), y));
  }
  return edges;
}

/** The text itself, and with its first or its last number told relative to the page's. */
function keysOf(page: number, text: string, y: number): string[] {
  const key = text.replace(/\s+/g, " ").trim();
  const relative = (number: string) => `‹${Number(number) - page}›`;
  const first = key.replace(/\d{1,5}/, relative);
  const last = key.replace(/\d{1,5}(?=\D*$)/, relative);
  const keys = /\p{L}{2}/u.test(text) ? [key, first, last] : [first, last].filter((k) => k.includes("‹"));
  return [...new Set(keys)].map((k) => `${y} ${k}`);
}
