import { endOfValue, skipBlanks, type Value } from "./json-text.ts";

const toldLinesMax = 20;

type Line = Value & { number: number; isJson: boolean };

/** The lines that are not blank; only objects and arrays count as JSON, as any number is JSON too. */
export function* linesOf(text: string): Generator<Line> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    number += 1;
    const whole = text.slice(start, end); // a value may not go on to the next line, or all would be read for each
    const at = start + skipBlanks(whole, 0);
    if (at < end) {
      const line = whole.slice(at - start);
      const size = line[0] === "{" || line[0] === "[" ? endOfValue(line, 0) : -1;
      const isJson = size >= 0 && skipBlanks(line, size) === line.length;
      yield { at, end: isJson ? at + size : end, number, isJson };
    }
    start = end + 1;
  }
}

/** Two lines of JSON at least, and four of five; a text that begins otherwise is not read to its end to know that. */
export function isJsonLines(text: string): boolean {
  let lines = 0;
  let json = 0;
  for (const { isJson } of linesOf(text)) {
    lines += 1;
    if (isJson) json += 1;
    if (lines === 20 && json < 10) return false;
  }
  return json >= 2 && json >= lines * 0.8;
}

/** A warning that names lines by their numbers. */
export function otherLines(numbers: number[]): string {
  if (numbers.length === 1) return `Line ${numbers[0]} is not JSON and was read as plain text.`;
  const told = numbers.slice(0, toldLinesMax);
  const rest = numbers.length - told.length;
  const last = rest > 0 ? `${rest.toLocaleString("en")} others` : told.pop();
  return `Lines ${told.join(", ")} and ${last} are not JSON and were read as plain text.`;
}
