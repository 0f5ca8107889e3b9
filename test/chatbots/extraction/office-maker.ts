import { TextReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";

const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** An archive with these members. */
export async function makeZip(members: Record<string, string>): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, text] of Object.entries(members)) await writer.add(name, new TextReader(text));
  return writer.close();
}

/** A part with relationships: `links` by id, each a type such as "slide" and a target. */
const rels = (links: Record<string, [type: string, target: string]>) =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${Object.entries(links)
    .map(([id, [type, target]]) => `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`)
    .join("")}</Relationships>`;

export type SlideParts = {
  shapes: string;
  isHidden?: boolean;
  notes?: string;
  links?: Record<string, [type: string, target: string]>;
};

/** A presentation of such slides; further members as they are. */
export function makePptx(slides: SlideParts[], more: Record<string, string> = {}): Promise<Uint8Array> {
  const members: Record<string, string> = {
    "_rels/.rels": rels({ rId1: ["officeDocument", "ppt/presentation.xml"] }),
    "ppt/presentation.xml": `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${slides
      .map((_, i) => `<p:sldId id="${256 + i}" r:id="slide${i}"/>`)
      .join("")}</p:sldIdLst></p:presentation>`,
    // The order of parts is not that of slides.
    "ppt/_rels/presentation.xml.rels": rels(
      Object.fromEntries(slides.map((_, i) => [`slide${i}`, ["slide", `slides/slide${slides.length - i}.xml`]])),
    ),
  };
  for (const [i, { shapes, isHidden, notes, links }] of slides.entries()) {
    const name = `slide${slides.length - i}.xml`;
    members[`ppt/slides/${name}`] =
      `<p:sld xmlns:p="p" xmlns:a="a" xmlns:r="r"${isHidden ? ' show="0"' : ""}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`;
    const noteLink: Record<string, [string, string]> = notes ? { notes: ["notesSlide", `../notesSlides/${name}`] } : {};
    members[`ppt/slides/_rels/${name}.rels`] = rels({ ...links, ...noteLink });
    if (notes) members[`ppt/notesSlides/${name}`] = `<p:notes xmlns:p="p" xmlns:a="a">${notes}</p:notes>`;
  }
  return makeZip({ ...members, ...more });
}

export type SheetParts = { name: string; rows: string; after?: string; state?: string; comments?: string };
export type BookParts = { strings?: string[]; formats?: string[]; is1904?: boolean };

/**
 * A workbook of such sheets, `rows` and `after` being XML. `strings` are <si> contents; cell style n has the n-th of
 * `formats`, each a format code or the number of a built-in one.
 */
export function makeXlsx(sheets: SheetParts[], book: BookParts = {}, more: Record<string, string> = {}) {
  const { strings = [], formats = [], is1904 = false } = book;
  const members: Record<string, string> = {
    "_rels/.rels": rels({ rId1: ["officeDocument", "xl/workbook.xml"] }),
    "xl/workbook.xml": `<workbook xmlns:r="r"><workbookPr date1904="${Number(is1904)}"/><sheets>${sheets
      .map(
        ({ name, state }, i) =>
          `<sheet name="${name}"${state ? ` state="${state}"` : ""} sheetId="${i}" r:id="s${i}"/>`,
      )
      .join("")}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": rels({
      ...Object.fromEntries(sheets.map((_, i) => [`s${i}`, ["worksheet", `worksheets/sheet${i}.xml`]])),
      styles: ["styles", "styles.xml"],
      strings: ["sharedStrings", "/xl/sharedStrings.xml"],
    }),
    "xl/sharedStrings.xml": `<sst>${strings.map((si) => `<si>${si}</si>`).join("")}</sst>`,
    "xl/styles.xml": `<styleSheet><numFmts>${formats
      .map((code, i) =>
        /^[1-9]\d?$/.test(code) ? "" : `<numFmt numFmtId="${200 + i}" formatCode="${escaped(code)}"/>`,
      )
      .join("")}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${formats
      .map((code, i) => `<xf numFmtId="${/^[1-9]\d?$/.test(code) ? code : 200 + i}"/>`)
      .join("")}</cellXfs></styleSheet>`,
  };
  for (const [i, { rows, after = "", comments }] of sheets.entries()) {
    members[`xl/worksheets/sheet${i}.xml`] = `<worksheet><sheetData>${rows}</sheetData>${after}</worksheet>`;
    if (comments === undefined) continue;
    members[`xl/worksheets/_rels/sheet${i}.xml.rels`] = rels({ c: ["comments", `../comments${i}.xml`] });
    members[`xl/comments${i}.xml`] = `<comments><commentList>${comments}</commentList></comments>`;
  }
  return makeZip({ ...members, ...more });
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

/** Rows of a sheet from such values; empty ones ("" or null) leave their cell out. */
export function sheetRows(rows: (string | number | null)[][], firstRow = 1): string {
  return rows
    .map(
      (cells, i) =>
        `<row r="${firstRow + i}">${cells.map((value, j) => cell(value, columnName(j), firstRow + i)).join("")}</row>`,
    )
    .join("");
}

function cell(value: string | number | null, column: string, row: number): string {
  if (value === null || value === "") return "";
  if (typeof value === "number") return `<c r="${column}${row}"><v>${value}</v></c>`;
  return `<c r="${column}${row}" t="inlineStr"><is><t>${escaped(value)}</t></is></c>`;
}

/** A for 0, AA for 26. */
export function columnName(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : columnName(Math.floor(index / 26) - 1) + last;
}
