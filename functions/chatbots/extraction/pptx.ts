import { type Block, type Extracted, ExtractionError } from "./extracted.ts";
import { OfficePackage, orWarn, prefixed, type Relationship, TextBudget } from "./ooxml.ts";
import { ChartReader } from "./pptx/chart.ts";
import { DiagramReader } from "./pptx/diagram.ts";
import { type DrawingItem, DrawingReader } from "./pptx/drawing.ts";

/** Titles that programs give by themselves. */
const titleOfNobody =
  /^(?:powerpoint[- ]presentation|presentation|untitled|slide 1|(?:présentation|presentación de) powerpoint)$/i;
const slidesNamedMax = 20;
const titleLinesMax = 2;
const titleLineCharsMax = 100;

/**
 * The slides of a presentation (PPTX and its kin) in order: each a heading with its title ("Slide 3" without one), its text,
 * tables, charts and diagrams in the order of the file, then its speaker notes. Throws ExtractionError, and nothing else.
 */
export async function extractPptx(bytes: Uint8Array): Promise<Extracted> {
  const office = await OfficePackage.open(bytes);
  const warnings: string[] = [];
  const properties = await office.properties(warnings);
  const reader = new SlidesReader(office, warnings);
  const slides = await slideParts(office);
  const blocks: Block[] = [];
  for (const [i, part] of slides.entries()) {
    for (const block of await reader.blocksOf(part, i + 1)) blocks.push(block);
  }
  reader.endWarnings();
  if (blocks.length === 0) throw noText(warnings);
  if (office.hasMacros) warnings.push("The file contains macros, which were ignored.");
  const [first] = blocks;
  const firstTitle = first!.text === nameOf(first!.page!) ? null : first!.text;
  const title = properties.title && !titleOfNobody.test(properties.title) ? properties.title : firstTitle;
  return { format: "pptx", ...properties, title, pageCount: slides.length, warnings, blocks };
}

const noText = ([why]: string[]) =>
  new ExtractionError(
    "no_text",
    `The presentation has no readable text. ${why ?? "Its slides are empty."} If they show text in pictures, run text recognition (OCR) on a PDF of it and upload that.`,
  );

async function slideParts(office: OfficePackage): Promise<string[]> {
  const main = await office.mainPart("ppt/presentation.xml");
  const relationships = await office.relationshipsOf(main);
  const parts = new Set<string>();
  await office.read(main, "its list of slides", {
    open(name, attributes) {
      const id = name === "sldId" ? prefixed(attributes, "id") : undefined;
      const slide = relationships.get(id ?? "");
      if (slide) parts.add(slide.part);
    },
    close() {},
    text() {},
  });
  return [...parts];
}

const nameOf = (slide: number) => `Slide ${slide}`;

class SlidesReader {
  readonly #office: OfficePackage;
  readonly #warnings: string[];
  readonly #budget = new TextBudget("presentation");
  readonly #hidden: number[] = [];
  readonly #pictured: number[] = [];

  constructor(office: OfficePackage, warnings: string[]) {
    this.#office = office;
    this.#warnings = warnings;
  }

