import type { Block } from "../extracted.ts";
import { type Cell, spanOf, tableBlocks } from "../html-table.ts";
import { docxTableAreaMax, officeItemCostChars } from "../limits.ts";
import type { TextBudget } from "../ooxml.ts";

type OpenCell = { columns: number; merge: "restart" | "continue" | null };
type Merged = { cell: Cell; chars: number };
type Row = {
  cells: Cell[];
  column: number;
  continued: Merged[];
  begun: number[];
  hasText: boolean;
  isDeleted: boolean;
};

/** A table while it is read. Rows that were deleted, and rows without any text, are none. */
export class Table {
  readonly #budget: TextBudget;
  readonly #rows: Cell[][] = [];
  /** The cells that go on downwards, by the column they begin in. */
  readonly #merged = new Map<number, Merged>();
  #columns = 0;
  #row: Row | null = null;
  #cell: OpenCell | null = null;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  openRow() {
    this.#row = { cells: [], column: 0, continued: [], begun: [], hasText: false, isDeleted: false };
  }

  deleteRow() {
    if (this.#row) this.#row.isDeleted = true;
  }

  /** Columns before the row's first cell. */
  skipColumns(count: string | undefined) {
    if (this.#row && /^[1-9]/.test(count ?? ""))
      this.#place(this.#row, { blocks: [], columns: spanOf(count), rows: 1 });
  }

  /** False where no cell can be. */
  openCell(): boolean {
    if (!this.#row || this.#cell) return false;
    this.#budget.spend(officeItemCostChars);
    this.#cell = { columns: 1, merge: null };
    return true;
  }

  get isInCell(): boolean {
    return this.#cell !== null;
  }

  span(count: string | undefined) {
    if (this.#cell) this.#cell.columns = spanOf(count);
  }

  merge(value: string | undefined) {
    if (this.#cell) this.#cell.merge = value === "restart" ? "restart" : "continue";
  }

  closeCell(blocks: Block[]) {
    const { columns, merge } = this.#cell!;
    const row = this.#row!;
    this.#cell = null;
    const above = this.#merged.get(row.column);
    if (merge === "continue" && above && blocks.length === 0) {
      row.continued.push(above);
      row.column += columns;
      return;
    }
    const cell = { blocks, columns, rows: 1 };
    if (merge === null) this.#merged.delete(row.column);
    else {
      this.#merged.set(row.column, { cell, chars: blocks.reduce((sum, { text }) => sum + text.length, 0) });
      row.begun.push(row.column);
    }
    row.hasText ||= blocks.length > 0;
    this.#place(row, cell);
  }

  closeRow() {
    const row = this.#row;
    this.#row = null;
    if (!row) return;
    if (row.isDeleted || !row.hasText) {
      for (const column of row.begun) this.#merged.delete(column);
      return;
    }
    this.#rows.push(row.cells);
    this.#columns = Math.max(this.#columns, row.column);
    for (const { cell, chars } of row.continued) {
      cell.rows += 1;
      this.#budget.spend(chars); // the cell is told in each of its rows
    }
  }

  /** Its text as blocks: one table, or what is in the cells when they only arrange the page. */
  blocks(): Block[] {
    const page = this.#rows.flat().find(({ blocks }) => blocks.length > 0)?.blocks[0]?.page;
    // A row of 100,000 cells above 100,000 rows of one cell would be a grid of 10 billion.
    const isGrid = this.#columns * this.#rows.length <= docxTableAreaMax;
    const blocks = isGrid ? tableBlocks(this.#rows) : this.#rows.flat().flatMap((cell) => cell.blocks);
    return blocks.map((block) => ({ ...block, page: block.page ?? page }));
  }

  #place(row: Row, cell: Cell) {
    row.cells.push(cell);
    row.column += cell.columns;
  }
}
