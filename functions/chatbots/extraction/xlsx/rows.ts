/** A row's cells that say something, from left to right; rows and columns count from 1. */
export type Row = { number: number; columns: number[]; texts: string[] };

/** None of these stands in a cell's text. */
const rowEnd = "\x1d";
const cellEnd = "\x1f";
const rowJump = "\x1c";
const cellJump = "\x1e";

const batchChars = 65_536;

/**
 * The rows of a sheet, kept until its merged cells are known, which stand at a sheet's end. A row takes little more than
 * the letters of its texts; empty rows and columns take nothing.
 */
export class PackedRows {
  /** How many rows stand together, without an empty row between them, from the top. */
  readonly regionSizes: number[] = [];
  readonly #batches: (string | undefined)[] = [];
  #open: string[] = [];
  #openChars = 0;
  #last = Number.NaN;

  /** Rows come from the top, each with a cell at least. */
  add({ number, columns, texts }: Row) {
    const parts: string[] = [];
    let column = 0;
    for (const [i, text] of texts.entries()) {
      parts.push(columns[i] === column + 1 ? text : `${cellJump}${columns[i]}${cellJump}${text}`);
      column = columns[i]!;
    }
    const isNext = number === this.#last + 1;
    const line = (isNext ? "" : `${rowJump}${number}${rowJump}`) + parts.join(cellEnd);
    if (isNext) this.regionSizes[this.regionSizes.length - 1]! += 1;
    else this.regionSizes.push(1);
    this.#last = number;
    this.#open.push(line);
    this.#openChars += line.length;
    if (this.#openChars > batchChars) this.#close();
  }

  /** The rows from the top, to be asked for after the last one was added; with `takesAway`, for the last time. */
  *read(takesAway: boolean): Generator<Row, undefined> {
    this.#close();
    let number = 0;
    for (let i = 0; i < this.#batches.length; i++) {
      const batch = this.#batches[i]!;
      if (takesAway) this.#batches[i] = undefined;
      for (const line of batch.split(rowEnd)) {
        const row = unpacked(line, number + 1);
        number = row.number;
        yield row;
      }
    }
  }

  #close() {
    if (this.#open.length === 0) return;
    this.#batches.push(this.#open.join(rowEnd));
    this.#open = [];
    this.#openChars = 0;
  }
}

function unpacked(line: string, next: number): Row {
  const [number, cells] = jumped(line, rowJump, next);
  const columns: number[] = [];
  const texts: string[] = [];
  let column = 0;
  for (const cell of cells.split(cellEnd)) {
    const [at, text] = jumped(cell, cellJump, column + 1);
    columns.push(at);
    texts.push(text);
    column = at;
  }
  return { number, columns, texts };
}

function jumped(text: string, mark: string, next: number): [number, string] {
  if (text[0] !== mark) return [next, text];
  const end = text.indexOf(mark, 1);
  return [Number(text.slice(1, end)), text.slice(end + 1)];
}
