import type { Block } from "../extracted.ts";
import { tableBlockCharsMax, tableHeaderWeightMax } from "../limits.ts";
import { tableRow } from "../lines.ts";
import type { TextBudget } from "../ooxml.ts";

type Strip = { width: number; header: string; lines: string[]; chars: number; blocks: Block[] };
type Slot = { strip: number; at: number };

const markChars = 3;
const columnCostChars = 10;
/** In so few columns, a heavy header is rather a row of long texts. */
const narrowColumnsMax = 6;

/**
 * A table's rows under their header. A table so wide that its header would not be repeated in passages is told in strips of
 * columns, each beginning with the first column, so that a value never stands without its name. In a strip, rows without
 * a value are left out.
 */
export class Strips {
  readonly #budget: TextBudget;
  readonly #label: number;
  readonly #slots = new Map<number, Slot>();
  readonly #strips: Strip[] = [];

  constructor(columns: readonly number[], header: ReadonlyMap<number, string>, budget: TextBudget) {
    this.#budget = budget;
    budget.spend(columns.length * columnCostChars);
    this.#label = columns[0]!;
    const weights = columns.map((column) => weightOf(header.get(column) ?? ""));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const isWide = columns.length > narrowColumnsMax && total > tableHeaderWeightMax;
    const weightMax = isWide ? tableHeaderWeightMax : Number.POSITIVE_INFINITY;
    let cells: string[] = [];
    let weight = 0;
    for (const [i, column] of columns.entries()) {
      if (i === 0) continue;
      if (cells.length > 1 && weight + weights[i]! > weightMax) {
        this.#addStrip(cells);
        cells = [];
      }
      if (cells.length === 0) {
        cells.push(header.get(this.#label) ?? "");
        weight = weights[0]!;
      }
      this.#slots.set(column, { strip: this.#strips.length, at: cells.length });
      cells.push(header.get(column) ?? "");
      weight += weights[i]!;
    }
    if (cells.length > 0) this.#addStrip(cells);
  }

  /** Columns of the table only; from left to right. */
  add(columns: readonly number[], texts: readonly string[]) {
    const label = columns[0] === this.#label ? texts[0]! : "";
    let open = null as { strip: number; cells: string[] } | null;
    for (const [i, column] of columns.entries()) {
      const slot = this.#slots.get(column);
      if (!slot) continue;
      if (open?.strip !== slot.strip) {
        if (open) this.#write(open.strip, open.cells);
        open = { strip: slot.strip, cells: new Array<string>(this.#strips[slot.strip]!.width).fill("") };
        open.cells[0] = label;
      }
      open.cells[slot.at] = texts[i]!;
    }
    if (open) this.#write(open.strip, open.cells);
    else this.#write(0, [label, ...new Array<string>(this.#strips[0]!.width - 1).fill("")]);
  }

  blocks(): Block[] {
    return this.#strips.flatMap((strip) => {
      closeBlock(strip);
      return strip.blocks;
    });
  }

  #addStrip(cells: string[]) {
    this.#strips.push({ width: cells.length, header: tableRow(cells), lines: [], chars: 0, blocks: [] });
  }

  #write(index: number, cells: string[]) {
    const strip = this.#strips[index]!;
    const line = tableRow(cells);
    this.#budget.spend(line.length + 1);
    strip.lines.push(line);
    strip.chars += line.length + 1;
    if (strip.chars > tableBlockCharsMax) closeBlock(strip);
  }
}

function closeBlock(strip: Strip) {
  if (strip.lines.length === 0) return;
  strip.blocks.push({ kind: "table", text: [strip.header, ...strip.lines].join("\n") });
  strip.lines = [];
  strip.chars = 0;
}

const weightOf = (text: string) => text.length + 2 * text.replace(/[\0-\x7f]+/g, "").length + markChars;
