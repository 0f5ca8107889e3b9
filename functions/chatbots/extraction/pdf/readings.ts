import type { Item } from "./items.ts";

type Reading = { from: number; to: number; text: string };

/** What is set above a character to tell how it is read: its size and its rise in sizes of the character. */
const ruby = { sizeMax: 0.65, riseMin: 0.7, riseMax: 1.45 };
const wordCharsMax = 12;
const readable = /^[\p{L}\p{M}ー・˙ˊˇˋ ]+$/u;
const han = /\p{Script=Han}/u;

/**
 * Readings above characters (furigana, zhuyin, pinyin) are set behind these in parentheses, those of one word together:
 * 東京（とうきょう）. The rows, from top to bottom, are of body size; returned is what of `small` is no reading.
 */
export function withReadings(rows: Item[][], small: Item[]): Item[] {
  const bases = new Map<Item[], Base>();
  const others = small.filter((item) => {
    if (!readable.test(item.text) || han.test(item.text)) return true;
    for (const row of rowsBetween(rows, item.y + item.size, item.y + 3 * item.size)) {
      const { size, y } = row[0]!;
      const rise = (y - item.y) / size;
      if (item.size > ruby.sizeMax * size || rise < ruby.riseMin || rise > ruby.riseMax) continue;
      if (!bases.has(row)) bases.set(row, new Base(row));
      if (bases.get(row)!.read(item)) return false;
    }
    return true;
  });
  for (const base of bases.values()) base.write();
  return others;
}

/** Of rows sorted by their baselines those with one between the two. */
export function rowsBetween(rows: Item[][], from: number, to: number): Item[][] {
  return rows.slice(
    countWhile(rows, (row) => row[0]!.y < from),
    countWhile(rows, (row) => row[0]!.y <= to),
  );
}

/** How many of the first ones it holds for, being true up to some place and false after it. */
export function countWhile<T>(sorted: T[], holds: (one: T) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Letters of East Asia are about twice as wide as others. */
const columnsOf = (char: string) => (char >= "\u1100" ? 2 : 1);

/** A row whose characters have readings. */
class Base {
  readonly #chars: { char: string; centre: number; item: Item }[] = [];
  readonly #readings: Reading[] = [];

  constructor(row: Item[]) {
    for (const item of [...row].sort((a, b) => a.x0 - b.x0)) {
      const chars = [...item.text];
      const unit = (item.x1 - item.x0) / chars.reduce((sum, char) => sum + columnsOf(char), 0);
      let x = item.x0;
      for (const char of chars) {
        const width = columnsOf(char) * unit;
        this.#chars.push({ char, centre: x + width / 2, item });
        x += width;
      }
    }
  }

  /** Takes a reading for the character under its middle and those beside that it covers; false if none there needs one. */
  read({ x0, x1, text }: Item): boolean {
    const after = countWhile(this.#chars, ({ centre }) => centre <= (x0 + x1) / 2);
    const isCovered = (i: number) => {
      const under = this.#chars[i];
      if (!under || !han.test(under.char)) return false;
      const room = 0.3 * under.item.size;
      return under.centre >= x0 - room && under.centre <= x1 + room;
    };
    const middle = [after, after - 1].find(isCovered);
    if (middle === undefined) return false;
    let [from, to] = [middle, middle + 1];
    while (to - from < wordCharsMax && isCovered(from - 1)) from -= 1;
    while (to - from < wordCharsMax && isCovered(to)) to += 1;
    this.#readings.push({ from, to, text: text.replaceAll(" ", "") });
    return true;
  }

  /** Into the texts of the row's items. */
  write() {
    const behind = new Map<number, string>();
    let last: Reading | undefined;
    for (const { from, to, text } of this.#readings.sort((a, b) => a.from - b.from || a.to - b.to)) {
      if (last && from <= last.to) {
        behind.delete(last.to - 1);
        last = { from: last.from, to: Math.max(to, last.to), text: last.text + text };
      } else last = { from, to, text };
      behind.set(last.to - 1, last.text);
    }
    for (const { item } of this.#chars) item.text = "";
    this.#chars.forEach(({ char, item }, i) => {
      item.text += behind.has(i) ? `${char}（${behind.get(i)}）` : char;
    });
  }
}
