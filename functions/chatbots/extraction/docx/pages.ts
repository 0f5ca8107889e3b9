import { docxPageCharsMax } from "../limits.ts";

/**
 * Tells pages by the breaks in the text: those that Word noted when it last laid the document out, and those set by hand,
 * which Word notes a second time. The cells of a row stand side by side, so each begins on its row's page.
 */
export class Pages {
  number = 1;
  #last = 1;
  #noted = 0;
  #breaks = 0;
  #sections = 1;
  #pageChars = 0;
  #longestPageChars = 0;
  #chars = 0;
  #isAfterManualBreak = false;
  readonly #rows: { start: number; last: number; hasText: boolean }[] = [];

  text(chars: number) {
    this.#chars += chars;
    this.#pageChars += chars;
    this.#longestPageChars = Math.max(this.#longestPageChars, this.#pageChars);
    this.#isAfterManualBreak = false;
    const row = this.#rows.at(-1);
    if (row) row.hasText = true;
  }

  notedBreak() {
    this.#noted += 1;
    if (!this.#isAfterManualBreak) this.#turn();
    this.#isAfterManualBreak = false;
  }

  manualBreak() {
    this.#turn();
    this.#isAfterManualBreak = true;
  }

  /** A paragraph that begins a page, if it does not stand at its top anyway. */
  breakBefore() {
    if (this.#pageChars > 0) this.manualBreak();
  }

  section() {
    this.#sections += 1;
  }

  openRow() {
    this.#rows.push({ start: this.number, last: this.number, hasText: false });
  }

  openCell() {
    const row = this.#rows.at(-1);
    if (!row) return;
    row.last = Math.max(row.last, this.number);
    this.number = row.start;
  }

  closeRow() {
    const row = this.#rows.pop();
    if (!row) return;
    this.number = Math.max(row.last, this.number);
    const around = this.#rows.at(-1);
    if (around) around.hasText ||= row.hasText;
  }

  /**
   * The number of pages (null when nothing tells it) and whether the numbers given to blocks hold: not when a page is too
   * long to be one, or when the file counts clearly more of them. `told` is the file's own count, which may be out of date.
   */
  settle(told: number | null): { count: number | null; areKnown: boolean } {
    const isPlausible = told !== null && told >= this.#last && this.#chars <= told * docxPageCharsMax;
    const isComplete = isPlausible
      ? this.#last >= told - Math.floor(told / 10) - (this.#noted > 0 ? 1 : 0)
      : this.#noted > 0 || (this.#breaks > 0 && this.#sections === 1);
    const areKnown = isComplete && this.#longestPageChars <= docxPageCharsMax;
    return { count: isPlausible ? told : areKnown ? this.#last : null, areKnown };
  }

  #turn() {
    this.number += 1;
    this.#last = Math.max(this.#last, this.number);
    this.#breaks += 1;
    this.#pageChars = 0;
    const row = this.#rows.at(-1);
    if (row && !row.hasText) row.start = this.number;
  }
}
