import { getResolvedPDFJS } from "unpdf";
import { type Extracted, ExtractionError } from "./extracted.ts";
import { pdfPagesMax } from "./limits.ts";
import { BundledMaps } from "./pdf/character-maps.ts";
import { meantCharacters } from "./pdf/characters.ts";
import { DocumentBody } from "./pdf/document-body.ts";
import type { RawItem } from "./pdf/items.ts";
import { legibilityOf } from "./pdf/legibility.ts";
import { sightOf } from "./pdf/page-sight.ts";
import { checkStreams } from "./pdf/streams.ts";
import { Work } from "./pdf/work.ts";

type PdfJs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
type Document = Awaited<ReturnType<PdfJs["getDocument"]>["promise"]>;
type Page = Awaited<ReturnType<Document["getPage"]>>;

/**
 * A PDF's text by position: lines, columns, paragraphs, headings by size, tables by alignment, each block with its page.
 * Pages are read one after another and released; only the lines of nine pages are held at a time.
 * Of scanned pages `pagesWithoutText` tells. Throws ExtractionError: encrypted, damaged, empty (no pages), no_text (all
 * pages blank), too_large (also for what unpacks to too much, or draws too much).
 * For some damaged files pdf.js also leaves a rejected promise of its own unhandled: workerd goes on, but a Node process
 * that reads strangers' files needs a listener for `unhandledRejection`.
 */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  const { pdfjs, document, close } = await openPdf(bytes);
  try {
    return await readDocument(pdfjs, document);
  } finally {
    await close();
  }
}

/** The PDF in pdf.js; throws ExtractionError. Whoever opens it closes it. */
export async function openPdf(bytes: Uint8Array) {
  checkStreams(bytes);
  const pdfjs = await getResolvedPDFJS();
  // pdf.js takes the buffer away from its caller, who may want to hash or store it; hence the copy.
  const task = pdfjs.getDocument({
    data: bytes.slice(),
    verbosity: 0,
    useSystemFonts: true,
    disableFontFace: true,
    useWorkerFetch: false,
    maxImageSize: 0,
    BinaryDataFactory: BundledMaps,
  } as Parameters<typeof pdfjs.getDocument>[0]);
  const close = () => task.destroy();
  try {
    return { pdfjs, document: await task.promise, close };
  } catch (error) {
    await close();
    throw openingError(error);
  }
}

function openingError(error: unknown): ExtractionError {
  const { name, message } = error as Error;
  if (name === "PasswordException") {
    return new ExtractionError(
      "encrypted",
      "The PDF needs a password. Save a copy without password protection and upload that.",
      { cause: error },
    );
  }
  return new ExtractionError(
    "damaged",
    `The PDF is damaged or incomplete (${message}). Export or download it again and upload the new file.`,
    { cause: error },
  );
}

/** A font with a character map takes 5 MB, which pdf.js keeps until told otherwise. */
const pagesPerCleanup = 16;

async function readDocument(pdfjs: PdfJs, document: Document): Promise<Extracted> {
  const pageCount = document.numPages;
  if (pageCount === 0)
    throw new ExtractionError("empty", "The PDF has no pages. Export it again and upload the new file.");
  if (pageCount > pdfPagesMax) {
    throw new ExtractionError(
      "too_large",
      `The PDF has ${pageCount} pages; at most ${pdfPagesMax} can be read. Split it into smaller files.`,
    );
  }
  const { info } = await document.getMetadata().catch(() => ({ info: {} }));
  const [body, work] = [new DocumentBody(), new Work()];
  for (let number = 1; number <= pageCount; number++) {
    await work.during(() => readPage(pdfjs, document, number, body));
    if (number % pagesPerCleanup === 0) await document.cleanup();
  }
  body.finish();
  const { blocks, warnings, pagesWithoutText } = body;
  if (blocks.length === 0 && pagesWithoutText.length === 0) throw noText(body, pageCount);
  const details = info as Record<string, unknown>;
  return {
    format: "pdf",
    title: meaningfulTitle(details.Title) ?? blocks.find((b) => b.kind === "heading" && b.page === 1)?.text ?? null,
    language: typeof details.Language === "string" && details.Language !== "" ? details.Language : null,
    pageCount,
    metadata: metadataOf(details),
    warnings,
    pagesWithoutText,
    blocks,
  };
}

