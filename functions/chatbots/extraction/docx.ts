import { wholeNumber } from "./docx/attribute.ts";
import { BodyReader } from "./docx/body.ts";
import { mainPart } from "./docx/main-part.ts";
import { Notes } from "./docx/notes.ts";
import { Numbering } from "./docx/numbering.ts";
import type { Surroundings } from "./docx/paragraph.ts";
import { Styles } from "./docx/styles.ts";
import { type Extracted, ExtractionError } from "./extracted.ts";
import { OfficePackage, orWarn, type Relationship, TextBudget } from "./ooxml.ts";
import { ChartReader } from "./pptx/chart.ts";
import { DiagramReader } from "./pptx/diagram.ts";
import type { XmlListener } from "./xml.ts";

/** File names and placeholders, which programs put where a title should be. */
const titleOfNobody = /^(?:untitled|word document|document ?\d*|microsoft word\b.*)$|\.(?:do[ct][xm]?|pdf|rtf|odt)$/i;

/**
 * The text of a Word file (.docx, .docm, .dotx; strict files too) as one reads it with all changes accepted: headings by the
 * outline levels of their styles, lists with their marks, tables, charts, notes after the paragraph that refers to them.
 * Headers, footers, comments and hidden text are left out; macros are never run. Blocks have pages when the file's page
 * breaks tell them. The XML is read piece by piece and not kept. Throws ExtractionError, and nothing else.
 */
export async function extractDocx(bytes: Uint8Array): Promise<Extracted> {
  const office = await OfficePackage.open(bytes);
  const warnings: string[] = [];
  const ofFile = [...(await office.relationshipsOf("")).values()];
  const main = await mainPart(office, ofFile);
  const around = await readSurroundings(office, main, warnings);
  const body = new BodyReader(around);
  await office.read(main, "its text", body);
  if (!body.isDocument) throw notWord();
  const blocks = body.blocks();
  if (blocks.length === 0) throw noText(around.leftOut);
  const properties = await office.properties(warnings);
  const pages = body.pages.settle(await pagesToldBy(office, ofFile, warnings));
  if (!pages.areKnown) for (const block of blocks) block.page = undefined;
  if (office.hasMacros) warnings.push("The file contains macros, which were ignored.");
  warnLeftOut(around.leftOut, warnings);
  const toldTitle = properties.title && !titleOfNobody.test(properties.title) ? properties.title : null;
  const title = toldTitle ?? body.title ?? blocks.find(({ kind }) => kind === "heading")?.text ?? null;
  return { format: "docx", ...properties, title, pageCount: pages.count, warnings, blocks };
}

/** What is beside the text. A part that is missing or damaged costs a warning, not the document. */
async function readSurroundings(office: OfficePackage, main: string, warnings: string[]): Promise<Surroundings> {
  const styles = new Styles();
  const numbering = new Numbering((id) => styles.run(id).list);
  const drawn: Surroundings["drawn"] = new Map();
  const budget = new TextBudget("Word document");
  const around = { styles, numbering, notes: new Notes(), drawn, budget, leftOut: new Map<string, number>() };
  const relationships = await orWarn(
    warnings,
    "What the text refers to (styles, lists, notes) could not be read.",
    () => office.relationshipsOf(main),
  );
  const read = async (kind: string, what: string, loss: string, reader: (id: string) => XmlListener) => {
    for (const [id, { type, part }] of relationships ?? []) {
      if (type !== kind) continue;
      await orWarn(warnings, `The document's ${what} could not be read: ${loss}.`, () =>
        office.read(part, `its ${what}`, reader(id)),
      );
    }
  };
  await read("styles", "styles", "headings may be told as paragraphs", () => styles);
  await read("numbering", "numbering", "the numbers of lists and headings may be missing", () => numbering);
  await read("footnotes", "footnotes", "they are missing from the text", () => new BodyReader(around));
  await read("endnotes", "endnotes", "they are missing from the text", () => new BodyReader(around));
  const drawings: { id: string; reader: ChartReader | DiagramReader }[] = [];
  const collect = (id: string, reader: ChartReader | DiagramReader) => {
    drawings.push({ id, reader });
    return reader;
  };
  await read("diagramData", "diagram", "its text is missing", (id) => collect(id, new DiagramReader(budget)));
  await read("chart", "chart", "its figures are missing", (id) => collect(id, new ChartReader(budget)));
  for (const { id, reader } of drawings) drawn.set(id, reader.blocks());
  return around;
}

/** The number of pages that the program counted which saved the file last; others may leave it as it was. */
async function pagesToldBy(office: OfficePackage, ofFile: Relationship[], warnings: string[]): Promise<number | null> {
  const part = ofFile.find(({ type }) => /^extended-?properties$/i.test(type))?.part;
  if (!part || !office.has(part)) return null;
  let isPages = false;
  let pages = "";
  await orWarn(warnings, "The number of the document's pages could not be read.", () =>
    office.read(part, "its number of pages", {
      open(name) {
        isPages = name === "Pages";
      },
      close() {
        isPages = false;
      },
      text(text) {
        if (isPages) pages += text.slice(0, 16);
      },
    }),
  );
  return wholeNumber(pages, 0, 1_000_000) || null;
}

function warnLeftOut(leftOut: Map<string, number>, warnings: string[]) {
  if (leftOut.size === 0) return;
  const counts = [...leftOut].map(([name, count]) => `${count} ${name}${count > 1 ? "s" : ""}`);
  warnings.push(`Not read, so text in them is missing: ${counts.join(", ")}.`);
}

const notWord = () =>
  new ExtractionError(
    "damaged",
    "The file is damaged or no Word document: its main part is not one of Word. Save it again in Word and upload the new file.",
  );

function noText(leftOut: Map<string, number>): ExtractionError {
  const message =
    leftOut.size > 0
      ? "The Word document has no text of its own, only pictures or embedded objects. If they show text, save it as PDF, run text recognition (OCR) on it and upload the result."
      : "The Word document has no text: nothing is left once headers, footers, comments, hidden and deleted text are taken away. Check that it is the right file and upload it again.";
  return new ExtractionError("no_text", message);
}
