import { type Block, type Extracted, ExtractionError } from "./extracted.ts";
import { OfficePackage, orWarn, prefixed, type Relationship, TextBudget } from "./ooxml.ts";
import { ChartReader } from "./pptx/chart.ts";
import { DrawingReader } from "./pptx/drawing.ts";
import { CommentsReader } from "./xlsx/comments.ts";
import { SharedStrings } from "./xlsx/shared-strings.ts";
import { SheetReader, type Workbook } from "./xlsx/sheet.ts";
import { Styles } from "./xlsx/styles.ts";
import { sheetBlocks } from "./xlsx/tables.ts";

const sheetsNamedMax = 20;
const sheetCostChars = 1_000;

type Sheet = { name: string; isHidden: boolean; part: Relationship | undefined };

/**
 * The visible sheets of a workbook (XLSX and its kin): each a heading with its name, its tables with their headers and the
 * lines around them, text boxes, then the notes of its cells. `page` is the sheet's place among the visible ones. Values are
 * told as a person would write them. Throws ExtractionError, and nothing else.
 */
export async function extractXlsx(bytes: Uint8Array): Promise<Extracted> {
  const office = await OfficePackage.open(bytes);
  const warnings: string[] = [];
  const properties = await office.properties(warnings);
  const { sheets, workbook } = await readWorkbook(office);
  const visible = sheets.filter(({ isHidden }) => !isHidden);
  const reader = new SheetsReader(office, workbook, warnings);
  const blocks: Block[] = [];
  for (const [i, sheet] of visible.entries()) {
    const heading: Block = { kind: "heading", level: 2, text: sheet.name, page: i + 1 };
    const body = await reader.blocksOf(sheet);
    if (body.length > 0) blocks.push(heading);
    for (const block of body) blocks.push({ ...block, page: i + 1 });
  }
  warnHidden(sheets, warnings);
  if (blocks.length === 0) throw noText(warnings);
  if (office.hasMacros) warnings.push("The file contains macros, which were ignored.");
  return { format: "xlsx", ...properties, pageCount: visible.length, warnings, blocks };
}

const noText = ([why]: string[]) =>
  new ExtractionError(
    "no_text",
    why
      ? `The workbook gave no text. ${why}`
      : "The workbook has no readable text: its sheets are empty. Check that the right file was saved and upload it again.",
  );

async function readWorkbook(office: OfficePackage): Promise<{ sheets: Sheet[]; workbook: Workbook }> {
  const main = await office.mainPart("xl/workbook.xml");
  if (main.toLowerCase().endsWith(".bin"))
    throw new ExtractionError(
      "unsupported",
      "The file is a binary Excel workbook (.xlsb), which cannot be read. Save it as .xlsx and upload that.",
    );
  const relationships = await office.relationshipsOf(main);
  const sheets: Sheet[] = [];
  const parts = new Set<string>();
  const [input, output] = [new TextBudget("workbook"), new TextBudget("workbook")];
  const workbook: Workbook = { strings: new SharedStrings(), styles: new Styles(input), is1904: false, input, output };
  await office.read(main, "its list of sheets", {
    open(name, attributes) {
      if (name === "workbookPr") workbook.is1904 = /^(?:1|true)$/.test(attributes.date1904 ?? "");
      if (name !== "sheet") return;
      const part = relationships.get(prefixed(attributes, "id") ?? "");
      if (parts.has(part?.part ?? "")) return;
      if (part) parts.add(part.part);
      input.spend(sheetCostChars + (attributes.name?.length ?? 0));
      const isHidden = attributes.state === "hidden" || attributes.state === "veryHidden";
      sheets.push({ name: attributes.name?.trim() || `Sheet ${sheets.length + 1}`, isHidden, part });
    },
    close() {},
    text() {},
  });
  const partOf = (type: string) => [...relationships.values()].find((relationship) => relationship.type === type)?.part;
  const [styles, strings] = [partOf("styles"), partOf("sharedStrings")];
  if (styles && office.has(styles)) await office.read(styles, "its list of number formats", workbook.styles);
  if (strings && office.has(strings)) await office.read(strings, "its list of texts", workbook.strings);
  return { sheets, workbook };
}

