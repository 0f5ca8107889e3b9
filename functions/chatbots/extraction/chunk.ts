import { countTokens } from "../../kernel/ai/tokens.ts";
import type { Block } from "./extracted.ts";
import { chunkCharsMax, chunkMaxTokens, chunkTargetTokens } from "./limits.ts";
import { type Piece, piecesOf, type Sizes } from "./pieces.ts";
import { type Section, sectionsOf } from "./sections.ts";

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
 * is one word. The same blocks give the same passages; linear time.
 */
export function chunkBlocks(blocks: Block[], options: { targetTokens?: number; maxTokens?: number } = {}): Chunk[] {
  const maxTokens = options.maxTokens ?? chunkMaxTokens;
  const sizes = { maxTokens, targetTokens: Math.min(options.targetTokens ?? chunkTargetTokens, maxTokens) };
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

type Open = { pieces: Piece[]; tokens: number; sections: Section[]; owner: Section | null; isWhole: boolean };

/** One passage is open at a time; `owner` is the section whose children it may still take. */
class Packer {
  readonly #text: string;
  readonly #sizes: Sizes;
  readonly #chunks: Chunk[] = [];
  #open: Open | null = null;

  constructor(text: string, sizes: Sizes) {
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
    let isStart = true;
    for (const piece of pieces) {
      if (this.#open && !this.#fits(piece, left)) this.#close();
      this.#open ??= { pieces: [], tokens: 0, sections: [section], owner: section.parent, isWhole: isStart };
      this.#open.pieces.push(piece);
      this.#open.tokens += piece.tokens + 1;
      left -= piece.tokens + 1;
      isStart = false;
    }
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
    const { tokens, pieces } = this.#open!;
    const { targetTokens, maxTokens } = this.#sizes;
    const isAfterHeading = pieces.at(-1)!.isHeading;
    if (!isAfterHeading && piece.page !== pieces.at(-1)!.page) return false;
    if (tokens + piece.tokens > maxTokens || piece.header) return false;
    if (piece.end - pieces[0]!.start > chunkCharsMax) return false;
    if (tokens + piece.tokens <= targetTokens || isAfterHeading) return true;
    // Better one passage a little over the target than a scrap at the section's end or before a long paragraph.
    return tokens + left <= maxTokens || tokens < targetTokens / 4;
  }

  #close() {
    const { pieces, sections } = this.#open!;
    const [first, last] = [pieces[0]!, pieces.at(-1)!];
    const slice = this.#text.slice(first.start, last.end);
    const text = first.header ? `${first.header}\n${slice}` : slice;
    this.#chunks.push({
      index: this.#chunks.length,
      text,
      kind: kindOf(pieces),
      context: commonPath(sections),
      page: (pieces.find((piece) => !piece.isHeading) ?? first).page,
      startOffset: first.start,
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
