import { isWideLetter, settled } from "./characters.ts";
import { type Item, mainAngle, type PageView, placed, type RawItem, type Segment } from "./items.ts";
import { countWhile, rowsBetween, withReadings } from "./readings.ts";
import { withStacks } from "./stacks.ts";

/** What stands on one baseline. */
export type Line = { segments: Segment[]; x0: number; x1: number; y: number; size: number };

/** A gap of this many font sizes parts columns or cells; justified words stay below it. */
const segmentGap = 0.9;
const spaceGap = 0.16;
/** Chinese and Japanese have no spaces to stretch, so that less parts cells there. */
const wideSegmentGap = 0.6;
/** Letters of East Asia that each stand alone are one word up to this gap (氏　名), as headers of forms are set. */
const spreadGap = 1.7;

/**
 * A page's items as lines from top to bottom, on a page of vertical writing from right to left, with what stands
 * upright at its head `above`; and `aside` what else does not run in the page's main direction (stamps along the margin,
 * page numbers beside vertical lines), the lines of each direction together and too small for a title to be seen in them.
 */
export function linesOf(
  raw: RawItem[],
  view: PageView,
  isVertical: (fontName: string) => boolean,
): { above: Line[]; lines: Line[]; aside: Line[][] } {
  const items = withStacks(placed(raw, view, isVertical), view);
  const main = mainAngle(items);
  const body = items.filter((item) => item.angle === main);
  const isAbove = (item: Item) => main !== 0 && item.angle === 0 && item.y < 0.2 * view.height;
  const others = Map.groupBy(items, (item) => (isAbove(item) ? "above" : item.angle));
  const sizeMax = 0.9 * bodySizeOf(body);
  const above = rowsOf(others.get("above") ?? []).map(lineOf);
  others.delete("above");
  others.delete(main);
  const aside = [...others.values()].map((items) =>
    rowsOf(items)
      .map(lineOf)
      .map((line) => ({ ...line, size: Math.min(line.size, sizeMax) })),
  );
  return { above, lines: rowsOf(body).map(lineOf), aside };
}

/** The size that two thirds of the letters have at most: notes and readings are smaller, even where there are many. */
function bodySizeOf(items: Item[]): number {
  const sorted = [...items].sort((a, b) => a.size - b.size);
  let left = 0.65 * items.reduce((sum, item) => sum + item.text.length, 0);
  for (const { text, size } of sorted) {
    left -= text.length;
    if (left <= 0) return size;
  }
  return 0;
}

/** Items of about one baseline together; small ones (footnote marks, indices) join the row of the text they touch. */
function rowsOf(items: Item[]): Item[][] {
  const small = 0.75 * bodySizeOf(items);
  const rows = byBaseline(items.filter((item) => item.size >= small));
  const rest = withReadings(
    rows,
    items.filter((item) => item.size < small),
  );
  const touching = touchingIn(rows);
  const stray = rest.filter((item) => !touching(item));
  return [...rows, ...byBaseline(stray)].sort((a, b) => a[0]!.y - b[0]!.y);
}

function byBaseline(items: Item[]): Item[][] {
  const rows: Item[][] = [];
  for (const item of [...items].sort((a, b) => a.y - b.y)) {
    const first = rows.at(-1)?.[0];
    // Words with a reading are set somewhat off a vertical line.
    const room = (item.isColumn ? 0.5 : 0.35) * Math.min(item.size, first?.size ?? 0);
    if (first && item.y - first.y <= room) rows.at(-1)!.push(item);
    else rows.push([item]);
  }
  return rows;
}

/** Puts an item into the row whose text it touches; false if there is none. */
function touchingIn(rows: Item[][]): (item: Item) => boolean {
  const reach = 0.65 * rows.reduce((most, [first]) => Math.max(most, first!.size), 0);
  const known = new Map<Item[], { sorted: Item[]; added: Item[] }>();
  return (item) => {
    const touched = rowsBetween(rows, item.y - reach, item.y + reach).find((row) => {
      const { y, size } = row[0]!;
      const rise = y - item.y;
      if (rise > 0.65 * size || rise < -0.35 * size) return false;
      if (!known.has(row)) known.set(row, { sorted: [...row].sort((a, b) => a.x0 - b.x0), added: [] });
      const { sorted, added } = known.get(row)!;
      const near = countWhile(sorted, (other) => other.x0 - item.x1 < 0.5 * size);
      return [...sorted.slice(Math.max(0, near - 8), near), ...added.slice(-8)].some(
        (other) => item.x0 - other.x1 < 0.5 * size && other.x0 - item.x1 < 0.5 * size,
      );
    });
    touched?.push(item);
    if (touched) known.get(touched)!.added.push(item);
    return touched !== undefined;
  };
}

function lineOf(row: Item[]): Line {
  const rightToLeft = row.filter((item) => item.isRightToLeft).length > row.length / 2;
  const ordered = row.sort((a, b) => a.x0 - b.x0);
  const segments: (Segment & { isSpread: boolean })[] = [];
  let lastItem: Item | undefined;
  for (const item of ordered) {
    const segment = segments.at(-1);
    // Some programs print bold as the same text twice, a hair apart.
    if (lastItem && lastItem.text === item.text && item.x0 - lastItem.x0 < 0.3 * item.size) continue;
    const gap = segment ? item.x0 - segment.x1 : Number.POSITIVE_INFINITY;
    const isSpread = !item.isColumn && isWideLetter(item.text);
    const gapMax = segment?.isSpread && isSpread ? spreadGap : segmentGapOf(lastItem?.text ?? "", item.text);
    if (!segment || gap > gapMax * Math.max(item.size, segment.size)) {
      const { text, x0, x1, y, size, font } = item;
      segments.push({ text, x0, x1, y, size, font, isSpread });
    } else {
      const space = item.isSpaced || gap > spaceGap * item.size ? " " : "";
      segment.text = rightToLeft ? item.text + space + segment.text : segment.text + space + item.text;
      segment.isSpread &&= isSpread;
      if (item.x1 - item.x0 > segment.x1 - segment.x0)
        Object.assign(segment, { size: item.size, font: item.font, y: item.y });
      segment.x1 = Math.max(segment.x1, item.x1);
    }
    lastItem = item;
  }
  const whole = segments.map(({ isSpread: _, ...segment }) => ({ ...segment, text: settled(segment.text) }));
  return toLine(rightToLeft ? whole.reverse() : whole);
}

const unspaced = /[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]/;
const segmentGapOf = (before: string, after: string) =>
  unspaced.test(before.slice(-1)) && unspaced.test(after.slice(0, 1)) ? wideSegmentGap : segmentGap;

/** Segments, at least one, as a line; its size is that of its longest segment. */
export function toLine(segments: Segment[]): Line {
  const longest = segments.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const x0 = Math.min(...segments.map((s) => s.x0));
  return { segments, x0, x1: Math.max(...segments.map((s) => s.x1)), y: longest.y, size: longest.size };
}
