import type { Block } from "../extracted.ts";
import type { XmlListener } from "../xml.ts";
import { type Attributes, attribute, isOn, wholeNumber } from "./attribute.ts";
import { Equation } from "./equation.ts";
import { Fields } from "./fields.ts";
import { Flow } from "./flow.ts";
import { slices } from "./gathered.ts";
import { Pages } from "./pages.ts";
import { beginParagraph, endParagraph, type Paragraph, type Surroundings } from "./paragraph.ts";
import { symbol, withoutPrivate } from "./symbols.ts";
import { Table } from "./table.ts";

/** Deleted text, instructions of fields, readings of ruby, settings of content controls, and properties of before a change. */
const unread = new Set(
  `del moveFrom delText instrText delInstrText rt sdtPr sdtEndPr pPrChange rPrChange sectPrChange tblPrChange
  tblPrExChange tcPrChange trPrChange tblGridChange numberingChange`.split(/\s+/),
);
/** Elements that hold properties, whose names are those of text elsewhere: a `tab` in `tabs` is a place, no character. */
const propertyLists = new Set("pPr rPr numPr tabs tblPr trPr tcPr sectPr ffData checkBox ddList".split(" "));
const sliceChars = 65_536;
const leftOutNames = new Map([
  ["pic", "picture"],
  ["imagedata", "picture"],
  ["object", "embedded object"],
  ["altChunk", "embedded document"],
  ["subDoc", "linked document"],
]);

/** Reads the main part of a Word file, or a part with notes, which go to the surroundings' notes. */
export class BodyReader implements XmlListener {
  readonly pages = new Pages();
  isDocument = false;
  title: string | null = null;
  readonly #around: Surroundings;
  readonly #fields = new Fields();
  readonly #path: string[] = [];
  readonly #flows = [new Flow()];
  readonly #paragraphs: Paragraph[] = [];
  readonly #tables: Table[] = [];
  /** For each open AlternateContent, how much had been said before: the first version that says something is read. */
  readonly #alternatives: number[] = [];
  #note: { kind: "footnote" | "endnote"; id: string } | null = null;
  #equation: Equation | null = null;
  #said = 0;
  #unread = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** To be asked once, at the end. */
  blocks(): Block[] {
    return this.#flow.end();
  }

  open(name: string, attributes: Attributes) {
    const parent = this.#path.at(-1) ?? "";
    if (this.#unread > 0 || this.#isUnread(name, parent)) {
      this.#unread += 1;
      return;
    }
    this.#path.push(name);
    if (name === "AlternateContent") this.#alternatives.push(this.#said);
    else if (propertyLists.has(parent)) this.#openProperty(name, parent, attributes);
    else if (!this.#openPlace(name, attributes) && !this.#openCharacter(name, attributes)) {
      this.#openOther(name, attributes);
    }
    this.#equation?.open(name, attributes);
  }

  close(name: string) {
    if (this.#unread > 0) {
      this.#unread -= 1;
      return;
    }
    this.#path.pop();
    this.#equation?.close(name);
    if (name === "AlternateContent") this.#alternatives.pop();
    else if (propertyLists.has(this.#path.at(-1) ?? "")) this.#closeProperty(name);
    else if (name === "p") this.#closeParagraph();
    else if (name === "tc") this.#closeCell();
    else if (name === "tr") this.#closeRow();
    else if (name === "tbl") this.#closeTable();
    else if (name === "oMath") this.#closeEquation();
    else if (name === "txbxContent") this.#closeTextBox();
    else if (name === "footnote" || name === "endnote") this.#closeNote();
  }

  text(text: string) {
    if (this.#unread > 0 || this.#path.at(-1) !== "t") return;
    for (const slice of slices(text, sliceChars)) {
      this.#say(withoutPrivate(this.#paragraph?.run.font, slice.replace(/[\r\n]/g, " ")));
    }
  }

  get #flow(): Flow {
    return this.#flows.at(-1)!;
  }

  get #paragraph(): Paragraph | undefined {
    return this.#paragraphs.at(-1);
  }

  get #isInTextBox(): boolean {
    return this.#path.includes("txbxContent");
  }