async function readPage(pdfjs: PdfJs, document: Document, number: number, body: DocumentBody): Promise<void> {
  let page: Page | undefined;
  try {
    page = await document.getPage(number);
    const { transform, width, height } = page.getViewport({ scale: 1 });
    const { items, styles } = await page.getTextContent();
    const texts = items.filter((item) => "str" in item) as RawItem[];
    const { letters, unmapped, isPlausible } = legibilityOf(meantCharacters(texts.map((item) => item.str).join("")));
    const isVertical = (fontName: string) => Boolean(styles[fontName]?.vertical);
    if (unmapped <= lostShareMin * letters) body.add(number, texts, { transform, width, height }, isVertical);
    if (unmapped > unmappedShareMax * letters || !isPlausible) body.illegible.push(number);
    else if (letters < sparse.lettersMax && (await isPictured(pdfjs, page, letters))) body.pictured.push(number);
  } catch (error) {
    if (error instanceof ExtractionError) throw error;
    body.unreadable.push(number);
  } finally {
    page?.cleanup();
  }
}

/** Of a page with more unmapped letters than this there may be better text, with more than that no text at all. */
const [unmappedShareMax, lostShareMin] = [0.3, 0.5];
/** A scan may bear a stamp or a page number of fewer letters; its picture then covers most of the page. */
const sparse = { lettersMax: 40, pictureShareMin: 0.5 };
/** Without any letter, what a page must show to be more than a blank one with a logo or a frame. */
const shown = { pictureShareMin: 0.05, shapesMin: 150, textsMin: 3 };

/** Whether a page of few letters shows text in pictures, as drawn outlines, or in a font that cannot be read. */
async function isPictured(pdfjs: PdfJs, page: Page, letters: number): Promise<boolean> {
  const { pictureShare, filledShapes, textsWithoutGlyphs } = await sightOf(page, pdfjs);
  if (letters > 0) return pictureShare >= sparse.pictureShareMin;
  return (
    pictureShare >= shown.pictureShareMin || filledShapes >= shown.shapesMin || textsWithoutGlyphs >= shown.textsMin
  );
}

function noText(body: DocumentBody, pageCount: number): ExtractionError {
  if (body.unreadable.length > 0) {
    const which = body.unreadable.length === pageCount ? "none of its pages" : "no page of it that shows anything";
    return new ExtractionError(
      "damaged",
      `The PDF is damaged: ${which} can be read. Export or download it again and upload the new file.`,
    );
  }
  return new ExtractionError(
    "no_text",
    "The PDF's pages are blank: they hold neither text nor pictures of a size to hold any. Export it again and upload the new file.",
  );
}

/** Programs put file names and placeholders where a title should be. */
function meaningfulTitle(title: unknown): string | null {
  if (typeof title !== "string") return null;
  const text = title.replace(/^Microsoft \w+ - /, "").trim();
  return /^(untitled.*|.*\.(docx?|pptx?|xlsx?|indd|pdf|tex|dvi|ps|qxd)|)$/i.test(text) ? null : text;
}

function metadataOf(details: Record<string, unknown>): Record<string, string> {
  const named = {
    author: details.Author,
    subject: details.Subject,
    keywords: details.Keywords,
    created: isoDate(details.CreationDate),
    modified: isoDate(details.ModDate),
  };
  return Object.fromEntries(
    Object.entries(named).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1].trim() !== "",
    ),
  );
}

/** `D:20230412…` → `2023-04-12` */
function isoDate(date: unknown): string | null {
  const found = typeof date === "string" ? date.match(/^(?:D:)?(\d{4})(\d{2})(\d{2})/) : null;
  return found ? `${found[1]}-${found[2]}-${found[3]}` : null;
}
