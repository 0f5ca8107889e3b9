import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";
import { column, type Drawn, makeCidPdf, makePdf, picture, utf16 } from "./pdf-maker.ts";

const read = (pages: Drawn[][], info?: Record<string, string>) => extract(makePdf(pages, info), {});
const prose = (word: string, lines: number) =>
  Array.from({ length: lines }, (_, i) => `${word} ${i + 1} of the harbour rules says that boats go slow,`);

test("lines become paragraphs by spacing, larger ones headings, each with its page", async () => {
  const { blocks, pageCount } = await read([
    [
      { x: 72, y: 760, text: "Harbour rules", size: 20 },
      ...column(72, 720, ["The harbour opens at six in the morning and closes when the last", "boat has come in."]),
      ...column(72, 670, ["Dogs are welcome on all quays as long as they are kept on a lead", "by their owners."]),
    ],
    column(72, 700, ["Fires are forbidden."]),
  ]);
  expect(pageCount).toBe(2);
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Harbour rules", page: 1 },
    {
      kind: "paragraph",
      text: "The harbour opens at six in the morning and closes when the last boat has come in.",
      page: 1,
    },
    {
      kind: "paragraph",
      text: "Dogs are welcome on all quays as long as they are kept on a lead by their owners.",
      page: 1,
    },
    { kind: "paragraph", text: "Fires are forbidden.", page: 2 },
  ]);
});

test("two columns are read one after the other under a title across both", async () => {
  const left = prose("Left", 12).map((text) => text.slice(0, 44));
  const right = prose("Right", 12).map((text) => text.slice(0, 44));
  const title = { x: 72, y: 780, text: "A title that stands across both of the columns below it", size: 16 };
  const { blocks } = await read([[title, ...column(60, 740, left), ...column(320, 740, right)]]);
  const text = blocks.map((b) => b.text).join(" ");
  expect(text.indexOf("A title")).toBe(0);
  expect(text.indexOf("Left 12")).toBeGreaterThan(0);
  expect(text.indexOf("Left 12")).toBeLessThan(text.indexOf("Right 1 "));
});

test("a table keeps its rows and columns", async () => {
  const row = (y: number, cells: string[]) => cells.map((text, i) => ({ x: 72 + 120 * i, y, text }));
  const { blocks } = await read([
    [
      ...column(72, 740, ["The prices of this season are these:"]),
      ...row(700, ["Item", "Price", "Stock"]),
      ...row(684, ["Rope", "3.00", "120"]),
      ...row(668, ["Anchor", "80.00", "4"]),
    ],
  ]);
  expect(blocks[1]).toEqual({
    kind: "table",
    text: "| Item | Price | Stock |\n| Rope | 3.00 | 120 |\n| Anchor | 80.00 | 4 |",
    page: 1,
  });
});

test("words divided at line ends are whole again, bullets are a list", async () => {
  const { blocks } = await read([
    [
      ...column(72, 740, ["The harbour master decides about all excep-", "tions from these rules on the same day."]),
      { x: 72, y: 690, text: "\u2022" },
      { x: 90, y: 690, text: "no fires" },
      { x: 72, y: 676, text: "\u2022" },
      { x: 90, y: 676, text: "no fishing" },
    ].map((d) => ({ ...d, text: d.text.replace("\u2022", "\x95") })),
  ]);
  expect(blocks.map((b) => b.text)).toEqual([
    "The harbour master decides about all exceptions from these rules on the same day.",
    "• no fires\n• no fishing",
  ]);
});

const names = "Anchor Boat Crane Dock Eel Fish Gull Hull Ice Jetty Keel Lamp".split(" ");

