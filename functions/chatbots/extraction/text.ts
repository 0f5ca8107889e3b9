import { delimitedBlocks } from "./delimited.ts";
import { type Block, tooManyBlocks } from "./extracted.ts";
import { documentBlocksMax } from "./limits.ts";
import { seam, widthInColumns } from "./lines.ts";

const bullet = /^\s*(?:[-*+•◦▪‣・]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S/;
const underline = /^([=\-~^*#"'+_`.])\1{2,}\s*$/;
const codeLine =
  /[;{}]\s*$|^\s*<\/?[\w!?][^>]*>|^\s*[{}[\]]|^\s*"[^"]*"\s*:|^\s*(?:import|from|def|class|function|const|let|var|return|public|private|#include|\$ |curl|npm|pip|select|insert)\b.*[({=:;/]|[=!<>]==?\s|=>|->|::|\(\);?\s*$/i;
const namedPart = /^(?:chapter|part|section|article|book|appendix|chapitre|kapitel|capítulo)\s+(?:\d+|[ivxlc]+)\b/i;

/** Text is wrapped by hand or program at such widths; longer lines are paragraphs by themselves. */
const wrapColumnsMin = 50;
const wrapColumnsMax = 160;

/**
 * Plain text to blocks, in one pass. Blank lines part paragraphs; hard-wrapped lines are joined, other lines stay lines;
 * lists, delimited tables, code, underlined titles and chapter lines are told apart.
 */
export function textBlocks(text: string): Block[] {
  const records = delimitedBlocks(text, true);
  if (records) return records;
  const blocks: Block[] = [];
  for (const group of groups(text)) {
    addGroup(blocks, group);
    if (blocks.length > documentBlocksMax) throw tooManyBlocks();
  }
  return blocks;
}

/** The runs of lines between blank lines. */
function* groups(text: string): Generator<string[]> {
  let lines: string[] = [];
  for (let start = 0; start <= text.length; ) {
    let end = text.indexOf("\n", start);
    if (end < 0) end = text.length;
    const line = text.slice(start, end).trimEnd();
    if (line !== "") lines.push(line);
    else if (lines.length > 0) {
      yield lines;
      lines = [];
    }
    start = end + 1;
  }
  if (lines.length > 0) yield lines;
}

function addGroup(blocks: Block[], lines: string[]) {
  const last = blocks.at(-1);
  if (isCode(lines)) {
    const code = lines.join("\n");
    if (last?.kind === "code") last.text += `\n\n${code}`;
    else blocks.push({ kind: "code", text: code });
    return;
  }
  if (lines.length >= 2 && underline.test(lines[1]!) && lines[1]!.length + 2 >= lines[0]!.length) {
    blocks.push({ kind: "heading", level: lines[1]!.startsWith("=") ? 1 : 2, text: lines[0]!.trim() });
    if (lines.length > 2) addGroup(blocks, lines.slice(2));
    return;
  }
  const records = lines.length > 1 ? delimitedBlocks(lines.join("\n"), false) : null;
  if (records) for (const record of records) blocks.push(record);
  else if (lines.length === 1 && isHeading(lines[0]!.trim())) {
    blocks.push({ kind: "heading", level: 2, text: lines[0]!.trim() });
  } else if (lines.length > 1 && bullet.test(lines[0]!)) {
    blocks.push({ kind: "list", text: listItems(lines).join("\n") });
  } else if (lines.length > 1 || /[\p{L}\p{N}]/u.test(lines[0]!)) {
    blocks.push({ kind: "paragraph", text: unwrapped(lines) });
  }
}

function isCode(lines: string[]): boolean {
  if (lines.length < 2) return /^\s*[{[]"?.*[}\]]\s*$/s.test(lines[0]!) && lines[0]!.length > 80;
  return lines.filter((line) => codeLine.test(line)).length >= lines.length * 0.6;
}

function isHeading(line: string): boolean {
  if (line.length > 60 || /[.!?,;:。]$/.test(line)) return false;
  return namedPart.test(line) || (/\p{Lu}{3}/u.test(line) && !/\p{Ll}/u.test(line));
}

function listItems(lines: string[]): string[] {
  const items: string[] = [];
  for (const line of lines) {
    if (bullet.test(line) || items.length === 0) items.push(line);
    else items.push(join(items.pop()!, line.trim()));
  }
  return items;
}

const join = (before: string, after: string) => before + seam(before, after) + after;

/**
 * Joins lines that were broken because the next word did not fit. Lines that could have held it (addresses, verse, logs)
 * were broken on purpose and stay lines.
 */
function unwrapped(lines: string[]): string {
  const trimmed = lines.map((line) => line.trim());
  const widths = trimmed.map(widthInColumns);
  // Not the widest line, which may hold an address that could not be broken.
  const usual = [...widths].sort((a, b) => a - b)[Math.floor((widths.length - 1) * 0.9)]!;
  const limit = Math.max(wrapColumnsMin, usual) * 0.88;
  const wasFull = trimmed.map((_, i) => {
    const next = trimmed[i + 1];
    return next !== undefined && widths[i]! + 1 + widthInColumns(next.match(/^\S{1,30}/)?.[0] ?? "") > limit;
  });
  const long = widths.filter((width, i) => width > usual / 2 && i < widths.length - 1).length;
  const isWrapped = usual <= wrapColumnsMax && wasFull.filter(Boolean).length >= long * 0.6;
  if (!isWrapped) return trimmed.join("\n");
  let text = trimmed[0]!;
  const parts: string[] = [];
  for (let i = 1; i < trimmed.length; i++) {
    parts.push(text, wasFull[i - 1] ? seam(text, trimmed[i]!) : "\n");
    text = trimmed[i]!;
  }
  parts.push(text);
  return parts.join("");
}
