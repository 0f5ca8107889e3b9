import type { Block } from "../extracted.ts";
import { type Cell, spanOf, tableBlocks } from "../html-table.ts";
import { officeItemCostChars } from "../limits.ts";
import { officeText, prefixed, type TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

/** `mark` is the paragraph's own bullet: none, "-", or "1." for a number; undefined when its placeholder decides. */
type Paragraph = { text: string; level: number; mark: "none" | "-" | "1." | undefined };

/**
 * What stands on a slide, a notes page or a sheet, in order; charts and diagrams are parts of their own, by relationship.
 * `top` is how far down text begins, when the drawing says so by itself.
 */
export type DrawingItem =
  | { kind: "title"; text: string }
  | { kind: "blocks"; blocks: Block[]; top?: number | undefined }
  | { kind: "chart" | "diagram"; relationship: string };

const leftOut = new Set(["sldNum", "dt", "ftr", "hdr", "sldImg"]);
const listIndentMax = 8;

type OpenTable = { rows: Cell[][] };
type OpenParagraph = Omit<Paragraph, "text"> & { parts: string[] };

/** Reads the shapes of DrawingML: their text, tables and what they link to. */
export class DrawingReader implements XmlListener {
  readonly items: DrawingItem[] = [];
  pictures = 0;
  /** What is on the drawing but cannot be read, such as "an embedded object". */
  readonly unread = new Set<string>();
  readonly #budget: TextBudget;
  readonly #placeholdersAreLists: boolean;
  #placeholder: string | null = null;
  #paragraphs: Paragraph[] = [];
  #paragraph: OpenParagraph | null = null;
  #isInProperties = false;
  #isInText = false;
  #isInLeftOutField = false;
  #table: OpenTable | null = null;
  #isInCell = false;
  #openGroups = 0;
  #top: number | undefined;

  /** `placeholdersAreLists`: the paragraphs of a slide's body have bullets unless they say otherwise. */
  constructor(budget: TextBudget, placeholdersAreLists = true) {
    this.#budget = budget;
    this.#placeholdersAreLists = placeholdersAreLists;
  }

  open(name: string, attributes: Readonly<Record<string, string>>) {
    switch (name) {
      case "p":
        this.#paragraph = { parts: [], level: 0, mark: undefined };
        break;
      case "t":
        this.#isInText = !this.#isInLeftOutField;
        break;
      case "br":
        this.#paragraph?.parts.push("\n");
        break;
      case "fld":
        this.#isInLeftOutField = /^(?:slidenum|datetime)/.test(attributes.type ?? "");
        break;
      case "pPr":
        this.#isInProperties = true;
        if (this.#paragraph) this.#paragraph.level = Math.min(listIndentMax, Math.max(0, Number(attributes.lvl) || 0));
        break;
      case "buNone":
      case "buChar":
      case "buBlip":
      case "buAutoNum":
        // Outside a paragraph's properties they are defaults of a list level.
        if (this.#paragraph && this.#isInProperties)
          this.#paragraph.mark = name === "buNone" ? "none" : name === "buAutoNum" ? "1." : "-";
        break;
      default:
        this.#openShape(name, attributes);
    }
  }

  close(name: string) {
    if (name === "t") this.#isInText = false;
    else if (name === "fld") this.#isInLeftOutField = false;
    else if (name === "pPr") this.#isInProperties = false;
    else if (name === "p") this.#closeParagraph();
    else if (name === "tc") this.#closeCell();
    else if (name === "tbl") this.#closeTable();
    else if (name === "grpSp") this.#openGroups -= 1;
    else if (name === "sp" || name === "cxnSp") this.#closeShape();
  }

  text(text: string) {
    if (!this.#isInText || !this.#paragraph || leftOut.has(this.#placeholder ?? "")) return;
    this.#budget.spend(text.length);
    this.#paragraph.parts.push(text);
  }

  #openShape(name: string, attributes: Readonly<Record<string, string>>) {
    if (name === "sp" || name === "graphicFrame" || name === "cxnSp" || name === "pic") {
      this.#placeholder = null;
      this.#paragraphs = [];
      this.#top = undefined;
      if (name === "pic") this.pictures += 1;
    } else if (name === "ph") this.#placeholder = attributes.type ?? "obj";
    else if (name === "grpSp") this.#openGroups += 1;
    // Within a group, places are counted from the group's own.
    else if (name === "off" && this.#openGroups === 0) this.#top ??= Number(attributes.y);
    else if (name === "graphicData" && attributes.uri?.endsWith("/chartex")) this.unread.add("a chart of a newer kind");
    else if (name === "oleObj") this.unread.add("an embedded object");
    else if (name === "chart") this.#addLink("chart", prefixed(attributes, "id"));
    else if (name === "relIds") this.#addLink("diagram", prefixed(attributes, "dm"));
    else if (name === "tbl") this.#table = { rows: [] };
    else if (name === "tr") this.#openRow();
    else if (name === "tc") this.#openCell(attributes);
  }

  #addLink(kind: "chart" | "diagram", relationship: string | undefined) {
    if (!relationship) return;
    this.#budget.spend(officeItemCostChars);
    this.items.push({ kind, relationship });
  }

  #openRow() {
    this.#budget.spend(officeItemCostChars);
    this.#table?.rows.push([]);
  }

  #openCell({ gridSpan, rowSpan, hMerge, vMerge }: Readonly<Record<string, string>>) {
    this.#budget.spend(officeItemCostChars);
    this.#paragraphs = [];
    this.#isInCell = true;
    const isCovered = [hMerge, vMerge].some((merge) => merge === "1" || merge === "true");
    if (!isCovered) this.#table?.rows.at(-1)?.push({ blocks: [], columns: spanOf(gridSpan), rows: spanOf(rowSpan) });
  }

  #closeCell() {
    this.#isInCell = false;
    const cell = this.#table?.rows.at(-1)?.at(-1);
    if (cell && this.#paragraphs.length > 0) cell.blocks = paragraphBlocks(this.#paragraphs, false);
    this.#paragraphs = [];
  }

  #closeTable() {
    if (this.#table) this.items.push({ kind: "blocks", blocks: tableBlocks(this.#table.rows) });
    this.#table = null;
  }

  #closeParagraph() {
    const open = this.#paragraph;
    this.#paragraph = null;
    const text = officeText(open?.parts.join("") ?? "")
      .replace(/[^\S\n]+/g, " ")
      .replace(/ ?\n ?/g, "\n")
      .trim();
    if (!open || text === "") return;
    this.#budget.spend(officeItemCostChars);
    this.#paragraphs.push({ text, level: open.level, mark: open.mark });
  }

  #closeShape() {
    const paragraphs = this.#paragraphs;
    this.#paragraphs = [];
    if (paragraphs.length === 0 || this.#isInCell) return;
    if (this.#placeholder === "title" || this.#placeholder === "ctrTitle") {
      this.items.push({
        kind: "title",
        text: paragraphs
          .map(({ text }) => text)
          .join(" ")
          .replace(/\s+/g, " "),
      });
      return;
    }
    const isBody = this.#placeholder === "body" || this.#placeholder === "obj";
    const isListed = isBody && this.#placeholdersAreLists && paragraphs.length > 1;
    this.items.push({ kind: "blocks", blocks: paragraphBlocks(paragraphs, isListed), top: this.#top });
  }
}

/** Paragraphs in a row that are items become one list, nested by their level. `isListed`: so are those without a mark. */
export function paragraphBlocks(paragraphs: Paragraph[], isListed: boolean): Block[] {
  const blocks: Block[] = [];
  let items: Paragraph[] = [];
  const endList = () => {
    if (items.length > 0) blocks.push({ kind: "list", text: listText(items) });
    items = [];
  };
  for (const paragraph of paragraphs) {
    const { text, level, mark } = paragraph;
    if (mark === "-" || mark === "1." || (mark === undefined && (isListed || level > 0))) items.push(paragraph);
    else {
      endList();
      blocks.push({ kind: "paragraph", text });
    }
  }
  endList();
  return blocks;
}

function listText(items: Paragraph[]): string {
  const top = items.reduce((least, { level }) => Math.min(least, level), listIndentMax);
  const counts: number[] = [];
  return items
    .map(({ text, level, mark }) => {
      counts.length = level + 1;
      counts[level] = mark === "1." ? (counts[level] ?? 0) + 1 : 0;
      return `${"  ".repeat(level - top)}${mark === "1." ? `${counts[level]}.` : "-"} ${text.replace(/\s+/g, " ")}`;
    })
    .join("\n");
}
