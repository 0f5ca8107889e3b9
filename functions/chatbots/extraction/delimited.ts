import type { Block } from "./extracted.ts";
import { recordBlockChars, recordCharsMax, recordSampleChars } from "./limits.ts";
import { tableRow } from "./lines.ts";
import { headingOf, headingRank, isQuestionAndAnswer, RecordWriter } from "./records.ts";

const delimiters = ["\t", ";", "|", ","];
const titleRowsMax = 3;
/** Rows, on average, or a header above this are no rows of a table any more: each row is a section. */
const rowCharsMax = 400;
const sampleRowsMin = 8;
const headerFieldCharsMax = 100;
const headerGrowthMax = 4;
const sectionsMax = 200_000;

type Shape = {
  delimiter: string;
  width: number;
  /** Rows above the header that hold one field: what the file is about. */
  titles: string[];
  header: string[] | null;
  hasSections: boolean;
  isRagged: boolean;
};

/**
 * Delimited text (comma, semicolon, tab or bar; RFC 4180 quotes, also around line ends; Excel's `sep=;`) as blocks, or
 * null when it is not such. It is when nearly all rows have equally many fields; needs two rows with tabs or well-formed
 * quotes, else three. Mostly it is a table; questions with answers, rows of long text and rows too wide for their header
 * to stand above them are a section each, of `header: value` lines. Of a whole file, title lines above the header are its
 * title. Linear, and no rows are held, as a file of 25 MB has millions. Throws ExtractionError (`too_large`).
 */
export function delimitedBlocks(text: string, isFile: boolean): Block[] | null {
  const named = isFile ? text.match(/^"?sep=(.)"?[ \t]*\n/i) : null;
  const body = named ? text.slice(named[0].length) : text;
  for (const delimiter of named ? [named[1]!] : delimiters) {
    if (!body.slice(0, recordSampleChars).includes(delimiter)) continue;
    const shape = shapeOf(body, delimiter, { isFile, isNamed: named !== null });
    const blocks = shape && (sectionBlocks(body, shape) ?? tableBlocks(body, shape));
    if (blocks) return blocks;
  }
  return null;
}

type Source = { isFile: boolean; isNamed: boolean };

function shapeOf(text: string, delimiter: string, { isFile, isNamed }: Source): Shape | null {
  const quotes = { closed: 0, broken: 0 };
  const rows = sampleOf(text, delimiter, quotes);
  const titles = isFile ? titlesOf(rows) : [];
  const body = rows.slice(titles.length);
  const isQuoted = quotes.closed > 0 && quotes.broken === 0;
  if (body.length < (isNamed || delimiter === "\t" || isQuoted ? 2 : 3)) return null;
  const isRagged = usualWidth(body) === 0;
  const width = isRagged ? raggedWidth(body) : usualWidth(body);
  if (width < 2) return null;
  if (body.filter((row) => row.filter(isFilled).length > 1).length < body.length / 2) return null;
  const header = isHeader(body[0]!, width) ? body[0]! : null;
  if (delimiter === "," && !isNamed && looksLikeProse(body.slice(0, 500), isQuoted || isTidy(body, width))) return null;
  return { delimiter, width, titles, header, isRagged, hasSections: hasSections(body, header, text.length) };
}

function sampleOf(text: string, delimiter: string, quotes: { closed: number; broken: number }): string[][] {
  const rows: string[][] = [];
  let chars = 0;
  for (const row of rowsOf(text, delimiter, quotes)) {
    rows.push(row);
    chars += charsOf(row);
    if (chars > recordSampleChars && rows.length >= sampleRowsMin) break;
  }
  return rows;
}

const isFilled = (field: string) => field.trim() !== "";
const charsOf = (row: string[]) => row.reduce((sum, field) => sum + field.length + 1, 0);

function titlesOf(rows: string[][]): string[] {
  const first = rows.findIndex((row) => row.filter(isFilled).length > 1);
  if (first < 1 || first > titleRowsMax) return [];
  return rows.slice(0, first).map((row) => row.find(isFilled)?.trim() ?? "");
}

function usualWidth(rows: string[][]): number {
  const times = new Map<number, number>();
  for (const row of rows) times.set(row.length, (times.get(row.length) ?? 0) + 1);
  const [usual] = [...times].sort((a, b) => b[1] - a[1]);
  return usual && isUsual(usual[1], rows.length) ? usual[0] : 0;
}

const isUsual = (times: number, rows: number) => times >= rows * 0.95;

/**
 * Programs leave out empty fields at a row's end: rows under a header that are no wider than it, most of them as wide, or
 * all of them rows of it if its names are words.
 */
function raggedWidth(rows: string[][]): number {
  const width = rows[0]!.length;
  if (!isHeader(rows[0]!, width)) return 0;
  const fitting = rows.filter((row) => row.length <= width).length;
  const full = rows.filter((row) => row.length === width).length;
  const rowsOfIt = rows.filter((row) => row.length <= width && row.filter(isFilled).length > 1).length;
  const isPlain = width > 2 && hasWords(rows[0]!) && isUsual(rowsOfIt, rows.length);
  return isUsual(fitting, rows.length) && (full >= rows.length * 0.6 || isPlain) ? width : 0;
}

