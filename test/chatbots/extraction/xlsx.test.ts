import { expect, test } from "vitest";
import { chunkBlocks } from "../../../functions/chatbots/extraction/chunk.ts";
import { ExtractionError } from "../../../functions/chatbots/extraction/extracted.ts";
import { isEncryptedOffice } from "../../../functions/chatbots/extraction/ole.ts";
import { extractXlsx } from "../../../functions/chatbots/extraction/xlsx.ts";
import { type BookParts, columnName, makeXlsx, type SheetParts, sheetRows } from "./office-maker.ts";

const read = async (sheets: SheetParts[], book?: BookParts) => extractXlsx(await makeXlsx(sheets, book));
const texts = async (rows: string, book?: BookParts, after?: string) => {
  const { blocks } = await read([{ name: "S", rows, after }], book);
  return blocks.slice(1).map(({ text }) => text);
};

test("each visible sheet is a heading and its tables, with its place among the visible sheets", async () => {
  const { blocks, ...about } = await read([
    {
      name: "Quays",
      rows: sheetRows([
        ["Quay", "Boats"],
        ["North", 3],
      ]),
    },
    { name: "Drafts", state: "hidden", rows: sheetRows([["secret"]]) },
    { name: "Rules", rows: sheetRows([["The harbour opens at six."]]) },
  ]);
  expect(blocks).toEqual([
    { kind: "heading", level: 2, text: "Quays", page: 1 },
    { kind: "table", text: "| Quay | Boats |\n| North | 3 |", page: 1 },
    { kind: "heading", level: 2, text: "Rules", page: 2 },
    { kind: "paragraph", text: "The harbour opens at six.", page: 2 },
  ]);
  expect(about).toMatchObject({
    format: "xlsx",
    pageCount: 2,
    warnings: ['The hidden sheet "Drafts" was not read. Unhide it to have it read.'],
  });
});

test("cells of every type say what a person sees", async () => {
  const rows = `<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><r><t>in </t></r><r><t>line</t></r></is></c>
    <c t="b"><v>1</v></c><c t="e"><v>#DIV/0!</v></c><c t="str"><f>A1</f><v>a_x000D_&amp;b</v></c><c><f>0.1+0.2</f><v>0.30000000000000004</v></c></row>`;
  const strings = ["<t>plain</t>", "<r><t>rich </t></r><r><t>text</t></r><rPh><t>left out</t></rPh>"];
  expect(await texts(rows, { strings })).toEqual(["plain | rich text | in line | TRUE | #DIV/0! | a\n&b | 0.3"]);
});

test.each([
  ["14", 46348, "2026-11-22"],
  ["22", 46348.604166666664, "2026-11-22 14:30"],
  ["22", 46348, "2026-11-22"],
  ["[$-409]d\\-mmm\\-yy;@", 46348, "2026-11-22"],
  ["mmm yyyy", 46348, "2026-11"],
  ["yyyy", 46348, "2026"],
  ["14", 59, "1900-02-28"],
  ["14", 61, "1900-03-01"],
  ["h:mm:ss", 0.5, "12:00"],
  ["[h]:mm", 1.5, "36:00"],
  ["9", 0.12, "12 %"],
  ["0.0%", 0.30000000000000004, "30 %"],
  ["0.0%", 0.12345, "12.35 %"],
  ["0.00", 12.5, "12.50"],
  ["0.00", 12, "12"],
  ["0.00", 0.0004, "0.0004"],
  ["00000", 1234, "01234"],
  ['#,##0.00 "kg"', 1234.5, "1234.50 kg"],
  ["[$€-407] #,##0.00", -3.5, "-€3.50"],
  ['_("$"* #,##0.00_);_("$"* \\(#,##0.00\\);_("$"* "-"??_);_(@_)', 7.25, "$7.25"],
  ["0.00E+00", 1500000, "1500000"],
  ["# ?/?", 0.5, "0.5"],
  ["@", 46348, "46348"],
  ['#,##0,"K"', 1234567, "1234567"],
  ["14", -1, "-1"],
  ['"day "0', 3, "day 3"],
])("a number shown as %s: %d is %s", async (format, value, text) => {
  expect(await texts(`<row><c s="0"><v>${value}</v></c></row>`, { formats: [format] })).toEqual([text]);
});

