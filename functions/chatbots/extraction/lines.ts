/** Scripts written without spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese; not Korean. */
const unspaced =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff65]/;

/** Whether a line end between two lines stands for nothing: true in scripts without spaces. */
const joinsWithoutSpace = (before: string, after: string) =>
  unspaced.test(before.slice(-1)) && unspaced.test(after.slice(0, 1));

/** What stands between a wrapped line and the next one once they are one: nothing in scripts without spaces, else a space. */
export function seam(before: string, after: string): "" | " " {
  if (before.endsWith("-") && !before.endsWith("--") && /^\p{L}/u.test(after)) return "";
  return joinsWithoutSpace(before, after) ? "" : " ";
}

/** Lines as one, each wrapped line end replaced by its seam. Lines are taken without the blanks around them. */
export function joinWrapped(lines: string[]): string {
  const parts: string[] = [];
  let last = "";
  for (const line of lines.map((l) => l.trim())) {
    if (last !== "" && line !== "") parts.push(seam(last, line));
    parts.push(line);
    last = line || last;
  }
  return parts.join("");
}

/** A row of a table's text: `| a | b |`. Line ends and bars inside cells are eased, so that a row is one line. */
export function tableRow(cells: string[]): string {
  return `| ${cells.map((cell) => (/[\s|]/.test(cell) ? eased(cell) : cell)).join(" | ")} |`;
}

const eased = (cell: string) => cell.replace(/\s+/g, " ").trim().replaceAll("|", "¦");

/** A table's text: one row a line, the first row being its header. */
export function tableText(rows: string[][]): string {
  return rows.map(tableRow).join("\n");
}

/** Columns a line takes in a fixed-width font: characters of East Asia take two. */
export function widthInColumns(line: string): number {
  let width = line.length;
  for (let i = 0; i < line.length; i++) if (line.charCodeAt(i) >= 0x1100 && unspaced.test(line[i]!)) width += 1;
  return width;
}
