import { decodeText } from "./decode.ts";
import { type Contents, ncxReader, readNav } from "./epub-contents.ts";
import { type Package, readPackage, refuseEncrypted } from "./epub-package.ts";
import { type Chapter, chapterHtml, markOf, marksIn } from "./epub-xhtml.ts";
import { type Block, type Extracted, ExtractionError } from "./extracted.ts";
import { extractHtml } from "./html.ts";
import { epubChapterCharsMax, epubMarkupCharsMax, epubTextCharsMax, recordBlockChars } from "./limits.ts";
import { type Archive, openArchive } from "./zip.ts";

/** A document is a table of contents when it links so much of its text, less if the book calls it one. */
const linkedShareOfContents = 0.8;
const linkedShareOfNamedContents = 0.5;
const linksOfContents = 3;
/** The blocks at a chapter's beginning in which its own heading stands when it has one. */
const blocksBeforeHeading = 3;
const toldPartsMax = 10;

/**
 * A book (EPUB 2 or 3) in reading order, its chapters named as its table of contents names them where they have no
 * heading of their own, `page` being the printed page where the book tells it. Documents that only list links are left
 * out. Throws ExtractionError: encrypted (DRM), damaged, no_text, too_large.
 */
export async function extractEpub(bytes: Uint8Array): Promise<Extracted> {
  const archive = await openArchive(bytes);
  const book = await readPackage(archive);
  await refuseEncrypted(archive, book);
  const warnings: string[] = [];
  const contents = await readContents(archive, book, warnings);
  const reader = new BookReader(contents);
  const unread: string[] = [];
  let markupChars = 0;
  for (const path of book.spine) {
    const markup = await readDocument(archive, path);
    if (markup === null) {
      unread.push(reader.nameOf(path));
      continue;
    }
    markupChars += Math.min(markup.length, epubChapterCharsMax);
    if (markupChars > epubMarkupCharsMax) throw tooLong();
    if (markup.length > epubChapterCharsMax)
      warnings.push(
        `Of ${reader.nameOf(path)} only the first ${epubChapterCharsMax / 1e6} million characters of markup were read.`,
      );
    reader.read(path, markup.slice(0, epubChapterCharsMax), book.contents.has(path));
  }
  for (const path of book.missing) unread.push(reader.nameOf(path));
  if (unread.length > 0) warnings.push(unreadParts(unread));
  if (reader.blocks.length === 0) throw noText();
  const { title, metadata } = book;
  const language = book.language ?? reader.language;
  return { format: "epub", title, language, pageCount: null, metadata, warnings, blocks: reader.blocks };
}

/** A document's text, a little more than is read of it at most; null when it cannot be unpacked. */
async function readDocument(archive: Archive, path: string): Promise<string | null> {
  const parts: string[] = [];
  let chars = 0;
  try {
    await archive.read(path, (text) => {
      if (chars <= epubChapterCharsMax) parts.push(text);
      chars += text.length;
    });
    const markup = parts.join("");
    if (chars > epubChapterCharsMax || !markup.includes("\ufffd")) return markup;
    return decodeText(await archive.bytes(path)).text; // not UTF-8, as old books happen to be
  } catch (error) {
    if (error instanceof ExtractionError && error.reason === "damaged") return null;
    throw error;
  }
}

async function readContents(archive: Archive, { nav, ncx }: Package, warnings: string[]): Promise<Contents> {
  const read: Contents[] = [];
  if (nav && archive.has(nav)) {
    const markup = await readDocument(archive, nav);
    if (markup !== null) read.push(readNav(nav, markup.slice(0, epubChapterCharsMax)));
  }
  const isWanted = !read[0] || read[0].titles.length === 0 || read[0].pages.length === 0;
  if (ncx && archive.has(ncx) && isWanted) {
    const reader = ncxReader(ncx);
    try {
      await archive.read(ncx, reader.write);
      read.push(reader.end());
    } catch (error) {
      if (!(error instanceof ExtractionError) || error.reason !== "damaged") throw error;
      if (read.length === 0)
        warnings.push("The book's table of contents could not be read, so some chapters may be without a title.");
    }
  }
  return {
    titles: read.find(({ titles }) => titles.length > 0)?.titles ?? [],
    pages: read.find(({ pages }) => pages.length > 0)?.pages ?? [],
  };
}

type Title = Contents["titles"][number];
/** Where in a document's blocks a title of the table of contents points to. */
type Start = { index: number; title: Title };

class BookReader {
  readonly blocks: Block[] = [];
  language: string | null = null;
  readonly #titles: Map<string, Title[]>;
  readonly #pages: Map<string, Contents["pages"]>;
  #page: number | undefined;
  #chars = 0;

  constructor({ titles, pages }: Contents) {
    this.#titles = Map.groupBy(titles, ({ path }) => path);
    this.#pages = Map.groupBy(pages, ({ path }) => path);
  }

  /** A document as the reader knows it: by its title, or else by its file. */
  nameOf(path: string): string {
    const title = this.#titles.get(path)?.[0]?.title;
    return title ? `the chapter “${title}”` : `the part ${path.slice(path.lastIndexOf("/") + 1).slice(0, 100)}`;
  }

