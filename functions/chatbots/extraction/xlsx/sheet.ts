import { ExtractionError } from "../extracted.ts";
import { sheetCellCharsMax, sheetColumnsMax, sheetRowsMax } from "../limits.ts";
import { numberText } from "../number-format.ts";
import { officeText, type TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";
import { Merges } from "./merges.ts";
import { cellAt } from "./reference.ts";
import { PackedRows } from "./rows.ts";
import type { SharedStrings } from "./shared-strings.ts";
import type { Styles } from "./styles.ts";

/** What the sheets of a workbook share. Text is counted when it is read (`input`) and again as it is written into blocks. */
export type Workbook = {
  strings: SharedStrings;
  styles: Styles;
  is1904: boolean;
  input: TextBudget;
  output: TextBudget;
};

/** What a cell takes in a table beyond its text: `| a `. */
const cellMarkChars = 3;

/** Reads a worksheet; of a cell, its text is kept as a person would see it. */
export class SheetReader implements XmlListener {
  readonly rows = new PackedRows();
  readonly merges = new Merges();
  /** Formulas whose result was never stored, as programs other than Excel leave them. */
  unknownResults = 0;
  readonly #workbook: Workbook;
  readonly #name: string;
  #row = 0;
  #columns: number[] = [];
  #texts: string[] = [];
  #column = 0;
  #type = "";
  #style: string | undefined;
  #value = "";
  #isInCell = false;
  #hasFormula = false;
  #isInValue = false;
  #isInReading = false;

  constructor(workbook: Workbook, name: string) {
    this.#workbook = workbook;
    this.#name = name;
  }

  open(name: string, attributes: Readonly<Record<string, string>>) {
    switch (name) {
      case "c":
        this.#openCell(attributes);
        break;
      case "v":
        this.#isInValue = this.#isInCell;
        break;
      case "t":
        this.#isInValue = this.#isInCell && !this.#isInReading;
        break;
      case "f":
        this.#hasFormula = true;
        break;
      case "rPh":
        this.#isInReading = true;
        break;
      case "row":
        this.#openRow(attributes.r);
        break;
      case "mergeCell":
        this.merges.add(attributes.ref);
    }
  }

  close(name: string) {
    switch (name) {
      case "c":
        this.#closeCell();
        break;
      case "v":
      case "t":
        this.#isInValue = false;
        break;
      case "rPh":
        this.#isInReading = false;
        break;
      case "row":
        this.#closeRow();
    }
  }

  text(text: string) {
    if (!this.#isInValue) return;
    this.#value += text;
    if (this.#value.length > sheetCellCharsMax)
      throw new ExtractionError(
        "too_large",
        `Sheet "${this.#name}" has a cell of more than a million characters. Shorten it and upload the file again.`,
      );
  }

  #openRow(number: string | undefined) {
    this.#row = Math.max(this.#row + 1, Math.floor(Number(number)) || 0);
    this.#column = 0;
    if (this.#row > sheetRowsMax)
      throw new ExtractionError(
        "damaged",
        `Sheet "${this.#name}" has a row beyond ${sheetRowsMax.toLocaleString("en")}, the last one of Excel. Save it with Excel and upload the new file.`,
      );
  }

  #openCell({ r, t, s }: Readonly<Record<string, string>>) {
    const column = (r === undefined ? undefined : cellAt(r)?.column) ?? 0;
    this.#column = Math.max(this.#column + 1, column);
    if (this.#column > sheetColumnsMax)
      throw new ExtractionError(
        "damaged",
        `Sheet "${this.#name}" has a cell beyond column XFD, the last one of Excel. Save it with Excel and upload the new file.`,
      );
    this.#type = t ?? "n";
    this.#style = s;
    this.#value = "";
    this.#isInCell = true;
    this.#hasFormula = false;
  }

  #closeCell() {
    this.#isInCell = false;
    const text = this.#cellText();
    if (text === "") return;
    this.#workbook.input.spend(text.length + cellMarkChars);
    this.#columns.push(this.#column);
    this.#texts.push(text);
  }

  #cellText(): string {
    const value = this.#value;
    if (value === "") {
      if (this.#hasFormula && this.#type === "n") this.unknownResults += 1;
      return "";
    }
    const { strings, styles, is1904 } = this.#workbook;
    if (this.#type === "n") return officeText(numberText(value, styles.format(this.#style), is1904));
    if (this.#type === "s") return strings.get(Number(value)).trim();
    if (this.#type === "b") return value.trim() === "0" ? "FALSE" : "TRUE";
    const text = officeText(value).trim();
    return this.#type === "d" ? text.replace(/T00:00(?::00(?:\.0+)?)?Z?$/, "").replace("T", " ") : text;
  }

  #closeRow() {
    if (this.#texts.length === 0) return;
    this.rows.add({ number: this.#row, columns: this.#columns, texts: this.#texts });
    this.#columns = [];
    this.#texts = [];
  }
}
