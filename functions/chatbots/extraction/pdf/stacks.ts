import { isWideLetter } from "./characters.ts";
import { baselineBelowCentre, type Item, mainAngle, type PageView, turned } from "./items.ts";

/** Glyphs make a column when they are this close, in font sizes; rows of a table or of a list are further apart. */
const stack = { glyphsMin: 3, lettersMin: 2, stepMin: 0.6, stepMax: 1.3, asideMax: 0.3 };
/** How much of a glyph stands above its baseline, in font sizes. */
const glyphAscent = 0.88;

/**
 * Browsers and office programs write a vertical line as glyphs one below the other, each by itself and in an ordinary
 * font. Such glyphs become items that run downwards, and so do the figures that stand upright in vertical lines (令和12年).
 */
export function withStacks(items: Item[], view: PageView): Item[] {
  const found: Item[] = [];
  let run: Item[] = [];
  const endRun = () => {
    const isStack = run.length >= stack.glyphsMin && run.filter(isLetter).length >= stack.lettersMin;
    found.push(...(isStack ? run.map((item) => stacked(item, view)) : run));
    run = [];
  };
  for (const item of items) {
    const last = run.at(-1);
    if (last && !follows(last, item)) endRun();
    if (isStackable(item)) run.push(item);
    else {
      endRun();
      found.push(item);
    }
  }
  endRun();
  return withStrays(found, view);
}

const isLetter = (item: Item) => isWideLetter(item.text);
const isFigure = (item: Item) => /^[\w!?%]{1,3}$/.test(item.text) && item.x1 - item.x0 <= 1.4 * item.size;
const isStackable = (item: Item) =>
  isLetter(item) || isFigure(item) || /^[\u3001-\u303f\u30fb-\u30ff\uff01-\uff65…―—]$/.test(item.text);

const centre = (item: Item) => (item.x0 + item.x1) / 2;

function follows(above: Item, item: Item): boolean {
  const { size } = above;
  if (above.angle !== item.angle || Math.abs(size - item.size) > 0.1 * size || !isStackable(item)) return false;
  const step = item.y - above.y;
  const isBelow = step >= stack.stepMin * size && step <= stack.stepMax * size;
  return isBelow && Math.abs(centre(above) - centre(item)) <= stack.asideMax * size;
}

function stacked(item: Item, { width, height }: PageView): Item {
  const own = item.angle % 2 === 0 ? { width, height } : { width: height, height: width };
  const [x0, y] = turned(centre(item), item.y - glyphAscent * item.size, 1, own);
  const angle = (item.angle + 1) % 4;
  return {
    ...item,
    x0,
    x1: x0 + item.size,
    y: y + baselineBelowCentre * item.size,
    angle,
    isColumn: true,
    isSpaced: false,
  };
}

/** On a page of vertical lines also the short ends of lines run downwards, and the figures beside vertical glyphs. */
function withStrays(items: Item[], view: PageView): Item[] {
  const main = mainAngle(items);
  return items.map((item, i) => {
    if ((item.angle + 1) % 4 !== main || !isStackable(item)) return item;
    const down = stacked(item, view);
    if (!isFigure(item)) return down;
    const isBeside = [items[i - 1], items[i + 1]].some((other) => other && continues(other, down));
    return isBeside ? down : item;
  });
}

function continues(other: Item, { x0, x1, y, size, angle }: Item): boolean {
  const gap = Math.max(x0 - other.x1, other.x0 - x1);
  return other.angle === angle && Math.abs(other.y - y) < 0.35 * size && gap < 0.8 * size;
}
