import { meantCharacters } from "./characters.ts";

/**
 * A text item of pdf.js: transform is [a, b, c, d, x, y] in the page's own space, y upwards; width in the same units, or
 * height when its font writes downwards.
 */
export type RawItem = {
  str: string;
  transform: number[];
  width: number;
  height: number;
  fontName: string;
  hasEOL: boolean;
  dir: string;
};

/** How a page is shown: its transform from PDF's space to points from the upper left corner, and its size. */
export type PageView = { transform: number[]; width: number; height: number };

/** Text without wide gaps. x to the right, y of the baseline downwards, in points; `size` in half points. */
export type Segment = { text: string; x0: number; x1: number; y: number; size: number; font: string };

/**
 * A segment on the page turned by `angle` quarter turns, so that it runs to the right: 1 for what runs downwards.
 * `isColumn` when its glyphs stand one below the other.
 */
export type Item = Segment & { isSpaced: boolean; angle: number; isColumn: boolean; isRightToLeft: boolean };

/** Where the baseline of letters is that stand among glyphs centred on a line, in font sizes from that line. */
export const baselineBelowCentre = 0.38;

/** A page's items with text in the order of the file. Glyphs of a vertical font run downwards, centred on their line. */
export function placed(raw: RawItem[], view: PageView, isVertical: (fontName: string) => boolean): Item[] {
  const [va, vb, vc, vd, ve, vf] = view.transform as [number, number, number, number, number, number];
  const items: Item[] = [];
  let wasSpace = false;
  for (const { str, transform, width, height, fontName, hasEOL, dir } of raw) {
    const [a, b, c, d, e, f] = transform as [number, number, number, number, number, number];
    const text = meantCharacters(str).replace(/\s+/g, " ");
    if (text.trim() === "") {
      wasSpace ||= text !== "" || hasEOL;
      continue;
    }
    const isColumn = isVertical(fontName);
    const runs = Math.round(Math.atan2(vb * a + vd * b, va * a + vc * b) / (Math.PI / 2)) + (isColumn ? 1 : 0);
    const angle = (runs + 4) % 4;
    const size = Math.max(1, Math.round(Math.hypot(c, d) * 2) / 2);
    const [x0, y] = turned(va * e + vc * f + ve, vb * e + vd * f + vf, angle, view);
    items.push({
      ...{
        text: text.trim(),
        x0,
        x1: x0 + (isColumn ? height : width),
        y: isColumn ? y + baselineBelowCentre * size : y,
      },
      ...{
        size,
        font: fontName,
        isSpaced: wasSpace || text.startsWith(" "),
        angle,
        isColumn,
        isRightToLeft: dir === "rtl",
      },
    });
    wasSpace = text.endsWith(" ") || hasEOL;
  }
  return items;
}

/** A point of a page where it is once the page is turned back by so many quarter turns. */
export function turned(x: number, y: number, angle: number, { width, height }: Pick<PageView, "width" | "height">) {
  const places: [number, number][] = [
    [x, y],
    [y, width - x],
    [width - x, height - y],
    [height - y, x],
  ];
  return places[angle]!;
}

/** The direction that most letters run in. */
export function mainAngle(items: Item[]): number {
  const chars = [0, 0, 0, 0];
  for (const { angle, text } of items) chars[angle]! += text.length;
  return chars.indexOf(Math.max(...chars));
}
