import { expect, test } from "vitest";
import { measureRetrieval, wrongQuotes } from "../../functions/chatbots/evaluation/measure.ts";

const texts = new Map([
  ["a", "The warranty lasts\ntwo years."],
  ["b", "Descale it monthly."],
]);
const source = (chunkId: string, documentId: string) => ({ chunkId, documentId, title: "", page: null, score: 0.5 });
const SOURCES = [source("b", "two"), source("a", "one")];

test("a quote counts as wrong unless it stands, letter by letter, in the stored chunk that it names", () => {
  const cited = (chunkId: string, quote: string) => ({ chunkId, quote });
  expect(wrongQuotes([cited("a", "lasts\ntwo years"), cited("b", "Descale it")], texts)).toBe(0);
  expect(wrongQuotes([cited("a", "lasts two years")], texts)).toBe(1);
  expect(wrongQuotes([cited("b", "two years"), cited("gone", "two years"), cited("a", "Two years")], texts)).toBe(3);
});

test("an expected source is a document, a quote wherever its lines end, or both; and where none is expected nothing is measured", () => {
  const measured = (...expected: object[]) => measureRetrieval(expected, SOURCES, texts);
  expect(measured({ documentId: "one" })).toEqual({ recall: 1, reciprocalRank: 0.5 });
  expect(measured({ quote: "lasts two years" }, { quote: "monthly" })).toEqual({ recall: 1, reciprocalRank: 1 });
  expect(measured({ documentId: "two", quote: "two years" }, { documentId: "one" })).toEqual({
    recall: 0.5,
    reciprocalRank: 0.5,
  });
  expect(measured({ documentId: "three" })).toEqual({ recall: 0, reciprocalRank: 0 });
  expect(measured()).toEqual({ recall: null, reciprocalRank: null });
});
