import { beforeAll, describe, expect, test } from "vitest";
import { fileForm, organization, settled, type TestOrganization } from "../harness.ts";
import { makePptx, makeXlsx, makeZip, sheetRows } from "./extraction/office-maker.ts";
import { makeCidPdf, picture } from "./extraction/pdf-maker.ts";

let org: TestOrganization;
beforeAll(async () => {
  org = await organization();
});

const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const word = (text: string) =>
  makeZip({
    "_rels/.rels": `<Relationships><Relationship Id="r1" Type="${office}/officeDocument" Target="word/document.xml"/></Relationships>`,
    "word/document.xml": `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
  });
const slides = (text: string) =>
  makePptx([{ shapes: `<p:sp><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>` }]);
const book = (text: string) =>
  makeZip({
    mimetype: "application/epub+zip",
    "META-INF/container.xml": `<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>`,
    "book.opf": `<package><metadata/><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>`,
    "c.xhtml": `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>c</title></head><body><p>${text}</p></body></html>`,
  });

const upload = async (bytes: Uint8Array | string, filename: string) => {
  const form = fileForm(typeof bytes === "string" ? bytes : new Uint8Array(bytes), filename);
  return settled(org, (await org.call("POST", "/v1/documents", form)).body.id);
};
const found = async (query: string) =>
  (await org.call("POST", "/v1/search", { query, mode: "lexical" })).body.results.map(
    ({ source }: { source: { id: string } }) => source.id,
  );

describe("what a file says is found, whatever its format, told from its bytes and not from its name", () => {
  test.each([
    ["Word", "accordion", word],
    ["PowerPoint", "bassoon", slides],
    [
      "Excel",
      "clarinet",
      (text: string) =>
        makeXlsx([
          {
            name: "Sheet",
            rows: sheetRows([
              ["Name", "Price"],
              [text, 4],
            ]),
          },
        ]),
    ],
    ["EPUB", "dulcimer", book],
    ["JSON", "euphonium", async (text: string) => JSON.stringify([{ question: "What is it?", answer: `${text}.` }])],
    ["CSV", "flugelhorn", async (text: string) => `name,price\n${text},4\nother,5\nthird,6\n`],
  ])("%s", async (format, instrument, make) => {
    const document = await upload(await make(`The ${instrument} is loud`), `${format}.bin`);
    expect(document).toMatchObject({ status: "completed", failureReason: null });
    expect(await found(instrument)).toEqual([document.id]);
  });
});

test("a scanned PDF on which there is nothing to read says so", async () => {
  expect(
    await upload(makeCidPdf([picture(0, 0, 600, 800)], { encoding: "Identity-H", ordering: "Identity" }), "scan.pdf"),
  ).toMatchObject({
    status: "failed",
    failureReason: "No text was found in this document.",
  });
});

test("an archive of other files is called one", async () => {
  expect(await upload(await makeZip({ "a.txt": "one", "b.txt": "two" }), "all.zip")).toMatchObject({
    status: "failed",
    failureReason: expect.stringMatching(/^The file is an archive of other files\. Unpack it/),
  });
});
