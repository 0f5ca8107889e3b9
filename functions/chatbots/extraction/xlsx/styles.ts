import { officeItemCostChars } from "../limits.ts";
import { builtInFormat, type NumberFormat, numberFormat } from "../number-format.ts";
import type { TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

const general: NumberFormat = { kind: "general" };
const formatIdChars = 10;

/** Reads the part "styles": how the numbers of a cell with a given style are shown. */
export class Styles implements XmlListener {
  readonly #budget: TextBudget;
  readonly #custom = new Map<number, NumberFormat>();
  readonly #formatIds: number[] = [];
  #isInCellFormats = false;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  open(name: string, { numFmtId, formatCode }: Readonly<Record<string, string>>) {
    if (name === "cellXfs") this.#isInCellFormats = true;
    else if (name === "xf" && this.#isInCellFormats) {
      this.#budget.spend(formatIdChars);
      this.#formatIds.push(Number(numFmtId) || 0);
    } else if (name === "numFmt" && numFmtId && formatCode !== undefined && !this.#isInCellFormats) {
      this.#budget.spend(formatCode.length + officeItemCostChars);
      this.#custom.set(Number(numFmtId), numberFormat(formatCode));
    }
  }

  close(name: string) {
    if (name === "cellXfs") this.#isInCellFormats = false;
  }

  text() {}

  format(style: string | undefined): NumberFormat {
    const id = style === undefined ? undefined : this.#formatIds[Number(style)];
    if (id === undefined) return general;
    return this.#custom.get(id) ?? builtInFormat(id);
  }
}
