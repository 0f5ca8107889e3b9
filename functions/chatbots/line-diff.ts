export type DiffLine = { op: "equal" | "delete" | "insert"; text: string };

/** Beyond so many cells the middle is told as replaced whole: 8 MB, and a fraction of a second. */
const CELLS_MAX = 4_000_000;

/** What becomes of the lines of a text: what both have in common, in its order, with as few lines as possible deleted and inserted. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [old, now] = [before.split("\n"), after.split("\n")];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  return [
    ...told("equal", old.slice(0, head)),
    ...diffMiddle(old.slice(head, old.length - tail), now.slice(head, now.length - tail)),
    ...told("equal", old.slice(old.length - tail)),
  ];
}

const told = (op: DiffLine["op"], lines: readonly string[]): DiffLine[] => lines.map((text) => ({ op, text }));

/** By the longest common subsequence. */
function diffMiddle(old: readonly string[], now: readonly string[]): DiffLine[] {
  const width = now.length + 1;
  if ((old.length + 1) * width > CELLS_MAX) return [...told("delete", old), ...told("insert", now)];
  const common = commonAfter(old, now);
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    if (old[i] === now[j]) {
      lines.push({ op: "equal", text: old[i++]! });
      j++;
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
      lines.push({ op: "delete", text: old[i++]! });
    else lines.push({ op: "insert", text: now[j++]! });
  }
  return [...lines, ...told("delete", old.slice(i)), ...told("insert", now.slice(j))];
}

/** For each pair of places, how many lines what is after them has in common. */
function commonAfter(old: readonly string[], now: readonly string[]): Uint16Array {
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] =
        old[i] === now[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
  return common;
}
