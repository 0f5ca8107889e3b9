import type { Block } from "../extracted.ts";
import type { TextBudget } from "../ooxml.ts";
import { Lines } from "./lines.ts";
import type { Merge, Merges } from "./merges.ts";
import type { Row } from "./rows.ts";
import { Strips } from "./strips.ts";

type Name = (column: number, text: string) => void;

const headerRowsMax = 4;
const labelCharsMax = 200;

/** Whether a text is an amount rather than words: a number, a share, a price, a date or a time. */
export const isAmount = (text: string) =>
  text.length < 40 &&
  /\d/.test(text) &&
  /^[^\p{L}]{0,3}[-+(]?\d[\d.,:/)'’ -]*(?:[^\p{L}\d]{0,3}| \p{L}{1,3})$/u.test(text);
/** Whether a text has letters and is no amount; a dash for "nothing" is neither. */
export const isWords = (text: string) => !isAmount(text) && /\p{L}/u.test(text);
const isYear = (text: string) => /^(?:19|20)\d\d$/.test(text);

/** Whether a row could name the columns below it: words or years only. */
export const isLabels = ({ texts }: Row) =>
  texts.every((text) => isYear(text) || (text.length < labelCharsMax && isWords(text)));

/**
 * One table of a sheet, from its rows in order. Rows of one cell above it are paragraphs, and so is all of a table of one
 * column or one row. Its header is its first row, or up to four: merged cells in it name all columns they cover, and a row that
 * leaves out the first column goes on naming. Words merged over several rows are told in each of them.
 */
export class Table {
  readonly #columns: readonly number[];
  #known: ReadonlySet<number> | null = null;
  readonly #merges: Merges;
  readonly #budget: TextBudget;
  readonly #lines = new Lines();
  readonly #titles: Block[] = [];
  readonly #header: Row[] = [];
  /** By column, what a merged cell says in the rows below its first. */
  readonly #below = new Map<number, { text: string; until: number }>();
  #headerUntil = 0;
  #strips: Strips | null = null;

  constructor(columns: readonly number[], merges: Merges, budget: TextBudget) {
    this.#columns = columns;
    this.#merges = merges;
    this.#budget = budget;
  }

  /** Whether the table has all of these columns. */
  covers(columns: Iterable<number>): boolean {
    this.#known ??= new Set(this.#columns);
    for (const column of columns) if (!this.#known.has(column)) return false;
    return true;
  }

  add(row: Row) {
    if (this.#strips) return this.#addToBody(this.#strips, row);
    if (this.#header.length === 0) {
      if (row.texts.length === 1) return this.#addLine(row.texts[0]!);
      for (const block of this.#lines.take()) this.#titles.push(block);
      return this.#addToHeader(row);
    }
    const isBelow = row.number <= this.#headerUntil || (this.#header.length < headerRowsMax && this.#namesNoRow(row));
    if (isBelow && isLabels(row)) return this.#addToHeader(row);
    this.#strips = new Strips(this.#columns, this.#headerTexts(), this.#budget);
    this.#addToBody(this.#strips, row);
  }

  blocks(): Block[] {
    if (this.#strips) return [...this.#titles, ...this.#strips.blocks()];
    for (const { texts } of this.#header) this.#addLine(texts.join(" | "));
    return [...this.#titles, ...this.#lines.take()];
  }

  /** A row of a table begins in its first column; a further row of a header often does not. */
  #namesNoRow({ number, columns }: Row): boolean {
    return number === this.#header.at(-1)!.number + 1 && columns.length > 1 && columns[0] !== this.#columns[0];
  }

  #addLine(text: string) {
    this.#budget.spend(text.length + 1);
    this.#lines.add(text);
  }

  #addToHeader(row: Row) {
    const [first, last] = [this.#columns[0]!, this.#columns.at(-1)!];
    this.#header.push(row);
    for (const { left, right, bottom } of this.#merges.startingIn(row.number)) {
      if (right < first || left > last) continue;
      this.#headerUntil = Math.max(this.#headerUntil, bottom, right > left ? row.number + 1 : 0);
    }
    this.#headerUntil = Math.min(this.#headerUntil, this.#header[0]!.number + headerRowsMax - 1);
  }

  /** What the header says of each column, from the top: `2026 Sales`. */
  #headerTexts(): Map<number, string> {
    const names = new Map<number, string[]>();
    const name = (column: number, text: string) => {
      this.#budget.spend(text.length + 1);
      const above = names.get(column);
      if (above && (above.length >= headerRowsMax || above.includes(text))) return;
      if (above) above.push(text);
      else names.set(column, [text]);
    };
    for (const [i, row] of this.#header.entries()) {
      const merges = this.#merges.startingIn(row.number).filter(({ left, right }) => right > left);
      if (i < this.#header.length - 1 && merges.length === 0) this.#nameLoosely(row, name);
      else this.#nameMerged(row, merges, name);
    }
    return new Map([...names].map(([column, texts]) => [column, texts.join(" ")]));
  }

  #nameMerged({ columns, texts }: Row, merges: readonly Merge[], name: Name) {
    const cells = new Map(columns.map((column, i) => [column, texts[i]!]));
    for (const { left, right } of merges) {
      const text = cells.get(left);
      if (text === undefined) continue;
      for (let column = left + 1; column <= Math.min(right, this.#columns.at(-1)!); column++) name(column, text);
    }
    for (const [column, text] of cells) name(column, text);
  }

  /**
   * An upper row of a header whose names stand over several columns without being merged: a name alone beside the corner
   * is for all of the table; one that is alone between two empty columns is for the columns between them.
   */
  #nameLoosely({ columns, texts }: Row, name: Name) {
    const [corner] = this.#columns;
    const others = columns.filter((column) => column !== corner);
    const isForAll = others.length === 1 && this.#columns.length > 3;
    const runs = isForAll ? new Map<number, number[]>() : runsOf(this.#columns.slice(1));
    const namesIn = new Map<number[] | undefined, number>();
    for (const column of others) namesIn.set(runs.get(column), (namesIn.get(runs.get(column)) ?? 0) + 1);
    for (const [i, column] of columns.entries()) {
      const run = runs.get(column);
      for (const named of isForAll ? [corner!] : run && namesIn.get(run) === 1 ? run : [column]) name(named, texts[i]!);
    }
  }

  #addToBody(strips: Strips, row: Row) {
    const { columns, texts } = this.#below.size > 0 ? this.#withTextsFromAbove(row) : row;
    strips.add(columns, texts);
    const tall = this.#merges.startingIn(row.number).filter(({ top, bottom }) => bottom > top);
    if (tall.length === 0) return;
    const cells = new Map(row.columns.map((column, i) => [column, row.texts[i]!]));
    for (const { left, bottom } of tall) {
      const text = cells.get(left);
      if (text !== undefined && !isAmount(text)) this.#below.set(left, { text, until: bottom });
    }
  }

  #withTextsFromAbove(row: Row): Row {
    const cells = new Map(row.columns.map((column, i) => [column, row.texts[i]!]));
    for (const [column, { text, until }] of this.#below) {
      if (until < row.number) this.#below.delete(column);
      else if (!cells.has(column)) {
        this.#budget.spend(text.length + 1);
        cells.set(column, text);
      }
    }
    const sorted = [...cells].sort(([a], [b]) => a - b);
    return { number: row.number, columns: sorted.map(([column]) => column), texts: sorted.map(([, text]) => text) };
  }
}

/** By column, the columns that stand together with it without an empty one between them. */
function runsOf(columns: readonly number[]): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const column of columns) {
    const run = runs.get(column - 1) ?? [];
    run.push(column);
    runs.set(column, run);
  }
  return runs;
}
