import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ExtractionError, extract } from "../../../functions/chatbots/extraction/extract.ts";
import { makePdf } from "./pdf-maker.ts";

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`./fixtures/${name}`, import.meta.url)));
const failure = (content: Uint8Array, filename = "file.txt") =>
  extract(content, { filename }).then(
    () => expect.unreachable("it was read"),
    (error: ExtractionError) => error,
  );

test.each([
  ["no bytes", bytes(""), "empty"],
  ["only blanks", bytes(" \n\t\r\n "), "empty"],
  ["a byte order mark alone", bytes("\xef\xbb\xbf"), "empty"],
  ["junk named .txt", Uint8Array.from({ length: 999 }, (_, i) => (i * i * 7 + i) % 256), "binary"],
  ["text with NULs strewn in", bytes("abc\0\0\0de\0f\0\0\0\0ghi".repeat(20)), "binary"],
  ["a truncated archive named .txt", bytes(`PK\x03\x04${"\0".repeat(26)}word/document.xml`), "damaged"],
  ["an image cut off in its header", bytes("\x89PNG\r\n\x1a\n"), "damaged"],
  ["a HEIC image", bytes("\0\0\0\x18ftypheic\0\0\0\0"), "unsupported"],
  ["an old Office file", bytes("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "unsupported"],
  ["a page of scripts only", bytes("<!doctype html><script>let a = 1</script>"), "no_text"],
  ["crumbs, as text", bytes("a\n\n".repeat(400_000)), "too_large"],
  ["crumbs, as HTML", bytes(`<!doctype html>${"<p>a".repeat(400_000)}`), "too_large"],
  ["a file above the limit", new Uint8Array(25 * 1024 * 1024 + 1).fill(97), "too_large"],
])("%s is refused with its reason, in a sentence that says what to do", async (_, content, reason) => {
  const error = await failure(content);
  expect(error).toBeInstanceOf(ExtractionError);
  expect(error).toMatchObject({ reason });
  expect(error.message).toMatch(/^The .+\. .+\.$/);
});

test("an unsupported format is called by its name", async () => {
  expect((await failure(bytes("{\\rtf1 Hello}"))).message).toContain("an RTF document");
});

test("a PDF that needs a password says so, one that only restricts printing is read", async () => {
  // Both made from this folder's pdf-maker by qpdf: --encrypt secret owner 256, and --encrypt "" owner 128 (RC4).
  expect(await failure(fixture("user-password.pdf"))).toMatchObject({ reason: "encrypted" });
  const restricted = await extract(fixture("owner-password.pdf"), {});
  expect(restricted.blocks).toEqual([{ kind: "paragraph", text: "The harbour opens at six in the morning.", page: 1 }]);
});

test("a broken PDF is damaged, one of blank pages without text", async () => {
  expect(await failure(bytes("%PDF-1.7\nnothing of it is left"))).toMatchObject({ reason: "damaged" });
  expect(
    await failure(
      Uint8Array.from({ length: 500 }, (_, i) => (i * i) % 256),
      "a.pdf",
    ),
  ).toMatchObject({ reason: "damaged" });
  expect(await failure(makePdf([[], []]))).toMatchObject({
    reason: "no_text",
    message: expect.stringContaining("blank"),
  });
});

test("a truncated PDF gives its text or says that it is damaged, and never crashes", async () => {
  const whole = makePdf([[{ x: 72, y: 700, text: "First page." }], [{ x: 72, y: 700, text: "Second page." }]]);
  for (let length = 20; length < whole.length; length += 37) {
    const result = await extract(whole.slice(0, length), {}).catch((error) => error);
    if (result instanceof Error) expect(result).toBeInstanceOf(ExtractionError);
    else expect(result.blocks.length).toBeGreaterThan(0);
  }
});

test("text named .pdf is read as text, with a warning", async () => {
  const read = await extract(bytes("Just a note about the harbour."), { filename: "note.pdf" });
  expect(read).toMatchObject({ format: "text", warnings: [expect.stringContaining("named a PDF")] });
});

test("the caller's bytes stay as they were", async () => {
  const pdf = makePdf([[{ x: 72, y: 700, text: "Hello" }]]);
  const before = pdf.slice();
  await extract(pdf, {});
  expect(pdf).toEqual(before);
});
