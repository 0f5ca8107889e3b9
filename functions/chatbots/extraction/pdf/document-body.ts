import { type Block, ExtractionError } from "../extracted.ts";
import { pdfTextCharsMax } from "../limits.ts";
import { seam } from "../lines.ts";
import { flowBlocks, type PageStyle } from "./blocks.ts";
import { type Flow, flowsOf } from "./columns.ts";
import { linesOf, type RawItem, withoutControls } from "./lines.ts";
import { RunningLines } from "./running-lines.ts";

/** Blocks as they become certain: a page is settled once the pages after it have shown which lines run through all. */
export class DocumentBody {
  readonly blocks: Block[] = [];
  readonly unreadable: number[] = [];
  readonly #withoutText: number[] = [];
  readonly #unmapped: number[] = [];
  readonly #running = new RunningLines((page, flows) => this.#settle(page, flows));
  readonly #charsBySize = new Map<number, number>();
  readonly #charsByFont = new Map<string, number>();
  #chars = 0;

  add(page: number, items: RawItem[], transform: number[], isVertical: (fontName: string) => boolean) {
    const text = withoutControls(items.map((item) => item.str).join(""));
    const letters = text.replace(/\s/g, "").length;
    if (letters === 0) this.#withoutText.push(page);
    if (/\S/.test(text) && unmappedShare(text) > 0.3) this.#unmapped.push(page);
    this.#chars += letters;
    if (this.#chars > pdfTextCharsMax) {
      throw new ExtractionError(
        "too_large",
        `The PDF holds more than ${pdfTextCharsMax / 1e6} million characters. Split it into smaller files.`,
      );
    }
    const { lines, aside } = linesOf(items, transform, isVertical);
    for (const { size, font, text } of lines.flatMap((line) => line.segments)) {
      this.#charsBySize.set(size, (this.#charsBySize.get(size) ?? 0) + text.length);
      this.#charsByFont.set(font, (this.#charsByFont.get(font) ?? 0) + text.length);
    }
    const flows = flowsOf(lines);
    if (aside.length > 0) flows.push(...aside.map((line) => [line]));
    this.#running.add(page, flows);
  }

  finish() {
    this.#running.finish();
  }

  warnings(missingMaps: Set<string>): string[] {
    const told = (pages: number[], what: string) => (pages.length === 0 ? [] : [`${pageList(pages)} ${what}`]);
    return [
      ...told(this.unreadable, "could not be read: the file is damaged there."),
      ...told(
        this.#withoutText,
        `${this.#withoutText.length === 1 ? "has" : "have"} no text layer; text in images is not read yet.`,
      ),
      ...told(this.#unmapped, "may be unreadable: the PDF does not say which letters its fonts show."),
      ...(missingMaps.size === 0
        ? []
        : [
            `Text may be missing: fonts use the character maps ${[...missingMaps].join(", ")}, which are not available here. Export the PDF with embedded fonts.`,
          ]),
    ];
  }

  #settle(page: number, flows: Flow[]) {
    const style: PageStyle = {
      bodySize: mostFrequent(this.#charsBySize) ?? 10,
      bodyFont: mostFrequent(this.#charsByFont) ?? "",
    };
    let isFirst = true;
    for (const block of flows.flatMap((flow) => flowBlocks(flow, style))) {
      const last = this.blocks.at(-1);
      if (last && block.kind === "paragraph" && (isFirst || last.page === page) && goesOn(last, block))
        last.text = joined(last.text, block.text);
      else this.blocks.push({ ...block, page });
      isFirst = false;
    }
  }
}

/** A paragraph broken by the end of a page or column: no full stop before, a small letter after. */
const goesOn = (last: Block, next: Block) =>
  last.kind === "paragraph" &&
  /[\p{L}\p{N},\u00ad-]$/u.test(last.text) &&
  last.text.length > 60 &&
  /^\p{Ll}/u.test(next.text);

const joined = (before: string, after: string) =>
  /\p{L}[-\u00ad\u2010]$/u.test(before) ? before.slice(0, -1) + after : before + seam(before, after) + after;

function mostFrequent<T>(counts: Map<T, number>): T | undefined {
  let best: [T, number] | undefined;
  for (const entry of counts) if (!best || entry[1] > best[1]) best = entry;
  return best?.[0];
}

const unmappedShare = (text: string) =>
  (text.match(/[\ufffd\ue000-\uf8ff]/g)?.length ?? 0) / text.replace(/\s/g, "").length;

/** `Pages 2, 5–9`, for people. */
function pageList(pages: number[]): string {
  const runs: [number, number][] = [];
  for (const page of pages) {
    const run = runs.at(-1);
    if (run?.[1] === page - 1) run[1] = page;
    else runs.push([page, page]);
  }
  const names = runs.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`));
  return `${pages.length === 1 ? "Page" : "Pages"} ${names.join(", ")}`;
}