const hasWords = (header: string[]) => header.every((field) => /^[\p{L}_#][^.!?]{0,39}$/u.test(field));

/** A first row that names columns: short names, none twice. */
function isHeader(row: string[], width: number): boolean {
  const names = row.map((field) => field.trim()).filter((field) => field !== "");
  if (row.length !== width || names.length < width * 0.8) return false;
  if (new Set(names).size < names.length) return false;
  return names.every((field) => field.length <= headerFieldCharsMax && /\p{L}/u.test(field));
}

/** Long fields without quotes are those of a file only when each row is like the header, whose names are words. */
function isTidy(rows: string[][], width: number): boolean {
  if (!isHeader(rows[0]!, width) || rows.some((row) => row.length !== width)) return false;
  return hasWords(rows[0]!);
}

/** Prose has a blank after its commas, decimal commas part long texts; the fields of a file have or do neither. */
function looksLikeProse(rows: string[][], mayBeLong: boolean): boolean {
  const later = rows.flatMap((row) => row.slice(1));
  const spaced = later.filter((field) => field.startsWith(" ")).length;
  if (spaced > later.length * 0.3) return true;
  const chars = rows.reduce((sum, row) => sum + row.join("").length, 0);
  return !mayBeLong && chars > 40 * (later.length + rows.length);
}

/** Not when the header, told with each row, would make far more text than the file has: such rows stay a table. */
function hasSections(rows: string[][], header: string[] | null, textChars: number): boolean {
  const below = header ? rows.slice(1) : rows;
  const rowChars = below.reduce((sum, row) => sum + charsOf(row), 0) / below.length;
  const headerChars = charsOf(header ?? []);
  const chars = (textChars / rowChars) * (rowChars + headerChars + 3 * recordBlockChars);
  if (chars > recordCharsMax) return false;
  if (header && isQuestionAndAnswer(header)) return true;
  return rowChars > rowCharsMax || (headerChars > rowCharsMax && headerChars < rowChars * headerGrowthMax);
}

/** Null when rows deeper in the file are not as its beginning says. */
function tableBlocks(text: string, shape: Shape): Block[] | null {
  const batches: string[] = [];
  let batch: string[] = [];
  const isAsTold = eachRow(text, shape, (row) => {
    batch.push(tableRow(row));
    if (batch.length < 1_000) return;
    batches.push(batch.join("\n"));
    batch = [];
  });
  if (!isAsTold) return null;
  if (batch.length > 0) batches.push(batch.join("\n"));
  return [...titleBlocks(shape), { kind: "table", text: batches.join("\n") }];
}

/** Null also when the rows are too many to be sections. */
function sectionBlocks(text: string, shape: Shape): Block[] | null {
  if (!shape.hasSections) return null;
  const writer = new RecordWriter();
  const { header, titles } = shape;
  const naming = (header ?? [])
    .map((key, column) => ({ column, rank: headingRank(key) ?? 0 }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => a.rank - b.rank);
  const level = titles.length > 0 ? 2 : 1;
  let number = titles.length;
  const isAsTold = eachRow(text, shape, (row) => {
    number += 1;
    if (header && number === titles.length + 1) return;
    if (number > sectionsMax) return;
    const named = naming.find(({ column }) => headingOf(row[column] ?? "") !== null);
    writer.heading(named ? headingOf(row[named.column]!)! : `Row ${number}`, level);
    for (const [i, value] of row.entries()) {
      if (i !== named?.column || named.rank === 4) writer.field(header?.[i] ?? `Column ${i + 1}`, value);
    }
    writer.flush();
  });
  return isAsTold && number <= sectionsMax ? [...titleBlocks(shape), ...writer.blocks] : null;
}

function titleBlocks({ titles }: Shape): Block[] {
  const [first, ...rest] = titles.filter(isFilled);
  if (!first) return [];
  return [{ kind: "heading", level: 1, text: first }, ...rest.map((text) => ({ kind: "paragraph" as const, text }))];
}

/** Hands on the rows below the title lines; tells whether nearly all were as wide as they should be. */
function eachRow(text: string, { delimiter, width, titles, isRagged }: Shape, take: (row: string[]) => void): boolean {
  let seen = 0;
  let usual = 0;
  for (const row of rowsOf(text, delimiter)) {
    seen += 1;
    if (seen <= titles.length) continue;
    if (isRagged ? row.length <= width : row.length === width) usual += 1;
    take(row);
  }
  return isUsual(usual, seen - titles.length);
}

/** The fields of each line that is not blank, unquoted; counts quoted fields that end as they should and that do not. */
function* rowsOf(text: string, delimiter: string, quotes = { closed: 0, broken: 0 }): Generator<string[]> {
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end);
    if (line.includes('"')) {
      const quoted = quotedRow(text, start, delimiter, quotes);
      yield quoted.row;
      end = quoted.end;
    } else if (line.trim() !== "") yield line.split(delimiter);
    start = end + 1;
  }
}

function quotedRow(text: string, start: number, delimiter: string, quotes: { closed: number; broken: number }) {
  const row: string[] = [];
  for (let at = start; ; ) {
    const quoted = text[at] === '"' ? quotedField(text, at) : { field: "", end: at };
    let stop = quoted.end;
    while (stop < text.length && text[stop] !== delimiter && text[stop] !== "\n") stop += 1;
    if (text[at] === '"') quotes[stop === quoted.end && stop > at ? "closed" : "broken"] += 1;
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
