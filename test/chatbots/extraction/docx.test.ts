import { expect, test } from "vitest";
import { extractDocx } from "../../../functions/chatbots/extraction/docx.ts";
import { type Block, ExtractionError } from "../../../functions/chatbots/extraction/extracted.ts";
import { makeZip } from "./office-maker.ts";

const relationships = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const namespaces = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${relationships}"
  xmlns:mc="urn:mc" xmlns:m="urn:m" xmlns:v="urn:v" xmlns:pic="urn:pic"`;

const related = (targets: [string, string][]) =>
  `<Relationships>${targets.map(([type, target], i) => `<Relationship Id="r${i}" Type="${relationships}/${type}" Target="${target}"/>`).join("")}</Relationships>`;

/** A Word file whose parts have names of their own choice, as the standard allows. `parts` are styles, numbering and so on. */
function makeDocx(body: string, parts: Record<string, string> = {}, more: Record<string, string> = {}) {
  const beside = Object.entries(parts).map(([type, xml]) => [
    `text/${type}.xml`,
    `<w:${type} ${namespaces}>${xml}</w:${type}>`,
  ]);
  return makeZip({
    "_rels/.rels": related([
      ["officeDocument", "text/main.xml"],
      ["extended-properties", "docProps/app.xml"],
    ]),
    "text/main.xml": `<?xml version="1.0"?><w:document ${namespaces}><w:body>${body}</w:body></w:document>`,
    "text/_rels/main.xml.rels": related(Object.keys(parts).map((type) => [type, `${type}.xml`])),
    ...Object.fromEntries(beside),
    ...more,
  });
}

const p = (text: string, properties = "") => `<w:p><w:pPr>${properties}</w:pPr>${run(text)}</w:p>`;
const run = (text: string, properties = "") =>
  `<w:r><w:rPr>${properties}</w:rPr><w:t xml:space="preserve">${text}</w:t></w:r>`;
const styled = (text: string, style: string) => p(text, `<w:pStyle w:val="${style}"/>`);
const item = (text: string, list: number, level = 0) =>
  p(text, `<w:numPr><w:ilvl w:val="${level}"/><w:numId w:val="${list}"/></w:numPr>`);
const cell = (text: string, properties = "") => `<w:tc><w:tcPr>${properties}</w:tcPr>${p(text)}</w:tc>`;
const row = (...cells: string[]) => `<w:tr>${cells.join("")}</w:tr>`;

const read = async (...made: Parameters<typeof makeDocx>) => extractDocx(await makeDocx(...made));
const texts = async (...made: Parameters<typeof makeDocx>) => (await read(...made)).blocks.map((block) => block.text);
const failure = async (bytes: Uint8Array | Promise<Uint8Array>) =>
  extractDocx(await bytes).then(
    () => expect.unreachable("it was read"),
    (error: ExtractionError) => error,
  );
const plain = (blocks: Block[]) => blocks.map(({ kind, level, text }) => ({ kind, text, ...(level ? { level } : {}) }));

test("headings are told by the outline of their styles, by names in any language, and by what these are based on", async () => {
  const styles = `
    <w:style w:type="paragraph" w:styleId="a1"><w:name w:val="heading 2"/></w:style>
    <w:style w:type="paragraph" w:styleId="b1"><w:name w:val="Mein Titel"/><w:basedOn w:val="a1"/></w:style>
    <w:style w:type="paragraph" w:styleId="c1"><w:name w:val="Chapter"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
    <w:style w:type="paragraph" w:styleId="d1"><w:name w:val="หัวเรื่อง 3"/></w:style>
    <w:style w:type="paragraph" w:styleId="e1"><w:name w:val="TOC"/><w:basedOn w:val="a1"/><w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>`;
  const body = ["a1", "b1", "c1", "d1", "e1"].map((id) => styled(id, id)).join("");
  const { blocks, title } = await read(body + p("direct", '<w:outlineLvl w:val="7"/>'), { styles });
  expect(blocks.map(({ kind, level }) => level ?? kind)).toEqual([2, 2, 1, 3, "paragraph", 6]);
  expect(title).toBe("a1");
});

test("lists have their marks and nesting, headings their numbers, and counting restarts where it should", async () => {
  const level = (index: number, format: string, text: string, more = "") =>
    `<w:lvl w:ilvl="${index}"><w:start w:val="1"/><w:numFmt w:val="${format}"/>${more}<w:lvlText w:val="${text}"/></w:lvl>`;
  const numbering = `
    <w:abstractNum w:abstractNumId="0">${level(0, "decimal", "%1.")}${level(1, "lowerLetter", "%2)")}${level(2, "lowerRoman", "(%3)")}</w:abstractNum>
    <w:abstractNum w:abstractNumId="1">${level(0, "bullet", "\uf0b7")}</w:abstractNum>
    <w:abstractNum w:abstractNumId="2">${level(0, "upperRoman", "%1", '<w:pStyle w:val="h1"/>')}${level(1, "decimal", "%1.%2", '<w:isLgl/><w:pStyle w:val="h2"/>')}</w:abstractNum>
    <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
    <w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
    <w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>
    <w:num w:numId="4"><w:abstractNumId w:val="2"/></w:num>`;
  const heading = (n: number) =>
    `<w:style w:type="paragraph" w:styleId="h${n}"><w:name w:val="heading ${n}"/><w:pPr><w:numPr><w:numId w:val="4"/></w:numPr></w:pPr></w:style>`;
  const body =
    styled("Scope", "h1") +
    styled("Rules", "h1") +
    styled("Boats", "h2") +
    item("one", 1) +
    item("a", 1, 1) +
    item("b", 1, 1) +
    item("deep", 1, 2) +
    item("two", 1) +
    item("a again", 1, 1) +
    p("Between.") +
    item("three", 1) +
    p("Between.") +
    item("anew", 2) +
    item("dot", 3) +
    item("plain", 0);
  expect(plain((await read(body, { styles: heading(1) + heading(2), numbering })).blocks)).toEqual([
    { kind: "heading", level: 1, text: "I Scope" },
    { kind: "heading", level: 1, text: "II Rules" },
    { kind: "heading", level: 2, text: "2.1 Boats" },
    { kind: "list", text: "1. one\n  a) a\n  b) b\n    (i) deep\n2. two\n  a) a again" },
    { kind: "paragraph", text: "Between." },
    { kind: "list", text: "3. three" },
    { kind: "paragraph", text: "Between." },
    { kind: "list", text: "1. anew\n- dot" },
    { kind: "paragraph", text: "plain" },
  ]);
});

test("tables keep their columns under merged cells, and tables in tables are read in order", async () => {
  const restart = '<w:vMerge w:val="restart"/>';
  const merged = `<w:tbl>${row(cell("Quay"), cell("Boats", '<w:gridSpan w:val="2"/>'))}${row(cell("North", restart), cell("Ida"), cell("9 m"))}
    ${row(cell("", "<w:vMerge/>"), cell("Ole"), cell("7 m"))}<w:tr><w:trPr><w:del/></w:trPr>${cell("gone")}</w:tr></w:tbl>`;
  const inner = `<w:tbl>${row(cell("A"), cell("B"))}${row(cell("1"), cell("2"))}</w:tbl>`;
  expect(await texts(merged + p("After."))).toEqual([
    "| Quay | Boats |  |\n| North | Ida | 9 m |\n| North | Ole | 7 m |",
    "After.",
  ]);
  expect(await texts(`<w:tbl>${row(cell("Menu"), `<w:tc>${inner}${p("End.")}</w:tc>`)}</w:tbl>`)).toEqual([
    "Menu",
    "| A | B |\n| 1 | 2 |",
    "End.",
  ]);
});

test("changes count as accepted: inserted text is read, deleted text, rows and paragraph ends are not", async () => {
  const body = `<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>${run("The quay ")}<w:del><w:r><w:delText>was</w:delText></w:r></w:del></w:p>
    <w:p><w:ins>${run("is")}</w:ins>${run(" open.")}<w:moveFrom>${run("moved")}</w:moveFrom></w:p>`;
  expect(await texts(body)).toEqual(["The quay is open."]);
});

test("what a reader sees is read once: results of fields, one of two versions, text boxes, the base of ruby, no hidden text", async () => {
  const field = (...types: string[]) => types.map((t) => `<w:r><w:fldChar w:fldCharType="${t}"/></w:r>`).join("");
  const box = (text: string) => `<w:txbxContent>${p(text)}</w:txbxContent>`;
  const body = `<w:p>${field("begin")}<w:r><w:instrText>PAGEREF x</w:instrText></w:r>${run("1+1")}${field("separate")}${run("See 2")}${field("end")}${run(".")}</w:p>
    <w:p>${run("Anchor")}<w:r><mc:AlternateContent><mc:Choice><w:drawing>${box("Box")}</w:drawing></mc:Choice><mc:Fallback><w:pict>${box("Box")}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>
    <w:p><w:r><w:ruby><w:rt>${run("みなと")}</w:rt><w:rubyBase>${run("港")}</w:rubyBase></w:ruby></w:r>${run("町")}</w:p>
    <w:p>${run("Seen")}${run("secret", "<w:vanish/>")}${run(" ghost", '<w:rStyle w:val="ghost"/>')}</w:p>
    <w:p>${field("begin")}${run("unended")}</w:p>
    ${p("Goes on.")}`;
  const styles = `<w:style w:styleId="ghost"><w:rPr><w:vanish/></w:rPr></w:style>`;
  expect(await texts(body, { styles })).toEqual(["See 2.", "Anchor", "Box", "港町", "Seen", "Goes on."]);
});

test("characters that Word writes as elements are characters", async () => {
  const body = `<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>in</w:t>
    <w:softHyphen/><w:t>side</w:t><w:noBreakHyphen/><w:t>x&#xAD;y</w:t><w:sym w:font="Wingdings" w:char="F0FC"/><w:sym w:font="Symbol" w:char="F061"/></w:r></w:p>`;
  expect(await texts(body)).toEqual(["a\tb\ninside-xy✓α"]);
  const t = (text: string) => `<m:r><m:t>${text}</m:t></m:r>`;
  const equation = `<w:p><m:oMath><m:f><m:num>${t("a+b")}</m:num><m:den>${t("2")}</m:den></m:f>${t("=")}<m:sSup><m:e>${t("x")}</m:e><m:sup>${t("2")}</m:sup></m:sSup></m:oMath></w:p>`;
  expect(await texts(equation)).toEqual(["(a+b)/2=x^2"]);
});

