import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";

const read = (text: string, filename: string | undefined = "a.md") =>
  extract(new TextEncoder().encode(text), { filename });

test("every kind of block comes out as what it is, in order", async () => {
  const source = [
    "# Harbour",
    "Opens at **six**, see\n[the rules](https://example.org).",
    "- ropes\n  of hemp\n  - blue\n  - red\n- anchors",
    "3. third\n4. fourth",
    "| Name | Price |\n|---|--:|\n| rope | 3 |",
    "```ts\nconst a = 1;\n```",
    "> Quoted words.",
  ].join("\n\n");
  expect((await read(source)).blocks).toEqual([
    { kind: "heading", level: 1, text: "Harbour" },
    { kind: "paragraph", text: "Opens at six, see the rules." },
    { kind: "list", text: "- ropes of hemp\n  - blue\n  - red\n- anchors" },
    { kind: "list", text: "3. third\n4. fourth" },
    { kind: "table", text: "| Name | Price |\n| rope | 3 |" },
    { kind: "code", text: "const a = 1;" },
    { kind: "paragraph", text: "Quoted words." },
  ]);
});

test("front matter gives title, language and metadata and is no text", async () => {
  const read_ = await read("---\ntitle: 'The Harbour'\nlang: da\nauthor: Ida\n---\nOpen.");
  expect(read_).toMatchObject({ title: "The Harbour", language: "da", metadata: { author: "Ida" } });
  expect(read_.blocks).toEqual([{ kind: "paragraph", text: "Open." }]);
});

test("without front matter the first top heading is the title", async () => {
  expect((await read("## Intro\n\n# Harbour")).title).toBe("Harbour");
});

test("HTML in Markdown is its text", async () => {
  const { blocks } = await read(
    "<div align='center'><h2>Harbour</h2><script>x()</script></div>\n\nSix<br>o'clock <b>sharp</b>.",
  );
  expect(blocks.map((b) => b.text)).toEqual(["Harbour", "Six\no'clock sharp."]);
});

test("wrapped Japanese is joined without spaces", async () => {
  expect((await read("港は朝六時に開き、\n夜に閉まります。")).blocks[0]!.text).toBe(
    "港は朝六時に開き、夜に閉まります。",
  );
});

test("a long document is read as if in one piece: fenced code whole, links defined at its end", async () => {
  const section = "## Part\n\nSee [the rules] for *all* parts.\n\n```\n# not a heading\n\ntext\n```\n\n";
  const { blocks } = await read(`${section.repeat(400)}[the rules]: https://example.org\n`);
  expect(blocks).toHaveLength(1_200);
  expect(new Set(blocks.map((b) => b.text))).toEqual(
    new Set(["Part", "See the rules for all parts.", "# not a heading\n\ntext"]),
  );
});

test("Markdown is recognized without a name", async () => {
  const source = "# Harbour\n\n- [rules](https://example.org)\n- ropes\n";
  expect((await read(source, "")).format).toBe("markdown");
  expect((await read(source, "a.txt")).format).toBe("text");
});

test("nesting bombs take no time", async () => {
  const lists = Array.from({ length: 3_000 }, (_, i) => `${"  ".repeat(i)}- a`)
    .join("\n")
    .slice(0, 4_000_000);
  const marks = `${">".repeat(50_000)}x\n${"- ".repeat(20_000)}x\n\n${"[".repeat(50_000)}\n\n${"*a ".repeat(20_000)}\n`;
  const start = performance.now();
  await read(lists);
  await read(marks);
  expect(performance.now() - start).toBeLessThan(5_000);
});

test.each(["[a](", "`", "![", "**", "| ", "<a "])(
  "one line of 400,000 times %s is read in seconds, with what stands in it",
  async (mark) => {
    const started = performance.now();
    const { blocks } = await extract(new TextEncoder().encode(`# Title\n\n${mark.repeat(400_000)} kettle\n`), {
      filename: "bomb.md",
    });
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(blocks.map(({ text }) => text).join("\n")).toContain("kettle");
  },
);
