import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pack } from "../../functions/kernel/retrieval/packing.ts";

type Result = { content: string; sourceId: string; score: number };
const result = (score: number, content: string, sourceId = content): Result => ({ score, content, sourceId });
const countTokens = (text: string) => text.length;
const scoresOf = (packed: Result[]) => packed.map(({ score }) => score);
const tokensOf = (packed: Result[]) => packed.reduce((sum, { content }) => sum + countTokens(content), 0);

const RESET = "To reset a password, open Settings and choose Security.";
const RESET_AGAIN = "To reset your password, open Settings and choose Security!";
const EXPIRY = "A link of the reset mail is valid for thirty minutes only.";

/** Search results: best first, some of them alike. */
const anyResults = fc
  .array(
    fc.record({
      content: fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom(RESET, RESET_AGAIN, EXPIRY, "น้ำมัน", "")),
      sourceId: fc.constantFrom("a", "b", "c"),
      score: fc.double({ min: 1e-6, max: 100, noNaN: true }),
    }),
    { maxLength: 25 },
  )
  .map((results) => results.toSorted((a, b) => b.score - a.score));
const anyBudget = fc.integer({ min: 0, max: 400 });

describe("what is packed", () => {
  test("a passage that says the same gives way to another with a slightly lower score", () => {
    const results = [result(1, RESET), result(0.95, RESET_AGAIN), result(0.85, EXPIRY)];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.85, 0.95]);
    expect(scoresOf(pack(results, 120, countTokens))).toEqual([1, 0.85]);
  });

  test("a passage that says the same still goes before one that is much less relevant", () => {
    const results = [result(1, RESET), result(0.95, RESET_AGAIN), result(0.4, EXPIRY)];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.95, 0.4]);
  });

  test("a passage that another holds says nothing new", () => {
    const results = [result(1, `${RESET} ${EXPIRY}`), result(0.95, EXPIRY), result(0.7, "Ask the help desk by phone.")];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.7, 0.95]);
  });

  test("a passage is compared with all that are packed, not with the last", () => {
    const results = [result(1, RESET), result(0.99, EXPIRY), result(0.95, RESET_AGAIN), result(0.8, "Ask by phone.")];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.99, 0.8, 0.95]);
  });

  test("of two as good, the one from another source comes first", () => {
    const results = [result(1, "alpha", "s"), result(0.9, "bravo", "s"), result(0.89, "gamma", "t")];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.89, 0.9]);
  });

  test("of equals, the first comes first", () => {
    const results = ["alpha", "bravo", "gamma"].map((content) => result(0.5, content));
    expect(pack(results, 1000, countTokens)).toEqual(results);
  });

  test("works in languages without spaces", () => {
    const results = [
      result(1, "เปลี่ยนถ่ายน้ำมันเครื่องได้ที่ร้าน"),
      result(0.95, "เปลี่ยนถ่ายน้ำมันเครื่องได้ที่ร้านครับ"),
      result(0.85, "返品は三十日以内にお願いします"),
    ];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([1, 0.85, 0.95]);
  });

  test("without scores above 0, the order given and what is new decide", () => {
    const results = [result(0, RESET), result(-1, RESET_AGAIN), result(-2, EXPIRY)];
    expect(scoresOf(pack(results, 1000, countTokens))).toEqual([0, -2, -1]);
  });
});

describe("the budget", () => {
  test("a result that does not fit leaves its place to smaller ones", () => {
    const results = [result(3, "a".repeat(50)), result(2, "b".repeat(60)), result(1, "c".repeat(40))];
    expect(scoresOf(pack(results, 100, countTokens))).toEqual([3, 1]);
  });

  test("may be used to the last token", () => {
    expect(pack([result(2, "alpha"), result(1, "bravo")], 10, countTokens)).toHaveLength(2);
  });

  test.each([0, 4, -1, Number.NaN])("of %d still packs the best, alone", (budget) => {
    expect(pack([result(2, "alpha"), result(1, "")], budget, countTokens)).toEqual([result(2, "alpha")]);
  });

  test("of nothing is not needed for nothing", () => expect(pack([], 0, countTokens)).toEqual([]));

  test("is never exceeded, but by the best alone; the best is first, none is packed twice, no room is left unused", () => {
    fc.assert(
      fc.property(anyResults, anyBudget, (results, budget) => {
        const packed = pack(results, budget, countTokens);
        expect(packed[0]).toBe(results[0]);
        expect(new Set(packed).size).toBe(packed.length);
        expect(packed.every((one) => results.includes(one))).toBe(true);
        expect(packed.length <= 1 || tokensOf(packed) <= budget).toBe(true);
        for (const { content } of results.filter((one) => !packed.includes(one))) {
          expect(tokensOf(packed) + countTokens(content)).toBeGreaterThan(budget);
        }
      }),
    );
  });

  test("that has room for all packs all, each counted once", () => {
    fc.assert(
      fc.property(anyResults, (results) => {
        let counted = 0;
        const packed = pack(results, 1e6, (text) => {
          counted += 1;
          return text.length;
        });
        expect(new Set(packed)).toEqual(new Set(results));
        expect(counted).toBe(results.length);
      }),
    );
  });

  test("the scale of the scores does not matter", () => {
    fc.assert(
      fc.property(anyResults, anyBudget, (results, budget) => {
        const scaled = results.map((one) => ({ ...one, score: one.score / 64 }));
        const contents = (packed: Result[]) => packed.map(({ content }) => content);
        expect(contents(pack(scaled, budget, countTokens))).toEqual(contents(pack(results, budget, countTokens)));
      }),
    );
  });
});
