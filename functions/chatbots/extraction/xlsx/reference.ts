/** The place that a reference such as AB12 or $AB$12 names, from 1; null for what is none. */
export function cellAt(reference: string): { column: number; row: number } | null {
  let at = reference[0] === "$" ? 1 : 0;
  const start = at;
  let column = 0;
  for (; at < reference.length && at - start < 4; at++) {
    const letter = reference.charCodeAt(at) & ~0x20;
    if (letter < 65 || letter > 90) break;
    column = column * 26 + letter - 64;
  }
  const row = Number(reference[at] === "$" ? reference.slice(at + 1) : reference.slice(at));
  return column > 0 && Number.isInteger(row) && row > 0 ? { column, row } : null;
}
