import { type Block, ExtractionError } from "../extracted.ts";
import { pdfTextCharsMax } from "../limits.ts";
import { seam } from "../lines.ts";
import { pageList } from "../page-list.ts";
import { flowBlocks, type PageStyle } from "./blocks.ts";
import { type Flow, flowsOf } from "./columns.ts";
import type { PageView, RawItem } from "./items.ts";
import { linesOf } from "./lines.ts";
import { RunningLines } from "./running-lines.ts";

/** Blocks as they become certain: a page is settled once the pages after it have shown which lines run through all. */
export class DocumentBody {
  readonly blocks: Block[] = [];
  /** Pages that are damaged, that show their text as pictures or drawings, and whose letters cannot be told. */
  readonly unreadable: number[] = [];
  readonly pictured: number[] = [];
  readonly illegible: number[] = [];
  readonly #running = new RunningLines((page, flows) => this.#settle(page, flows));
  readonly #charsBySize = new Map<number, number>();
  readonly #charsByFont = new Map<string, number>();
  #chars = 0;

  add(page: number, items: RawItem[], view: PageView, isVertical: (fontName: string) => boolean) {
    this.#chars += items.reduce((sum, item) => sum + item.str.length, 0);
    if (this.#chars > pdfTextCharsMax) {
      throw new ExtractionError(
        "too_large",
        `The PDF holds more than ${pdfTextCharsMax / 1e6} million characters. Split it into smaller files.`,
      );
    }
    const { above, lines, aside } = linesOf(items, view, isVertical);
    for (const { size, font, text } of lines.flatMap((line) => line.segments)) {
      this.#charsBySize.set(size, (this.#charsBySize.get(size) ?? 0) + text.length);
      this.#charsByFont.set(font, (this.#charsByFont.get(font) ?? 0) + text.length);
    }
    this.#running.add(page, [above, ...flowsOf(lines), ...aside]);
  }

  finish() {
    this.#running.finish();
  }

  /** In the order of the document. */
  get pagesWithoutText(): number[] {
    return [...this.pictured, ...this.illegible].sort((a, b) => a - b);
  }

  get warnings(): string[] {
    if (this.unreadable.length === 0) return [];
    return [`${pageList(this.unreadable)} could not be read: the file is damaged there.`];
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

/** A paragraph broken by the end of a page or column: no full stop before, a small letter or hiragana after. */
const goesOn = (last: Block, next: Block) =>
  last.kind === "paragraph" &&
  ((/[\p{L}\p{N},\u00ad-]$/u.test(last.text) && last.text.length > 60 && /^\p{Ll}/u.test(next.text)) ||
    (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、，]$/u.test(last.text) &&
      last.text.length > 30 &&
      /^\p{Script=Hiragana}/u.test(next.text)));

const joined = (before: string, after: string) =>
  /\p{L}[-\u00ad\u2010]$/u.test(before) ? before.slice(0, -1) + after : before + seam(before, after) + after;

function mostFrequent<T>(counts: Map<T, number>): T | undefined {
  let best: [T, number] | undefined;
  for (const entry of counts) if (!best || entry[1] > best[1]) best = entry;
  return best?.[0];
}
