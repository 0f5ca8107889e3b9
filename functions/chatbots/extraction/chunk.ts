import { countTokens } from "../../kernel/ai/tokens.ts";
import type { Block } from "./extracted.ts";
import { chunkCharsMax, chunkMaxTokens, chunkTargetTokens } from "./limits.ts";
import { type Piece, piecesOf, type Sizes } from "./pieces.ts";
import { type Section, sectionsOf } from "./sections.ts";
import { sentencesOf } from "./sentences.ts";

/**
 * A passage to embed and to cite. `context` is the path of headings it stands under ("A > B > C", '' at the top; the
 * document's title is not added), `page` the page it stands on (of a
 * paragraph that runs over a page's end, where it begins), offsets are UTF-16 offsets into documentText(blocks).
 * `text` is that slice; when a table goes on from the chunk before, it is the table's header, a line end and the slice.
 */
export type Chunk = {
  index: number;
  text: string;
  kind: "text" | "table" | "code";
  context: string;
  page: number | null;
  startOffset: number;
  endOffset: number;
  tokenCount: number;
};

const blockSeparator = "\n\n";

/** The document as one text, which offsets of chunks point into: the blocks' texts with an empty line between them. */
export function documentText(blocks: Block[]): string {
  return blocks.map((block) => block.text).join(blockSeparator);
}

/**
 * Passages in order, of at most `maxTokens` (512), filled up to about `targetTokens` (400); together they hold every
 * character but blanks. No passage goes on to another page. A section starts a passage unless it is small and a sibling (or first child) of small ones before;
 * a heading stays with what follows. Paragraphs part between sentences, tables between rows with the header repeated,
 * code and lists between lines; only a sentence, row or line above `maxTokens` is cut, between words, or anywhere when it
 * is one word. With `overlapTokens` a passage of running text begins with the last whole sentences of the passage before,
 * so many tokens at most, where it goes on in the same section on the same page; they count to its tokens. The same blocks
 * give the same passages; linear time.
 */
export function chunkBlocks(
  blocks: Block[],
  options: { targetTokens?: number; maxTokens?: number; overlapTokens?: number } = {},
): Chunk[] {
  const { maxTokens = chunkMaxTokens, targetTokens = chunkTargetTokens, overlapTokens = 0 } = options;
  const sizes = { maxTokens, targetTokens: Math.min(targetTokens, maxTokens), overlapTokens };
  const packer = new Packer(documentText(blocks), sizes);
  let offset = 0;
  for (const section of sectionsOf(blocks)) {
    const pieces: Piece[] = [];
    for (const block of section.blocks) {
      for (const piece of piecesOf(block, offset, sizes)) pieces.push(piece);
      offset += block.text.length + blockSeparator.length;
    }
    packer.addSection(section, pieces);
  }
  return packer.finish();
}

type Sizing = Sizes & { overlapTokens: number };
type Open = {
  start: number;
  pieces: Piece[];
  tokens: number;
  sections: Section[];
  owner: Section | null;
  isWhole: boolean;
};

/** One passage is open at a time; `owner` is the section whose children it may still take. */
class Packer {
  readonly #text: string;
  readonly #sizes: Sizing;
  readonly #chunks: Chunk[] = [];
  #open: Open | null = null;

  constructor(text: string, sizes: Sizing) {
    this.#text = text;
    this.#sizes = sizes;
  }