test("a note is marked where it is referred to and told after the paragraph", async () => {
  const footnotes = `<w:footnote w:id="-1" w:type="separator">${p("---")}</w:footnote><w:footnote w:id="2">${p("At low tide.")}</w:footnote>`;
  const endnotes = `<w:endnote w:id="2">${p("See the map.")}</w:endnote>`;
  const body = `<w:p>${run("Ropes")}<w:r><w:footnoteReference w:id="2"/></w:r>${run(" and anchors")}<w:r><w:endnoteReference w:id="2"/></w:r></w:p>${p("Next.")}`;
  expect(await texts(body, { footnotes, endnotes })).toEqual([
    "Ropes[1] and anchors[i]",
    "[1] At low tide.",
    "[i] See the map.",
    "Next.",
  ]);
});

test("charts and diagrams are told after the paragraph they stand in", async () => {
  const points = (...values: string[]) => values.map((v, i) => `<pt idx="${i}"><v>${v}</v></pt>`).join("");
  const chart = `<plotArea><ser><tx><v>Boats</v></tx><cat>${points("North", "South")}</cat><val>${points("3", "5")}</val></ser></plotArea>`;
  const diagramData = `<pt modelId="1"><t><p><r><t>Load</t></r></p></t></pt><pt modelId="2"><t><p><r><t>Sail</t></r></p></t></pt>`;
  const body = `<w:p>${run("Both:")}<w:r><w:drawing><c:chart r:id="r0"/></w:drawing></w:r><w:r><w:drawing><d:relIds r:dm="r1"/></w:drawing></w:r></w:p>`;
  expect(await texts(body + p("After."), { chart, diagramData })).toEqual([
    "Both:",
    "|  | Boats |\n| North | 3 |\n| South | 5 |",
    "- Load\n- Sail",
    "After.",
  ]);
});

