import { type Attributes, attribute, isOn, wholeNumber } from "./attribute.ts";

const openMax = 1_000;
const entriesMax = 100;

/** Fields have an instruction ("PAGE", "TOC \o") and then a result; only the result is text. They may be nested. */
export class Fields {
  /** Of each open field: whether it is still in its instruction. */
  readonly #open: boolean[] = [];
  #instructions = 0;
  #entries: string[] = [];
  #chosen: number | null = null;
  #isChecked = false;

  get isInInstruction(): boolean {
    return this.#instructions > 0;
  }

  mark(type: string | undefined) {
    if (type === "begin" && this.#open.length < openMax) {
      this.#open.push(true);
      this.#instructions += 1;
    } else if (type === "separate") this.#endInstruction(this.#open.length - 1);
    else if (type === "end") {
      this.#endInstruction(this.#open.length - 1);
      this.#open.pop();
    }
  }

  /** An instruction that is not ended in its paragraph is a damaged one, and must not swallow the rest of the text. */
  endParagraph() {
    for (let i = this.#open.length - 1; this.#instructions > 0 && i >= 0; i--) this.#endInstruction(i);
  }

  /** A box to tick or a list to choose from, which have no result: to be told of what stands in their elements. */
  openChoice(name: string, attributes: Attributes) {
    const value = attribute(attributes, "val");
    if (name === "checkBox" || name === "ddList") {
      this.#isChecked = false;
      this.#entries = [];
      this.#chosen = null;
    } else if (name === "checked") this.#isChecked = isOn(attributes);
    else if (name === "default" || name === "result") {
      this.#isChecked = isOn(attributes);
      this.#chosen ??= wholeNumber(value, 0, entriesMax);
    } else if (name === "listEntry" && value && this.#entries.length < entriesMax) this.#entries.push(value);
  }

  /** What a box or a list shows, at the end of its element. */
  choice(name: "checkBox" | "ddList"): string {
    if (name === "ddList") return this.#entries[this.#chosen ?? 0] ?? "";
    return this.#isChecked ? "☒" : "☐";
  }

  #endInstruction(index: number) {
    if (!this.#open[index]) return;
    this.#open[index] = false;
    this.#instructions -= 1;
  }
}
