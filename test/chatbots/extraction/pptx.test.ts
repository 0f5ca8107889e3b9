import { expect, test } from "vitest";
import { extractPptx } from "../../../functions/chatbots/extraction/pptx.ts";
import { makePptx, type SlideParts } from "./office-maker.ts";

const read = async (slides: SlideParts[], more?: Record<string, string>) => extractPptx(await makePptx(slides, more));

const paragraph = (text: string, properties = "") =>
  `<a:p>${properties && `<a:pPr ${properties}</a:pPr>`}<a:r><a:rPr/><a:t>${text}</a:t></a:r></a:p>`;
const shape = (placeholder: string | null, ...paragraphs: string[]) =>
  `<p:sp><p:nvSpPr><p:nvPr>${placeholder === null ? "" : `<p:ph ${placeholder && `type="${placeholder}"`}/>`}</p:nvPr></p:nvSpPr>
  <p:txBody><a:lstStyle><a:lvl1pPr><a:buChar char="-"/></a:lvl1pPr></a:lstStyle>${paragraphs.join("")}</p:txBody></p:sp>`;
const frame = (uri: string, content: string) =>
  `<p:graphicFrame><a:graphic><a:graphicData uri="http://schemas/${uri}">${content}</a:graphicData></a:graphic></p:graphicFrame>`;

test("slides come in the order of the presentation, each a heading, its text and its notes, with its number", async () => {
  const { blocks, pageCount, format, title } = await read([
    {
      shapes: shape("ctrTitle", paragraph("The harbour"), paragraph("in winter")) + shape("subTitle", paragraph("Ida")),
      notes: shape("body", paragraph("Welcome all."), paragraph("Be brief.")) + shape("sldNum", paragraph("1")),
    },
    { shapes: shape(null, paragraph("No title here.")) },
  ]);
  expect(blocks).toEqual([
    { kind: "heading", level: 2, text: "The harbour in winter", page: 1 },
    { kind: "paragraph", text: "Ida", page: 1 },
    { kind: "paragraph", text: "Notes: Welcome all.\nBe brief.", page: 1 },
    { kind: "heading", level: 2, text: "Slide 2", page: 2 },
    { kind: "paragraph", text: "No title here.", page: 2 },
  ]);
  expect({ pageCount, format, title }).toEqual({ pageCount: 2, format: "pptx", title: "The harbour in winter" });
});

test("a slide without a title is headed by the short text above all others", async () => {
  const at = (y: number, text: string) =>
    `<p:sp><p:spPr><a:xfrm><a:off x="0" y="${y}"/></a:xfrm></p:spPr><p:txBody>${paragraph(text)}</p:txBody></p:sp>`;
  const { blocks } = await read([{ shapes: at(900, "Below") + at(100, "Above") + at(500, "Between") }]);
  expect(blocks.map(({ text }) => text)).toEqual(["Above", "Below", "Between"]);
  expect(blocks[0]!.kind).toBe("heading");
});

test("body text is a nested list, other text is one where it has bullets or numbers", async () => {
  const { blocks } = await read([
    {
      shapes:
        shape("", paragraph("Ropes"), paragraph("Blue", 'lvl="1">'), paragraph("Anchors")) +
        shape(
          null,
          paragraph("Steps:"),
          ...["Cast off", "Row"].map((step) => paragraph(step, '><a:buAutoNum type="arabicPeriod"/>')),
        ),
    },
  ]);
  expect(blocks.slice(1).map(({ kind, text }) => [kind, text])).toEqual([
    ["list", "- Ropes\n  - Blue\n- Anchors"],
    ["paragraph", "Steps:"],
    ["list", "1. Cast off\n2. Row"],
  ]);
});

test("slide numbers, dates and footers are left out, of two versions of a shape the newer one is read", async () => {
  const shapes =
    shape("sldNum", paragraph("7")) +
    shape("dt", paragraph("1 May")) +
    shape("ftr", paragraph("Harbour Ltd")) +
    shape(null, `<a:p><a:fld type="slidenum"><a:t>7</a:t></a:fld><a:r><a:t>Kept</a:t></a:r></a:p>`) +
    `<mc:AlternateContent xmlns:mc="mc"><mc:Choice>${shape(null, paragraph("New"))}</mc:Choice><mc:Fallback>${shape(null, paragraph("Old"))}</mc:Fallback></mc:AlternateContent>` +
    `<p:grpSp><p:grpSp>${shape(null, paragraph("In groups"))}</p:grpSp></p:grpSp>`;
  const { blocks } = await read([{ shapes }]);
  expect(blocks.slice(1).map(({ text }) => text)).toEqual(["Kept", "New", "In groups"]);
});

test("tables keep their columns where cells are merged", async () => {
  const cell = (text: string, merge = "") => `<a:tc ${merge}><a:txBody>${paragraph(text)}</a:txBody></a:tc>`;
  const table = `<a:tbl><a:tr>${cell("Quay")}${cell("Boats", 'gridSpan="2"')}<a:tc hMerge="1"/></a:tr>
    <a:tr>${cell("North", 'rowSpan="2"')}${cell("Ida")}${cell("9 m")}</a:tr><a:tr><a:tc vMerge="1"/>${cell("Ole")}${cell("7 m")}</a:tr></a:tbl>`;
  const { blocks } = await read([{ shapes: frame("table", table) }]);
  expect(blocks[1]!.text).toBe("| Quay | Boats |  |\n| North | Ida | 9 m |\n| North | Ole | 7 m |");
});

