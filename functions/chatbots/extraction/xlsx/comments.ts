import type { Block } from "../extracted.ts";
import { officeItemCostChars } from "../limits.ts";
import { officeText, type TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

/** What Excel writes for readers that know no threads of comments. */
const standIn = "[Threaded comment]";

/** Reads the notes of a sheet's cells, or its threads of comments; each is a paragraph. */
export class CommentsReader implements XmlListener {
  readonly blocks: Block[] = [];
  readonly #budget: TextBudget;
  #reference = "";
  #parts: string[] = [];
  #isInText = false;
  #isInReading = false;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  open(name: string, { ref }: Readonly<Record<string, string>>) {
    if (name === "comment" || name === "threadedComment") {
      this.#reference = ref ?? "";
      this.#parts = [];
    } else if (name === "rPh") this.#isInReading = true;
    else if (name === "t" || (name === "text" && this.#reference)) this.#isInText = !this.#isInReading;
  }

  close(name: string) {
    if (name === "rPh") this.#isInReading = false;
    else if (name === "t" || name === "text") this.#isInText = false;
    if (name !== "comment" && name !== "threadedComment") return;
    const text = officeText(this.#parts.join(""))
      .replace(/\s*\n\s*/g, "\n")
      .trim();
    if (text === "" || text.startsWith(standIn)) return;
    this.#budget.spend(officeItemCostChars);
    this.blocks.push({ kind: "paragraph", text: `Note on ${this.#reference}: ${text}` });
  }

  text(text: string) {
    if (!this.#isInText) return;
    this.#budget.spend(text.length);
    this.#parts.push(text);
  }
}
