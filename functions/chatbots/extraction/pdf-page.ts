import { openPdf } from "./pdf.ts";

export type PdfPages = {
  /** That page, from 1, as a PDF of its own, with what it shows and nothing of other pages. Null where the file is damaged there. */
  page(number: number): Promise<Uint8Array | null>;
  close(): Promise<void>;
};

/** Opens a PDF to take pages out of it: parsed once, a page is copied when it is asked for. Throws ExtractionError. */
export async function openPdfPages(bytes: Uint8Array): Promise<PdfPages> {
  const { document, close } = await openPdf(bytes);
  return {
    page: (number) => document.extractPages([{ document: null, includePages: [number - 1] }]),
    close,
  };
}
