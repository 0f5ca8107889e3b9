import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkBlocks, documentText } from "../../../functions/chatbots/extraction/chunk.ts";
import type { Block } from "../../../functions/chatbots/extraction/extract.ts";
import { countTokens } from "../../../functions/kernel/ai/tokens.ts";

const heading = (level: number, text: string): Block => ({ kind: "heading", level, text });
const paragraph = (text: string, page?: number): Block => ({ kind: "paragraph", text, ...(page && { page }) });
const sentence = (n: number) => `Rule number ${n} says that boats go slow in the harbour at night.`;
const sentences = (count: number, from = 0) => Array.from({ length: count }, (_, i) => sentence(from + i)).join(" ");

test("a heading goes with what follows, and its path is the context", () => {
  const chunks = chunkBlocks([
    heading(1, "Rules"),
    heading(2, "Boats"),
    paragraph(sentences(20)),
    heading(2, "Dogs"),
    paragraph(sentences(20)),
  ]);
  expect(chunks.map((c) => c.context)).toEqual(["Rules", "Rules > Dogs"]);
  expect(chunks.map((c) => c.text.split("\n\n").slice(0, -1))).toEqual([["Rules", "Boats"], ["Dogs"]]);
});

test("small sections share a chunk only under the same heading", () => {
  const chunks = chunkBlocks([
    heading(1, "A"),
    heading(2, "A1"),
    paragraph("One."),
    heading(2, "A2"),
    paragraph("Two."),
    heading(1, "B"),
    heading(2, "B1"),
    paragraph("Three."),
  ]);
  expect(chunks.map((c) => c.context)).toEqual(["A", "B"]);
});

test("long text is packed to about the target, none left as scraps", () => {
  const chunks = chunkBlocks([paragraph(sentences(200), 3)]);
  for (const { tokenCount, page } of chunks) {
    expect(tokenCount).toBeGreaterThan(250);
    expect(tokenCount).toBeLessThanOrEqual(512);
    expect(page).toBe(3);
  }
});

test("a table that goes on repeats its header, its offsets stay those of its rows", () => {
  const rows = Array.from({ length: 200 }, (_, i) => `| boat ${i} | ${i} metres |`);
  const blocks: Block[] = [paragraph("All boats:"), { kind: "table", text: ["| Name | Length |", ...rows].join("\n") }];
  const text = documentText(blocks);
  const [first, ...others] = chunkBlocks(blocks);
  expect(first!.text).toBe(text.slice(first!.startOffset, first!.endOffset));
  expect(others.length).toBeGreaterThan(3);
  for (const chunk of others) {
    expect(chunk.kind).toBe("table");
    expect(chunk.text).toBe(`| Name | Length |\n${text.slice(chunk.startOffset, chunk.endOffset)}`);
    expect(chunk.text.split("\n").every((line) => line.startsWith("| ") && line.endsWith(" |"))).toBe(true);
  }
});

test("code is cut between lines only", () => {
  const lines = Array.from({ length: 300 }, (_, i) => `  const boat${i} = harbour.open(${i});`);
  const chunks = chunkBlocks([{ kind: "code", text: lines.join("\n") }]);
  expect(chunks.flatMap((c) => c.text.split("\n"))).toEqual(lines);
  expect(new Set(chunks.map((c) => c.kind))).toEqual(new Set(["code"]));
});

test("Japanese and Thai without spaces keep to the limit, sentences whole where they fit", () => {
  const japanese = "港は朝六時に開きますので、船はその前に準備をしてください。";
  const chunks = chunkBlocks([paragraph(japanese.repeat(60)), paragraph("ท่าเรือเปิดหกโมงเช้า".repeat(300))]);
  for (const { text, tokenCount } of chunks) {
    expect(tokenCount).toBeLessThanOrEqual(512);
    if (text.startsWith("港")) expect(text.split("\n\n")[0]!.length % japanese.length).toBe(0);
  }
});

test("a sentence above the limit is cut between words, a word above it anywhere but inside a character", () => {
  const words = "harbour ".repeat(2_000).trim();
  expect(chunkBlocks([paragraph(words)]).every((c) => /^harbour( harbour)*$/.test(c.text))).toBe(true);
  const fish = "\u{1f41f}".repeat(3_000);
  const chunks = chunkBlocks([paragraph(fish)]);
  expect(chunks.map((c) => c.text).join("")).toBe(fish);
  expect(chunks.every((c) => c.text.isWellFormed() && c.tokenCount <= 512)).toBe(true);
});