test("pages are told by the breaks Word noted, a break by hand counting once, and not told when they cannot be right", async () => {
  const app = (pages: number) => ({ "docProps/app.xml": `<Properties><Pages>${pages}</Pages></Properties>` });
  const noted = "<w:r><w:lastRenderedPageBreak/></w:r>";
  const byHand = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>';
  const body = `${p("One.")}${byHand}<w:p>${noted}${run("Two.")}</w:p><w:p>${run("Still two.")}${noted}</w:p>${p("Three.")}`;
  const told = await read(body, {}, app(3));
  expect(told).toMatchObject({ pageCount: 3, blocks: [{ page: 1 }, { page: 2 }, { page: 2 }, { page: 3 }] });
  const untold = await read(p("One.") + byHand + p("A long text. ".repeat(2_000)), {}, app(1));
  expect(untold).toMatchObject({ pageCount: null, blocks: [{ page: undefined }, { page: undefined }] });
});

test("title, dates and author are those of the file; macros and pictures are told in warnings, not read", async () => {
  const core = `<c xmlns:dc="d" xmlns:t="t"><dc:title>Harbour rules</dc:title><dc:creator>Ida</dc:creator><dc:language>da</dc:language><t:created>2024-05-06T07:08:09Z</t:created></c>`;
  const more = { "docProps/core.xml": core, "text/vbaProject.bin": "x" };
  const found = await read(`${p("Text.")}<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>`, {}, more);
  expect(found).toMatchObject({ format: "docx", title: "Harbour rules", language: "da", metadata: { author: "Ida" } });
  expect(found.warnings).toEqual([expect.stringContaining("macros"), expect.stringContaining("1 picture")]);
});