class SheetsReader {
  readonly #office: OfficePackage;
  readonly #workbook: Workbook;
  readonly #warnings: string[];

  constructor(office: OfficePackage, workbook: Workbook, warnings: string[]) {
    this.#office = office;
    this.#workbook = workbook;
    this.#warnings = warnings;
  }

  async blocksOf({ name, part }: Sheet): Promise<Block[]> {
    if (!part) {
      this.#warnings.push(`Sheet "${name}" could not be read: it is missing in the file.`);
      return [];
    }
    const blocks = part.type === "chartsheet" ? [] : await this.#cells(name, part.part);
    const linked = await orWarn(this.#warnings, `What sheet "${name}" links to could not be read.`, () =>
      this.#office.relationshipsOf(part.part),
    );
    for (const { type, part: target } of linked?.values() ?? []) {
      if (type === "drawing")
        for (const block of await this.#drawing(name, target, part.type === "chartsheet")) blocks.push(block);
      else if (type === "comments" || type === "threadedComment")
        for (const block of await this.#comments(name, target)) blocks.push(block);
    }
    return blocks;
  }

  async #cells(name: string, part: string): Promise<Block[]> {
    const sheet = new SheetReader(this.#workbook, name);
    await orWarn(this.#warnings, `Sheet "${name}" could not be read to its end.`, () =>
      this.#office.read(part, `sheet "${name}"`, sheet),
    );
    if (sheet.unknownResults > 0)
      this.#warnings.push(
        `The results of ${sheet.unknownResults.toLocaleString("en")} formulas on sheet "${name}" are not stored in the file. Open and save it with Excel to have them read.`,
      );
    return sheetBlocks(sheet.rows, sheet.merges, this.#workbook.output);
  }

  /** Text boxes; the charts of a worksheet show what its cells say, so of them only the title is told. */
  async #drawing(name: string, part: string, isChartSheet: boolean): Promise<Block[]> {
    const drawing = new DrawingReader(this.#workbook.output, false);
    const relationships = await orWarn(
      this.#warnings,
      `The drawings on sheet "${name}" could not be read.`,
      async () => {
        await this.#office.read(part, `the drawings on sheet "${name}"`, drawing);
        return this.#office.relationshipsOf(part);
      },
    );
    const blocks: Block[] = [];
    const read = new Set<string>();
    for (const item of drawing.items) {
      if (item.kind === "blocks") for (const block of item.blocks) blocks.push(block);
      if (item.kind !== "chart" || read.has(item.relationship)) continue;
      read.add(item.relationship);
      const chart = new ChartReader(this.#workbook.output);
      await orWarn(this.#warnings, `A chart on sheet "${name}" could not be read.`, () =>
        this.#office.read(relationships?.get(item.relationship)?.part ?? "", `a chart on sheet "${name}"`, chart),
      );
      for (const block of chart.blocks()) if (isChartSheet || block.kind === "paragraph") blocks.push(block);
    }
    return blocks;
  }

  async #comments(name: string, part: string): Promise<Block[]> {
    const comments = new CommentsReader(this.#workbook.output);
    await orWarn(this.#warnings, `The notes on sheet "${name}" could not be read to their end.`, () =>
      this.#office.read(part, `the notes on sheet "${name}"`, comments),
    );
    return comments.blocks;
  }
}

function warnHidden(sheets: Sheet[], warnings: string[]) {
  const names = sheets.filter(({ isHidden }) => isHidden).map(({ name }) => `"${name}"`);
  if (names.length === 0) return;
  const more = names.length > sheetsNamedMax ? ` and ${names.length - sheetsNamedMax} more` : "";
  const list = `${names.slice(0, sheetsNamedMax).join(", ")}${more}`;
  warnings.push(
    names.length === 1
      ? `The hidden sheet ${list} was not read. Unhide it to have it read.`
      : `The hidden sheets ${list} were not read. Unhide them to have them read.`,
  );
}
