import { beforeAll, describe, expect, test } from "vitest";
import { organization, settled, type TestOrganization, uploadText } from "../harness.ts";

const TEXTS = {
  kettle: "The Kettle X-9001 boils water in two minutes, and whistles.",
  samovar: "A samovar boils water slowly; the water boils for an hour.",
  hamlet: "To be, or not to be: that is the question of the prince.",
  being: "Not to question is to be a prince, or that is what they say.",
  guarantee: "このケトルの保証期間は、お買い上げの日から二年間です。",
  exempt: "保証の対象外となる期間は別途定めます。",
  covered: "กาต้มน้ำรับประกันสองปีนับจากวันที่ซื้อ",
  uncovered: "รับรองว่าประกันไม่ครอบคลุมสองปีแรก",
  mixer: "The mixer Aquastar kneads dough.",
};

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
  const ids: string[] = [];
  for (const [title, text] of Object.entries(TEXTS)) ids.push(await uploadText(org, text, title));
  await Promise.all(ids.map((id) => settled(org, id)));
});

const search = async (query: string, more: object = {}) =>
  (await org.call("POST", "/v1/search", { query, corpora: ["document_chunk"], ...more })).body;
const titles = async (query: string, more?: object): Promise<string[]> =>
  (await search(query, more)).results.map(({ source }: { source: { title: string } }) => source.title);

describe("a phrase stands in every result", () => {
  test.each([
    ['"boils water"', ["kettle", "samovar"]],
    ['"BOILS  water"', ["kettle", "samovar"]],
    ['"water boils"', ["samovar"]],
    ['"kettle x 9001"', ["kettle"]],
    ['"boils water" "whistles"', ["kettle"]],
    ['"oils water"', []],
    ['"to be or not to be"', ["hamlet"]],
    ['"or that is"', ["being"]],
    ["「保証期間」", ["guarantee"]],
    ['"証期"', ["guarantee"]], // no word, and of other words than the ones around it
    ['"対象外となる期間"', ["exempt"]],
    ['"รับประกันสองปี"', ["covered"]],
    ['"ประกันสอง"', ["covered"]],
    ['"ประกัน"', ["covered", "uncovered"]],
  ])("%s", async (query, expected) => {
    expect((await titles(query)).sort()).toEqual([...expected].sort());
  });

  test("whether it is searched by words or by meaning", async () => {
    expect(await titles('"boils water" minutes', { mode: "lexical" })).toEqual(["kettle", "samovar"]);
    expect((await titles('"water boils"', { mode: "vector" })).sort()).toEqual(["samovar"]);
  });
});

describe("what is excluded stands in no result", () => {
  test.each([
    ["boils water -samovar", "kettle", "samovar"],
    ["boils water -SAMOVARS", "kettle", "samovar"],
    ['boils water -"two minutes"', "samovar", "kettle"],
    ["prince -hamlet -is", "being", "nothing"],
    ["期間 -対象外", "guarantee", "exempt"],
    ["保証 -「保証期間」", "exempt", "guarantee"],
    ['สองปี -"รับประกัน"', "uncovered", "covered"],
  ])("%s", async (query, found, excluded) => {
    for (const mode of ["hybrid", "vector"]) {
      const all = await titles(query, { mode });
      expect(all).toContain(found);
      expect(all).not.toContain(excluded);
    }
  });

  test("but in a plain question a quote mark and a minus are text", async () => {
    expect(await titles('"water boils" -samovar', { syntax: "plain" })).toEqual(
      expect.arrayContaining(["kettle", "samovar"]),
    );
  });
});

describe("a typing error in a name", () => {
  test.each(["Aquaster", "aquasttar", "Aqustar"])("is corrected where no word is found: %s", async (query) => {
    const { corrections, results } = await search(query, { mode: "lexical", explain: true });
    expect(corrections).toEqual(["aquastar"]);
    expect(results[0]).toMatchObject({ source: { title: "mixer" }, terms: [{ term: "aquastar" }] });
  });

  test("is left alone where a word is found, and so is what is like no name", async () => {
    expect(await search("Aquaster dough", { mode: "lexical" })).toMatchObject({ corrections: [] });
    expect(await search("Zzyzx", { mode: "lexical" })).toMatchObject({ corrections: [], results: [] });
  });

  test("in one part of a code leaves the other to find it", async () => {
    const { corrections, results } = await search("X-9010", { mode: "lexical" });
    expect(corrections).toEqual([]);
    expect(results[0].source.title).toBe("kettle");
  });
});