test("the main part is found by content type when no relationship names it", async () => {
  const types = `<Types><Override PartName="/odd.xml" ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>`;
  const main = `<d:document xmlns:d="urn:d"><d:body><d:p><d:r><d:t>Read.</d:t></d:r></d:p></d:body></d:document>`;
  const { blocks } = await extractDocx(await makeZip({ "[Content_Types].xml": types, "odd.xml": main }));
  expect(blocks.map(({ text }) => text)).toEqual(["Read."]);
});

test("a part beside the text that is missing or damaged costs a warning, not the text", async () => {
  const rels = related([
    ["styles", "nowhere.xml"],
    ["numbering", "broken.xml"],
  ]);
  const more = { "text/_rels/main.xml.rels": rels, "text/broken.xml": "<w:numbering" };
  const { warnings, blocks } = await read(styled("Scope", "Heading1"), {}, more);
  expect(warnings).toEqual([expect.stringContaining("styles"), expect.stringContaining("numbering")]);
  expect(blocks).toMatchObject([{ kind: "heading", level: 1 }]);
});

test.each([
  ["only a picture", () => makeDocx("<w:p><w:r><w:drawing><pic:pic/></w:drawing></w:r></w:p>"), "no_text"],
  ["no text", () => makeDocx("<w:p/>"), "no_text"],
  ["no main part", () => makeZip({ "readme.txt": "hello" }), "damaged"],
  [
    "a main part that is no Word",
    () => makeZip({ "_rels/.rels": related([["officeDocument", "a.xml"]]), "a.xml": "<x/>" }),
    "damaged",
  ],
  ["a main part cut off", () => makeDocx("<w:p><w:r><w:t>Half"), "damaged"],
  ["elements nested 100,000 deep", () => makeDocx("<w:p>".repeat(100_000)), "damaged"],
  ["entities that grow", () => makeDocx(p("&a;")), "damaged"],
  ["a text that packs like a bomb", () => makeDocx(p("a ".repeat(4_000_000))), "too_large"],
])("a file with %s is refused with its reason, in a sentence that says what to do", async (_, make, reason) => {
  const error = await failure(make());
  expect(error).toBeInstanceOf(ExtractionError);
  expect(error).toMatchObject({ reason });
  expect(error.message).toMatch(/^The .+\. .+\.$/);
});

test("a file cut off anywhere is damaged, and nothing else is thrown", async () => {
  const whole = await makeDocx(p("The harbour opens at six."));
  for (let length = 10; length < whole.length; length += 101) {
    expect(await failure(Promise.resolve(whole.slice(0, length)))).toMatchObject({ reason: "damaged" });
  }
});

test("cycles and absurd numbers in styles, lists and tables neither hang nor grow", async () => {
  const styles = `<w:style w:styleId="a"><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style>
    <w:style w:styleId="link"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:style>`;
  const numbering = `<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="link"/></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
    <w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="8"><w:start w:val="99999999999"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="${"%9".repeat(50_000)}"/></w:lvl></w:abstractNum>
    <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>`;
  const wide = `<w:tbl>${row(...Array.from({ length: 3_000 }, () => cell("x", '<w:gridSpan w:val="99999999"/>')))}${row(cell("y")).repeat(3_000)}</w:tbl>`;
  const start = performance.now();
  const found = await read(styled("a", "a") + item("linked", 1) + item("deep", 2, 2_000) + wide, { styles, numbering });
  expect(found.blocks.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThan(20_000);
  expect(performance.now() - start).toBeLessThan(3_000);
  const misplaced = "<w:pPr><w:txbxContent><w:tc><w:footnote/></w:tc></w:txbxContent></w:pPr>";
  expect(await texts(`<w:tc>${misplaced}</w:tc><w:tbl><w:tc>${misplaced}</w:tc></w:tbl>${p("Text.")}`)).toEqual([
    "Text.",
  ]);
});
