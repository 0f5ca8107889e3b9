import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collapse, countDifferent, shinglesOf } from "../../functions/kernel/retrieval/near-duplicates.ts";

const results = (contents: readonly string[]) => contents.map((content, i) => ({ id: String(i), content }));
/** What is kept, with what it swallowed: "0 1 3" is result 0 with 1 and 3. */
const groups = (...contents: string[]) =>
  collapse(results(contents)).map(({ id, duplicates }) => [id, ...duplicates.map((other) => other.id)].join(" "));

const WORDS = "the of customer password reset invoice and tower refund in a policy returned within days account".split(
  " ",
);
/** Some text of about so many characters, another for each seed. */
function someText(length: number, seed: number, words: readonly string[] = WORDS, between = " "): string {
  let [text, state] = ["", seed * 7919 + 1];
  while (text.length < length) {
    state = (state * 48271) % 2147483647;
    text += words[state % words.length] + between;
  }
  return text.slice(0, length);
}

/** The definition, in strings. */
function jaccard(a: string, b: string): number {
  const shingles = (text: string) =>
    new Set(Array.from({ length: Math.max(1, text.length - 4) }, (_, i) => text.slice(i, i + 5)));
  const [inA, inB] = [shingles(a), shingles(b)];
  const shared = [...inA].filter((shingle) => inB.has(shingle)).length;
  return shared / (inA.size + inB.size - shared);
}

const letters = fc.string({ unit: fc.constantFrom("a", "b", "ก", "東", "\ud800"), maxLength: 60 });
/** Two texts that differ in a few places. */
const variants = fc
  .tuple(
    fc.string({ unit: fc.constantFrom(..."abcdefghก東"), maxLength: 300 }),
    fc.nat(300),
    fc.string({ maxLength: 8 }),
  )
  .map(([text, at, other]) => [text, text.slice(0, at) + other.replace(/[^a-z]/g, "") + text.slice(at)] as const);

describe("results that say the same", () => {
  test("are one, with the ids of the others, in the order given", () => {
    expect(groups("Refunds take 14 days.", "Call us at noon.", "Refunds take 14 days.", "Call us at noon.")).toEqual([
      "0 2",
      "1 3",
    ]);
  });

  test("may differ in letter case, width, blanks, punctuation and invisible characters", () => {
    expect(
      groups("Refunds take 14 days", "  REFUNDS — take\n\t14 days!", "Ｒｅｆｕｎｄｓ take １４ da\u00adys"),
    ).toEqual(["0 1 2"]);
    expect(groups("น้ำมันเครื่อง", "นํ้ามันเครื่อง")).toEqual(["0 1"]);
  });

  test.each([
    ["English", WORDS, " "],
    ["Thai", "เปลี่ยน ถ่าย น้ำมัน เครื่อง ได้ ที่ ร้าน เปิด กี่ โมง ครับ รหัสผ่าน ลูกค้า".split(" "), ""],
    ["Japanese", "東京 タワー へ 行き ました 料金 は 返品 ポリシー を 確認 する 必要 が".split(" "), ""],
  ])("may differ in a few words of many: %s", (_, words, between) => {
    const text = someText(600, 1, words, between);
    const [edited, other] = [`${text.slice(0, 300)}${words[0]}${text.slice(300)}`, someText(600, 2, words, between)];
    expect(groups(text, other, edited)).toEqual(["0 2", "1"]);
  });

  test("may say it more or less often", () => expect(groups("東京".repeat(10), "東京".repeat(50))).toEqual(["0 1"]));

  test("keep all else that the best of them holds", () => {
    const [best] = collapse([
      { id: "a", content: "x", score: 2, page: null },
      { id: "b", content: "X!", score: 1, page: 3 },
    ]);
    expect(best).toEqual({
      id: "a",
      content: "x",
      score: 2,
      page: null,
      duplicates: [{ id: "b", content: "X!", score: 1, page: 3 }],
    });
  });
});

test("the border is a similarity of 0.9", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz";
  expect(groups(letters.slice(0, 22), letters.slice(0, 24))).toHaveLength(1); // 18 of 20 shingles
  expect(groups(letters.slice(0, 21), letters.slice(0, 23))).toHaveLength(2); // 17 of 19
});

describe("results that say different things", () => {
  test("stay, however short", () => {
    expect(groups("yes", "no", "", "5", "15", "東京", "京都")).toHaveLength(7);
    expect(groups()).toEqual([]);
  });

  test("stay when one holds the other", () => {
    const text = someText(900, 3);
    expect(groups(text, text.slice(0, 500))).toEqual(["0", "1"]);
  });

  test("stay at the end of a chain of small changes", () => {
    const text = Array.from({ length: 100 }, (_, i) => `${i * i * 7919}`)
      .join("")
      .replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]!);
    const chain = [0, 1, 2, 3].map((step) => text.slice(step * 20, step * 20 + 400));
    expect(jaccard(chain[0]!, chain[1]!)).toBeGreaterThanOrEqual(0.9);
    expect(jaccard(chain[1]!, chain[2]!)).toBeGreaterThanOrEqual(0.9);
    expect(groups(...chain)).toEqual(["0 1", "2 3"]);
  });
});

describe("every list", () => {
  test("is parted: each id once, kept ones in order, each before what it swallowed", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(letters, fc.string()), { maxLength: 30 }), (contents) => {
        const kept = collapse(results(contents));
        const ids = kept.flatMap(({ id, duplicates }) => [id, ...duplicates.map((other) => other.id)].map(Number));
        expect(ids.toSorted((a, b) => a - b)).toEqual(contents.map((_, i) => i));
        expect(kept.map(({ id }) => Number(id))).toEqual(kept.map(({ id }) => Number(id)).toSorted((a, b) => a - b));
        for (const { id, duplicates } of kept) for (const other of duplicates) expect(+other.id).toBeGreaterThan(+id);
        expect(collapse(kept).map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
      }),
    );
  });

  test("of two texts is one result just when their Jaccard similarity is 0.9 or more", () => {
    fc.assert(
      fc.property(fc.oneof(variants, fc.tuple(letters, letters)), ([a, b]) => {
        expect(groups(a, b)).toHaveLength(jaccard(a, b) >= 0.9 ? 1 : 2);
      }),
      { numRuns: 1000 },
    );
  });
});

test("shingles are told apart as sets are, and no further than asked", () => {
  const [a, b] = [shinglesOf("abcdefgh"), shinglesOf("xbcdefghi")];
  expect([a.length, b.length, countDifferent(a, b), countDifferent(a, a)]).toEqual([4, 5, 3, 0]);
  const [long, other] = [shinglesOf(someText(20_000, 4)), shinglesOf("東京".repeat(9_000))];
  expect(countDifferent(long, other, 10)).toBeGreaterThan(10);
});

test("100 results of 1,000 characters take some 20 ms", () => {
  const many = results(Array.from({ length: 100 }, (_, i) => someText(1_000, i)));
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    collapse(many);
    return performance.now() - start;
  });
  expect(Math.min(...times)).toBeLessThan(100); // ten times what it takes, for a busy machine
});

test("what differs in a number says something else, however alike it is", () => {
  const prices = someText(1_000, 5);
  expect(groups(`${prices} 1200 baht`, `${prices} 1300 baht`, `${prices} １２００ baht`)).toEqual(["0 2", "1"]);
});
