import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chunkDocument, languageOfDocument } from "../../functions/chatbots/chunking.ts";
import { DEFAULT_CHUNKING } from "../../functions/chatbots/chunking-settings.ts";
import { documentText } from "../../functions/chatbots/extraction/chunk.ts";
import { type Block, extract } from "../../functions/chatbots/extraction/extract.ts";
import { sentencesOf } from "../../functions/chatbots/extraction/sentences.ts";

const paragraph = (text: string, page?: number): Block => ({ kind: "paragraph", text, ...(page && { page }) });
const heading = (text: string): Block => ({ kind: "heading", text, level: 1 });
const settings = (more: Partial<typeof DEFAULT_CHUNKING> = {}) => ({ ...DEFAULT_CHUNKING, ...more });
const small = settings({ chunkTokens: 100, overlapTokens: 40 });

const ENGLISH = "The kettle boils a litre of water in four minutes and switches itself off when it is done. ";
const THAI = "กาต้มน้ำจะตัดไฟเองโดยอัตโนมัติเมื่อน้ำเดือด ควรล้างตะกรันเดือนละครั้ง ";
const JAPANESE = "お湯が沸くと自動的に電源が切れます。月に一度はクエン酸で洗ってください。";
const ARABIC = "تغلي الغلاية لترا من الماء في أربع دقائق. ثم تتوقف من تلقاء نفسها عند الانتهاء. ";
const GERMAN =
  "Der Kessel kocht einen Liter Wasser in vier Minuten und schaltet sich dann von selbst aus, wenn er fertig ist. ";

const NAMES = ["brisk-17-manual.md", "brisk-17-user-guide.ja.md", "brisk-faq.th.txt", "warranty-policy.html"];
const read = async (name: string) =>
  (await extract(readFileSync(`scripts/local/documents/${name}`), { filename: name })).blocks;

