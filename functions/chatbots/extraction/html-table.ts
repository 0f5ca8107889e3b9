import type { Block } from "./extracted.ts";
import { tableText } from "./lines.ts";

export type Cell = { blocks: Block[]; columns: number; rows: number };

const cellCharsMax = 2_000;
const spanMax = 100;
const listMark = /^(?:[•●○◦▪■·–—*-]|\(?\d{1,3}[.)]|\(?[a-z][.)])$/;

/** Spans as HTML writes them; 0 and junk count as 1, and a page cannot ask for a million cells. */
export function spanOf(attribute: string | undefined): number {
  return Math.min(spanMax, Math.max(1, Number.parseInt(attribute ?? "1", 10) || 1));
}

/**
 * A table as one table block, its first row being the header; a cell over several rows is told in each of them, a cell
 * over several columns once. A table that only arranges a page (one column, or cells holding tables, code or long
 * text, one row) gives its cells' blocks in reading order instead; rows of a bullet and a text are a list.
 */
export function tableBlocks(rows: Cell[][]): Block[] {
  const filled = rows.filter((row) => row.some((cell) => cell.blocks.length > 0));
  const cells = filled.flat();
  const arranges = cells.some(
    ({ blocks }) =>
      blocks.some((b) => b.kind === "table" || b.kind === "code") ||
      blocks.reduce((sum, b) => sum + b.text.length, 0) > cellCharsMax,
  );
  const grid = arranges ? [] : withoutEmptyColumns(toGrid(filled));
  if (grid.length > 0 && grid.every((row) => row.length === 2 && listMark.test(row[0]!))) {
    return [{ kind: "list", text: grid.map(([mark, text]) => `${mark} ${text!.replace(/\s+/g, " ")}`).join("\n") }];
  }
  if (grid.length < 2 || grid.every((row) => row.length < 2)) return cells.flatMap((cell) => cell.blocks);
  return [{ kind: "table", text: tableText(grid) }];
}

function toGrid(rows: Cell[][]): string[][] {
  const pending: { text: string; rows: number }[] = [];
  return rows.map((cells) => {
    const row: string[] = [];
    const takePending = () => {
      for (let above = pending[row.length]; above && above.rows > 0; above = pending[row.length]) {
        above.rows -= 1;
        row.push(above.text);
      }
    };
    for (const { blocks, columns, rows: rowSpan } of cells) {
      takePending();
      const text = blocks.map((b) => b.text).join(" ");
      for (let i = 0; i < columns; i++) {
        pending[row.length] = { text: i === 0 ? text : "", rows: rowSpan - 1 };
        row.push(i === 0 ? text : "");
      }
    }
    takePending();
    return row;
  });
}

function withoutEmptyColumns(grid: string[][]): string[][] {
  const used = new Set<number>();
  for (const row of grid) {
    for (const [column, text] of row.entries()) if (text !== "") used.add(column);
  }
  const columns = [...used].sort((a, b) => a - b);
  return grid.map((row) => columns.map((column) => row[column] ?? ""));
}
