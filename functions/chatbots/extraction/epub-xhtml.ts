import { type Token, Tokenizer, TokenizerMode } from "parse5";

export type XhtmlListener = {
  /** `isEmpty` of an element that has no content and so is not closed. */
  open(name: string, attributes: Map<string, string>, isEmpty: boolean): void;
  close(name: string): void;
  text(text: string): void;
};

const voidElements = new Set("area base br col embed hr img input link meta param source track wbr".split(" "));
const rawElements = new Set(["script", "style"]);
const prologCharsMax = 20_000;

/**
 * Reads XHTML as books have it: `<title/>` is empty as XML has it, `&nbsp;` and tags left open are taken as HTML takes
 * them. Names are lower case. Linear; never throws; names may be closed that are not open.
 */
export function readXhtml(markup: string, listener: XhtmlListener): void {
  const text = ({ chars }: Token.CharacterToken) => listener.text(chars);
  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: false },
    {
      onStartTag({ tagName: name, attrs, selfClosing }) {
        const isEmpty = selfClosing || voidElements.has(name);
        if (!isEmpty && rawElements.has(name)) tokenizer.state = TokenizerMode.RAWTEXT;
        else if (!isEmpty && name === "title") tokenizer.state = TokenizerMode.RCDATA;
        listener.open(name, new Map(attrs.map((attribute) => [attribute.name, attribute.value])), isEmpty);
      },
      onEndTag: ({ tagName }) => listener.close(tagName),
      onCharacter: text,
      onWhitespaceCharacter: text,
      onNullCharacter() {},
      onComment() {},
      onDoctype() {},
      onEof() {},
    },
  );
  tokenizer.inForeignNode = true; // so that CDATA is text
  // A document type may hold declarations, which would be taken for text.
  const root = markup.slice(0, prologCharsMax).search(/<html[\s>]/i);
  tokenizer.write(root > 0 ? markup.slice(root) : markup, true);
}

/** Places that a book's contents or page list point to: by a document's ids, "" being its beginning. */
export type Marks = ReadonlyMap<string, string>;
export type Chapter = { html: string; links: number; linkedShare: number };

/** A mark stands in the text between two noncharacters, which no text holds, until the blocks are known. */
const markStart = "\ufdd0";
const markEnd = "\ufdd1";
export const markOf = (kind: "title" | "page", number: number) => `${markStart}${kind[0]}${number}${markEnd}`;
export const marksIn = /\ufdd0([tp])(\d{1,7})\ufdd1/g;

/** A note or a chapter in a book, but for extractHtml the edge of a page, or all that counts of it. */
const renamed: Record<string, string> = { aside: "div", footer: "div", main: "div", article: "div" };
const keptAttributes = ["hidden", "aria-hidden", "style", "lang", "xml:lang", "colspan", "rowspan", "start"];

/** A document of a book as HTML that extractHtml reads as a whole, with marks at the places asked for and at page ends. */
export function chapterHtml(markup: string, marks: Marks): Chapter {
  const writer = new ChapterWriter(marks);
  readXhtml(markup, writer);
  return writer.finish();
}

class ChapterWriter implements XhtmlListener {
  readonly #parts: string[] = [];
  readonly #marks: Map<string, string>;
  /** Of the page end just opened: its number may stand in it as text. */
  #pageEnd: { label: string } | null = null;
  #raw = 0;
  #linkDepth = 0;
  #headingDepth = 0;
  #links = 0;
  #linkedChars = 0;
  #chars = 0;

  constructor(marks: Marks) {
    this.#marks = new Map(marks);
  }

  open(name: string, attributes: Map<string, string>, isEmpty: boolean) {
    this.#endPage();
    const element = renamed[name] ?? name;
    const kept = keptAttributes.filter((key) => attributes.has(key));
    const written = kept.map((key) => ` ${key}="${escaped(attributes.get(key)!).replaceAll('"', "&quot;")}"`);
    this.#parts.push(`<${element}${written.join("")}>`);
    if (isEmpty) this.#place(name, attributes, true);
    if (isEmpty && !voidElements.has(name)) this.#parts.push(`</${element}>`);
    if (isEmpty) return;
    if (rawElements.has(name)) this.#raw += 1;
    else if (name === "a" && isInternal(attributes.get("href"))) {
      this.#linkDepth += 1;
      this.#links += 1;
    } else if (/^(?:h[1-6]|title)$/.test(name)) this.#headingDepth += 1;
    this.#place(name, attributes, false);
  }

  close(name: string) {
    this.#endPage();
    if (rawElements.has(name)) this.#raw = 0;
    else if (name === "a") this.#linkDepth = 0;
    else if (/^(?:h[1-6]|title)$/.test(name)) this.#headingDepth = 0;
    if (!voidElements.has(name)) this.#parts.push(`</${renamed[name] ?? name}>`);
  }

  text(text: string) {
    if (this.#raw > 0) return;
    if (this.#pageEnd && this.#pageEnd.label.length + text.length < 40) {
      this.#pageEnd.label += text;
      return;
    }
    this.#endPage();
    this.#write(text);
  }

  finish(): Chapter {
    this.#endPage();
    const linkedShare = this.#chars === 0 ? 0 : this.#linkedChars / this.#chars;
    return { html: this.#parts.join(""), links: this.#links, linkedShare };
  }

  #write(text: string) {
    const chars = text.trim().length;
    if (this.#headingDepth === 0) this.#chars += chars;
    if (this.#headingDepth === 0 && this.#linkDepth > 0) this.#linkedChars += chars;
    this.#parts.push(escaped(text));
  }

  #place(name: string, attributes: Map<string, string>, isEmpty: boolean) {
    if (name === "html" || name === "head" || name === "title" || rawElements.has(name)) return;
    for (const id of [
      name === "body" ? "" : null,
      attributes.get("id"),
      name === "a" ? attributes.get("name") : null,
    ]) {
      const mark = id === null || id === undefined ? undefined : this.#marks.get(id);
      if (mark === undefined) continue;
      this.#parts.push(mark);
      this.#marks.delete(id!);
    }
    const types = `${attributes.get("epub:type") ?? ""} ${attributes.get("role") ?? ""}`;
    if (!/\b(?:doc-)?pagebreak\b/.test(types)) return;
    const label = attributes.get("title") ?? attributes.get("aria-label") ?? attributes.get("id") ?? "";
    if (isEmpty || label !== "") this.#parts.push(markOf("page", pageNumber(label)));
    if (!isEmpty) this.#pageEnd = { label: "" };
  }

  /** The number that stands in a page end is no text of the book. */
  #endPage() {
    if (!this.#pageEnd) return;
    const { label } = this.#pageEnd;
    this.#pageEnd = null;
    if (/^[\s[({|-]*(?:p(?:age|g)?\.?\s*)?(?:\d+|[ivxlcdm]+)[\s\])}|-]*$/i.test(label)) {
      this.#parts.push(markOf("page", pageNumber(label)));
    } else this.#write(label);
  }
}

const escaped = (text: string) =>
  /[&<\ufdd0\ufdd1]/.test(text)
    ? text
        .replace(/[\ufdd0\ufdd1]/g, "")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
    : text;

const isInternal = (href: string | undefined) => href !== undefined && !/^[a-z][a-z\d+.-]*:/i.test(href);

/** The number in "12", "{12}", "Page 12" or "page_12"; 0 for what has none, such as the "xii" of a preface. */
export function pageNumber(label: string): number {
  return Number(label.match(/^\D{0,12}(\d{1,6})\D{0,3}$/)?.[1] ?? 0);
}
