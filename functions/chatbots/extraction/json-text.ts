/** JSON told apart in place: values are offsets into the text, so that nothing of it is copied or built. */

/** A value in a JSON text, the end exclusive. */
export type Value = { at: number; end: number };
export type Member = Value & { key: string };

const isBlank = (unit: number) => unit === 32 || unit === 10 || unit === 13 || unit === 9;
const isDigit = (unit: number) => unit >= 48 && unit <= 57;

export function skipBlanks(text: string, at: number): number {
  while (isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

/** Shared by all calls, as an array for each would cost more than to read a small value. */
const usualClosers = new Uint8Array(256);

/**
 * Where the value that begins at `start` ends, or -1 when it is not JSON (RFC 8259). Linear, and without recursion: the
 * containers that are open take one byte each.
 */
export function endOfValue(text: string, start: number): number {
  if (text[start] !== "{" && text[start] !== "[") return endOfScalar(text, start);
  let closers = usualClosers;
  let depth = 0;
  for (let at = start; ; ) {
    const unit = text.charCodeAt(at);
    let isOpened = false;
    if (unit === 123 || unit === 91) {
      if (depth === closers.length) closers = grown(closers);
      closers[depth++] = unit + 2;
      at = skipBlanks(text, at + 1);
      isOpened = text.charCodeAt(at) !== unit + 2;
      if (isOpened && unit === 123) at = valueAfterKey(text, at);
    } else at = endOfScalar(text, at);
    if (at < 0) return -1;
    if (isOpened) continue;
    for (at = skipBlanks(text, at); text.charCodeAt(at) === closers[depth - 1]; at = skipBlanks(text, at)) {
      at += 1;
      if (--depth === 0) return at;
    }
    if (text.charCodeAt(at) !== 44) return -1;
    at = skipBlanks(text, at + 1);
    if (closers[depth - 1] === 125) at = valueAfterKey(text, at);
    if (at < 0) return -1;
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

function valueAfterKey(text: string, at: number): number {
  const end = text[at] === '"' ? endOfString(text, at) : -1;
  if (end < 0) return -1;
  const colon = skipBlanks(text, end);
  return text[colon] === ":" ? skipBlanks(text, colon + 1) : -1;
}

function endOfScalar(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  if (unit === 34) return endOfString(text, at);
  if (unit === 45 || isDigit(unit)) return endOfNumber(text, at);
  const literal = ["true", "false", "null"].find((word) => text.startsWith(word, at));
  return literal ? at + literal.length : -1;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 34) return at + 1;
    if (unit < 32) return -1;
    if (unit !== 92) continue;
    at += 1;
    if (text[at] === "u" ? !/^[\da-f]{4}$/i.test(text.slice(at + 1, at + 5)) : !'"\\/bfnrt'.includes(text[at] ?? "x"))
      return -1;
  }
  return -1;
}

/** By hand, as a pattern remembers each of a million digits. */
function endOfNumber(text: string, start: number): number {
  const digits = (at: number) => {
    let end = at;
    while (isDigit(text.charCodeAt(end))) end += 1;
    return end > at ? end : -1;
  };
  const first = text[start] === "-" ? start + 1 : start;
  let at = text[first] === "0" ? first + 1 : digits(first);
  if (at >= 0 && text[at] === ".") at = digits(at + 1);
  if (at >= 0 && (text[at] === "e" || text[at] === "E"))
    at = digits(text[at + 1] === "+" || text[at + 1] === "-" ? at + 2 : at + 1);
  return at;
}

/** The members of an object that is known to be JSON, each as often as it is written. */
export function* membersOf(text: string, start: number): Generator<Member> {
  for (let at = skipBlanks(text, start + 1); text[at] !== "}"; ) {
    const keyEnd = endOfString(text, at);
    const key = scalarText(text, { at, end: keyEnd });
    const value = skipBlanks(text, skipBlanks(text, keyEnd) + 1);
    const end = endOfValue(text, value);
    yield { key, at: value, end };
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
}

/** The elements of an array that is known to be JSON. */
export function* elementsOf(text: string, start: number): Generator<Value> {
  for (let at = skipBlanks(text, start + 1); text[at] !== "]"; ) {
    const end = endOfValue(text, at);
    yield { at, end };
    at = skipBlanks(text, end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
}

/** What a string, number or truth value says, a number digit by digit as it is written; null says nothing. */
export function scalarText(text: string, { at, end }: Value): string {
  if (text[at] !== '"') return text[at] === "n" ? "" : text.slice(at, end);
  const inside = text.slice(at + 1, end - 1);
  if (!inside.includes("\\")) return inside;
  const unescaped = (JSON.parse(text.slice(at, end)) as string).toWellFormed().replace(/\r\n?/g, "\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Postgres refuses NUL, readers show the others as boxes
  return unescaped.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, "");
}
