import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";

const read = async (text: string, filename = "a.txt") =>
  (await extract(new TextEncoder().encode(text), { filename })).blocks;

test("hard-wrapped lines are one paragraph, blank lines part paragraphs", async () => {
  const blocks = await read(
    "The harbour opens at six in the morning and closes when the last\nboat has come in, which in summer may well be after midnight.\n\nDogs are welcome.",
  );
  expect(blocks.map((b) => b.text)).toEqual([
    "The harbour opens at six in the morning and closes when the last boat has come in, which in summer may well be after midnight.",
    "Dogs are welcome.",
  ]);
});

test("wrapped Japanese is joined without spaces", async () => {
  const line = "港は朝六時に開き、最後の船が戻ると閉まります。夏には真夜中を過";
  expect((await read(`${line}\nぎることもあります。`))[0]!.text).toBe(`${line}ぎることもあります。`);
});

test("lines that were short on purpose stay lines", async () => {
  expect((await read("Harbour Office\nQuay Street 5\n8000 Aarhus"))[0]!.text).toBe(
    "Harbour Office\nQuay Street 5\n8000 Aarhus",
  );
});

test.each([
  ["commas", "name,price\nrope,3\nanchor,80"],
  ["semicolons", "name;price\nrope;3\nanchor;80"],
  ["tabs", "name\tprice\nrope\t3\nanchor\t80"],
])("rows delimited by %s are a table with its header first", async (_, text) => {
  expect(await read(text)).toEqual([{ kind: "table", text: "| name | price |\n| rope | 3 |\n| anchor | 80 |" }]);
});

test("a quoted field may hold delimiters, quotes and line ends", async () => {
  const blocks = await read('name,note\nrope,"long, ""strong""\nand blue"\nanchor,heavy');
  expect(blocks[0]!.text).toBe('| name | note |\n| rope | long, "strong" and blue |\n| anchor | heavy |');
});

test("prose with as many commas in each line is no table", async () => {
  const blocks = await read(
    "Yes, said the master, he would.\nNo, said the mate, she would not.\nWell, said the cook, dinner is ready.",
  );
  expect(blocks.map((b) => b.kind)).toEqual(["paragraph"]);
});

test("code, JSON and XML keep their lines and indentation", async () => {
  const code = "function open(harbour) {\n  harbour.gate = true;\n}";
  expect(await read(code)).toEqual([{ kind: "code", text: code }]);
  expect((await read('<?xml version="1.0"?>\n<quay>\n  <name>North</name>\n</quay>', "a.xml"))[0]).toMatchObject({
    kind: "code",
  });
});

test("underlined titles and chapter lines are headings, bullets a list", async () => {
  const blocks = await read("Rules\n=====\n\nCHAPTER II\n\n- No fires\n- No fishing from the\n  pier\n");
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Rules" },
    { kind: "heading", level: 2, text: "CHAPTER II" },
    { kind: "list", text: "- No fires\n- No fishing from the pier" },
  ]);
});

test("a text of 25 MB is read in less than 3 seconds", async () => {
  const text = "The harbour opens at six in the morning and closes when the last\nboat has come in.\n\n".repeat(
    300_000,
  );
  const start = performance.now();
  await read(text.slice(0, 25 * 1024 * 1024));
  expect(performance.now() - start).toBeLessThan(3_000);
});