  read(path: string, markup: string, isNamedContents: boolean) {
    const titles = this.#titles.get(path) ?? [];
    const chapter = chapterHtml(markup, this.#marksOf(path, titles));
    if (isContents(chapter, isNamedContents)) return;
    const { blocks, language } = extractHtml(chapter.html);
    this.language ??= language;
    const read = this.#unmarked(blocks, titles);
    for (const block of withTitles(read.blocks, read.starts)) this.blocks.push(block);
    this.#chars += read.blocks.reduce((sum, block) => sum + block.text.length + recordBlockChars, 0);
    if (this.#chars > epubTextCharsMax) throw tooLong();
  }

  #marksOf(path: string, titles: Title[]): Map<string, string> {
    const marks = new Map<string, string>();
    const add = (fragment: string, mark: string) => marks.set(fragment, (marks.get(fragment) ?? "") + mark);
    for (const { fragment, page } of this.#pages.get(path) ?? []) add(fragment, markOf("page", page));
    for (const [i, { fragment }] of titles.entries()) if (fragment !== "") add(fragment, markOf("title", i));
    return marks;
  }

  /** The blocks with their pages, and where titles point to; a title whose place is not there points to the beginning. */
  #unmarked(marked: Block[], titles: Title[]) {
    const blocks: Block[] = [];
    const starts = new Map<number, number>();
    for (const { page: _, ...block } of marked) {
      let after = this.#page;
      for (const found of block.text.includes("\ufdd0") ? block.text.matchAll(marksIn) : []) {
        const [, kind, number] = found;
        if (kind === "t") starts.set(Number(number), blocks.length);
        else {
          after = Number(number) || undefined;
          if (isFirst(block.text, found.index)) this.#page = after;
        }
      }
      const text = withoutMarks(block);
      if (text !== "") blocks.push({ ...block, text, ...(this.#page && { page: this.#page }) });
      this.#page = after;
    }
    const found = titles.map((title, i): Start => ({ index: starts.get(i) ?? 0, title }));
    return { blocks, starts: found.filter(({ index }) => index < blocks.length).sort((a, b) => a.index - b.index) };
  }
}

const anyMark = /\ufdd0[tp]\d{1,7}\ufdd1/g;

/** Whether nothing but marks stands before a mark. */
function isFirst(text: string, index: number): boolean {
  if (index > 200) return false;
  const before = text.slice(0, index);
  return before.replace(anyMark, "").replace(/^\s*(?:[-|]|\d+\.)?\s*/, "") === "";
}

function withoutMarks({ kind, text }: Block): string {
  if (!text.includes("\ufdd0")) return text;
  const clean = text.replace(anyMark, "");
  if (kind === "code") return clean;
  return kind === "list" ? clean.replace(/^\s*(?:-|\d+\.) *$\n?/gm, "").trimEnd() : clean.trim();
}

function isContents({ links, linkedShare }: Chapter, isNamed: boolean): boolean {
  if (isNamed && links > 0) return linkedShare >= linkedShareOfNamedContents;
  return links >= linksOfContents && linkedShare >= linkedShareOfContents;
}

/** Puts titles before the blocks they point to, where no heading stands there already. */
function withTitles(blocks: Block[], starts: Start[]): Block[] {
  const titled: Block[] = [];
  let copied = 0;
  for (let i = 0; i < starts.length; ) {
    const { index } = starts[i]!;
    let next = i;
    while (next < starts.length && starts[next]!.index === index) next += 1;
    const end = starts[next]?.index ?? blocks.length;
    const titles = starts.slice(i, next).map((start) => start.title);
    for (; copied < index; copied++) titled.push(blocks[copied]!);
    const isNamed =
      blocks.slice(index, Math.min(end, index + blocksBeforeHeading)).some((block) => block.kind === "heading") ||
      (index > 0 && blocks[index - 1]!.kind === "heading");
    if (!isNamed) {
      const told = linesOfTitle(blocks.slice(index, Math.min(end, index + blocksBeforeHeading)), titles.at(-1)!.title);
      const page = blocks[index]!.page;
      for (const heading of headings(titles, blocks.slice(index, end)))
        titled.push({ ...heading, ...(page && { page }) });
      copied = index + told;
    }
    i = next;
  }
  for (; copied < blocks.length; copied++) titled.push(blocks[copied]!);
  return titled;
}

/** Above the headings that the chapter has inside. */
function headings(titles: Title[], chapter: Block[]): Block[] {
  const inside = chapter.reduce((lowest, block) => Math.min(lowest, block.level ?? 7), 7);
  return titles.map(({ title, depth }) => ({
    kind: "heading",
    text: title,
    level: Math.max(1, Math.min(depth, inside - 1)),
  }));
}

/** How many paragraphs at a chapter's beginning tell its title, and nothing else: "Chapter 1", "The Harbour". */
function linesOfTitle(blocks: Block[], title: string): number {
  const letters = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
  const wanted = letters(title);
  let told = "";
  for (const [i, { kind, text }] of blocks.entries()) {
    if (kind !== "paragraph" || text.length > title.length * 2 + 20) return 0;
    told += letters(text);
    if (told === wanted) return i + 1;
  }
  return 0;
}

function unreadParts(names: string[]): string {
  const told = names.slice(0, toldPartsMax);
  const rest = names.length - told.length;
  const more = rest > 0 ? ` and ${rest.toLocaleString("en")} more` : "";
  return `Not read, as missing in the file, damaged or not a text: ${told.join(", ")}${more}.`;
}

const noText = () =>
  new ExtractionError(
    "no_text",
    "The book has no readable text: its pages are pictures or empty. Upload a version with text, or a PDF with a text layer.",
  );

const tooLong = () =>
  new ExtractionError(
    "too_large",
    `The book has more text than can be read (${epubTextCharsMax / 1e6} million characters). Split it into smaller files.`,
  );
