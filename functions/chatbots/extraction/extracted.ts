import { documentBlocksMax } from "./limits.ts";

/** One piece of a document in reading order. `page` counts from 1 and stands on blocks of PDFs and images; `level` (1–6) on headings. */
export type Block = {
  kind: "heading" | "paragraph" | "list" | "table" | "code";
  text: string;
  level?: number;
  page?: number;
};

/**
 * What a file says. `language` is what the file declares (html `lang`, front matter), never a guess; `warnings` are
 * English sentences for the user, such as "Page 3 could not be read."; tables are rows `| a | b |`, the header first.
 * `pagesWithoutText` are the pages of a PDF, from 1, whose text is a picture or cannot be told from their letters, blank
 * pages not among them, or the one page of an image; what `blocks` holds of them is a remainder (a stamp, a page number)
 * that text recognition replaces, which also warns of those that it cannot read.
 */
export type Extracted = {
  format: "text" | "markdown" | "html" | "pdf" | "pptx" | "xlsx" | "docx" | "epub" | "json" | "image";
  title: string | null;
  language: string | null;
  pageCount: number | null;
  metadata: Record<string, string>;
  warnings: string[];
  pagesWithoutText?: number[];
  blocks: Block[];
};

/** Why a file gave no text. The message is for the user: what is wrong and what to do next. */
export class ExtractionError extends Error {
  readonly reason: "empty" | "no_text" | "encrypted" | "damaged" | "binary" | "unsupported" | "too_large";

  constructor(reason: ExtractionError["reason"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ExtractionError";
    this.reason = reason;
  }
}

/** What a document is refused with that is no document but crumbs. */
export const tooManyBlocks = () =>
  new ExtractionError(
    "too_large",
    `The file has more than ${documentBlocksMax.toLocaleString("en")} paragraphs. Split it into smaller files.`,
  );
