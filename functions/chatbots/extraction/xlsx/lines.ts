import type { Block } from "../extracted.ts";

const paragraphChars = 2_000;
const shortLineChars = 120;

/** Lines that stand under one another as paragraphs: short ones together, long ones each by itself. */
export class Lines {
  readonly #blocks: Block[] = [];
  #open: string[] = [];
  #openChars = 0;

  add(line: string) {
    const isLong = line.length > shortLineChars;
    if (isLong || this.#openChars + line.length > paragraphChars) this.#close();
    this.#open.push(line);
    this.#openChars += line.length;
    if (isLong) this.#close();
  }

  /** The paragraphs since the last time. */
  take(): Block[] {
    this.#close();
    return this.#blocks.splice(0);
  }

  #close() {
    if (this.#open.length > 0) this.#blocks.push({ kind: "paragraph", text: this.#open.join("\n") });
    this.#open = [];
    this.#openChars = 0;
  }
}
