/** A text item of pdf.js: transform is [a, b, c, d, x, y] in the page's own space, y upwards; width in the same units. */
export type RawItem = {
  str: string;
  transform: number[];
  width: number;
  fontName: string;
  hasEOL: boolean;
  dir: string;
};

/** Text without wide gaps. x to the right, y of the baseline downwards, in points; `size` in half points. */
export type Segment = { text: string; x0: number; x1: number; y: number; size: number; font: string };

/** What stands on one baseline. */
export type Line = { segments: Segment[]; x0: number; x1: number; y: number; size: number };

type Item = Segment & { isSpaced: boolean; angle: number; isRightToLeft: boolean };

/** A gap of this many font sizes parts columns or cells; justified words stay below it. */
const segmentGap = 0.9;
const spaceGap = 0.16;

/**
 * A page's items as lines from top to bottom, and `aside` what does not run in the page's main direction (stamps along
 * the margin, vertical writing), each such run as a line of its own in the order of the file, of size 1
 * so that no title is seen in it.
 */
export function linesOf(
  raw: RawItem[],
  viewport: number[],
  isVertical: (fontName: string) => boolean,
): { lines: Line[]; aside: Line[] } {
  const upright: Item[] = [];
  const aside: Item[] = [];
  const items = placed(raw, viewport);
  const direction = mainAngle(items);
  for (const item of items) {
    if (item.angle !== direction || isVertical(item.font)) aside.push(item);
    else upright.push(direction === 0 ? item : turned(item, direction));
  }
  return { lines: rowsOf(upright).map(lineOf), aside: runs(aside) };
}

function placed(raw: RawItem[], viewport: number[]): Item[] {
  const [va, vb, vc, vd, ve, vf] = viewport as [number, number, number, number, number, number];
  const items: Item[] = [];
  let wasSpace = false;
  for (const { str, transform, width, fontName, hasEOL, dir } of raw) {
    const [a, b, c, d, e, f] = transform as [number, number, number, number, number, number];
    const text = withoutControls(str).replace(/\s+/g, " ");
    if (text.trim() === "") {
      wasSpace ||= text !== "" || hasEOL;
      continue;
    }
    const angle = (Math.round(Math.atan2(vb * a + vd * b, va * a + vc * b) / (Math.PI / 2)) + 4) % 4;
    const x0 = va * e + vc * f + ve;
    const size = Math.max(1, Math.round(Math.hypot(c, d) * 2) / 2);
    const item = { text: text.trim(), x0, x1: x0 + width, y: vb * e + vd * f + vf, size, font: fontName };
    items.push({ ...item, isSpaced: wasSpace || text.startsWith(" "), angle, isRightToLeft: dir === "rtl" });
    wasSpace = text.endsWith(" ") || hasEOL;
  }
  return items;
}

/** pdf.js gives a glyph without a letter as a control character, which must neither vanish nor reach the database. */
export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g, "\ufffd");
}

function mainAngle(items: Item[]): number {
  const chars = [0, 0, 0, 0];
  for (const { angle, text } of items) chars[angle]! += text.length;
  return chars.indexOf(Math.max(...chars));
}

/** The page turned so that its main direction runs to the right. */
function turned(item: Item, angle: number): Item {
  const width = item.x1 - item.x0;
  const [x, y] = angle === 1 ? [item.y, -item.x0] : angle === 2 ? [-item.x0, -item.y] : [-item.y, item.x0];
  return { ...item, x0: x, x1: x + width, y };
}

/** Items of about one baseline together; small ones (footnote marks, indices) join the row of the text they touch. */
function rowsOf(items: Item[]): Item[][] {
  const sizes = items.map((item) => item.size).sort((a, b) => a - b);
  const small = 0.75 * (sizes[sizes.length >> 1] ?? 0);
  const rows = byBaseline(items.filter((item) => item.size >= small));
  const stray: Item[] = [];
  for (const item of items.filter((item) => item.size < small)) (rowTouching(rows, item) ?? stray).push(item);
  return [...rows, ...byBaseline(stray)].sort((a, b) => a[0]!.y - b[0]!.y);
}

