import { toRoman } from "./number-format.ts";

/** The footnotes and endnotes of a document, each told once, where it is first referred to. */
export class Notes {
  readonly #texts = new Map<string, string>();
  #footnotes = 0;
  #endnotes = 0;

  add(kind: "footnote" | "endnote", id: string, text: string) {
    if (text !== "") this.#texts.set(kind + id, text);
  }

  /** A note and the mark that stands for it, such as "[1]", or "[i]" for an endnote; null when it was told or is missing. */
  take(kind: "footnote" | "endnote", id: string): { mark: string; text: string } | null {
    const text = this.#texts.get(kind + id);
    if (text === undefined) return null;
    this.#texts.delete(kind + id);
    if (kind === "footnote") this.#footnotes += 1;
    else this.#endnotes += 1;
    return { mark: kind === "footnote" ? `[${this.#footnotes}]` : `[${toRoman(this.#endnotes % 4_000)}]`, text };
  }
}
