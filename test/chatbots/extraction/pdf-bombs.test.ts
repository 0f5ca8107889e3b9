import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { extract } from "../../../functions/chatbots/extraction/extract.ts";
import { makePdfOf, streamOf } from "./pdf-maker.ts";

const mb = 1024 * 1024;
const refusal = (pdf: Uint8Array) =>
  extract(pdf, {}).then(
    () => expect.unreachable("it was read"),
    (error) => error,
  );

const words = "BT /F1 10 Tf 72 700 Td (The harbour opens at six.) Tj ET";
const shape = "0 0 10 10 re f";
const group = "/Group << /S /Transparency >>";

/** Forms in levels: the page and each form draw all forms of the next level so many times, those of the last one the leaf. */
function makeForms(shown: { levels: number; each: number; times: number; leaf: string; entries?: string }): Uint8Array {
  const { levels, each, times, leaf, entries = "" } = shown;
  const names = Array.from({ length: each }, (_, i) => i);
  const resources = (level: number) =>
    level < levels ? `/XObject << ${names.map((i) => `/X${i} ${6 + level * each + i} 0 R`).join(" ")} >>` : "";
  const draw = names.map((i) => `/X${i} Do\n`.repeat(times)).join("");
  const forms = Array.from({ length: levels * each }, (_, i) => {
    const next = Math.floor(i / each) + 1;
    const inner = `/Resources << /Font << /F1 3 0 R >> ${resources(next)} >>`;
    return streamOf(
      `/Type /XObject /Subtype /Form /BBox [0 0 595 842] ${entries} ${inner}`,
      next < levels ? draw : leaf,
    );
  });
  return makePdfOf(streamOf("", draw), forms, resources(0));
}

test.each([
  ["text", { levels: 9, each: 1, times: 10, leaf: words }],
  ["shapes, as groups that pdf.js draws apart", { levels: 9, each: 1, times: 10, leaf: shape, entries: group }],
  ["shapes, by ten forms a level", { levels: 9, each: 10, times: 1, leaf: shape }],
])("forms of forms that draw a billion times are refused, and the clock is as before: %s", async (_, forms) => {
  const { now } = Date;
  expect(await refusal(makeForms(forms))).toMatchObject({
    reason: "too_large",
    message: expect.stringContaining("draw"),
  });
  expect(Date.now).toBe(now);
});

test("a document that is read at the same time as a bomb is read", async () => {
  const page = (text: string) => makePdfOf(streamOf("", `BT /F1 10 Tf 72 700 Td (${text}) Tj ET`));
  const bomb = makeForms({ levels: 9, each: 1, times: 10, leaf: words });
  const [first, refused, last] = await Promise.all([
    extract(page("Before."), {}),
    refusal(bomb),
    extract(page("After."), {}),
  ]);
  expect(refused.reason).toBe("too_large");
  expect([first, last].map(({ blocks }) => blocks[0]?.text)).toEqual(["Before.", "After."]);
});

test("a form that is drawn a thousand times is read each time", async () => {
  const places = Array.from(
    { length: 1_000 },
    (_, i) => `q 1 0 0 1 ${(i % 20) * 28} ${Math.floor(i / 20) * 16} cm /X0 Do Q`,
  );
  const form = "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>";
  const cell = streamOf(form, "BT /F1 6 Tf 9 9 Td (yes) Tj ET");
  const { blocks } = await extract(makePdfOf(streamOf("", places.join("\n")), [cell], "/XObject << /X0 6 0 R >>"), {});
  expect(JSON.stringify(blocks).match(/yes/g)).toHaveLength(1_000);
});

const blanks = (size: number) => deflateSync(new Uint8Array(size).fill(0x20), { level: 9 });
const flate = "/Filter /FlateDecode";
const withPage = (stream: string) => makePdfOf(streamOf("", words), [stream]);
/** The byte that follows 129 stands for 128 of it. */
const runs = (size: number) => new Uint8Array(size / 64).map((_, i) => (i % 2 ? 0x20 : 129));
const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * i) >> 7);
const large = deflateSync(Buffer.concat([noise, new Uint8Array(30 * mb)]));

