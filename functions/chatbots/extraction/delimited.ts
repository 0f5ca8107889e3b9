import { tableRow } from "./lines.ts";

const delimiters = ["\t", ";", "|", ","] as const;
const sampleChars = 65_536;

/**
 * Delimited text (comma, semicolon, tab or bar; RFC 4180 quotes, also around line ends) as a table's text, or null when
 * it is not such. It is when nearly all rows have equally many fields; needs two rows with tabs, else three. Linear, and
 * no rows are held, as a file of 25 MB has millions.
 */
export function delimitedTable(text: string): string | null {
  const isAllSample = text.length <= sampleChars;
  const sample = isAllSample ? text : text.slice(0, text.lastIndexOf("\n", sampleChars) + 1);
  for (const delimiter of delimiters) {
    if (!sample.includes(delimiter)) continue;
    const rows = [...rowsOf(sample, delimiter)];
    const width = usualWidth(rows);
    if (rows.length < (delimiter === "\t" ? 2 : 3) || width < 2) continue;
    if (rows.filter((row) => row.filter((field) => field.trim() !== "").length > 1).length < rows.length / 2) continue;
    if (delimiter === "," && looksLikeProse(rows.slice(0, 500))) continue;
    const table = formatted(text, delimiter, width);
    if (table !== null) return table;
  }
  return null;
}

function usualWidth(rows: string[][]): number {
  const times = new Map<number, number>();
  for (const row of rows) times.set(row.length, (times.get(row.length) ?? 0) + 1);
  const [usual] = [...times].sort((a, b) => b[1] - a[1]);
  return usual && isUsual(usual[1], rows.length) ? usual[0] : 0;
}

const isUsual = (times: number, rows: number) => times >= rows * 0.95;

/** Prose has a blank after its commas, decimal commas part long texts; the fields of a file have or do neither. */
function looksLikeProse(rows: string[][]): boolean {
  const later = rows.flatMap((row) => row.slice(1));
  const spaced = later.filter((field) => field.startsWith(" ")).length;
  const chars = rows.reduce((sum, row) => sum + row.join("").length, 0);
  return spaced > later.length * 0.3 || chars > 40 * (later.length + rows.length);
}

function formatted(text: string, delimiter: string, width: number): string | null {
  const batches: string[] = [];
  let batch: string[] = [];
  let rows = 0;
  let usual = 0;
  for (const row of rowsOf(text, delimiter)) {
    rows += 1;
    if (row.length === width) usual += 1;
    batch.push(tableRow(row));
    if (batch.length === 1_000) {
      batches.push(batch.join("\n"));
      batch = [];
    }
  }
  if (batch.length > 0) batches.push(batch.join("\n"));
  return isUsual(usual, rows) ? batches.join("\n") : null;
}

/** The fields of each line that is not blank, unquoted. */
function* rowsOf(text: string, delimiter: string): Generator<string[]> {
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    if (line.includes('"')) {
      const quoted = quotedRow(text, start, delimiter);
      yield quoted.row;
      end = quoted.end;
    } else if (line.trim() !== "") yield line.split(delimiter);
    start = end + 1;
  }
}

function quotedRow(text: string, start: number, delimiter: string): { row: string[]; end: number } {
  const row: string[] = [];
  for (let at = start; ; ) {
    const quoted = text[at] === '"' ? quotedField(text, at) : { field: "", end: at };
    let stop = quoted.end;
    while (stop < text.length && text[stop] !== delimiter && text[stop] !== "\n") stop += 1;
    row.push(quoted.field + text.slice(quoted.end, stop));
    if (text[stop] !== delimiter) return { row, end: stop };
    at = stop + 1;
  }
}

const quotedCharsMax = 100_000;

function quotedField(text: string, start: number): { field: string; end: number } {
  const parts: string[] = [];
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    // An inch sign, not a quote: the field would swallow the rest of the file.
    if (quote < 0 || quote - start > quotedCharsMax) return { field: "", end: start };
    parts.push(text.slice(at, quote));
    if (text[quote + 1] !== '"') return { field: parts.join('"'), end: quote + 1 };
    at = quote + 2;
  }
}