  async blocksOf(part: string, number: number): Promise<Block[]> {
    const drawing = new DrawingReader(this.#budget);
    const relationships = await this.#relationshipsOf(part, number);
    await orWarn(this.#warnings, `Slide ${number} could not be read to its end.`, () =>
      this.#readSlide(part, number, drawing),
    );
    const title = takeTitle(drawing.items);
    const body = await this.#bodyOf(drawing, relationships, number);
    for (const what of drawing.unread) this.#warnings.push(`Slide ${number} holds ${what}, which was not read.`);
    if (body.length === 0 && drawing.pictures > 0) this.#pictured.push(number);
    const notes = await this.#notesOf(relationships, number);
    if (!title && body.length === 0 && notes.length === 0) return [];
    const heading: Block = { kind: "heading", level: 2, text: title ?? nameOf(number) };
    return [heading, ...body, ...notes].map((block) => ({ ...block, page: number }));
  }

  endWarnings() {
    if (this.#hidden.length > 0)
      this.#warnings.push(
        `${slidesNamed(this.#hidden)} hidden when the presentation is shown; the text was read all the same.`,
      );
    if (this.#pictured.length > 0)
      this.#warnings.push(`${slidesNamed(this.#pictured)} made of pictures; text inside pictures was not read.`);
  }

  async #relationshipsOf(part: string, number: number): Promise<Map<string, Relationship>> {
    const read = await orWarn(this.#warnings, `What slide ${number} links to could not be read.`, () =>
      this.#office.relationshipsOf(part),
    );
    return read ?? new Map();
  }

  async #readSlide(part: string, number: number, drawing: DrawingReader) {
    const hidden = this.#hidden;
    await this.#office.read(part, `slide ${number}`, {
      open(name, attributes) {
        if (name === "sld" && (attributes.show === "0" || attributes.show === "false")) hidden.push(number);
        else drawing.open(name, attributes);
      },
      close: (name) => drawing.close(name),
      text: (text) => drawing.text(text),
    });
  }

  async #bodyOf({ items }: DrawingReader, relationships: Map<string, Relationship>, number: number): Promise<Block[]> {
    const blocks: Block[] = [];
    const read = new Set<string>();
    for (const item of items) {
      if (item.kind === "blocks") for (const block of item.blocks) blocks.push(block);
      else if (item.kind === "title") blocks.push({ kind: "paragraph", text: item.text });
      else if (!read.has(item.relationship)) {
        read.add(item.relationship);
        const linked = await this.#linked(item.kind, relationships.get(item.relationship)?.part, number);
        for (const block of linked) blocks.push(block);
      }
    }
    return blocks;
  }

  async #linked(kind: "chart" | "diagram", part: string | undefined, number: number): Promise<Block[]> {
    const reader = kind === "chart" ? new ChartReader(this.#budget) : new DiagramReader(this.#budget);
    await orWarn(this.#warnings, `A ${kind} on slide ${number} could not be read.`, () =>
      this.#office.read(part ?? "", `a ${kind} on slide ${number}`, reader),
    );
    return reader.blocks();
  }

  async #notesOf(relationships: Map<string, Relationship>, number: number): Promise<Block[]> {
    const notes = [...relationships.values()].find(({ type }) => type === "notesSlide");
    if (!notes) return [];
    const drawing = new DrawingReader(this.#budget, false);
    await orWarn(this.#warnings, `The notes of slide ${number} could not be read to their end.`, () =>
      this.#office.read(notes.part, `the notes of slide ${number}`, drawing),
    );
    const text = drawing.items
      .flatMap((item) => (item.kind === "blocks" ? item.blocks.map((block) => block.text) : []))
      .join("\n");
    return text ? [{ kind: "paragraph", text: `Notes: ${text}` }] : [];
  }
}

/** Takes a slide's title away from its items: the first that is one, else a short text above all others. */
function takeTitle(items: DrawingItem[]): string | undefined {
  let at = items.findIndex(({ kind }) => kind === "title");
  if (at < 0) {
    const tops = items.map((item) => (item.kind === "blocks" ? (item.top ?? Number.NaN) : Number.NaN));
    const highest = tops.reduce((least, top) => (top < least ? top : least), Number.POSITIVE_INFINITY);
    at = tops.indexOf(highest);
    const isAlone = items.length < 2 || tops.indexOf(highest, at + 1) >= 0;
    if (at < 0 || isAlone || !isTitleLike(items[at]!)) return undefined;
  }
  const [item] = items.splice(at, 1);
  if (item?.kind === "title") return item.text;
  return item?.kind === "blocks" ? item.blocks.map(({ text }) => text).join(" ") : undefined;
}

const isTitleLike = (item: DrawingItem) =>
  item.kind === "blocks" &&
  item.blocks.length <= titleLinesMax &&
  item.blocks.every(
    ({ kind, text }) => kind === "paragraph" && text.length <= titleLineCharsMax && !text.includes("\n"),
  );

function slidesNamed(numbers: number[]): string {
  if (numbers.length === 1) return `Slide ${numbers[0]} is`;
  const more = numbers.length > slidesNamedMax ? ` and ${numbers.length - slidesNamedMax} more` : "";
  return `Slides ${numbers.slice(0, slidesNamedMax).join(", ")}${more} are`;
}