test("days count from 1904 in workbooks that say so", async () => {
  const row = '<row><c s="0"><v>44886</v></c></row>';
  expect(await texts(row, { formats: ["14"], is1904: true })).toEqual(["2026-11-22"]);
});

test("title lines are paragraphs, empty rows part tables, and rows without a header go on with the table above", async () => {
  const rows = sheetRows([
    ["Harbour report"],
    ["Quay", "Boats"],
    ["North", 3],
    [],
    ["South", 4],
    [],
    ["Month", "Fee"],
    ["May", 10],
  ]);
  expect(await texts(rows)).toEqual([
    "Harbour report",
    "| Quay | Boats |\n| North | 3 |\n| South | 4 |",
    "| Month | Fee |\n| May | 10 |",
  ]);
});

test("tables side by side are two, but a narrow empty column parts no label from its figures", async () => {
  const side = [
    ["Quay", "Boats", null, "Month", "Fee"],
    ["North", 3, null, "May", 10],
    ["South", 4],
  ];
  expect(await texts(sheetRows(side))).toEqual([
    "| Quay | Boats |\n| North | 3 |\n| South | 4 |",
    "| Month | Fee |\n| May | 10 |",
  ]);
  const named = [
    ["Id", "Fee", null, "Id", "Fee"],
    [1, 2, null, 3, 4],
  ];
  expect(await texts(sheetRows(named))).toEqual(["| Id | Fee |\n| 1 | 2 |", "| Id | Fee |\n| 3 | 4 |"]);
  const spaced = [
    ["Item", "2025", null, "2026"],
    ["Fees", 3, null, 4],
  ];
  expect(await texts(sheetRows(spaced))).toEqual(["| Item | 2025 | 2026 |\n| Fees | 3 | 4 |"]);
});

test("a merged header names every column it covers, words merged downwards are told in each row", async () => {
  const rows = sheetRows([
    ["Quay", "2025", null, "2026"],
    [null, "Boats", "Fees", "Boats"],
    ["North", 1, 2, 3],
    [null, 4, 5, 6],
  ]);
  const merges = '<mergeCells><mergeCell ref="A1:A2"/><mergeCell ref="B1:C1"/><mergeCell ref="A3:A4"/></mergeCells>';
  expect(await texts(rows, {}, merges)).toEqual([
    "| Quay | 2025 Boats | 2025 Fees | 2026 Boats |\n| North | 1 | 2 | 3 |\n| North | 4 | 5 | 6 |",
  ]);
});

test("a header of two rows names what stands under it, also where nothing is merged", async () => {
  const forAll = [
    ["In CHF", null, null, "2026"],
    [null, "Sales", "Profit", "Cash"],
    ["North", 1, 2, 3],
  ];
  expect(await texts(sheetRows(forAll))).toEqual(["| In CHF 2026 | Sales | Profit | Cash |\n| North | 1 | 2 | 3 |"]);
  const parted = [
    ["In CHF", null, "2025", null, null, "2026"],
    [null, "Sales", "Cash", null, "Sales", "Cash"],
    ["North", 1, 2, null, 3, 4],
  ];
  expect(await texts(sheetRows(parted))).toEqual([
    "| In CHF | 2025 Sales | 2025 Cash | 2026 Sales | 2026 Cash |\n| North | 1 | 2 | 3 | 4 |",
  ]);
});

test("notes on cells follow, macros and formulas without a result are told of", async () => {
  const comments = '<comment ref="B2"><text><r><t>Ida: </t></r><r><t>counted twice</t></r></text></comment>';
  const rows = `${sheetRows([
    ["Quay", "Boats"],
    ["North", 3],
  ])}<row r="3"><c r="A3"><f>SUM(B2)</f><v/></c></row>`;
  const bytes = await makeXlsx([{ name: "S", rows, comments }], {}, { "xl/vbaProject.bin": "code" });
  const { blocks, warnings } = await extractXlsx(bytes);
  expect(blocks.at(-1)).toEqual({ kind: "paragraph", text: "Note on B2: Ida: counted twice", page: 1 });
  expect(warnings).toEqual([
    expect.stringContaining('The results of 1 formulas on sheet "S" are not stored'),
    "The file contains macros, which were ignored.",
  ]);
});

