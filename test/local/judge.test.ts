import { expect, test } from "vitest";
import { judge, readCase } from "../../scripts/local/bedrock/judge.ts";
import { propose } from "../../scripts/local/bedrock/propose.ts";

const verdictsOf = (answer: string, ...facts: string[]) => {
  const blocks = facts.map((fact, index) => `<fact id="${index + 1}">\n${fact}\n</fact>`);
  const text = `<question>\nHow long?\n</question>\n<answer>\n${answer}\n</answer>\n${blocks.join("\n")}`;
  const found = readCase({ messages: [{ role: "user", content: [{ text }] }] });
  return JSON.parse(judge(found!)).map(({ holds }: { holds: boolean }) => holds);
};

test("the stand-in judges a fact by its words, in any order, and by every number", () => {
  expect(
    verdictsOf("The warranty of a kettle lasts 2 years.", "Kettles have a warranty of 2 years", "3 years of warranty"),
  ).toEqual([true, false]);
  expect(verdictsOf("Descale it monthly.", "The warranty lasts long")).toEqual([false]);
});

test("the stand-in proposes a question about a sentence of the passage, and none about a heading", () => {
  const sentence = "The grey valve below the lid empties the boiler.";
  expect(JSON.parse(propose(`Boilers\n\n${sentence}`))).toMatchObject([{ quote: sentence }]);
  expect(propose("Contents")).toBe("[]");
});
