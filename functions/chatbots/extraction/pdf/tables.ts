import { tableText } from "../lines.ts";
import type { Segment } from "./items.ts";
import type { Line } from "./lines.ts";

type Column = { x0: number; x1: number };

/**
 * The longest run of lines from `start` whose segments stand in common columns: its rows as a table, and how many lines
 * it took; null when the lines are not a table (fewer than two rows or columns, or only two of both).
 */
export function tableAt(lines: Line[], start: number): { text: string; lines: number } | null {
  if (lines[start]!.segments.length < 2) return null;
  let end = start + 1;
  while (end < lines.length && continues(lines, end)) end += 1;
  while (end > start && lines[end - 1]!.segments.length < 2) end -= 1;
  const run = lines.slice(start, end);
  if (run.filter((line) => line.segments.length > 1).length < 2) return null;
  const columns = columnsOf(run);
  if (columns.length < 2) return null;
  const rows = rowsOf(run, columns);
  // Two lines of prose that happen to have a gap at the same place are more frequent than tables of four cells.
  return rows.length < (columns.length === 2 ? 3 : 2) ? null : { text: tableText(rows), lines: run.length };
}

/** A line of one segment belongs to a table only between its rows: a cell that goes on, or a row of one cell. */
function continues(lines: Line[], i: number): boolean {
  const [line, before] = [lines[i]!, lines[i - 1]!];
  if (line.y - before.y > 3.5 * Math.max(line.size, before.size)) return false;
  if (line.segments.length > 1) return true;
  const next = lines[i + 1];
  const isShort = line.segments[0]!.text.length < 60;
  return isShort && next !== undefined && next.segments.length > 1 && next.y - line.y < 2.5 * line.size;
}

/** Where segments overlap from above, they make a column. Rows with few cells often span columns and do not count. */
function columnsOf(run: Line[]): Column[] {
  const counts = run
    .map((line) => line.segments.length)
    .filter((n) => n > 1)
    .sort((a, b) => a - b);
  const typical = counts[counts.length >> 1]!;
  const united = overlapping(run.filter((line) => line.segments.length >= 2));
  return united.length >= Math.min(typical, 3)
    ? united
    : overlapping(run.filter((line) => line.segments.length >= typical));
}

function overlapping(lines: Line[]): Column[] {
  const columns: Column[] = [];
  for (const { x0, x1 } of lines.flatMap((line) => line.segments).sort((a, b) => a.x0 - b.x0)) {
    const last = columns.at(-1);
    if (last && x0 < last.x1 + 1) last.x1 = Math.max(last.x1, x1);
    else columns.push({ x0, x1 });
  }
  return columns;
}

function rowsOf(run: Line[], columns: Column[]): string[][] {
  const rows: string[][] = [];
  run.forEach((line, i) => {
    const cells = columns.map(() => "");
    for (const segment of line.segments) {
      const at = bestColumn(segment, columns);
      cells[at] = `${cells[at]} ${segment.text}`.trim();
    }
    const above = rows.at(-1);
    const isTight = i > 0 && line.y - run[i - 1]!.y < 1.3 * line.size;
    const goesOn = above && isTight && cells[0] === "" && cells.every((cell, c) => cell === "" || above[c] !== "");
    if (!goesOn) rows.push(cells);
    else for (const [c, cell] of cells.entries()) if (cell !== "") above[c] += ` ${cell}`;
  });
  return rows;
}

function bestColumn({ x0, x1 }: Segment, columns: Column[]): number {
  const overlaps = columns.map((column) => Math.min(x1, column.x1) - Math.max(x0, column.x0));
  return overlaps.indexOf(Math.max(...overlaps));
}
