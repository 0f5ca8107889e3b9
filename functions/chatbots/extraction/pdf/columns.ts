import type { Segment } from "./items.ts";
import { type Line, toLine } from "./lines.ts";

/** Lines that are read one after another: a column, or a stretch over the whole width. */
export type Flow = Line[];

/** What makes a column of prose rather than of a table. Widths in font sizes, fill in the share of the column's width. */
const column = { linesMin: 4, segmentWidthMin: 9, fillMin: 0.55, splitsMax: 3, positionsMax: 48 };

/**
 * Lines of a page in reading order. Columns are found by a gutter that prose keeps free on both sides; lines across it
 * (titles, wide figures) part the page into bands, each read column by column. Columns within columns are found too.
 */
export function flowsOf(lines: Line[], splits: number = column.splitsMax): Flow[] {
  if (lines.length === 0) return [];
  const gutter = splits > 0 ? gutterOf(lines) : null;
  if (gutter === null) return [lines];
  const flows: Flow[] = [];
  let left: Line[] = [];
  let right: Line[] = [];
  const endBand = () => {
    flows.push(...flowsOf(left, splits - 1), ...flowsOf(right, splits - 1));
    left = [];
    right = [];
  };
  for (const line of lines) {
    if (line.segments.some((s) => crosses(s, gutter))) {
      endBand();
      const last = flows.at(-1);
      if (last && spansGutter(last, gutter)) last.push(line);
      else flows.push([line]);
      continue;
    }
    const [before, after] = sides(line, gutter);
    if (before.length > 0) left.push(toLine(before));
    if (after.length > 0) right.push(toLine(after));
  }
  endBand();
  return flows;
}

const crosses = (s: Segment, x: number) => s.x0 < x - 1 && s.x1 > x + 1;
const spansGutter = (flow: Flow, x: number) => flow.some((line) => line.segments.some((s) => crosses(s, x)));
const sides = (line: Line, x: number): [Segment[], Segment[]] => [
  line.segments.filter((s) => s.x1 <= x + 1),
  line.segments.filter((s) => s.x1 > x + 1),
];

/** The x that the fewest lines cross, of those that part prose; null when there is none. */
function gutterOf(lines: Line[]): number | null {
  const x0 = Math.min(...lines.map((line) => line.x0));
  const x1 = Math.max(...lines.map((line) => line.x1));
  let best: { x: number; crossing: number } | null = null;
  for (const x of gapPositions(lines)) {
    if (x < x0 + (x1 - x0) * 0.15 || x > x0 + (x1 - x0) * 0.85) continue;
    const crossing = lines.filter((line) => line.segments.some((s) => crosses(s, x))).length;
    if (crossing > lines.length * 0.6 || (best && crossing >= best.crossing)) continue;
    const beside = lines.filter((line) => !line.segments.some((s) => crosses(s, x))).map((line) => sides(line, x));
    if (isProse(beside.map(([left]) => left)) && isProse(beside.map(([, right]) => right))) best = { x, crossing };
  }
  return best?.x ?? null;
}

/** Where lines have gaps: the middles of gaps, most frequent first. */
function gapPositions(lines: Line[]): number[] {
  const times = new Map<number, number>();
  const note = (x: number) => times.set(Math.round(x / 2) * 2, (times.get(Math.round(x / 2) * 2) ?? 0) + 1);
  for (const { segments } of lines) {
    for (let i = 1; i < segments.length; i++) {
      const [a, b] = [segments[i - 1]!, segments[i]!];
      note((a.x1 + b.x0) / 2);
      note(b.x0 - 4);
    }
  }
  // A page whose columns share no baseline has no gaps inside lines; its right column's edge shows instead.
  for (const line of lines) note(line.x0 - 4);
  return [...times]
    .sort((a, b) => b[1] - a[1])
    .slice(0, column.positionsMax)
    .map(([x]) => x);
}

function isProse(side: Segment[][]): boolean {
  const rows = side.filter((segments) => segments.length > 0);
  if (rows.length < column.linesMin) return false;
  const widths = rows.map((segments) => ({
    sum: segments.reduce((sum, s) => sum + s.x1 - s.x0, 0),
    size: segments[0]!.size,
  }));
  const left = Math.min(...rows.map((segments) => segments[0]!.x0));
  const right = Math.max(...rows.map((segments) => segments.at(-1)!.x1));
  const middle = widths.sort((a, b) => a.sum - b.sum)[widths.length >> 1]!;
  const segmentsPerRow = rows.reduce((sum, segments) => sum + segments.length, 0) / rows.length;
  return (
    middle.sum >= column.segmentWidthMin * middle.size &&
    middle.sum >= column.fillMin * (right - left) &&
    segmentsPerRow < 2.2
  );
}
