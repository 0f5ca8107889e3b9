import { expect, test } from "vitest";
import { chunkBlocks } from "../../../functions/chatbots/extraction/chunk.ts";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";

const read = async (text: string, filename = "a.csv") =>
  (await extract(new TextEncoder().encode(text), { filename })).blocks;
const long = (word: string) => `${word} goes slow in the harbour, at night, when nobody sees it. `.repeat(10).trim();

test.each([
  ["a byte order mark", "\ufeffname,price\nrope,3\nanchor,80"],
  ["quotes", '"name","price"\n"rope","3"\n"anchor","80"'],
  ["Excel's separator line", "sep=;\r\nname;price\r\nrope;3\r\nanchor;80\r\n"],
  ["a separator that Excel alone knows", "sep=^\nname^price\nrope^3\nanchor^80"],
])("a file with %s is a table under its header", async (_, text) => {
  expect(await read(text)).toEqual([{ kind: "table", text: "| name | price |\n| rope | 3 |\n| anchor | 80 |" }]);
});

test.each([
  "Prices 2024,,\n,,\nname,price,stock",
  "Prices 2024\n\nname,price,stock",
  '"Prices 2024",,\nname,price,stock',
])("a line above the header is the title: %j", async (head) => {
  expect(await read(`${head}\nrope,3,120\nanchor,80,4`)).toEqual([
    { kind: "heading", level: 1, text: "Prices 2024" },
    { kind: "table", text: "| name | price | stock |\n| rope | 3 | 120 |\n| anchor | 80 | 4 |" },
  ]);
});

test("rows that end before the header does are rows all the same", async () => {
  const [table] = await read("name,price,note\nrope,3,\nanchor,80\nbuoy,12,red\nchain,9,\noar,4");
  expect(table).toMatchObject({ kind: "table", text: expect.stringContaining("| oar | 4 |") });
});

test("a row of long text is a section with a line for each column", async () => {
  const rows = ["Ida", "Ole"].map((name, i) => `${i},${name},"${long(name)}",2024`);
  const blocks = await read(`id,title,text,year\n${rows.join("\n")}`);
  expect(blocks.map(({ kind, text }) => [kind, text])).toEqual(
    ["Ida", "Ole"].flatMap((name, i) => [
      ["heading", name],
      ["paragraph", `id: ${i}`],
      ["paragraph", `text: ${long(name)}`],
      ["paragraph", "year: 2024"],
    ]),
  );
});

test("an article without a title is named by its row as a spreadsheet counts it", async () => {
  const blocks = await read(`author;text\nIda;${long("Ida")}\nOle;${long("Ole")}`);
  expect(blocks.filter((block) => block.kind === "heading").map((block) => block.text)).toEqual(["Row 2", "Row 3"]);
});

test("a question and its answer are a section of their own, however short", async () => {
  const blocks = await read('Question,Answer\nMay I go fast?,"No, never."\nMay I fish?,From the pier.');
  expect(blocks.map((block) => block.text)).toEqual([
    "May I go fast?",
    "Answer: No, never.",
    "May I fish?",
    "Answer: From the pier.",
  ]);
});

test("in rows too wide for their header to be repeated, each value stands with its column", async () => {
  const columns = Array.from({ length: 10_000 }, (_, i) => i);
  const row = (n: number) => columns.map((i) => n * 10_000 + i).join(",");
  const text = `${columns.map((i) => `column ${i}`).join(",")}\n${row(1)}\n${row(2)}\n${row(3)}`;
  const chunks = chunkBlocks(await read(text));
  expect(chunks.some((chunk) => chunk.text.includes("column 9999: 29999"))).toBe(true);
});

test("each passage of a long table begins with its header", async () => {
  const rows = Array.from({ length: 500 }, (_, i) => `rope ${i},${i}`);
  const chunks = chunkBlocks(await read(`Prices\nname,price\n${rows.join("\n")}`));
  expect(chunks.length).toBeGreaterThan(3);
  for (const chunk of chunks) expect(chunk.text).toContain("| name | price |");
  for (const chunk of chunks) expect(chunk.context).toBe("Prices");
});

test("prose with as many commas in each line stays prose, also when it speaks", async () => {
  for (const text of [
    'Yes, said the master, he would.\nNo, said the mate, she would not.\n"Well," said the cook, "dinner is ready."',
    [2020, 2021, 2022]
      .map(
        (year) =>
          `Im Jahr ${year} waren es im ganzen Hafen 3,5 Prozent aller Boote, die schneller fuhren als erlaubt ist.`,
      )
      .join("\n"),
  ])
    expect((await read(text, "a.txt")).map((block) => block.kind)).toEqual(["paragraph"]);
});

test.each([
  ["rows of two short fields", "question,answer\n", "a,b\n"],
  ["rows of quotes", "question,answer\n", '"a ""b""","c\nd"\n'],
  ["quotes never closed", "name,price\n", '"rope,3\n'],
  ["empty fields", `${"a,".repeat(5_000)}b\n`, `${",".repeat(5_000)}\n`],
])("8 MB of %s take no more than seconds", async (_, header, row) => {
  const text = header + row.repeat(Math.floor((8 * 1024 * 1024) / row.length));
  const start = performance.now();
  await extract(new TextEncoder().encode(text), { filename: "a.csv" }).catch((error) =>
    expect(error).toMatchObject({ reason: "too_large" }),
  );
  expect(performance.now() - start).toBeLessThan(10_000);
});
