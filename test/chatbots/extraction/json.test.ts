import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkBlocks } from "../../../functions/chatbots/extraction/chunk.ts";
import { extractJson } from "../../../functions/chatbots/extraction/json.ts";

const read = (value: unknown) => extractJson(JSON.stringify(value))!;
const texts = (text: string) => extractJson(text)?.blocks.map((block) => block.text);

test("an object is its values by their paths, its lists lists", () => {
  const harbour = {
    name: "Harbour",
    open: true,
    closed: null,
    master: { name: "Ida", phone: { day: "123" } },
    quays: ["North", "South"],
    rules: Array.from({ length: 4 }, (_, i) => `Rule number ${i} says that boats go slow at night.`),
  };
  const { title, blocks } = read(harbour);
  expect(title).toBe("Harbour");
  expect(blocks).toEqual([
    {
      kind: "list",
      text: "name: Harbour\nopen: true\nmaster.name: Ida\nmaster.phone.day: 123\nquays: North, South\nrules:",
    },
    { kind: "list", text: harbour.rules.map((rule) => `- ${rule}`).join("\n") },
  ]);
});

test("like objects with short values are a table whose header are their keys", () => {
  const boats = [
    { name: "Ida", size: { metres: 9 }, tags: ["old", "red"] },
    { name: "Ole", size: { metres: 7 }, tags: [] },
  ];
  const table = "| name | size.metres | tags |\n| Ida | 9 | old, red |\n| Ole | 7 |  |";
  expect(read(boats).blocks).toEqual([{ kind: "table", text: table }]);
  expect(read({ boats, year: 2024 }).blocks).toEqual([
    { kind: "paragraph", text: "boats:" },
    { kind: "table", text: table },
    { kind: "paragraph", text: "year: 2024" },
  ]);
});

test("objects with longer values are sections, named by their title, name or id, else counted", () => {
  const text = "Boats go slow in the harbour at night. ".repeat(10).trim();
  const { blocks } = read([{ id: 7, title: "Boats", text }, { id: 8, text }, { text }]);
  expect(blocks.map((block) => block.text)).toEqual([
    ...["Boats", "id: 7", `text: ${text}`],
    ...["8", "id: 8", `text: ${text}`],
    ...["Item 3", `text: ${text}`],
  ]);
});

test("a question and its answer stand in one section, and in one passage when they fit", () => {
  const faqs = Array.from({ length: 30 }, (_, i) => ({
    question: `May boat ${i} go fast?`,
    answer: `No, boat ${i} goes slow. `.repeat(1 + (i % 20)).trim(),
  }));
  for (const file of [faqs, { version: 1, faqs }]) {
    for (const { text } of chunkBlocks(read(file).blocks)) {
      for (const { question, answer } of faqs) expect(text.includes(question)).toBe(text.includes(answer));
    }
  }
});

test("markup in a value is read as its text", () => {
  const answer = "<p>No.<br>Boats go <b>slow</b>.</p><ul><li>always</li></ul>";
  expect(read([{ question: "<b>Fast?</b>", answer }]).blocks.map((block) => block.text)).toEqual([
    "Fast?",
    "answer: No.\nBoats go slow.\n- always",
  ]);
});

test("lines of JSON are records; other lines are told by their number and kept as text", () => {
  const line = (n: number) => JSON.stringify({ question: `Question ${n}?`, answer: "No." });
  const file = [line(1), "", line(2), "# a note", line(3), line(4), line(5)].join("\n");
  const { blocks, warnings } = extractJson(file)!;
  expect(warnings).toEqual(["Line 4 is not JSON and was read as plain text."]);
  expect(blocks.filter((block) => block.kind === "heading").map((block) => block.text)).toEqual(
    [1, 2, 3, 4, 5].map((n) => `Question ${n}?`),
  );
  expect(blocks.some((block) => block.text === "# a note")).toBe(true);
});

test.each([
  ["prose", "Boats go slow."],
  ["a number", "42"],
  ["numbers in lines", "1\n2\n3"],
  ["JSON that goes on", '{"a":1} and so on'],
  ["a comma too many", '{"a":1,}'],
  ["JSON without its end", '[{"a":1}'],
  ["a list of marks", "[x] done\n[ ] open"],
])("%s is not JSON", (_, text) => {
  expect(extractJson(text)).toBeNull();
});

test("what JSON.parse takes is JSON here, and nothing else", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom("", ",", "]", '"', "\\", "1", "e", "\n"), (json, at, junk) => {
      const text = `[${json.slice(0, at % json.length)}${junk}${json.slice(at % json.length)}]`;
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      expect(extractJson(text) !== null).toBe(isJson);
    }),
  );
});

test("a key written twice is told twice, a number as it is written", () => {
  expect(texts('{"a":"x","a":"y","n":12345678901234567890.10}')).toEqual(["a: x\na: y\nn: 12345678901234567890.10"]);
  expect(texts('{"a":[55,[5],{"b":{"c":10}},{"d":{}}]}')).toEqual(["a:", "- 55\n- 5\n- b.c: 10"]);
  expect(texts('[{"a":"x","a":"y"}]')).toEqual(["Item 1", "a: x\na: y"]);
});

test("no text of a file is lost, however its values lie in each other", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      let count = 0;
      const named = JSON.stringify(value, (_, v) =>
        typeof v === "number" || typeof v === "string" ? `v${count++}v` : v,
      );
      const told = texts(`[${named}]`)!.join("\n");
      for (let i = 0; i < count; i++) expect(told).toContain(`v${i}v`);
    }),
  );
});

test.each([
  ["100,000 levels of arrays", "[".repeat(100_000) + "]".repeat(100_000)],
  ["100,000 levels of objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
  ["100,000 levels never closed", '[{"a":'.repeat(100_000)],
  ["a number of a million digits", `[${"9".repeat(1_000_000)}]`],
  ["lines of which some are open", '{"a":"b"}\n'.repeat(400_000) + "[\n".repeat(100_000)],
  ["lines that are blank", `{"a":1}\n${"\n".repeat(2_000_000)}{"a":2}`],
  ["8 MB in one line", `[${'{"question":"Fast?","answer":"No, boats go slow at night."},'.repeat(130_000)}{}]`],
  ["8 MB of empty arrays", `[${"[],".repeat(2_700_000)}[]]`],
  ["small arrays in arrays", `[${'[[[[[[[[{"a":[{"b":1},{"c":{"d":2}}]}]]]]]]]],'.repeat(100_000)}1]`],
])("%s takes no more than seconds", (_, text) => {
  const start = performance.now();
  try {
    extractJson(text);
  } catch (error) {
    expect(error).toMatchObject({ reason: "too_large" });
  }
  expect(performance.now() - start).toBeLessThan(10_000);
});
