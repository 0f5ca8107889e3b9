import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";

const read = (html: string) => extract(new TextEncoder().encode(html), { filename: "a.html" });
const texts = async (html: string) => (await read(html)).blocks.map((b) => b.text);

test("every kind of block comes out as what it is, in order", async () => {
  const { blocks } = await read(`<h1>Harbour</h1><p>Opens at <b>six</b>,
    <a href="/r">see the rules</a>.</p>
    <ul><li>ropes<ul><li>blue</ul><li>anchors</ul><ol start=3><li>third</ol>
    <table><tr><th>Name<th>Price<tr><td>rope<td>3</table><pre><code>a
  b</code></pre>`);
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Harbour" },
    { kind: "paragraph", text: "Opens at six, see the rules." },
    { kind: "list", text: "- ropes\n  - blue\n- anchors" },
    { kind: "list", text: "3. third" },
    { kind: "table", text: "| Name | Price |\n| rope | 3 |" },
    { kind: "code", text: "a\n  b" },
  ]);
});

test("what no reader sees is left out", async () => {
  const page = `<html><head><style>p{}</style><script>"<p>script</p>"</script></head><body><!-- comment -->
    <nav>menu</nav><noscript>enable</noscript><template>tpl</template><svg><title>icon</title><text>svg</text></svg>
    <button>press</button><select><option>one</select><textarea>typed</textarea><input value="v">
    <p hidden>hidden</p><div style="display: none"><p>none</p></div><span aria-hidden="true">x</span>
    <img src="data:image/png;base64,AAAA" alt=""><p>Seen.</p><aside>ad</aside><footer>legal</footer>`;
  expect(await texts(page)).toEqual(["Seen."]);
});

test("a hidden paragraph that is left open hides nothing after it", async () => {
  expect(await texts("<p hidden>no<p>yes<div>also</div>")).toEqual(["yes", "also"]);
});

test("<main> counts alone when it holds most of the text, else the page does", async () => {
  const text = "The harbour opens at six in the morning.";
  expect(await texts(`<div>Cookie notice</div><main><p>${text}</p></main>`)).toEqual([text]);
  expect(await texts(`<div>${text}</div><main><p>Ad</p></main>`)).toEqual([text, "Ad"]);
});

test("a page that is all navigation keeps it", async () => {
  expect(await texts("<nav><a href=/a>North quay</a></nav>")).toEqual(["North quay"]);
});

test("title, language and metadata are those the page declares", async () => {
  const page = '<html lang="da"><title>Havnen &amp; byen</title><meta name=author content="Ida"><h1>Velkommen</h1>';
  expect(await read(page)).toMatchObject({ title: "Havnen & byen", language: "da", metadata: { author: "Ida" } });
  expect(await read("<h1>Velkommen</h1>")).toMatchObject({ title: "Velkommen", language: null });
});

test("cells over several columns and rows keep the columns aligned", async () => {
  const table = `<table><tr><th>Quay<th colspan=2>Boats<tr><td rowspan=2>North<td>Ida<td>9 m<tr><td>Ole<td>7 m</table>`;
  expect(await texts(table)).toEqual(["| Quay | Boats |  |\n| North | Ida | 9 m |\n| North | Ole | 7 m |"]);
});

test("a table that only arranges the page gives its parts as blocks", async () => {
  const { blocks } = await read("<table><tr><td><h2>Menu</h2><td><table><tr><th>A<th>B<tr><td>1<td>2</table></table>");
  expect(blocks.map((b) => b.kind)).toEqual(["heading", "table"]);
});

test("an end tag between a table's rows ends nothing that the table stands in", async () => {
  const table =
    "<center><table></CENTER><tr><th>Grade<th>C</center><tr></div><td>SNB22-3<td>0.38</table></center><p>End";
  expect(await texts(`<div>${table}</div>`)).toEqual(["| Grade | C |\n| SNB22-3 | 0.38 |", "End"]);
  expect(await texts("<footer><table><tr><td>legal</footer><p>Seen.")).toEqual(["Seen."]);
});

test("prose in <pre> is paragraphs, double <br> parts them, ruby readings stay out of words", async () => {
  expect(await texts("<pre>Notice to all\n\nThe quay is closed.</pre>")).toEqual([
    "Notice to all",
    "The quay is closed.",
  ]);
  expect(await texts("One<br>line<br><br>Two")).toEqual(["One\nline", "Two"]);
  expect(await texts("<ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>町")).toEqual(["港町"]);
});

test("nesting bombs neither overflow the stack nor take seconds", async () => {
  const bombs = ["<div>", "<b>", "<ul><li>z", "<table><tr><td>w", "<p><span>"].map((tag) => `${tag.repeat(100_000)}x`);
  for (const bomb of bombs) {
    const start = performance.now();
    expect((await texts(bomb)).join("")).toContain("x");
    expect(performance.now() - start).toBeLessThan(3_000);
  }
});
