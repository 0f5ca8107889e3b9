import * as z from "zod";

/** The parameter by which a caller asks for the answer of a `table` as CSV. */
export const format = z.enum(["json", "csv"]).default("json").meta({ description: "`csv`: as a file to download" });

export type Cell = string | number | boolean | null | undefined;

/** A table that is downloaded instead of the JSON answer. */
export class CsvFile {
  readonly filename: string;
  readonly text: string;
  constructor(filename: string, columns: readonly string[], rows: readonly Readonly<Record<string, Cell>>[]) {
    this.filename = filename;
    this.text = [columns, ...rows.map((row) => columns.map((column) => row[column]))]
      .map((cells) => `${cells.map(written).join(",")}\r\n`)
      .join("");
  }
}

/** RFC 4180. Text that a spreadsheet would take for a formula begins with an apostrophe. */
function written(cell: Cell): string {
  if (typeof cell !== "string") return String(cell ?? "");
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