function byBaseline(items: Item[]): Item[][] {
  const rows: Item[][] = [];
  for (const item of [...items].sort((a, b) => a.y - b.y)) {
    const first = rows.at(-1)?.[0];
    if (first && item.y - first.y <= 0.35 * Math.min(item.size, first.size)) rows.at(-1)!.push(item);
    else rows.push([item]);
  }
  return rows;
}

function rowTouching(rows: Item[][], item: Item): Item[] | undefined {
  return rows.find((row) => {
    const { y, size } = row[0]!;
    const rise = y - item.y;
    if (rise > 0.65 * size || rise < -0.35 * size) return false;
    return row.some((other) => item.x0 - other.x1 < 0.5 * size && other.x0 - item.x1 < 0.5 * size);
  });
}

function lineOf(row: Item[]): Line {
  const rightToLeft = row.filter((item) => item.isRightToLeft).length > row.length / 2;
  const ordered = row.sort((a, b) => a.x0 - b.x0);
  const segments: Segment[] = [];
  let lastItem: Item | undefined;
  for (const item of ordered) {
    const segment = segments.at(-1);
    // Some programs print bold as the same text twice, a hair apart.
    if (lastItem && lastItem.text === item.text && item.x0 - lastItem.x0 < 0.3 * item.size) continue;
    const gap = segment ? item.x0 - segment.x1 : Number.POSITIVE_INFINITY;
    if (!segment || gap > segmentGap * Math.max(item.size, segment.size)) {
      segments.push({ text: item.text, x0: item.x0, x1: item.x1, y: item.y, size: item.size, font: item.font });
    } else {
      const space = item.isSpaced || gap > spaceGap * item.size ? " " : "";
      segment.text = rightToLeft ? item.text + space + segment.text : segment.text + space + item.text;
      if (item.x1 - item.x0 > segment.x1 - segment.x0)
        Object.assign(segment, { size: item.size, font: item.font, y: item.y });
      segment.x1 = Math.max(segment.x1, item.x1);
    }
    lastItem = item;
  }
  for (const segment of segments) segment.text = withAccents(segment.text);
  return toLine(rightToLeft ? segments.reverse() : segments);
}

const marks: Record<string, string> = {
  ...{ ˆ: "\u0302", "˜": "\u0303", "¨": "\u0308", ˇ: "\u030c", "˘": "\u0306" },
  ...{ "˚": "\u030a", "¸": "\u0327", "˙": "\u0307", "˝": "\u030b" },
};

/**
 * TeX's older fonts draw ü as ¨ and u; searched as two signs it would never be found. Acute and grave stay, as many
 * write them for an apostrophe.
 */
function withAccents(text: string): string {
  if (!/[ˆ˜¨ˇ˘˚¸˙˝]/.test(text)) return text;
  return text.replace(/([ˆ˜¨ˇ˘˚¸˙˝]) ?([A-Za-zı])/g, (whole, mark: string, letter: string) => {
    const composed = ((letter === "ı" ? "i" : letter) + marks[mark]).normalize("NFC");
    return composed.length === 1 ? composed : whole;
  });
}

/** Segments, at least one, as a line; its size is that of its longest segment. */
export function toLine(segments: Segment[]): Line {
  const longest = segments.reduce((a, b) => (b.text.length > a.text.length ? b : a));
  const x0 = Math.min(...segments.map((s) => s.x0));
  return { segments, x0, x1: Math.max(...segments.map((s) => s.x1)), y: longest.y, size: longest.size };
}

function runs(items: Item[]): Line[] {
  const texts: Item[] = [];
  for (const item of items) {
    const last = texts.at(-1);
    if (last && last.angle === item.angle && last.size === item.size)
      last.text += (item.isSpaced ? " " : "") + item.text;
    else texts.push({ ...item });
  }
  return texts.map((item) =>
    toLine([{ text: item.text, x0: item.x0, x1: item.x0, y: item.y, size: 1, font: item.font }]),
  );
}