test("running headers stand once, page numbers never, figures at a page's end always", async () => {
  const pages = Array.from({ length: 12 }, (_, i) => [
    { x: 72, y: 810, text: "Harbour rules of Aarhus" },
    ...column(72, 740, [
      `${names[i]} rules are told on this page and nowhere else.`,
      `${names[i]} rules hold for all boats.`,
    ]),
    { x: 72, y: 80, text: String((i * 7919) % 1000) },
    { x: 300, y: 40, text: String(i + 1) },
  ]);
  const { blocks } = await read(pages);
  const lines = blocks.flatMap((b) => b.text.split("\n"));
  expect(lines.filter((line) => line.includes("Harbour rules of Aarhus"))).toHaveLength(1);
  for (let i = 0; i < 12; i++) {
    expect(blocks.some((b) => b.page === i + 1 && b.text.includes(`${names[i]} rules`))).toBe(true);
    expect(blocks.some((b) => b.page === i + 1 && b.text.split(/\s/).includes(String((i * 7919) % 1000)))).toBe(true);
  }
  expect(blocks.filter((b) => b.text === "12")).toEqual([]);
});

test("documents of a few pages lose no line", async () => {
  const { blocks } = await read(Array.from({ length: 3 }, () => [{ x: 72, y: 800, text: "Confidential" }]));
  expect(blocks.map((b) => b.text)).toEqual(["Confidential", "Confidential", "Confidential"]);
});

test("a sentence over the end of a page is one paragraph on its first page", async () => {
  const { blocks } = await read([
    column(72, 100, ["When a storm is announced all of the boats in the outer harbour have to be moved"]),
    column(72, 740, ["to the inner one before the evening."]),
  ]);
  expect(blocks).toHaveLength(1);
  expect(blocks[0]).toMatchObject({ page: 1, text: expect.stringContaining("moved to the inner one") });
});

const plain = { encoding: "Identity-H", ordering: "Identity" } as const;
const scan = picture(0, 0, 595, 842);
const shapes = (count: number) => Array.from({ length: count }, (_, i) => `${i} ${i} 2 3 re f`).join("\n");
const someText = utf16(72, 700, "The harbour opens at six.");

test("pages that show their text in pictures or as outlines are told, blank ones and small pictures not", async () => {
  const stamped = `${scan} ${utf16(72, 20, "Page 5")}`;
  const strips = picture(0, 0, 595, 400) + picture(0, 400, 595, 442);
  const logo = picture(50, 700, 90, 60);
  const pages = [someText, scan, "", logo, stamped, strips, shapes(300), shapes(20), someText + logo];
  const { pagesWithoutText, warnings, blocks } = await extract(makeCidPdf(pages, plain), {});
  expect(pagesWithoutText).toEqual([2, 5, 6, 7]);
  expect(warnings).toEqual([]); // text recognition follows, and tells what it could not read
  expect(blocks.map((b) => b.page)).toEqual([1, 5, 9]);
});

test("a scanned PDF gives no blocks and all its pages", async () => {
  const read = await extract(makeCidPdf([scan, scan], plain), {});
  expect(read).toMatchObject({ blocks: [], pagesWithoutText: [1, 2], pageCount: 2 });
});

test("letters that cannot be told are told: unmapped ones are left out, implausible ones kept for the time being", async () => {
  const privateUse = utf16(72, 700, "\ue123\ue222\ue1d1\ue100".repeat(10));
  const glyphNumbers = utf16(
    72,
    700,
    Array.from({ length: 240 }, (_, i) => String.fromCharCode(1000 + ((i * 7919) % 18_000))).join(""),
    2,
  );
  const shifted = utf16(
    10,
    700,
    "7KH KDUERXU RSHQV DW VLI LQ WKH PRUQLQJ DQG FORVHV ZKHQ WKH ODVW ERDW KDV FRPH LQ. ".repeat(3),
    2,
  );
  const read = await extract(makeCidPdf([privateUse, glyphNumbers, shifted, someText], plain), {});
  expect(read.pagesWithoutText).toEqual([1, 2, 3]);
  expect(read.blocks.map((b) => b.page)).toEqual([2, 3, 4]);
});

test("title and metadata are the document's, a file name is no title", async () => {
  const page = [{ x: 72, y: 700, text: "Rules of the harbour", size: 20 }, ...column(72, 600, prose("Rule", 9))];
  const named = await read([page], { Title: "Harbour (2024)", Author: "Ida", CreationDate: "D:20240131120000Z" });
  expect(named).toMatchObject({ title: "Harbour (2024)", metadata: { author: "Ida", created: "2024-01-31" } });
  expect((await read([page], { Title: "Microsoft Word - rules.docx" })).title).toBe("Rules of the harbour");
});