  #isUnread(name: string, parent: string): boolean {
    if (name === "Choice" || name === "Fallback") return this.#alternatives.at(-1) !== this.#said;
    if (!unread.has(name)) return false;
    // Among properties they tell that the end of a paragraph or a row was deleted.
    return !((name === "del" || name === "moveFrom") && propertyLists.has(parent));
  }

  #openProperty(name: string, parent: string, attributes: Attributes) {
    const value = attribute(attributes, "val");
    const table = this.#tables.at(-1);
    if (parent === "trPr" && name === "del") table?.deleteRow();
    else if (name === "gridBefore") table?.skipColumns(value);
    else if (name === "gridSpan") table?.span(value);
    else if (name === "vMerge") table?.merge(value);
    else if (parent === "ffData" || parent === "checkBox" || parent === "ddList")
      this.#fields.openChoice(name, attributes);
    else if (name === "sectPr") this.pages.section();
    else if (this.#paragraph && parent === "rPr") this.#openRunProperty(this.#paragraph, name, attributes);
    else if (this.#paragraph) this.#openParagraphProperty(this.#paragraph, name, attributes);
  }

  #closeProperty(name: string) {
    if (name === "checkBox" || name === "ddList") this.#paragraph?.text.add(this.#fields.choice(name));
  }

  #openParagraphProperty(paragraph: Paragraph, name: string, attributes: Attributes) {
    const value = attribute(attributes, "val");
    if (name === "pStyle") paragraph.style = value;
    else if (name === "numId") paragraph.list = value;
    else if (name === "ilvl") paragraph.level = wholeNumber(value, 0, 8) ?? undefined;
    else if (name === "outlineLvl") paragraph.outline = wholeNumber(value, 0, 9) ?? undefined;
    else if (name === "pageBreakBefore") paragraph.startsPage = isOn(attributes);
    else if (name === "framePr" && /^(?:drop|margin)$/.test(attribute(attributes, "dropCap") ?? "")) {
      paragraph.goesOn = true;
    }
  }

  #openRunProperty(paragraph: Paragraph, name: string, attributes: Attributes) {
    const owner = this.#path.at(-3);
    if (owner === "pPr" && (name === "del" || name === "moveFrom")) paragraph.goesOn = true;
    if (owner !== "r") return;
    if (name === "vanish") paragraph.run.isHidden = isOn(attributes);
    else if (name === "rStyle") paragraph.run.style = attribute(attributes, "val");
    else if (name === "rFonts") paragraph.run.font = attribute(attributes, "ascii");
  }

  #openPlace(name: string, attributes: Attributes): boolean {
    const table = this.#tables.at(-1);
    if (name === "p") this.#paragraphs.push(beginParagraph(this.#flow));
    else if (name === "tbl") this.#tables.push(new Table(this.#around.budget));
    else if (name === "txbxContent") this.#flows.push(new Flow());
    else if (name === "footnote" || name === "endnote") this.#openNote(name, attributes);
    else if (name === "tr") {
      table?.openRow();
      this.pages.openRow();
    } else if (name === "tc" && table?.openCell()) {
      this.#flows.push(new Flow());
      this.pages.openCell();
    } else return false;
    return true;
  }

  #openCharacter(name: string, attributes: Attributes): boolean {
    if (name === "r" && this.#paragraph) this.#paragraph.run = {};
    else if (name === "tab" || name === "ptab") this.#say("\t");
    else if (name === "cr") this.#say("\n");
    else if (name === "noBreakHyphen") this.#say("-");
    else if (name === "br") this.#break(attribute(attributes, "type"));
    else if (name === "lastRenderedPageBreak" && !this.#isInTextBox) this.pages.notedBreak();
    else if (name === "fldChar") this.#fields.mark(attribute(attributes, "fldCharType"));
    else if (name === "sym") {
      const code = Number.parseInt(attribute(attributes, "char") ?? "", 16);
      if (code >= 0x20) this.#say(symbol(attribute(attributes, "font"), code));
    } else if (name === "textpath") this.#say(attribute(attributes, "string") ?? "");
    else return false;
    return true;
  }

  #openOther(name: string, attributes: Attributes) {
    if (name === "document") this.isDocument = true;
    else if (name === "oMath") this.#equation ??= new Equation();
    else if (name === "footnoteReference") this.#refer("footnote", attributes);
    else if (name === "endnoteReference") this.#refer("endnote", attributes);
    else if (name === "relIds") this.#tellDrawn(attribute(attributes, "dm"));
    else if (name === "chart") this.#tellDrawn(attribute(attributes, "id"));
    const leftOut = leftOutNames.get(name);
    if (!leftOut || (name === "imagedata" && this.#path.includes("object"))) return;
    this.#around.leftOut.set(leftOut, (this.#around.leftOut.get(leftOut) ?? 0) + 1);
    this.#said += 1;
  }

  #say(text: string) {
    const paragraph = this.#paragraph;
    if (!paragraph || this.#fields.isInInstruction || this.#isHidden(paragraph)) return;
    this.#around.budget.spend(text.length);
    (this.#equation ?? paragraph.text).add(text);
    if (!/\S/.test(text)) return;
    this.#said += 1;
    if (paragraph.page === undefined) {
      const startsPage = paragraph.startsPage ?? this.#around.styles.paragraph(paragraph.style).startsPage;
      if (startsPage && !this.#isInTextBox) this.pages.breakBefore();
      paragraph.page = this.pages.number;
    }
    this.pages.text(text.length);
  }

  #isHidden({ run, style }: Paragraph): boolean {
    const { styles } = this.#around;
    run.isHidden ??= (run.style && styles.run(run.style).isHidden) || styles.paragraph(style).isHidden || false;
    return run.isHidden;
  }

  #break(type: string | undefined) {
    if (type === "page" && !this.#isInTextBox) this.pages.manualBreak();
    this.#say("\n");
  }

  #refer(kind: "footnote" | "endnote", attributes: Attributes) {
    const note = this.#around.notes.take(kind, attribute(attributes, "id") ?? "");
    if (!note || !this.#paragraph) return;
    const hasOwnMark = /^(?:1|true|on)$/.test(attribute(attributes, "customMarkFollows") ?? "");
    if (!hasOwnMark) this.#say(note.mark);
    const text = hasOwnMark ? note.text : `${note.mark} ${note.text}`;
    this.#flow.follow({ kind: "paragraph", text, page: this.pages.number });
  }

  /** A chart or a diagram, once. */
  #tellDrawn(id = "") {
    const blocks = this.#around.drawn.get(id);
    this.#around.drawn.delete(id);
    this.#said += 1;
    for (const block of blocks ?? []) this.#flow.follow({ ...block, page: this.pages.number });
  }

  #openNote(kind: "footnote" | "endnote", attributes: Attributes) {
    this.#note = { kind, id: attribute(attributes, "id") ?? "" };
    this.#flows.push(new Flow());
  }

  #closeNote() {
    const blocks = this.#flows.pop()!.end();
    if (this.#note) this.#around.notes.add(this.#note.kind, this.#note.id, blocks.map(({ text }) => text).join("\n"));
    this.#note = null;
  }

  #closeParagraph() {
    const paragraph = this.#paragraphs.pop();
    this.#fields.endParagraph();
    if (!paragraph) return;
    const title = endParagraph(paragraph, this.#flow, this.#around);
    this.title ??= title;
    if (!paragraph.goesOn) this.#flow.endParagraph();
  }

  #closeEquation() {
    if (this.#equation) this.#paragraph?.text.add(this.#equation.take());
    this.#equation = null;
  }

  #closeTextBox() {
    for (const block of this.#flows.pop()!.end()) this.#flow.follow(block);
  }

  #closeCell() {
    const table = this.#tables.at(-1);
    if (table?.isInCell) table.closeCell(this.#flows.pop()!.end());
  }

  #closeRow() {
    this.#tables.at(-1)?.closeRow();
    this.pages.closeRow();
  }

  #closeTable() {
    for (const block of this.#tables.pop()?.blocks() ?? []) this.#flow.add(block);
  }
}
