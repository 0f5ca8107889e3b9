import fc from "fast-check";
import { expect, test } from "vitest";
import { sentencesOf } from "../../../functions/chatbots/extraction/sentences.ts";
import { countTokens } from "../../../functions/kernel/ai/tokens.ts";

const split = (text: string) => sentencesOf(text).map(({ start, end }) => text.slice(start, end));

test.each([
  ["Dr. Smith met J. R. Hartley, e.g. at noon. They left."],
  ["See Fig. 3 and No. 5 for more. That is all."],
  ["It cost 3.50 in the U.S. market, i.e. little. Nobody paid."],
])("abbreviations, initials and numbers end no sentence: %s", (text) => {
  expect(split(text)).toHaveLength(2);
});

test("a No. that is an answer ends one", () => {
  expect(split("Is it open? No. It opens at six.")).toEqual(["Is it open?", "No.", "It opens at six."]);
});

test("Japanese is split at its full stops, a quotation stays with its sentence", () => {
  expect(split("港は開いています。「閉まる？」と聞いた。はい。「六時です。」")).toEqual([
    "港は開いています。",
    "「閉まる？」と聞いた。",
    "はい。",
    "「六時です。」",
  ]);
});

test("Thai is split at the spaces between phrases", () => {
  expect(split("ท่าเรือเปิดหกโมงเช้า ปิดตอนเย็น")).toEqual(["ท่าเรือเปิดหกโมงเช้า", "ปิดตอนเย็น"]);
});

test("a wrapped line goes on, a finished one does not", () => {
  expect(split("the quay is\nclosed today\nOpening hours")).toEqual(["the quay is\nclosed today", "Opening hours"]);
});

test("every character but blanks is in exactly one sentence, in order", () => {
  const anything = fc.string({ unit: fc.constantFrom(..."aB. !?\n「」。กา 3é\u{1f41f}(\"'"), maxLength: 300 });
  fc.assert(
    fc.property(anything, (text) => {
      let at = 0;
      for (const { start, end } of sentencesOf(text)) {
        expect(text.slice(at, start).trim()).toBe("");
        expect(end).toBeGreaterThan(start);
        at = end;
      }
      expect(text.slice(at).trim()).toBe("");
    }),
  );
});

test("a text costs no more tokens than its parts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
      expect(countTokens(a + b)).toBeLessThanOrEqual(countTokens(a) + countTokens(b));
      expect(countTokens(`${a}\n\n${b}`)).toBeLessThanOrEqual(countTokens(a) + countTokens(b) + 1);
    }),
  );
});

test("tokens are near what tokenizers count", () => {
  expect(countTokens("")).toBe(0);
  expect(countTokens("The harbour opens at six in the morning.")).toBeGreaterThanOrEqual(9);
  expect(countTokens("The harbour opens at six in the morning.")).toBeLessThanOrEqual(13);
  expect(countTokens("東京都港区")).toBe(5);
  expect(countTokens("สวัสดี")).toBe(3);
});
