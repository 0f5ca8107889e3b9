import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { ExtractionError } from "../../../functions/chatbots/extraction/extracted.ts";
import { xmlReader } from "../../../functions/chatbots/extraction/xml.ts";
import { openArchive } from "../../../functions/chatbots/extraction/zip.ts";

/** A zip of one member, deflated, that says of itself what it is told to. */
function zipOf(name: string, packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(name);
  const header = (signature: number, fields: [number, number][], length: number) => {
    const view = new DataView(new ArrayBuffer(length));
    view.setUint32(0, signature, true);
    for (const [at, value] of fields)
      at > 100 ? view.setUint32(at - 100, value, true) : view.setUint16(at, value, true);
    return new Uint8Array(view.buffer);
  };
  const local = header(
    0x04034b50,
    [
      [4, 20],
      [8, 8],
      [118, packed.length],
      [122, size],
      [26, bytes.length],
    ],
    30,
  );
  const central = header(
    0x02014b50,
    [
      [4, 20],
      [6, 20],
      [10, 8],
      [120, packed.length],
      [124, size],
      [28, bytes.length],
    ],
    46,
  );
  const directoryAt = local.length + bytes.length + packed.length;
  const end = header(
    0x06054b50,
    [
      [8, 1],
      [10, 1],
      [112, central.length + bytes.length],
      [116, directoryAt],
    ],
    22,
  );
  return new Uint8Array(Buffer.concat([local, bytes, packed, central, bytes, end]));
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable("it was read"),
    (error: ExtractionError) => error,
  );

describe("an archive", () => {
  test("is unpacked, text by text", async () => {
    const text = "ไทย 日本語 ".repeat(20_000);
    const packed = deflateRawSync(text);
    const archive = await openArchive(zipOf("a.xml", packed, Buffer.byteLength(text)));
    expect(archive.names).toEqual(["a.xml"]);
    expect(await archive.text("a.xml")).toBe(text);
  });

  test("that packs like a bomb is refused before it is unpacked", async () => {
    const packed = deflateRawSync(Buffer.alloc(300 * 1024 * 1024));
    const archive = await openArchive(zipOf("a.xml", packed, 300 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const reading = archive.read("a.xml", () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    });
    expect(await failure(reading)).toMatchObject({ reason: "too_large" });
    expect(most).toBeLessThan(100 * 1024 * 1024);
  });

  test.each([
    ["whose member is cut off", (packed: Uint8Array) => packed.subarray(0, packed.length / 2), 10_000],
    ["whose member is junk", (packed: Uint8Array) => packed.map((byte) => byte ^ 0xff), 10_000],
    ["whose member is longer than it says", (packed: Uint8Array) => packed, 9_999],
  ])("%s is damaged", async (_, spoil, size) => {
    const packed = deflateRawSync(Uint8Array.from({ length: 10_000 }, (_, i) => (i * i) % 251));
    const archive = await openArchive(zipOf("a.xml", spoil(packed), size));
    expect(await failure(archive.text("a.xml"))).toMatchObject({ reason: "damaged" });
    expect(await failure(archive.text("b.xml"))).toMatchObject({ reason: "damaged" });
  });

  test("passes on what its reader throws", async () => {
    const archive = await openArchive(zipOf("a.xml", deflateRawSync("text"), 4));
    const mistake = new TypeError("ours");
    expect(
      await failure(
        archive.read("a.xml", () => {
          throw mistake;
        }),
      ),
    ).toBe(mistake);
  });
});

describe("XML", () => {
  const read = (...pieces: string[]) => {
    const told: string[] = [];
    const reader = xmlReader("a.xml", {
      open: (name, attributes) => told.push(`<${name}${Object.keys(attributes).join()}`),
      close: (name) => told.push(`>${name}`),
      text: (text) => told.push(text),
    });
    for (const piece of pieces) reader.write(piece);
    reader.end();
    return told;
  };

  test("is told in order, without prefixes of elements, however it is cut", () => {
    expect(read("<w:a r:i", 'd="1"><b/>x &am', "p; y</w:a>").join("|")).toBe("<ar:id|<b|>b|x & y|>a");
  });

  test.each([
    ["an entity of its own", '<!DOCTYPE a [<!ENTITY x "boom">]><a>&x;</a>'],
    ["elements in each other", "<a>".repeat(300)],
    ["a comment without end", `<a><!--${"x".repeat(3_000_000)}`],
    ["a huge attribute", `<a b="${"x".repeat(3_000_000)}"/>`],
    ["a million attributes", `<a ${Array.from({ length: 500_000 }, (_, i) => `a${i}="1"`).join(" ")}/>`],
    ["no end", "<a>"],
  ])("with %s is refused", (_, xml) => {
    const pieces = xml.match(/[\s\S]{1,65536}/g) ?? [];
    expect(() => read(...pieces)).toThrow(ExtractionError);
  });
});