  addSection(section: Section, pieces: Piece[]) {
    let left = pieces.reduce((sum, piece) => sum + piece.tokens + 1, 0);
    if (this.#open && !this.#takes(section, left)) this.#close();
    const joins = this.#open;
    if (joins) {
      if (joins.sections.length === 1 && section.parent === joins.sections[0]) joins.owner = section.parent;
      joins.sections.push(section);
    }
    for (const [index, piece] of pieces.entries()) {
      if (this.#open && !this.#fits(piece, left)) this.#close();
      this.#open ??= {
        ...this.#repeated(pieces, index),
        pieces: [],
        sections: [section],
        owner: section.parent,
        isWhole: index === 0,
      };
      this.#open.pieces.push(piece);
      this.#open.tokens += piece.tokens + 1;
      left -= piece.tokens + 1;
    }
  }

  /** Where a passage that goes on with this piece of a section begins, and what it repeats of the passage before. */
  #repeated(pieces: Piece[], index: number): { start: number; tokens: number } {
    const next = pieces[index]!;
    const repeated = { start: next.start, tokens: 0 };
    const { overlapTokens, maxTokens } = this.#sizes;
    if (overlapTokens === 0 || next.kind !== "text") return repeated;
    const room = Math.min(overlapTokens, maxTokens - next.tokens);
    const take = (from: number): boolean => {
      const tokens = repeated.tokens + countTokens(this.#text.slice(from, repeated.start));
      const fits = tokens <= room && from > this.#chunks.at(-1)!.startOffset && next.end - from <= chunkCharsMax;
      if (fits) Object.assign(repeated, { start: from, tokens });
      return fits;
    };
    for (let i = index - 1; i >= 0; i--) {
      const { start, end, ...piece } = pieces[i]!;
      if (piece.kind !== "text" || piece.isHeading || piece.isPart || piece.page !== next.page) break;
      if (take(start)) continue;
      for (const sentence of sentencesOf(this.#text.slice(start, end)).reverse())
        if (!take(start + sentence.start)) break;
      break;
    }
    return repeated;
  }

  finish(): Chunk[] {
    if (this.#open) this.#close();
    return this.#chunks;
  }

  #takes(section: Section, tokens: number): boolean {
    const open = this.#open!;
    if (open.pieces.at(-1)!.isHeading) return true;
    if ((section.blocks[0]?.page ?? null) !== open.pieces.at(-1)!.page) return false;
    if (!open.isWhole || open.tokens + tokens > this.#sizes.targetTokens) return false;
    const isFirstChild = open.sections.length === 1 && section.parent === open.sections[0];
    return section.parent === open.owner || isFirstChild;
  }

  #fits(piece: Piece, left: number): boolean {
    const { start, tokens, pieces } = this.#open!;
    const { targetTokens, maxTokens } = this.#sizes;
    const isAfterHeading = pieces.at(-1)!.isHeading;
    if (!isAfterHeading && piece.page !== pieces.at(-1)!.page) return false;
    if (tokens + piece.tokens > maxTokens || piece.header) return false;
    if (piece.end - start > chunkCharsMax) return false;
    if (tokens + piece.tokens <= targetTokens || isAfterHeading) return true;
    // Better one passage a little over the target than a scrap at the section's end or before a long paragraph.
    return tokens + left <= maxTokens || tokens < targetTokens / 4;
  }

  #close() {
    const { start, pieces, sections } = this.#open!;
    const [first, last] = [pieces[0]!, pieces.at(-1)!];
    const slice = this.#text.slice(start, last.end);
    const text = first.header ? `${first.header}\n${slice}` : slice;
    this.#chunks.push({
      index: this.#chunks.length,
      text,
      kind: kindOf(pieces),
      context: commonPath(sections),
      page: (pieces.find((piece) => !piece.isHeading) ?? first).page,
      startOffset: start,
      endOffset: last.end,
      tokenCount: countTokens(text),
    });
    this.#open = null;
  }
}

function kindOf(pieces: Piece[]): Chunk["kind"] {
  const chars = { text: 0, table: 0, code: 0 };
  for (const { kind, start, end } of pieces) chars[kind] += end - start;
  if (chars.table > chars.text && chars.table >= chars.code) return "table";
  return chars.code > chars.text ? "code" : "text";
}

function commonPath(sections: Section[]): string {
  let path = sections[0]!.path;
  for (const other of sections) {
    const differs = path.findIndex((heading, i) => other.path[i] !== heading);
    if (differs >= 0) path = path.slice(0, differs);
  }
  return path.map((heading) => heading.text).join(" > ");
}
