import { type Block, type Extracted, tooManyBlocks } from "./extracted.ts";
import { Boilerplate } from "./html-boilerplate.ts";
import { type Cell, spanOf, tableBlocks } from "./html-table.ts";
import { type HtmlListener, readHtml } from "./html-tokens.ts";
import { documentBlocksMax } from "./limits.ts";
import { textBlocks } from "./text.ts";

const blockElements = new Set(
  `address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure footer form
  h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section summary table tbody td tfoot th thead tr ul`.split(
    /\s+/,
  ),
);
const metadataNames = new Map([
  ["author", "author"],
  ["description", "description"],
  ["keywords", "keywords"],
  ["article:published_time", "published"],
  ["article:modified_time", "modified"],
]);
const listIndentMax = 8;
/** Tables in tables in tables: what lies deeper is read as text, or 20,000 of them would take 20 s. */
const tableDepthMax = 8;

/** Where blocks go: the page, or a table's cell. */
type Sink = {
  blocks: Block[];
  inline: string[];
  items: string[];
  lists: { ordered: boolean; count: number }[];
  isInItem: boolean;
};

const newSink = (): Sink => ({ blocks: [], inline: [], items: [], lists: [], isInItem: false });

/**
 * The readable part of an HTML page, without boilerplate. When <main>, or else its <article>s, hold most of the text, only they count; when
 * everything stands in navigation, footers and asides, these count after all. Never throws.
 */
export function extractHtml(html: string): Omit<Extracted, "warnings" | "pageCount" | "format"> {
  let page = new PageReader();
  readHtml(html, page);
  let blocks = page.readableBlocks();
  if (blocks.length === 0) {
    page = new PageReader();
    readHtml(html, page, true);
    blocks = page.blocks();
  }
  const title = page.title.replace(/\s+/g, " ").trim() || blocks.find((b) => b.level === 1)?.text;
  return { title: title ?? null, language: page.language, metadata: page.metadata, blocks };
}

class PageReader implements HtmlListener {
  title = "";
  language: string | null = null;
  readonly metadata: Record<string, string> = {};
  readonly #page = newSink();
  readonly #boilerplate = new Boilerplate(this.#page.blocks);
  readonly #sinks = [this.#page];
  readonly #tables: Cell[][][] = [];
  readonly #regions = new Map<Block, "main" | "article">();
  #ignoredTables = 0;
  #openMains = 0;
  #openArticles = 0;
  #openPres = 0;
  #preHoldsCode = false;
  #headingLevel: number | undefined;
  #isInTitle = false;

  /** One of these two is to be asked, once, at the end. */
  blocks(): Block[] {
    this.#flush();
    this.#endItems();
    return this.#page.blocks;
  }

  readableBlocks(): Block[] {
    const blocks = this.blocks();
    const readable = this.#boilerplate.readable();
    const size = (some: Block[]) => some.reduce((sum, b) => sum + b.text.length, 0);
    for (const region of ["main", "article"]) {
      const isInRegion = (block: Block) => this.#regions.get(block) === region;
      const inRegion = blocks.filter(isInRegion);
      if (size(inRegion) <= size(blocks) / 2) continue;
      const rest = readable.filter(isInRegion);
      return rest.length > 0 ? rest : inRegion;
    }
    return readable;
  }

  text(chars: string) {
    if (this.#isInTitle) {
      this.title += chars;
      return;
    }
    this.#boilerplate.text(chars);
    this.#sink.inline.push(this.#openPres > 0 ? chars : chars.replace(/\s+/g, " "));
  }

