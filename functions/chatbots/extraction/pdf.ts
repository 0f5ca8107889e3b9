import { getResolvedPDFJS } from "unpdf";
import { type Extracted, ExtractionError } from "./extracted.ts";
import { pdfPagesMax } from "./limits.ts";
import { DocumentBody } from "./pdf/document-body.ts";
import type { RawItem } from "./pdf/lines.ts";

type Document = Awaited<ReturnType<Awaited<ReturnType<typeof getResolvedPDFJS>>["getDocument"]>["promise"]>;
type Page = Awaited<ReturnType<Document["getPage"]>>;

/**
 * A PDF's text by position: lines, columns, paragraphs, headings by size, tables by alignment, each block with its page.
 * Pages are read one after another and released; only the lines of nine pages are held at a time.
 * Throws ExtractionError: encrypted, damaged, empty (no pages), no_text (scanned), too_large.
 * For some damaged files pdf.js also leaves a rejected promise of its own unhandled: workerd goes on, but a Node process
 * that reads strangers' files needs a listener for `unhandledRejection`.
 */
export async function extractPdf(bytes: Uint8Array): Promise<Extracted> {
  const missingMaps = new Set<string>();
  const { getDocument } = await getResolvedPDFJS();
  // pdf.js takes the buffer away from its caller, who may want to hash or store it; hence the copy.
  const task = getDocument({
    data: bytes.slice(),
    verbosity: 0,
    useSystemFonts: true,
    disableFontFace: true,
    useWorkerFetch: false,
    BinaryDataFactory: refusingFactory(missingMaps),
  } as Parameters<typeof getDocument>[0]);
  try {
    const document = await task.promise.catch((error) => {
      throw openingError(error);
    });
    return await readDocument(document, missingMaps);
  } finally {
    await task.destroy();
  }
}

/** pdf.js asks for character maps of East Asian fonts by URL; they are not in the bundle, so the user is told instead. */
function refusingFactory(missingMaps: Set<string>) {
  return class {
    async fetch({ kind, filename }: { kind: string; filename: string }): Promise<never> {
      if (kind === "cMapUrl") missingMaps.add(filename.replace(/\.bcmap$/, ""));
      throw new Error(`${filename} is not bundled`);
    }
  };
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

async function readDocument(document: Document, missingMaps: Set<string>): Promise<Extracted> {
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
  const body = new DocumentBody();
  for (let number = 1; number <= pageCount; number++) await readPage(document, number, body);
  body.finish();
  if (body.blocks.length === 0) throw noText(body, pageCount, missingMaps);
  const details = info as Record<string, unknown>;
  return {
    format: "pdf",
    title:
      meaningfulTitle(details.Title) ?? body.blocks.find((b) => b.kind === "heading" && b.page === 1)?.text ?? null,
    language: typeof details.Language === "string" && details.Language !== "" ? details.Language : null,
    pageCount,
    metadata: metadataOf(details),
    warnings: body.warnings(missingMaps),
    blocks: body.blocks,
  };
}

async function readPage(document: Document, number: number, body: DocumentBody): Promise<void> {
  let page: Page | undefined;
  try {
    page = await document.getPage(number);
    const { transform } = page.getViewport({ scale: 1 });
    const { items, styles } = await page.getTextContent();
    const isVertical = (fontName: string) => Boolean(styles[fontName]?.vertical);
    body.add(number, items.filter((item) => "str" in item) as RawItem[], transform, isVertical);
  } catch (error) {
    if (error instanceof ExtractionError) throw error;
    body.unreadable.push(number);
  } finally {
    page?.cleanup();
  }
}

function noText(body: DocumentBody, pageCount: number, missingMaps: Set<string>): ExtractionError {
  if (body.unreadable.length === pageCount) {
    return new ExtractionError(
      "damaged",
      "The PDF is damaged: none of its pages can be read. Export or download it again and upload the new file.",
    );
  }
  if (missingMaps.size > 0) {
    return new ExtractionError(
      "no_text",
      `The PDF's text cannot be read: its fonts use the character maps ${[...missingMaps].join(", ")}, which are not available here. Export it with embedded fonts and upload the new file.`,
    );
  }
  return new ExtractionError(
    "no_text",
    "The PDF has no text layer: it seems to be scanned, and text recognition (OCR) is not available yet. Run OCR on it and upload the result.",
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