test.each([
  ["a page", makePdfOf(streamOf(flate, blanks(210 * mb)))],
  ["a page, deflated twice", makePdfOf(streamOf("/Filter [/FlateDecode /FlateDecode]", deflateSync(blanks(550 * mb))))],
  ["a page whose filter is written in codes", makePdfOf(streamOf("/Filter /Fl#61teDecode", blanks(210 * mb)))],
  ["a page whose filter is elsewhere", makePdfOf(streamOf("/Filter 6 0 R", blanks(210 * mb)), ["/FlateDecode"])],
  ["a page in hexadecimal", makePdfOf(streamOf("/Filter [/AHx /Fl]", `${blanks(210 * mb).toString("hex")}>`))],
  ["a page of runs", makePdfOf(streamOf("/Filter /RunLengthDecode", runs(64 * mb)))],
  ["a page of runs, deflated", makePdfOf(streamOf("/Filter [/Fl /RL]", deflateSync(runs(128 * mb))))],
  ["a page by LZW", makePdfOf(streamOf("/Filter /LZWDecode", lzw(40 * mb)))],
  [
    "a row of a gigabyte",
    makePdfOf(streamOf(`${flate} /DecodeParms << /Predictor 12 /Columns 1000000000 >>`, blanks(9))),
  ],
  ["objects", withPage(streamOf(`/Type /ObjStm /N 1 /First 4 ${flate}`, blanks(210 * mb)))],
  ["a table of objects", withPage(streamOf(`/Type /XRef /W [1 2 1] ${flate}`, blanks(210 * mb)))],
  [
    "many streams",
    makePdfOf(
      streamOf("", words),
      Array.from({ length: 8 }, () => streamOf(flate, large)),
    ),
  ],
  ["streams in each other", withPage("stream\nx\x9c".repeat(100_000))],
])("what unpacks to more than can be read is refused in little memory: %s", async (_, pdf) => {
  const before = process.resourceUsage().maxRSS;
  expect(await refusal(pdf)).toMatchObject({ reason: "too_large", message: expect.stringContaining("unpacks") });
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(100 * 1024);
});

test("large pictures and attached files keep no text from being read", async () => {
  const size = "/Width 10000 /Height 3500 /ColorSpace /DeviceRGB /BitsPerComponent 8";
  const pdf = makePdfOf(
    streamOf("", `${words} q 595 0 0 400 0 0 cm /Im1 Do Q`),
    [
      streamOf(`/Type /XObject /Subtype /Image ${size} ${flate}`, blanks(105 * mb)),
      streamOf(`/Type /EmbeddedFile ${flate}`, blanks(100 * mb)),
    ],
    "/XObject << /Im1 6 0 R >>",
  );
  expect((await extract(pdf, {})).blocks[0]?.text).toBe("The harbour opens at six.");
});

test.each([
  ["twice deflated", "[/FlateDecode /FlateDecode]", deflateSync(deflateSync(words))],
  ["hexadecimal", "[/ASCIIHexDecode /FlateDecode]", `${deflateSync(words).toString("hex")}>`],
  ["LZW", "/LZWDecode", lzw(60_000, words)],
])("a page that is packed in an unusual way is read: %s", async (_, filter, data) => {
  expect((await extract(makePdfOf(streamOf(`/Filter ${filter}`, data)), {})).blocks[0]?.text).toBe(
    "The harbour opens at six.",
  );
});

/** The text, letter by letter, and so many blanks after it, packed as tight as LZW can. */
function lzw(size: number, text = ""): Uint8Array {
  const bytes: number[] = [];
  let [bits, held, words, length] = [0, 0, 257, 1];
  const put = (code: number) => {
    const width = Math.min(12, Math.max(9, 32 - Math.clz32(words + 1)));
    bits = ((bits << width) | code) & 0xfffff;
    for (held += width; held >= 8; held -= 8) bytes.push((bits >> (held - 8)) & 255);
    words = Math.min(words + 1, 4_096);
  };
  put(256);
  words = 257;
  for (const char of `${text} `) put(char.charCodeAt(0));
  for (let made = 0; made < size; made += length) {
    length = Math.min(length + 1, 3_838 - text.length);
    put(Math.min(words, 4_095));
  }
  put(257);
  return Uint8Array.from([...bytes, (bits << (8 - held)) & 255]);
}