  open(name: string, attributes: Map<string, string>) {
    if (blockElements.has(name)) {
      this.#flush();
      const { blocks, items } = this.#sink;
      this.#boilerplate.open(name, attributes, items.length > 0 ? null : blocks);
    }
    if (/^h[1-6]$/.test(name)) this.#headingLevel = Number(name[1]);
    else if (name === "a") this.#boilerplate.openLink(attributes.get("href"));
    else if (name === "html") this.language = attributes.get("lang") || attributes.get("xml:lang") || null;
    else if (name === "meta") this.#readMeta(attributes);
    else if (name === "title") this.#isInTitle = this.title === "";
    else if (name === "br") this.#sink.inline.push("\n");
    else if (name === "pre") this.#openPre();
    else if (name === "code" || name === "samp") this.#preHoldsCode = true;
    else if (name === "main") this.#openMains += 1;
    else if (name === "article") this.#openArticles += 1;
    else if (name === "ul" || name === "ol") {
      this.#sink.lists.push({ ordered: name === "ol", count: (Number(attributes.get("start")) || 1) - 1 });
    } else if (name === "li") this.#openItem();
    else if (name === "table" && this.#tables.length >= tableDepthMax) this.#ignoredTables += 1;
    else if (name === "table") this.#tables.push([]);
    else if (this.#ignoredTables > 0) return;
    else if (name === "tr") this.#tables.at(-1)?.push([]);
    else if (name === "td" || name === "th") this.#openCell(attributes);
  }

  close(name: string) {
    this.#closeElement(name);
    if (name === "a") this.#boilerplate.closeLink();
    else if (blockElements.has(name)) this.#boilerplate.close();
  }

  #closeElement(name: string) {
    if (name === "pre") return this.#closePre();
    if (blockElements.has(name)) this.#flush();
    if (/^h[1-6]$/.test(name)) this.#headingLevel = undefined;
    else if (name === "title") this.#isInTitle = false;
    else if (name === "ul" || name === "ol") this.#closeList();
    else if (name === "li") this.#sink.isInItem = this.#sink.lists.length > 1;
    else if (name === "table") this.#closeTable();
    else if ((name === "td" || name === "th") && this.#sinks.length > 1 && this.#ignoredTables === 0) this.#closeCell();
    if (name === "main") this.#openMains -= 1;
    if (name === "article") this.#openArticles -= 1;
  }

  get #sink(): Sink {
    return this.#sinks.at(-1)!;
  }

  #readMeta(attributes: Map<string, string>) {
    const name = (attributes.get("name") ?? attributes.get("property"))?.toLowerCase();
    const content = attributes.get("content")?.trim();
    if (!content) return;
    const key = metadataNames.get(name ?? "");
    if (key) this.metadata[key] = content;
    if (attributes.get("http-equiv")?.toLowerCase() === "content-language") this.language ??= content;
  }

  #openItem() {
    const { items, lists } = this.#sink;
    const list = lists.at(-1);
    if (list) list.count += 1;
    const mark = list?.ordered ? `${list.count}. ` : "- ";
    items.push("  ".repeat(Math.max(0, Math.min(lists.length, listIndentMax) - 1)) + mark);
    this.#sink.isInItem = true;
  }

  #closeList() {
    this.#sink.lists.pop();
    if (this.#sink.lists.length === 0) this.#endItems();
  }

  #openPre() {
    this.#openPres += 1;
    this.#preHoldsCode = false;
  }

  /** Without <code> inside, <pre> is often plain text put on the web as it was: prose between hard line ends. */
  #closePre() {
    this.#openPres -= 1;
    const text = this.#sink.inline.join("").replace(/^\s*\n|\s+$/g, "");
    this.#sink.inline = [];
    if (text === "") return;
    const blocks: Block[] = this.#preHoldsCode ? [{ kind: "code", text }] : textBlocks(text);
    for (const block of blocks) this.#add(block);
  }

  #openCell(attributes: Map<string, string>) {
    const table = this.#tables.at(-1);
    if (!table) return;
    if (table.length === 0) table.push([]);
    const sink = newSink();
    table.at(-1)!.push({
      blocks: sink.blocks,
      columns: spanOf(attributes.get("colspan")),
      rows: spanOf(attributes.get("rowspan")),
    });
    this.#sinks.push(sink);
  }

  #closeTable() {
    if (this.#ignoredTables > 0) this.#ignoredTables -= 1;
    else for (const block of tableBlocks(this.#tables.pop() ?? [])) this.#add(block);
  }

  #closeCell() {
    this.#endItems();
    this.#sinks.pop();
  }

  #flush() {
    const sink = this.#sink;
    if (sink.inline.length === 0 || this.#openPres > 0) return;
    const text = sink.inline
      .join("")
      .replace(/[^\S\n]*\n[^\S\n]*/g, "\n")
      .replace(/ {2,}/g, " ")
      .trim();
    sink.inline = [];
    if (text === "") return;
    if (sink.isInItem && sink.items.length > 0) {
      const item = sink.items.pop()!;
      sink.items.push(item + (/(^|\s)(-|\d+\.) $/.test(item) ? "" : " ") + text.replace(/\s+/g, " "));
      return;
    }
    if (this.#headingLevel)
      return this.#add({ kind: "heading", level: this.#headingLevel, text: text.replace(/\s+/g, " ") });
    for (const paragraph of text.split(/\n{2,}/)) {
      if (paragraph.trim()) this.#add({ kind: "paragraph", text: paragraph.trim() });
    }
  }

  #add(block: Block) {
    this.#endItems();
    this.#sink.blocks.push(block);
    if (this.#sink.blocks.length > documentBlocksMax) throw tooManyBlocks();
    if (this.#sinks.length > 1) return;
    if (this.#openMains > 0) this.#regions.set(block, "main");
    else if (this.#openArticles > 0) this.#regions.set(block, "article");
  }

  #endItems() {
    const items = this.#sink.items.filter((item) => /[^\s\d.-]|\d[^.]/.test(item));
    this.#sink.items = [];
    if (items.length > 0) this.#add({ kind: "list", text: items.join("\n") });
  }
}