const cache = (kind: "str" | "num", ...values: (string | number)[]) =>
  `<c:${kind}Ref><c:f>A1</c:f><c:${kind}Cache>${kind === "num" ? "<c:formatCode>0%</c:formatCode>" : ""}<c:ptCount val="9999999"/>${values
    .map((value, i) => `<c:pt idx="${i}"><c:v>${value}</c:v></c:pt>`)
    .join("")}</c:${kind}Cache></c:${kind}Ref>`;

test("a chart is its title and a table of its series", async () => {
  const series = (name: string, ...values: number[]) =>
    `<c:ser><c:tx>${cache("str", name)}</c:tx><c:cat>${cache("str", "May", "June")}</c:cat><c:val>${cache("num", ...values)}</c:val></c:ser>`;
  const chart = `<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart><c:title><c:tx><c:rich>${paragraph("Berths taken")}</c:rich></c:tx></c:title>
    <c:plotArea><c:barChart>${series("North", 0.5, 0.75)}${series("South", 0.25)}</c:barChart></c:plotArea></c:chart></c:chartSpace>`;
  const slide: SlideParts = {
    shapes: frame("chart", '<c:chart xmlns:c="c" r:id="rId9"/>'),
    links: { rId9: ["chart", "../charts/chart1.xml"] },
  };
  const { blocks } = await read([slide], { "ppt/charts/chart1.xml": chart });
  expect(blocks.slice(1)).toEqual([
    { kind: "paragraph", text: "Chart: Berths taken", page: 1 },
    { kind: "table", text: "|  | North | South |\n| May | 50 % | 25 % |\n| June | 75 % |  |", page: 1 },
  ]);
});

test("SmartArt is a nested list, even when its points hang in a circle", async () => {
  const point = (id: string, text: string) =>
    `<dgm:pt modelId="${id}"><dgm:t><a:bodyPr/>${paragraph(text)}</dgm:t></dgm:pt>`;
  const link = (from: string, to: string, order: number) =>
    `<dgm:cxn modelId="x" srcId="${from}" destId="${to}" srcOrd="${order}"/>`;
  const data = `<dgm:dataModel xmlns:dgm="dgm" xmlns:a="a"><dgm:ptLst><dgm:pt modelId="0" type="doc"/>${point("1", "Winter")}${point("2", "Storms")}${point("3", "Summer")}</dgm:ptLst>
    <dgm:cxnLst>${link("0", "3", 1)}${link("0", "1", 0)}${link("1", "2", 0)}${link("2", "1", 0)}</dgm:cxnLst></dgm:dataModel>`;
  const slide: SlideParts = {
    shapes: frame("diagram", '<dgm:relIds xmlns:dgm="dgm" r:dm="rId2" r:lo="rId3"/>'),
    links: { rId2: ["diagramData", "../diagrams/data1.xml"] },
  };
  const { blocks } = await read([slide], { "ppt/diagrams/data1.xml": data });
  expect(blocks[1]!.text).toBe("- Winter\n  - Storms\n- Summer");
});

test("what cannot be read is told of: hidden slides are read, broken slides and charts are not, pictures say nothing", async () => {
  const { blocks, warnings } = await read(
    [
      { shapes: shape("title", paragraph("Hidden")), isHidden: true },
      { shapes: `${shape("title", paragraph("Broken"))}</oops>` },
      { shapes: shape("title", paragraph("Empty chart")) + frame("chart", '<c:chart xmlns:c="c" r:id="gone"/>') },
      { shapes: "<p:pic/>" },
      { shapes: frame("ole", "<p:oleObj/>") },
    ],
    { "ppt/vbaProject.bin": "code" },
  );
  expect(blocks.map(({ text }) => text)).toEqual(["Hidden", "Broken", "Empty chart"]);
  expect(warnings).toEqual([
    "Slide 2 could not be read to its end.",
    "A chart on slide 3 could not be read.",
    "Slide 5 holds an embedded object, which was not read.",
    "Slide 1 is hidden when the presentation is shown; the text was read all the same.",
    "Slide 4 is made of pictures; text inside pictures was not read.",
    "The file contains macros, which were ignored.",
  ]);
});

test("a presentation without text is refused, and one that is not there is damaged", async () => {
  await expect(read([{ shapes: "<p:pic/>" }])).rejects.toMatchObject({ reason: "no_text" });
  await expect(extractPptx(new TextEncoder().encode("PK\x03\x04 cut off"))).rejects.toMatchObject({
    reason: "damaged",
  });
});

test("title, language and metadata are those of the file's properties", async () => {
  const core = `<cp:coreProperties xmlns:cp="cp" xmlns:dc="dc" xmlns:dcterms="dcterms"><dc:title>Winter &amp; ice</dc:title>
    <dc:creator>Ida</dc:creator><dc:language>da</dc:language><dcterms:created>2026-11-22T10:00:00Z</dcterms:created></cp:coreProperties>`;
  const slides = [{ shapes: shape("title", paragraph("Ice")) }];
  expect(await read(slides, { "docProps/core.xml": core })).toMatchObject({
    title: "Winter & ice",
    language: "da",
    metadata: { author: "Ida", created: "2026-11-22T10:00:00Z" },
  });
  const nobody = core.replace("Winter &amp; ice", "PowerPoint Presentation");
  expect(await read(slides, { "docProps/core.xml": nobody })).toMatchObject({ title: "Ice" });
});

test("a table of 400,000 empty cells is refused", async () => {
  const table = `<a:tbl><a:tr>${"<a:tc/>".repeat(400_000)}</a:tr></a:tbl>`;
  await expect(read([{ shapes: frame("table", table) }])).rejects.toMatchObject({ reason: "too_large" });
});
