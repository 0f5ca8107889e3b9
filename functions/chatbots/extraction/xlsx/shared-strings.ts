import { ExtractionError } from "../extracted.ts";
import { sharedStringsBytesMax, sharedStringsMax } from "../limits.ts";
import { officeText } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

type Page = { base: number; bytes: Uint8Array };

const pageBytes = 1024 * 1024;
const recentMax = 1_024;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The strings that cells point to by number. They are held as UTF-8 and decoded when they are asked for: as JavaScript
 * strings, 50 MB of them would take up to 200 MB. Reads the part "sharedStrings"; readings of characters are left out.
 */
export class SharedStrings implements XmlListener {
  readonly #pages: Page[] = [];
  readonly #starts: number[] = [];
  readonly #recent: { index: number; text: string }[] = [];
  #end = 0;
  #parts: string[] = [];
  #openChars = 0;
  #isInText = false;
  #isInReading = false;

  open(name: string) {
    if (name === "si") this.#clear();
    else if (name === "rPh") this.#isInReading = true;
    else if (name === "t") this.#isInText = !this.#isInReading;
  }

  close(name: string) {
    if (name === "si") this.#add(officeText(this.#parts.join("")));
    else if (name === "rPh") this.#isInReading = false;
    else if (name === "t") this.#isInText = false;
  }

  text(text: string) {
    if (!this.#isInText) return;
    this.#parts.push(text);
    this.#openChars += text.length;
    if (this.#end + this.#openChars > sharedStringsBytesMax) throw tooLarge();
  }

  /** The text of a number that the file has, else "". */
  get(index: number): string {
    const start = this.#starts[index];
    if (start === undefined) return "";
    const recent = this.#recent[index % recentMax];
    if (recent?.index === index) return recent.text;
    const end = this.#starts[index + 1] ?? this.#end;
    const page = this.#pageOf(start);
    const text = start === end ? "" : decoder.decode(page.bytes.subarray(start - page.base, end - page.base));
    this.#recent[index % recentMax] = { index, text };
    return text;
  }

  #add(text: string) {
    let page = this.#pages.at(-1);
    if (!page || page.bytes.length - (this.#end - page.base) < text.length * 3) {
      page = { base: this.#end, bytes: new Uint8Array(Math.max(pageBytes, text.length * 3)) };
      this.#pages.push(page);
    }
    this.#starts.push(this.#end);
    this.#end += encoder.encodeInto(text, page.bytes.subarray(this.#end - page.base)).written;
    if (this.#end > sharedStringsBytesMax || this.#starts.length > sharedStringsMax) throw tooLarge();
    this.#clear();
  }

  #clear() {
    this.#parts = [];
    this.#openChars = 0;
  }

  #pageOf(position: number): Page {
    let [low, high] = [0, this.#pages.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#pages[middle]!.base <= position) low = middle;
      else high = middle - 1;
    }
    return this.#pages[low]!;
  }
}

const tooLarge = () =>
  new ExtractionError(
    "too_large",
    `The workbook holds more text than can be read (${sharedStringsBytesMax / 1024 / 1024} MB in its cells). Split it into smaller files and upload these.`,
  );
