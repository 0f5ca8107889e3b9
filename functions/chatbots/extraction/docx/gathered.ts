const piecesMax = 1_024;

/**
 * A text that comes in pieces. The pieces are slices of the XML, each of which would keep 64 KB of it in memory; what is
 * taken is a copy without them.
 */
export class Gathered {
  readonly #packed: string[] = [];
  #pieces: string[] = [];

  add(piece: string) {
    if (this.#pieces.push(piece) < piecesMax) return;
    this.#packed.push(this.#pieces.join(""));
    this.#pieces = [];
  }

  take(): string {
    // The line end makes it a copy even when there is one piece only.
    const text = [...this.#packed, ...this.#pieces, "\n"].join("");
    return readable(text.slice(0, -1));
  }
}

/** Without control characters and halves of characters, which XML can smuggle in as numbers and Postgres refuses. */
export function readable(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, "").toWellFormed();
}

/** A text in slices, so that replacing a million things in it does not list them all; no character is cut in two. */
export function* slices(text: string, charsMax: number): Generator<string> {
  for (let start = 0; start < text.length; ) {
    let end = start + charsMax;
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]!)) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
}