describe("what is repeated", () => {
  test.each(NAMES)(
    "of %s are whole sentences of the passage before, at true offsets, within the limits",
    async (name) => {
      const blocks = await read(name);
      const text = documentText(blocks);
      for (const [chunkTokens, overlapTokens] of [
        [50, 25],
        [100, 40],
        [512, 256],
      ] as const) {
        const chunks = await chunkDocument(blocks, settings({ chunkTokens, overlapTokens }), "en");
        for (const [index, { text: content, startOffset, endOffset, tokenCount }] of chunks.entries()) {
          const slice = text.slice(startOffset, endOffset);
          expect(content === slice || content.endsWith(`\n${slice}`)).toBe(true);
          expect(tokenCount).toBeLessThanOrEqual(chunkTokens);
          const before = chunks[index - 1];
          if (!before || before.endOffset <= startOffset) continue;
          expect(startOffset).toBeGreaterThan(before.startOffset);
          expect(endOffset).toBeGreaterThan(before.endOffset);
          const passed = text.slice(before.startOffset, before.endOffset);
          const starts = sentencesOf(passed).map((sentence) => before.startOffset + sentence.start);
          expect(starts).toContain(startOffset);
        }
        expect(chunks.map(({ endOffset }) => endOffset)).toEqual(
          chunks.map(({ endOffset }) => endOffset).toSorted((a, b) => a - b),
        );
      }
    },
  );

  test.each([
    ["English", ENGLISH],
    ["Thai", THAI],
    ["Japanese", JAPANESE],
    ["Arabic", ARABIC],
  ])("is the end of the passage before, in %s text that goes on", async (_, sentence) => {
    const [first, ...others] = await chunkDocument([paragraph(sentence.repeat(30).trim())], small, "en");
    expect(others.length).toBeGreaterThan(3);
    let before = first!;
    for (const chunk of others) {
      expect(before.endOffset - chunk.startOffset).toBeGreaterThan(20);
      before = chunk;
    }
  });

  test("is nothing across a heading, a page, a table, code or a sentence that was cut", async () => {
    const long = ENGLISH.repeat(3).trim();
    const table: Block = { kind: "table", text: `| a | b |\n${"| one | two |\n".repeat(60)}`.trim() };
    const documents: Block[][] = [
      [paragraph(long), heading("Care"), paragraph(long)],
      [paragraph(long, 1), paragraph(long, 2)],
      [paragraph(long), table, { kind: "code", text: "let x = 1;\n".repeat(80).trim() }],
      [paragraph("word ".repeat(400).trim())],
    ];
    for (const blocks of documents) {
      const plain = await chunkDocument(blocks, settings({ chunkTokens: 120 }), "en");
      expect(plain.length).toBeGreaterThan(1);
      expect(await chunkDocument(blocks, settings({ chunkTokens: 120, overlapTokens: 60 }), "en")).toEqual(plain);
    }
  });

  test("never takes a sentence into a passage in part, nor loses a character, whatever the text", async () => {
    const anyText = fc.string({ unit: fc.constantFrom(..."abC .!?\n東。กา\u0627é\u{1f41f}"), maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyText, { maxLength: 6 }),
        fc.integer({ min: 0, max: 25 }),
        async (texts, overlapTokens) => {
          const blocks = texts.map((text) => paragraph(text));
          const chunks = await chunkDocument(blocks, settings({ chunkTokens: 50, overlapTokens }), "en");
          const text = documentText(blocks);
          let at = 0;
          for (const chunk of chunks) {
            expect(chunk.text).toBe(text.slice(chunk.startOffset, chunk.endOffset));
            expect(chunk.tokenCount).toBeLessThanOrEqual(50);
            expect(text.slice(at, Math.max(at, chunk.startOffset)).trim()).toBe("");
            at = chunk.endOffset;
          }
          expect(text.slice(at).trim()).toBe("");
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("the language of a passage", () => {
  const languagesOf = async (parts: [text: string, times: number][], document: string) => {
    const blocks = parts.flatMap(([text, times], index) => [
      heading(`Part ${index}`),
      paragraph(text.repeat(times).trim()),
    ]);
    const chunks = await chunkDocument(blocks, settings({ chunkTokens: 300 }), document);
    return chunks.map(({ language }) => language);
  };

  test("is its own in a document of several scripts", async () => {
    const parts: [string, number][] = [
      [ENGLISH, 12],
      [THAI, 12],
      [JAPANESE, 10],
      [ARABIC, 10],
    ];
    for (const language of ["en", "th", "ja", "ar"])
      expect([...new Set(await languagesOf(parts, language))]).toEqual(["en", "th", "ja", "ar"]);
  });

  test("is another one of the same script only where much running text says so", async () => {
    expect([
      ...new Set(
        await languagesOf(
          [
            [ENGLISH, 12],
            [GERMAN, 12],
          ],
          "en",
        ),
      ),
    ]).toEqual(["en", "de"]);
    expect([
      ...new Set(
        await languagesOf(
          [
            [ENGLISH, 12],
            ["Der Kessel kocht. ", 1],
          ],
          "en",
        ),
      ),
    ]).toEqual(["en"]);
  });

  test.each([
    ["th", "กา Brisk 17 รุ่น BR-17-EU"],
    ["th", "BRISK-17 EU 220-240V 50/60Hz 2000W"],
    ["th", "สั่งซื้อที่ https://shop.example.com/kettles/brisk-17?colour=steel ได้เลย"],
    ["ja", "型番 BR-17、電源 AC100V、消費電力 1200W、USB-C"],
    ["ja", "東京都港区芝公園四丁目二番八号 株式会社電気商会 本社営業部"],
    ["en", "The 急須 (kyusu) is a Japanese teapot; 湯冷まし is a bowl in which water cools."],
    ["en", "Győző Szabó, Łukasz Wiśniewski, Jürgen Groß, François Lefèvre, Søren Østergård, Núria Puig i Cadafalch"],
    ["de", "SELECT id, name FROM products WHERE price > 10 AND name LIKE 'Kessel%' ORDER BY price DESC LIMIT 20"],
    ["en", "12.50 | 13.75 | 14.00"],
    ["pl", "Gotowanie trwa około czterech minut. Po zagotowaniu czajnik wyłącza się sam, a lampka gaśnie."],
  ])("stays the document's (%s) for names, codes and quotations: %s", async (language, text) => {
    expect(await chunkDocument([paragraph(text)], DEFAULT_CHUNKING, language)).toMatchObject([{ language }]);
  });

  test("of Japanese written in Chinese characters alone is Japanese, of Chinese it is Chinese", async () => {
    const kanji = "東京都港区芝公園四丁目 株式会社電気商会 営業時間午前九時午後五時 年中無休";
    const chinese = "请在四分钟内将水烧开，这款电热水壶会自动断电。如果您发现问题，请联系我们的服务中心。";
    const blocks = [paragraph(JAPANESE, 1), paragraph(kanji, 2), paragraph(chinese, 3)];
    for (const document of ["ja", "en"]) {
      const chunks = await chunkDocument(blocks, settings({ chunkTokens: 50 }), document);
      const languages = chunks.map(({ page, language }) => `${page} ${language}`);
      expect([...new Set(languages)]).toEqual(["1 ja", "2 ja", "3 zh"]);
    }
  });

  test.each(NAMES)("of each passage of %s is the one that the document has", async (name) => {
    const blocks = await read(name);
    const language = await languageOfDocument(blocks, null);
    expect(language).toBe(/\.(ja|th)\./.exec(name)?.[1] ?? "en");
    for (const chunkTokens of [50, 200, 2000])
      for (const chunk of await chunkDocument(blocks, settings({ chunkTokens }), language))
        expect([chunk.text, chunk.language]).toEqual([chunk.text, language]);
  });
});

test("a passage is of the settings' type, and as sure as its page was read", async () => {
  const blocks = [paragraph(ENGLISH, 1), paragraph(ENGLISH, 2)];
  const chunks = await chunkDocument(blocks, settings({ chunkType: "ingredient_level" }), "en", new Map([[2, 0.75]]));
  expect(chunks).toMatchObject([
    { chunkType: "ingredient_level", kind: "text", page: 1, confidence: null },
    { chunkType: "ingredient_level", page: 2, confidence: 0.75 },
  ]);
  expect((await chunkDocument(blocks, DEFAULT_CHUNKING, "en"))[0]).toMatchObject({ chunkType: "text" });
});

test("a table of 10,000 columns is cut in time, each cell under its column's name", async () => {
  const columns = Array.from({ length: 10_000 }, (_, i) => `column${i}`);
  const rows = [1, 2, 3].map((row) => columns.map((_, i) => `v${row}x${i}`));
  const csv = [columns, ...rows].map((cells) => cells.join(",")).join("\n");
  const { blocks } = await extract(new TextEncoder().encode(csv), { filename: "wide.csv" });
  const started = performance.now();
  const chunks = await chunkDocument(blocks, settings({ chunkTokens: 200, overlapTokens: 100 }), "en");
  expect(performance.now() - started).toBeLessThan(2_000);
  for (const { tokenCount } of chunks) expect(tokenCount).toBeLessThanOrEqual(200);
  for (const [row, column] of [
    [1, 0],
    [2, 5_000],
    [3, 9_999],
  ]) {
    const holding = chunks.filter(({ text }) => new RegExp(`\\bv${row}x${column}\\b`).test(text));
    expect(holding.length).toBeGreaterThan(0);
    expect(holding.some(({ text }) => text.includes(`column${column}`))).toBe(true);
  }
});
