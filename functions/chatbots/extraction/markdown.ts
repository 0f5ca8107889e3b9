import type { ListItem, Nodes, Parent, RootContent } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { gfm } from "micromark-extension-gfm";
import type { Block, Extracted } from "./extracted.ts";
import { extractHtml } from "./html.ts";
import { markdownIndentColumnsMax, markdownMarksPerLineMax, markdownPieceChars } from "./limits.ts";
import { joinWrapped, tableText } from "./lines.ts";

const syntax = gfm();
/** A bare address is its own text already, and looking for them takes a third of the time. */
const withoutAutolinks = { disable: { null: ["wwwAutolink", "protocolAutolink", "emailAutolink"] } };
const transforms = gfmFromMarkdown().filter((extension) => !extension.transforms?.length);

/**
 * Markdown (GFM) to blocks: links as their text, images as their alternative text, HTML as its readable text, an item of
 * a list with everything under it on its own lines. Front matter gives title, language and metadata. Never throws.
 */
export function extractMarkdown(source: string): Omit<Extracted, "warnings" | "pageCount" | "format"> {
  const { fields, body } = frontMatter(source);
  const blocks = pieces(body).flatMap((piece) => parsed(piece).flatMap((node) => blocksOf(node)));
  const { title, lang, language, ...metadata } = fields;
  return {
    title: title ?? blocks.find((b) => b.kind === "heading" && b.level === 1)?.text ?? null,
    language: language ?? lang ?? null,
    metadata,
    blocks,
  };
}