test("a million characters take less than a second", () => {
  const texts = [
    sentences(16_000),
    "港は朝六時に開きます。".repeat(90_000),
    "word ".repeat(200_000),
    "a".repeat(1_000_000),
  ];
  for (const text of texts) {
    const start = performance.now();
    chunkBlocks([paragraph(text)]);
    expect(performance.now() - start).toBeLessThan(1_000);
  }
});

const anyText = fc.string({ unit: fc.constantFrom(..."abcdefgh   .!?\n3é東京。กา|-\u{1f41f}"), maxLength: 400 });
const anyBlock: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant("heading" as const), level: fc.integer({ min: 1, max: 6 }), text: anyText }),
  fc.record({ kind: fc.constantFrom("paragraph" as const, "list" as const, "code" as const), text: anyText }),
  fc
    .array(fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })
    .map((rows) => ({
      kind: "table" as const,
      text: rows.map((row) => `| ${row.join(" | ").replace(/\s+/g, " ")} |`).join("\n"),
    })),
);
const anySizes = fc.constantFrom({ targetTokens: 20, maxTokens: 30 }, { targetTokens: 60, maxTokens: 60 }, undefined);

test("all of any document is in the chunks, in order, at true offsets, none above the limit", () => {
  fc.assert(
    fc.property(fc.array(anyBlock, { maxLength: 12 }), anySizes, (blocks, sizes) => {
      const text = documentText(blocks);
      const chunks = chunkBlocks(blocks, sizes);
      let at = 0;
      for (const [i, chunk] of chunks.entries()) {
        const { startOffset, endOffset } = chunk;
        const slice = text.slice(startOffset, endOffset);
        expect(text.slice(at, startOffset).trim()).toBe("");
        expect(chunk.index).toBe(i);
        expect(chunk.text === slice || chunk.text.endsWith(`\n${slice}`)).toBe(true);
        expect(chunk.text.isWellFormed() || !text.isWellFormed()).toBe(true);
        expect(chunk.tokenCount).toBe(countTokens(chunk.text));
        expect(chunk.tokenCount).toBeLessThanOrEqual(sizes?.maxTokens ?? 512);
        at = endOffset;
      }
      expect(text.slice(at).trim()).toBe("");
      expect(chunkBlocks(blocks, sizes)).toEqual(chunks);
    }),
    { numRuns: 500 },
  );
});

test("no sentence that fits is cut", () => {
  const anySentence = fc
    .array(fc.constantFrom("the", "boat", "harbour", "Ida", "e.g. ropes,", "Dr. Olsen", "No. 5", "(slow)"), {
      minLength: 1,
      maxLength: 14,
    })
    .map((words) => `The ${words.join(" ")} goes out${words.length % 2 ? "." : "!"}`);
  const anyParagraph = fc.array(anySentence, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(anyParagraph, { minLength: 1, maxLength: 5 }), (paragraphs) => {
      const blocks = paragraphs.map((some) => paragraph(some.join(" ")));
      const text = documentText(blocks);
      const chunks = chunkBlocks(blocks, { targetTokens: 50, maxTokens: 70 });
      const ends = new Set(chunks.map((c) => c.endOffset));
      let at = 0;
      for (const one of paragraphs.flat()) {
        const start = text.indexOf(one, at);
        at = start + one.length;
        for (let inside = start + 1; inside < at; inside++) expect(ends.has(inside)).toBe(false);
      }
    }),
  );
});

test("a passage never goes on to another page, and a heading at a page's end counts to the page of what follows", () => {
  const paragraph = (text: string, page: number): Block => ({ kind: "paragraph", text, page });
  const chunks = chunkBlocks([
    paragraph("The first page.", 1),
    paragraph("The second page.", 2),
    { kind: "heading", text: "Bleach", level: 1, page: 2 },
    paragraph("Keep it apart.", 3),
  ]);
  expect(chunks.map(({ text, page }) => [text, page])).toEqual([
    ["The first page.", 1],
    ["The second page.", 2],
    ["Bleach\n\nKeep it apart.", 3],
  ]);
});
