import { countTokens } from "../../kernel/ai/tokens.ts";
import type { Block } from "./extracted.ts";
import { chunkCharsMax } from "./limits.ts";
import { type Range, sentencesOf, wordsOf } from "./sentences.ts";

export type Sizes = { targetTokens: number; maxTokens: number };

/**
 * What a passage is packed from: it is never cut further. `header` is a table's first row, to be repeated before this
 * piece, whose tokens include it; such a piece begins a passage. `isPart` of a sentence, row or line that was cut.
 */
export type Piece = {
  start: number;
  end: number;
  tokens: number;
  kind: "text" | "table" | "code";
  page: number | null;
  isHeading: boolean;
  isPart: boolean;
  header: string | null;
};

/**
 * A block in pieces of at most `maxTokens`, offsets moved by `base`: whole up to `targetTokens`, else by sentences, lines
 * or groups of rows. Blanks at the ends of pieces are left out, nothing else. A blank block gives none.
 */
export function piecesOf(block: Block, base: number, sizes: Sizes): Piece[] {
  const kind = block.kind === "table" || block.kind === "code" ? block.kind : "text";
  const shared = { kind, page: block.page ?? null, isHeading: block.kind === "heading", header: null } as const;
  const cut = (range: Range): Piece[] => {
    const parts = fitting(block.text, range, sizes.maxTokens);
    return parts.map((part) => ({ ...shared, isPart: parts.length > 1, ...moved(part, base) }));
  };
  const whole = trimmed(block.text, { start: 0, end: block.text.length });
  if (!whole) return [];
  if (countTokens(block.text.slice(whole.start, whole.end)) <= sizes.targetTokens) return cut(whole);
  if (kind === "table")
    return tablePieces(block.text, sizes).map((piece) => ({
      ...shared,
      isPart: false,
      ...piece,
      ...moved(piece, base),
    }));
  if (block.kind === "code") return linesOf(block.text).flatMap(cut);
  if (block.kind === "list")
    return linesOf(block.text).flatMap((line) => sentencesWithin(block.text, line, sizes).flatMap(cut));
  return sentencesOf(block.text).flatMap(cut);
}

const moved = (range: Range & { tokens: number }, base: number) => ({
  start: range.start + base,
  end: range.end + base,
  tokens: range.tokens,
});

function trimmed(text: string, { start, end }: Range): Range | null {
  while (start < end && /\s/.test(text[start]!)) start += 1;
  while (end > start && /\s/.test(text[end - 1]!)) end -= 1;
  return start < end ? { start, end } : null;
}

/** Lines that are not blank; in front their indentation stays, as code needs it. */
function linesOf(text: string): Range[] {
  const lines: Range[] = [];
  for (const { 0: line, index } of text.matchAll(/^.*\S/gm)) lines.push({ start: index, end: index + line.length });
  return lines;
}

function sentencesWithin(text: string, line: Range, { targetTokens }: Sizes): Range[] {
  const item = text.slice(line.start, line.end);
  if (countTokens(item) <= targetTokens) return [line];
  return sentencesOf(item).map(({ start, end }) => ({ start: start + line.start, end: end + line.start }));
}

function tablePieces(
  text: string,
  { targetTokens, maxTokens }: Sizes,
): (Range & { tokens: number; header: string | null })[] {
  const [first, ...rows] = linesOf(text);
  const headerText = text.slice(first!.start, first!.end);
  const headerTokens = countTokens(headerText);
  // A first row this long is no header, or leaves no room for rows.
  const header = headerTokens > targetTokens / 3 ? null : headerText;
  const prefixTokens = header ? headerTokens + 1 : 0;
  const pieces: (Range & { tokens: number; header: string | null })[] = [];
  let open = { ...first!, tokens: headerTokens, header: null as string | null };
  if (!header) {
    pieces.push(...fitting(text, first!, maxTokens).map((r) => ({ ...r, header: null })));
    open = { start: 0, end: 0, tokens: 0, header: null };
  }
  const close = () => {
    if (open.end > open.start) pieces.push(open);
    open = { start: 0, end: 0, tokens: 0, header: null };
  };
  for (const row of rows) {
    for (const part of fitting(text, row, maxTokens - prefixTokens)) {
      if (open.end > open.start && open.tokens + part.tokens + 1 > targetTokens) close();
      if (open.end > open.start) open = { ...open, end: part.end, tokens: open.tokens + part.tokens + 1 };
      else open = { ...part, tokens: part.tokens + prefixTokens, header };
    }
  }
  close();
  return pieces;
}

/** A range as it is when it fits, else cut between words; a word that does not fit is cut anywhere but in a character. */
function fitting(text: string, range: Range, maxTokens: number): (Range & { tokens: number })[] {
  const slice = text.slice(range.start, range.end);
  const tokens = countTokens(slice);
  if (tokens <= maxTokens && slice.length <= chunkCharsMax) return [{ ...range, tokens }];
  const parts: Range[] = [];
  let open = null as (Range & { tokens: number }) | null;
  for (const word of wordsOf(slice, maxTokens).flatMap((w) => hardCut(slice, w, maxTokens))) {
    const cost = countTokens(slice.slice(word.start, word.end));
    if (open && open.tokens + cost <= maxTokens && word.end - open.start <= chunkCharsMax)
      open = { ...open, end: word.end, tokens: open.tokens + cost };
    else {
      if (open) parts.push(open);
      open = { ...word, tokens: cost };
    }
  }
  if (open) parts.push(open);
  return parts.flatMap((part) => {
    const kept = trimmed(slice, part);
    if (!kept) return [];
    const cost = countTokens(slice.slice(kept.start, kept.end));
    return [{ start: kept.start + range.start, end: kept.end + range.start, tokens: cost }];
  });
}

/** No character costs more than one token per UTF-16 unit, so a stretch of `maxTokens` units fits. */
function hardCut(text: string, word: Range, maxTokens: number): Range[] {
  if (countTokens(text.slice(word.start, word.end)) <= maxTokens) return [word];
  const cuts: Range[] = [];
  for (let start = word.start; start < word.end; ) {
    let end = Math.min(word.end, start + maxTokens);
    const unit = text.charCodeAt(end - 1);
    if (end < word.end && end - start > 1 && unit >= 0xd800 && unit < 0xdc00) end -= 1;
    cuts.push({ start, end });
    start = end;
  }
  return cuts;
}
