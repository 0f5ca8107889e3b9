import { inBatches } from "../kernel/ai/batches.ts";
import type { PageFile } from "../kernel/ai/recognition.ts";
import type { Ctx } from "../kernel/context.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import type { Block, Extracted } from "./extraction/extracted.ts";
import { pdfPageSizeBytesMax } from "./extraction/limits.ts";
import { pageList } from "./extraction/page-list.ts";

/** What a page's picture says, or in a sentence why it cannot be read: plain data, to be stored as JSON. */
export type RecognizedPage =
  | { page: number; blocks: Block[]; confidence: number; failure?: undefined }
  | { page: number; blocks?: undefined; confidence?: undefined; failure: string };

/**
 * Recognizes the text of those pages (from 1) of a PDF or an image, in their order. A page that cannot be read says so,
 * for good; where the model does not answer it throws UNAVAILABLE, once what was under way has ended. Each page is a call
 * of up to 90 s, four at a time: ask for some at a time, and keep them.
 */
export async function recognizePages(
  ctx: Pick<Ctx, "ai">,
  bytes: Uint8Array,
  extracted: Pick<Extracted, "format">,
  pages: readonly number[],
  signal?: AbortSignal,
): Promise<RecognizedPage[]> {
  if (pages.length === 0) return [];
  const { fileOf, close } = extracted.format === "image" ? await imageFile(bytes) : await pdfFiles(bytes);
  const myTurn = turns();
  try {
    return await inBatches(pages, 1, async ([page]) => {
      const pass = await myTurn();
      try {
        const file = await fileOf(page!);
        if ("failure" in file) return [{ page: page!, failure: file.failure }];
        if (file.bytes.length < heavyPageBytesMin) pass();
        return [await recognize(ctx, page!, file, signal)];
      } finally {
        pass();
      }
    });
  } finally {
    await close();
  }
}

/** A call holds some six times its page, so four heavy pages at once would not fit into a worker: they go one by one. */
const heavyPageBytesMin = 1_000_000;

/** Each who asks gets its turn when the one before has passed it on. */
function turns() {
  let last = Promise.resolve();
  return async () => {
    const before = last;
    const { promise, resolve } = Promise.withResolvers<void>();
    last = promise;
    await before;
    return resolve;
  };
}

type Files = { fileOf: (page: number) => Promise<PageFile | { failure: string }>; close: () => Promise<void> };

async function imageFile(bytes: Uint8Array): Promise<Files> {
  const { detect } = await import("./extraction/detect.ts");
  const detected = detect(bytes);
  if (detected.kind !== "image") throw new Error("These bytes are no image.");
  return { fileOf: async () => ({ format: detected.format, bytes }), close: async () => undefined };
}

async function pdfFiles(bytes: Uint8Array): Promise<Files> {
  const { openPdfPages } = await import("./extraction/pdf-page.ts");
  const { page, close } = await openPdfPages(bytes);
  return {
    async fileOf(number) {
      const file = await page(number);
      if (!file) return { failure: "The file is damaged there." };
      if (file.length <= pdfPageSizeBytesMax) return { format: "pdf", bytes: file };
      const [size, sizeMax] = [file.length, pdfPageSizeBytesMax].map((each) => (each / 1e6).toFixed(1));
      return {
        failure: `The page has ${size} MB, more than the ${sizeMax} MB that can be read. Scan it with fewer pixels.`,
      };
    },
    close,
  };
}

async function recognize(
  ctx: Pick<Ctx, "ai">,
  page: number,
  file: PageFile,
  signal?: AbortSignal,
): Promise<RecognizedPage> {
  try {
    const { text, confidence } = await ctx.ai.recognize(file, signal);
    const { extractMarkdown } = await import("./extraction/markdown.ts");
    // The line end keeps rules (`---`) at the top of a page from being taken for front matter.
    const { blocks } = extractMarkdown(`\n${text}`);
    return { page, blocks: blocks.map((block) => ({ ...block, page })), confidence };
  } catch (error) {
    if (error instanceof ApiError && error.code === "UNPROCESSABLE") return { page, failure: error.message };
    throw error;
  }
}

/**
 * The document with what was recognized in place of what it held of those pages, the others as they were. A page that
 * could not be recognized stays among `pagesWithoutText`, and a warning says why; so does one that was not asked for.
 */
export function withRecognized(
  extracted: Extracted,
  recognized: readonly RecognizedPage[],
  notAskedFor = `At most ${LIMITS.recognizedPagesMax} pages of a document are. Split it into smaller ones.`,
): Extracted {
  const read = new Map(recognized.flatMap(({ page, blocks }) => (blocks ? [[page, blocks] as const] : [])));
  const blocks = [...extracted.blocks.filter(({ page }) => !read.has(page ?? 0)), ...[...read.values()].flat()].sort(
    (a, b) => (a.page ?? 0) - (b.page ?? 0),
  );
  const pagesWithoutText = (extracted.pagesWithoutText ?? []).filter((page) => !read.has(page));
  return {
    ...extracted,
    title: extracted.title ?? blocks.find(({ kind, page }) => kind === "heading" && page === 1)?.text ?? null,
    blocks,
    pagesWithoutText,
    warnings: [...extracted.warnings, ...warningsOf(extracted, pagesWithoutText, recognized, notAskedFor)],
  };
}

/** One for the pages of each reason. */
function warningsOf(
  { format }: Extracted,
  pagesWithoutText: readonly number[],
  recognized: readonly RecognizedPage[],
  notAskedFor: string,
): string[] {
  const reasons = new Map(recognized.map(({ page, failure }) => [page, failure]));
  const byReason = Map.groupBy(pagesWithoutText, (page) => reasons.get(page) ?? notAskedFor);
  return [...byReason].map(
    ([reason, pages]) => `${format === "image" ? "The image" : pageList(pages)} could not be recognized. ${reason}`,
  );
}