test("a table of 10,000 columns is told in strips, so that every passage names its columns and rows", async () => {
  const columns = Array.from({ length: 9_999 }, (_, i) => i);
  const rows = [
    ["Sample", ...columns.map((i) => `Gene ${i}`)],
    ...["Oak", "Elm"].map((tree) => [tree, ...columns.map((i) => i / 4)]),
  ];
  const start = performance.now();
  const { blocks } = await read([{ name: "S", rows: sheetRows(rows) }]);
  expect(performance.now() - start).toBeLessThan(3_000);
  const chunks = chunkBlocks(blocks.slice(0, 40));
  const chunk = chunks.find(({ text }) => text.includes("| Gene 500 |"))!;
  expect(chunk.text).toMatch(/^\| Sample \|.*\n\| Oak \| [\d. |]+\n\| Elm \|/);
  expect(
    blocks.every(({ text }) => text.split("\n").length < 2 || /^\| Sample \|.*\n\| Oak \|.*\n\| Elm \|/.test(text)),
  ).toBe(true);
});

test("a cell in the last row and column costs nothing", async () => {
  const rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>';
  const start = performance.now();
  expect(await texts(rows)).toEqual(["1", "2"]);
  expect(performance.now() - start).toBeLessThan(1_000);
});

test("rows and cells strewn over the sheet take time and memory by their number only", async () => {
  const diagonal = Array.from({ length: 16_000 }, (_, i) => {
    const cell = `<c r="${columnName(i + 1)}${i + 1}"><v>1</v></c>`;
    return sheetRows([["row"]], i + 1).replace("</row>", `${cell}</row>`);
  });
  const start = performance.now();
  const { blocks } = await read([{ name: "S", rows: diagonal.join("") }]);
  expect(blocks.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(10_000_000);
  expect(performance.now() - start).toBeLessThan(3_000);
});

test("a cell as long as a book, or a hundred thousand merged ranges over one another, are refused in seconds", async () => {
  const long = `<row><c t="str"><v>${"abcdefgh1 ".repeat(200_000)}</v></c></row>`;
  await expect(read([{ name: "S", rows: long }])).rejects.toMatchObject({ reason: "too_large" });
  const rows =
    '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="XFD1" t="str"><v>b</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>';
  const after = `<mergeCells>${'<mergeCell ref="A1:XFD1"/>'.repeat(100_000)}</mergeCells>`;
  const start = performance.now();
  await expect(read([{ name: "S", rows, after }])).rejects.toMatchObject({ reason: "too_large" });
  expect(performance.now() - start).toBeLessThan(5_000);
});

test("a text that a million cells point to is refused, not unfolded", async () => {
  const rows = `<row>${'<c t="s"><v>0</v></c>'.repeat(100)}</row>`.repeat(100);
  const error = await read([{ name: "S", rows }], { strings: [`<t>${"x".repeat(30_000)}</t>`] }).catch((e) => e);
  expect(error).toBeInstanceOf(ExtractionError);
  expect(error).toMatchObject({
    reason: "too_large",
    message: expect.stringMatching(/^The workbook holds more .+\. Split .+\.$/),
  });
});

test("a sheet that breaks off is read as far as it goes, with a warning; a workbook without text is refused", async () => {
  const bytes = await makeXlsx([
    {
      name: "S",
      rows: `${sheetRows([
        ["Quay", "Boats"],
        ["North", 3],
      ])}</row>`,
    },
  ]);
  const { blocks, warnings } = await extractXlsx(bytes);
  expect(blocks[1]!.text).toBe("| Quay | Boats |\n| North | 3 |");
  expect(warnings).toEqual(['Sheet "S" could not be read to its end.']);
  await expect(read([{ name: "S", rows: "" }])).rejects.toMatchObject({ reason: "no_text" });
  await expect(read([{ name: "S", rows: "</row>" }])).rejects.toThrow('Sheet "S" could not be read to its end.');
});

test("an Office file behind a password is told from an old one", () => {
  const container = new Uint8Array(2_048);
  container.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
  expect(isEncryptedOffice(container)).toBe(false);
  for (const [i, char] of [..."EncryptedPackage"].entries()) container[1_024 + 2 * i] = char.charCodeAt(0);
  container[1_024 + 64] = 34;
  expect(isEncryptedOffice(container)).toBe(true);
});