/** Only `key: value` lines are read; nested YAML is not needed to know title and language. */
function frontMatter(source: string): { fields: Record<string, string>; body: string } {
  const found = source.slice(0, 20_000).match(/^---[ \t]*\n([\s\S]*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/);
  if (!found) return { fields: {}, body: source };
  const fields: Record<string, string> = {};
  for (const [, key, value] of found[1]!.matchAll(/^([A-Za-z][\w-]*):[ \t]+(.+)$/gm)) {
    fields[key!.toLowerCase()] = value!.trim().replace(/^(["'])(.*)\1$/, "$2");
  }
  return { fields, body: source.slice(found[0].length) };
}

/**
 * Pieces of a few kilobytes, as the parser's time grows with the square of a piece: cut before headings or paragraphs,
 * before anything after a blank line when there are none, never inside fenced code.
 */
function pieces(body: string): string[] {
  const found: string[] = [];
  let piece: string[] = [];
  let size = 0;
  let fence = "";
  let wasBlank = true;
  for (const line of body.split("\n")) {
    if (fence === "" && isCut(line, size, wasBlank)) {
      found.push(piece.join("\n"));
      piece = [];
      size = 0;
    }
    const mark = line.match(/^ {0,3}(`{3,}|~{3,})/)?.[1];
    if (fence === "") fence = mark ?? "";
    else if (mark?.startsWith(fence) && /^\s*[`~]+\s*$/.test(line)) fence = "";
    piece.push(tamed(line));
    size += line.length + 1;
    wasBlank = line.trim() === "";
  }
  return withDefinitions([...found, piece.join("\n")]);
}

function isCut(line: string, size: number, wasBlank: boolean): boolean {
  if (size > markdownPieceChars / 2 && /^#{1,6} /.test(line)) return true;
  // A list without blank lines loses nothing between two items, where all else would.
  if (size > markdownPieceChars * 2 && /^(?:[-*+]|\d{1,9}[.)]) /.test(line)) return true;
  if (size > markdownPieceChars * 32) return true;
  if (size <= markdownPieceChars || !wasBlank) return false;
  return /^[^\s>|*+\-\d]/.test(line) || size > markdownPieceChars * 2;
}

/** A link may be defined in another piece; its text is told apart from brackets only where it is defined. */
function withDefinitions(found: string[]): string[] {
  if (found.length === 1) return found;
  const labels = new Set(
    found.flatMap((piece) =>
      [...piece.matchAll(/^ {0,3}\[([^\]\n^][^\]\n]*)\]:\s*\S/gm)].map((m) => m[1]!.toLowerCase()),
    ),
  );
  if (labels.size === 0) return found;
  return found.map((piece) => {
    const used = new Set([...piece.matchAll(/\[([^\]\n]{1,200})\]/g)].map((m) => m[1]!.toLowerCase()));
    const missing = [...used].filter((label) => labels.has(label));
    return missing.length === 0 ? piece : `${piece}\n\n${missing.map((label) => `[${label}]: #`).join("\n")}`;
  });
}

/** A line with no more indentation and marks than the parser bears; see limits. */
function tamed(line: string): string {
  const shallow = withoutNesting(line);
  // 400,000 characters of "[a](" on one line took 37 s; escaped they are what they are, only no link.
  return shallow.length > markdownPieceChars ? shallow.replace(/[[\]`|*_<>&~\\]/g, "\\$&") : shallow;
}

function withoutNesting(line: string): string {
  const indent = line.match(/^\s*/)![0];
  const isDeep = indent.length > markdownIndentColumnsMax;
  const rest = isDeep ? line.slice(indent.length) : line;
  const marks = line.match(/^(?:\s*(?:>|[-+*](?=\s)|\d{1,9}[.)](?=\s)))+/)?.[0] ?? "";
  if (marks.replace(/[\s\d]/g, "").length > markdownMarksPerLineMax) return line.slice(marks.length).trimStart();
  return isDeep ? " ".repeat(markdownIndentColumnsMax) + rest : line;
}

function parsed(piece: string): RootContent[] {
  return fromMarkdown(piece, { extensions: [syntax, withoutAutolinks], mdastExtensions: transforms }).children;
}

function blocksOf(node: RootContent): Block[] {
  switch (node.type) {
    case "heading":
      return block("heading", plain(node), node.depth);
    case "paragraph":
      return block("paragraph", plain(node));
    case "code":
      return block("code", node.value);
    case "list":
      return block(
        "list",
        node.children
          .flatMap((item, i) => itemLines(item, node.ordered ? `${(node.start ?? 1) + i}. ` : "- "))
          .join("\n"),
      );
    case "table":
      return block("table", tableText(node.children.map((row) => row.children.map((cell) => plain(cell)))));
    case "html":
      return extractHtml(node.value).blocks;
    case "blockquote":
    case "footnoteDefinition":
      return node.children.flatMap((child) => blocksOf(child));
    default:
      return [];
  }
}

const block = (kind: Block["kind"], text: string, level?: number): Block[] =>
  text.trim() === "" ? [] : [{ kind, text: text.trim(), ...(level && { level }) }];

function itemLines(item: ListItem, mark: string): string[] {
  const lines = item.children.flatMap((child) => {
    const isList = child.type === "list";
    const texts = blocksOf(child).flatMap((b) => b.text.split("\n"));
    return isList ? texts.map((text) => `  ${text}`) : texts;
  });
  const checkbox = item.checked === true ? "[x] " : item.checked === false ? "[ ] " : "";
  const [first = "", ...rest] = lines;
  return [mark + checkbox + first.trimStart(), ...rest.map((line) => (line.startsWith("  ") ? line : `  ${line}`))];
}

/** The text a reader sees of a node's inline content. */
function plain(node: Nodes): string {
  switch (node.type) {
    case "text":
      return node.value.includes("\n") ? withoutLineEnds(node.value) : node.value;
    case "inlineCode":
      return node.value;
    case "image":
    case "imageReference":
      return node.alt ?? "";
    case "break":
      return "\n";
    case "html":
      return /^<br\b/i.test(node.value) ? "\n" : "";
    default:
      return "children" in node ? (node as Parent).children.map(plain).join("") : "";
  }
}

/** Blanks at both ends stay: the text may stand between a link and emphasis. */
function withoutLineEnds(text: string): string {
  const [, before, middle, after] = text.match(/^(\s*)([\s\S]*?)(\s*)$/)!;
  return (before && " ") + joinWrapped(middle!.split("\n")) + (after && " ");
}
