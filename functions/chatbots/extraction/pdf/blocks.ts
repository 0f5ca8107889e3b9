import type { Block } from "../extracted.ts";
import { seam } from "../lines.ts";
import type { Flow } from "./columns.ts";
import { type Line, toLine } from "./lines.ts";
import { tableAt } from "./tables.ts";

/** What the document's running text looks like: font size in half points, pdf.js's name of its font. */
export type PageStyle = { bodySize: number; bodyFont: string };

type Edges = { left: number; right: number; pitch: number };

/** Marks that a space follows, and those of East Asia, which need none. */
const listMark =
  /^(?:(?:[•●○◦▪■□‣⁃∙·–*\ue000-\uf8ff-]|\(?\d{1,2}[.)]|\(?[a-z][.)]|\([ivx]{1,4}\))(?=\s|$)|[・‧◆◇◎※➢✓①-⒇]|[（(][一二三四五六七八九十]{1,3}[）)]|（[\d０-９]{1,2}）|[０-９]{1,2}[．）]|[一二三四五六七八九十]{1,3}、)/;
const headingRatio = 1.15;
const headingCharsMax = 200;

/** The lines of one flow as blocks: tables by alignment, headings by size, lists by their marks, paragraphs by spacing. */
export function flowBlocks(flow: Flow, style: PageStyle): Omit<Block, "page">[] {
  const lines = flow.map(withMarkJoined);
  const edges = edgesOf(lines);
  const blocks: Block[] = [];
  let paragraph: Line[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) addParagraph(blocks, paragraph, edges, style);
    paragraph = [];
  };
  for (let i = 0; i < lines.length; ) {
    const table = tableAt(lines, i);
    if (table) {
      endParagraph();
      blocks.push({ kind: "table", text: table.text });
      i += table.lines;
      continue;
    }
    const last = paragraph.at(-1);
    if (last && startsParagraph(last, lines[i]!, edges)) endParagraph();
    paragraph.push(lines[i]!);
    i += 1;
  }
  endParagraph();
  return blocks;
}

/** A bullet or number stands apart from its item, but is no column of a table. */
function withMarkJoined(line: Line): Line {
  const [mark, item, ...rest] = line.segments;
  if (!mark || !item || mark.text === "" || mark.text.replace(listMark, "") !== "") return line;
  return toLine([{ ...item, text: `${mark.text} ${item.text}`, x0: mark.x0 }, ...rest]);
}

const textOf = (line: Line) => line.segments.map((s) => s.text).join(" ");

const fontOf = (line: Line) => line.segments.reduce((a, b) => (b.text.length > a.text.length ? b : a)).font;

function edgesOf(lines: Line[]): Edges {
  const middle = (values: number[], share: number) =>
    values.sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
  const pitches = lines
    .slice(1)
    .map((line, i) => line.y - lines[i]!.y)
    .filter((pitch) => pitch > 0);
  return {
    left: middle(
      lines.map((l) => l.x0),
      0.1,
    ),
    right: middle(
      lines.map((l) => l.x1),
      0.95,
    ),
    pitch: middle(pitches, 0.4),
  };
}

function startsParagraph(last: Line, line: Line, { left, right, pitch }: Edges): boolean {
  const size = Math.max(last.size, line.size);
  const gap = line.y - last.y;
  if (gap < 0 || gap > Math.max(1.35 * pitch, 1.3 * size) || gap > 2.2 * size) return true;
  if (Math.abs(last.size - line.size) > 0.12 * size) return true;
  const [before, after] = [textOf(last), textOf(line)];
  if (listMark.test(after)) return true;
  const isEnd = /[.!?:;。！？]["'”’)\]」』]?$/.test(before);
  const isShort = last.x1 < right - Math.max(0.12 * (right - left), 2 * size);
  const isOtherFont = fontOf(last) !== fontOf(line) && last.segments.every((s) => s.font !== fontOf(line));
  if (isShort && isOtherFont) return true;
  const isIndented = line.x0 > left + 0.8 * size && last.x0 < left + 0.4 * size;
  return (isEnd && isShort) || (isIndented && (isEnd || isShort) && !listMark.test(before));
}

function addParagraph(blocks: Block[], lines: Line[], edges: Edges, style: PageStyle) {
  const text = joined(lines, edges);
  if (text === "") return;
  const level = headingLevel(lines, text, style);
  const last = blocks.at(-1);
  if (level) blocks.push({ kind: "heading", level, text: text.replaceAll("\n", " ") });
  else if (!listMark.test(text)) blocks.push({ kind: "paragraph", text });
  else {
    const item = text.replace(/^[\ue000-\uf8ff]/, "•").replaceAll("\n", " ");
    if (last?.kind === "list") last.text += `\n${item}`;
    else blocks.push({ kind: "list", text: item });
  }
}

/** Where letters have no case, each may begin a line: there only a line's length tells. */
const lineStart = /^[\p{Lu}\p{N}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

/** Lines of one paragraph; a line left short on purpose (an address, a form) keeps its end. */
function joined(lines: Line[], { left, right }: Edges): string {
  let text = "";
  lines.forEach((line, i) => {
    const next = textOf(line).trim();
    const last = lines[i - 1];
    if (!last) text = next;
    else if (/\p{L}[-\u00ad\u2010]$/u.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next;
    else {
      const isShort = last.x1 < left + 0.6 * (right - left);
      text += (isShort && lineStart.test(next) ? "\n" : seam(text, next)) + next;
    }
  });
  return text.replaceAll("\u00ad", "").trim();
}

function headingLevel(lines: Line[], text: string, { bodySize, bodyFont }: PageStyle): number | null {
  if (lines.length > 3 || text.length > headingCharsMax || !/\p{L}/u.test(text)) return null;
  const ratio = Math.min(...lines.map((line) => line.size)) / bodySize;
  const isOtherFont = lines.every((line) => line.segments.every((s) => s.font !== bodyFont));
  const number = text.match(/^(\d{1,2}(?:\.\d{1,2})*)\.?\s+\p{Lu}/u)?.[1];
  if (number && ratio > 0.95 && lines.length === 1 && text.length < 90 && isOtherFont && !/[.,;:]$/.test(text)) {
    return Math.min(6, number.split(".").length + 1);
  }
  if (ratio < headingRatio || listMark.test(text)) return null;
  return ratio >= 1.7 ? 1 : ratio >= 1.35 ? 2 : 3;
}
