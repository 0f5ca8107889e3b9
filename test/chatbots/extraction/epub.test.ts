import { expect, test } from "vitest";
import { extractEpub } from "../../../functions/chatbots/extraction/epub.ts";
import { ExtractionError } from "../../../functions/chatbots/extraction/extracted.ts";
import { makeZip } from "./office-maker.ts";

type Book = {
  /** Documents by their path below OEBPS, in the order of the spine; each the content of its body. */
  chapters: Record<string, string>;
  /** How the package names them, where not by that path. */
  hrefs?: Record<string, string>;
  metadata?: string;
  /** The content of the navigation document's body; EPUB 2 has an NCX instead. */
  nav?: string;
  ncx?: string;
  /** Elements of the spine that replace one for each chapter. */
  spine?: string;
  guide?: string;
  more?: Record<string, string>;
};

const xhtml = (body: string) =>
  `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml" xml:lang="da"><head><title/></head><body>${body}</body></html>`;

function makeBook({
  chapters,
  hrefs = {},
  metadata = "",
  nav,
  ncx,
  spine,
  guide = "",
  more = {},
}: Book): Promise<Uint8Array> {
  const paths = Object.keys(chapters);
  const item = (id: string, href: string, type: string, rest = "") =>
    `<item id="${id}" href="${href}" media-type="application/${type}" ${rest}/>`;
  const items = [
    ...paths.map((path, i) => item(`c${i}`, hrefs[path] ?? path.replaceAll(" ", "%20"), "xhtml+xml")),
    nav ? item("nav", "nav.xhtml", "xhtml+xml", 'properties="nav"') : "",
    ncx ? item("ncx", "toc.ncx", "x-dtbncx+xml") : "",
  ];
  const order = spine ?? paths.map((_, i) => `<itemref idref="c${i}"/>`).join("");
  return makeZip({
    mimetype: "application/epub+zip",
    "META-INF/container.xml": `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
    "OEBPS/book.opf": `<package xmlns:dc="dc"><metadata>${metadata}</metadata><manifest>${items.join("")}</manifest>
      <spine toc="ncx">${order}</spine><guide>${guide}</guide></package>`,
    ...Object.fromEntries(paths.map((path) => [`OEBPS/${path}`, xhtml(chapters[path]!)])),
    ...(nav && { "OEBPS/nav.xhtml": xhtml(nav) }),
    ...(ncx && { "OEBPS/toc.ncx": `<ncx>${ncx}</ncx>` }),
    ...more,
  });
}

const read = async (book: Book) => extractEpub(await makeBook(book));
const texts = async (book: Book) => (await read(book)).blocks.map((block) => block.text);
const failure = async (book: Promise<Uint8Array>) =>
  book.then(extractEpub).then(
    () => expect.unreachable("it was read"),
    (error: ExtractionError) => error,
  );

test("chapters come in the order of the spine, with the metadata of the book", async () => {
  const book = await read({
    chapters: { "z first.xhtml": "<h1>Boats</h1><p>Go slow.</p>", "a.xhtml": "<h1>Dogs</h1><p>On a lead.</p>" },
    metadata: `<dc:title>Harbour rules</dc:title><dc:language>en</dc:language><dc:creator>Ida</dc:creator>
      <dc:creator>Ole</dc:creator><dc:publisher>Quay</dc:publisher><dc:date>2024-01-31</dc:date>
      <dc:identifier>urn:isbn:1</dc:identifier>`,
  });
  expect(book).toMatchObject({
    format: "epub",
    title: "Harbour rules",
    language: "en",
    metadata: { author: "Ida, Ole", publisher: "Quay", published: "2024-01-31", identifier: "urn:isbn:1" },
    warnings: [],
  });
  expect(book.blocks.map((block) => block.text)).toEqual(["Boats", "Go slow.", "Dogs", "On a lead."]);
});

test("a chapter without a heading has its title from the navigation document, one with its own keeps that", async () => {
  const { blocks } = await read({
    chapters: {
      "a.xhtml": "<p>Boats go slow.</p>",
      "b.xhtml": "<p>Chapter 2</p><p>Dogs</p><p>On a lead.</p>",
      "c.xhtml": "<p>by Ida</p><h2>Fires, and why not</h2><p>None.</p>",
      "d.xhtml": '<p>Before.</p><p id="d1">One.</p><p id="d2">Two.</p>',
    },
    nav: `<nav epub:type="toc"><ol><li><a href="a.xhtml">Boats</a></li><li><a href="b.xhtml">Chapter 2: Dogs</a></li>
      <li><a href="c.xhtml">Fires</a></li><li><a href="d.xhtml#d1">First</a><ol><li><a href="d.xhtml#d2">Second</a>
      </li></ol></li></ol></nav>`,
  });
  expect(blocks.map(({ kind, level, text }) => (kind === "heading" ? `${"#".repeat(level!)} ${text}` : text))).toEqual([
    ...["# Boats", "Boats go slow.", "# Chapter 2: Dogs", "On a lead.", "by Ida", "## Fires, and why not", "None."],
    ...["Before.", "# First", "One.", "## Second", "Two."],
  ]);
});

test("titles and printed pages of EPUB 2 come from the NCX", async () => {
  const { blocks } = await read({
    chapters: { "a.xhtml": '<p id="p1">One</p><p>goes <a id="p2"/>on.</p><p>Two.</p>' },
    ncx: `<navMap><navPoint><navLabel><text>Boats</text></navLabel><content src="a.xhtml"/></navPoint></navMap>
      <pageList><pageTarget><navLabel><text>{7}</text></navLabel><content src="a.xhtml#p1"/></pageTarget>
      <pageTarget><navLabel><text>{8}</text></navLabel><content src="a.xhtml#p2"/></pageTarget></pageList>`,
  });
  expect(blocks).toEqual([
    { kind: "heading", level: 1, text: "Boats", page: 7 },
    { kind: "paragraph", text: "One", page: 7 },
    { kind: "paragraph", text: "goes on.", page: 7 },
    { kind: "paragraph", text: "Two.", page: 8 },
  ]);
});

test("page ends give the page of what follows, and their numbers are no text", async () => {
  const { blocks } = await read({
    chapters: {
      "a.xhtml": `<p>Preface.</p><div epub:type="pagebreak" title="1"></div><p>One.</p><ul><li>a</li><li>b
        <span role="doc-pagebreak" id="page2">2</span></li></ul>`,
      "b.xhtml": '<p>Two.</p><p><span epub:type="pagebreak" id="p3" title="3"/>Three, <b>really</b>.</p>',
    },
  });
  expect(blocks.map(({ text, page }) => [text, page])).toEqual([
    ["Preface.", undefined],
    ["One.", 1],
    ["- a\n- b", 1],
    ["Two.", 2],
    ["Three, really.", 3],
  ]);
});

test("documents that only list links are left out, lists in the text and lists of other books are not", async () => {
  const links = ["a", "b", "c"].map((name) => `<li><a href="${name}.xhtml">Chapter ${name}</a></li>`).join("");
  const others = links.replaceAll('href="', 'href="https://books.example/');
  const nav = `<nav epub:type="toc"><h1>Contents</h1><ol>${links}</ol></nav>`;
  const book: Book = {
    chapters: {
      "cover.xhtml": '<img src="cover.jpg" alt="Cover"/>',
      "contents.xhtml": `<h2>Contents</h2><ul>${links}</ul>`,
      "a.xhtml": "<p>Boats go slow.</p>",
      "more.xhtml": `<ul>${others}</ul>`,
    },
    nav,
    spine: '<itemref idref="nav"/><itemref idref="c0"/><itemref idref="c1"/><itemref idref="c2"/><itemref idref="c3"/>',
  };
  expect(await texts(book)).toEqual(["Chapter a", "Boats go slow.", "- Chapter a\n- Chapter b\n- Chapter c"]);
});

test("notes in <aside> and text beside <article> are text of the book; empty elements of XML hide nothing", async () => {
  const body = `<p>Boats<a/> go slow.</p><script src="a.js"/><p hidden=""/><article><p>${"Long. ".repeat(20)}</p></article>
    <aside epub:type="footnote">At night.</aside><h2/><p>Caf&eacute;&nbsp;<![CDATA[a < b]]></p>`;
  expect(await texts({ chapters: { "a.xhtml": body } })).toEqual([
    "Boats go slow.",
    "Long. ".repeat(20).trim(),
    "At night.",
    "Café a < b",
  ]);
});

test("paths lead nowhere but into the archive, and what is missing is told by its name", async () => {
  const { blocks, warnings } = await read({
    chapters: { "a.xhtml": "<p>Boats.</p>", "text/b.xhtml": "<p>Dogs.</p>", "c.xhtml": "<p>Out.</p>", "d.xhtml": "" },
    hrefs: { "text/b.xhtml": "x/.././text/b.xhtml", "c.xhtml": "../../c.xhtml", "d.xhtml": "e.xhtml" },
    ncx: `<navMap><navPoint><navLabel><text>Fires</text></navLabel><content src="e.xhtml"/></navPoint></navMap>`,
  });
  expect(blocks.map((block) => block.text)).toEqual(["Boats.", "Dogs."]);
  expect(warnings).toEqual([
    "Not read, as missing in the file, damaged or not a text: the part c.xhtml, the chapter “Fires”.",
  ]);
});

test("a document that the spine names a thousand times is read once", async () => {
  const spine = '<itemref idref="c0"/>'.repeat(1_000);
  expect(await texts({ chapters: { "a.xhtml": "<p>Boats.</p>" }, spine })).toEqual(["Boats."]);
});

const encryption = (uri: string, algorithm: string) => ({
  "META-INF/encryption.xml": `<encryption><enc:EncryptedData xmlns:enc="enc"><enc:EncryptionMethod Algorithm="${algorithm}"/>
    <enc:CipherData><enc:CipherReference URI="${uri}"/></enc:CipherData></enc:EncryptedData></encryption>`,
});

test("a book under DRM says so, one whose fonts are hidden is read", async () => {
  const chapters = { "a.xhtml": "<p>Boats.</p>" };
  const locked = encryption("OEBPS/a.xhtml", "http://www.w3.org/2001/04/xmlenc#aes128-cbc");
  const error = await failure(makeBook({ chapters, more: locked }));
  expect(error).toBeInstanceOf(ExtractionError);
  expect(error).toMatchObject({ reason: "encrypted", message: expect.stringContaining("DRM") });
  const fonts = encryption("OEBPS/font.otf", "http://www.idpf.org/2008/embedding");
  expect(await texts({ chapters, more: fonts })).toEqual(["Boats."]);
});

test("a book of pictures, and an archive that is no book, are refused with what to do", async () => {
  expect(await failure(makeBook({ chapters: { "a.xhtml": '<img src="a.png"/>' } }))).toMatchObject({
    reason: "no_text",
  });
  expect(await failure(makeZip({ mimetype: "application/epub+zip" }))).toMatchObject({ reason: "damaged" });
  const broken = { "OEBPS/book.opf": "<package><manifest>" };
  expect(await failure(makeBook({ chapters: { "a.xhtml": "<p>Boats.</p>" }, more: broken }))).toMatchObject({
    reason: "damaged",
  });
});

test("a chapter of nothing but page ends, links or open tags takes no more than seconds", async () => {
  const bombs = ['<span epub:type="pagebreak" title="1"/>', '<a href="b">x', "<div>", "<ul><li>z", '<p id="a">'];
  for (const bomb of bombs) {
    const book = await makeBook({ chapters: { "a.xhtml": `<p>Boats.</p>${bomb.repeat(1_000_000 / bomb.length)}` } });
    const start = performance.now();
    await extractEpub(book).catch((error) => expect(error).toBeInstanceOf(ExtractionError));
    expect(performance.now() - start).toBeLessThan(5_000);
  }
});
