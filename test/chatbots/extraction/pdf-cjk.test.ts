import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";
import { type CidFont, coded, makeCidPdf, utf16 } from "./pdf-maker.ts";

const japanese: CidFont = { encoding: "UniJIS-UTF16-H", ordering: "Japan1" };
const plain: CidFont = { encoding: "Identity-H", ordering: "Identity" };
const read = (content: string, font: CidFont) => extract(makeCidPdf([content], font), {});
const textOf = async (content: string, font: CidFont) =>
  (await read(content, font)).blocks.map((block) => block.text).join("\n");

test.each<[string, CidFont["ordering"], string, string]>([
  ["90ms-RKSJ-H", "Japan1", "93fa967b8cea82c582b7", "日本語です"],
  ["UniJIS-UTF16-H", "Japan1", "65e5672c8a9e", "日本語"],
  ["UniJIS-UCS2-HW-H", "Japan1", "65e5672c8a9e", "日本語"],
  ["EUC-H", "Japan1", "c6fccbdcb8ec", "日本語"],
  ["Identity-H", "Japan1", "034b034d034f", "あいう"],
  ["GBK-EUC-H", "GB1", "d6d0cec4", "中文"],
  ["UniGB-UCS2-H", "GB1", "4e2d6587", "中文"],
  ["ETen-B5-H", "CNS1", "a4a4a4e5", "中文"],
  ["UniCNS-UTF16-H", "CNS1", "4e2d6587", "中文"],
  ["KSCms-UHC-H", "Korea1", "c7d1b1b9beee", "한국어"],
  ["UniKS-UTF16-H", "Korea1", "d55cad6dc5b4", "한국어"],
])("a font that is not embedded is read by its character map: %s of %s", async (encoding, ordering, digits, text) => {
  expect(await textOf(coded(72, 700, digits), { encoding, ordering })).toBe(text);
});

test("vertical lines are read from top to bottom and from right to left", async () => {
  const lines = [
    "吾輩は猫である。名前はまだ無い。どこで生れ",
    "たかとんと見当がつかぬ。何でも薄暗いじめじめ",
    "した所で泣いていた事だけは記憶している。",
  ];
  const content = lines.map((line, i) => utf16(500 - 20 * i, 760, line, 12)).join("\n");
  expect(await textOf(content, { encoding: "UniJIS-UTF16-V", ordering: "Japan1" })).toBe(lines.join(""));
});

test("vertical lines drawn glyph by glyph are lines, with upright figures among them and the page's number aside", async () => {
  const lines = [
    ["令", "和", "12", "年", "の", "春", "に", "開", "い", "た"],
    ["港", "で", "す", "。"],
  ];
  const glyphs = lines.flatMap((line, column) =>
    line.map((glyph, i) => utf16(500 - 20 * column, 700 - 12 * i, glyph, glyph === "12" ? 6 : 12)),
  );
  const upright = glyphs.map((glyph) => glyph.replace("/F1 6 Tf", "/F1 12 Tf 50 Tz"));
  expect(await textOf(`${upright.join("\n")} ${utf16(290, 30, "123", 10)}`, japanese)).toBe(
    "令和12年の春に開いた港です。\n123",
  );
});

test("a title across the page stands before the vertical lines under it", async () => {
  const lines = ["港は古くから人々の暮らしを支えてきた。船は", "朝早く出て、夕方に帰る。"];
  const glyphs = lines.flatMap((line, column) =>
    [...line].map((glyph, i) => utf16(500 - 20 * column, 700 - 10 * i, glyph)),
  );
  expect(await textOf([...glyphs, utf16(200, 780, "港の歴史", 20)].join("\n"), japanese)).toBe(
    `港の歴史\n${lines.join("")}`,
  );
});

test("readings stand behind their word, and the line stays whole", async () => {
  const content = [
    utf16(100, 700, "東京の港は朝六時に開き、", 12),
    utf16(100, 712, "とう", 6),
    utf16(112, 712, "きょう", 4),
    utf16(138, 712, "みなと", 4),
    utf16(100, 680, "夜八時に閉まります。", 12),
  ].join("\n");
  expect(await textOf(content, japanese)).toBe("東京（とうきょう）の港（みなと）は朝六時に開き、夜八時に閉まります。");
});

test("glyphs set apart are one word, and the header of a table stays two", async () => {
  const spread = `BT /F1 12 Tf 3 Tc 100 700 Td <${hex("請求書在中")}> Tj ET`;
  expect(await textOf(spread, japanese)).toBe("請求書在中");
  const row = (y: number, cells: [string, string]) => utf16(100, y, cells[0]) + utf16(300, y, cells[1]);
  const header = utf16(100, 700, "氏") + utf16(120, 700, "名") + utf16(300, 700, "住") + utf16(320, 700, "所");
  const table = header + row(684, ["山田花子", "東京都千代田区"]) + row(668, ["金城太郎", "沖縄県那覇市"]);
  expect(await textOf(table, japanese)).toBe(
    "| 氏名 | 住所 |\n| 山田花子 | 東京都千代田区 |\n| 金城太郎 | 沖縄県那覇市 |",
  );
});

test("Korean keeps its spaces, save between syllables that each stand alone", async () => {
  const korean: CidFont = { encoding: "UniKS-UTF16-H", ordering: "Korea1" };
  expect(await textOf(utf16(72, 700, "항구는 아침 여섯 시에 엽니다."), korean)).toBe("항구는 아침 여섯 시에 엽니다.");
  expect(await textOf(utf16(72, 700, "신 청 서"), korean)).toBe("신청서");
});

test("Thai is as typed: vowels before tones, ำ in one, no space inside a word, private shapes as their signs", async () => {
  expect(await textOf(utf16(72, 700, "ท\u0e48\u0e35น\u0e49\u0e4dา ท \u0e4dางาน ป\uf70a า"), plain)).toBe(
    "ที่น้ำ ทำงาน ป่า",
  );
});

test("shapes are the letters that they stand for: radicals, upright punctuation", async () => {
  expect(await textOf(utf16(72, 700, "⽇本の⻑い港﹁あ﹂︒"), plain)).toBe("日本の長い港「あ」。");
});

function hex(text: string): string {
  return [...text].map((char) => char.charCodeAt(0).toString(16).padStart(4, "0")).join("");
}
