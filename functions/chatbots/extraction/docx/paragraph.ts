import type { Block } from "../extracted.ts";
import { officeItemCostChars } from "../limits.ts";
import { joinWrapped } from "../lines.ts";
import type { TextBudget } from "../ooxml.ts";
import type { Flow } from "./flow.ts";
import { Gathered, slices } from "./gathered.ts";
import type { Notes } from "./notes.ts";
import type { Numbering } from "./numbering.ts";
import type { Styles } from "./styles.ts";

/** What the other parts of the file say about its text. */
export type Surroundings = {
  styles: Styles;
  numbering: Numbering;
  notes: Notes;
  /** What charts and diagrams say, by the ids of their relationships. */
  drawn: Map<string, Block[]>;
  budget: TextBudget;
  /** What was met and cannot be read, such as pictures, with how many there are. */
  leftOut: Map<string, number>;
};

/** A paragraph while it is read, with what is said of it directly; `run` is its part that is being read. */
export type Paragraph = {
  text: Gathered;
  page?: number;
  style?: string;
  list?: string;
  level?: number;
  outline?: number;
  startsPage?: boolean;
  /** Its end was deleted, or it is a drop cap: it goes on in the next one. */
  goesOn: boolean;
  run: { style?: string; font?: string; isHidden?: boolean };
};

const headingCharsMax = 500;
/** Longer ones are an attack, and are cut. */
const paragraphCharsMax = 1_000_000;

export function beginParagraph(flow: Flow): Paragraph {
  const { text = new Gathered(), page } = flow.carried ?? {};
  flow.carried = null;
  return { text, page, goesOn: false, run: {} };
}

/** Adds a paragraph as what it is: a heading, an item of a list, text. Gives its text when it is the document's title. */
export function endParagraph(paragraph: Paragraph, flow: Flow, around: Surroundings): string | null {
  const { page } = paragraph;
  if (paragraph.goesOn) {
    flow.carried = paragraph;
    return null;
  }
  const raw = paragraph.text.take();
  const { mark, level } = markOf(paragraph, around);
  if (raw.length > paragraphCharsMax) {
    for (const slice of slices(raw, paragraphCharsMax)) addText(cleaned(slice), page, flow, around.budget);
    return null;
  }
  const text = cleaned(raw);
  if (text === "") return null;
  const style = around.styles.paragraph(paragraph.style);
  const outline = paragraph.outline ?? (style.isTitle ? 0 : (style.outline ?? 9));
  if (outline < 9 && text.length <= headingCharsMax) {
    const line = joinWrapped(text.split("\n")).replaceAll("\t", " ");
    around.budget.spend(officeItemCostChars);
    flow.add({ kind: "heading", level: Math.min(outline + 1, 6), text: mark ? `${mark} ${line}` : line, page });
    return style.isTitle ? line : null;
  }
  if (mark) {
    around.budget.spend(officeItemCostChars);
    flow.addItem(`${"  ".repeat(level)}${mark} ${joinWrapped(text.split("\n"))}`, page);
    return null;
  }
  addText(text, page, flow, around.budget);
  return null;
}

function addText(text: string, page: number | undefined, flow: Flow, budget: TextBudget) {
  for (const part of text.split(/\n{2,}/)) {
    if (part === "") continue;
    budget.spend(officeItemCostChars);
    flow.add({ kind: "paragraph", text: part, page });
  }
}

function markOf({ style: id, ...direct }: Paragraph, { styles, numbering }: Surroundings) {
  const style = styles.paragraph(id);
  const list = direct.list ?? style.list ?? "0";
  const level = direct.level ?? numbering.levelOfStyle(list, id) ?? style.listLevel ?? 0;
  return { mark: list === "0" ? "" : numbering.next(list, level), level };
}

/** Blanks are one each, soft hyphens none. */
function cleaned(text: string): string {
  return text
    .replace(/\u00ad/g, "")
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, (blanks) => (blanks.includes("\t") ? "\t" : " "))
    .replace(/[ \t]?\n[ \t]?/g, "\n")
    .trim();
}
