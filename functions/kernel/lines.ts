import { pulledStream } from "./pulled.ts";

const encoder = new TextEncoder();

export const LINES_HEADERS = { "content-type": "application/jsonl", "cache-control": "no-store" };

const written = (line: unknown) => encoder.encode(`${JSON.stringify(line)}\n`);

/** One JSON value a line, pulled no faster than they are read. */
export const lineStream = (
  lines: AsyncIterator<unknown>,
  first: IteratorResult<unknown>,
  lineOf: (error: unknown) => unknown,
) => pulledStream(lines, first, written, (error) => written(lineOf(error)));
