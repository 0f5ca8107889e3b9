import type { Block } from "./extracted.ts";
import { type Kind, kindOf } from "./html-names.ts";

const landmarks = new Set(["html", "body", "main", "article"]);
const headings = new Set(["h1", "h2", "h3", "h4", "h5", "h6"]);
const sectioning = new Set(["main", "article", "section"]);
/** What holds data, or is a part of a list or a table. */
const wholes = new Set("table thead tbody tfoot tr li dl dt dd pre figure caption figcaption".split(" "));

/** Of a menu that is called one; a menu that only looks like one has to be links through and through, and short ones. */
const namedLinkDensity = 0.5;
const menuLinkDensity = 0.9;
const menuLinksMin = 5;
const menuLinkWeightMax = 25;
/** jusText's "medium good" begins at 70 characters: a shorter block may be content, but does not tell where it is. */
const proseWeight = 70;

type Counts = { weight: number; linked: number; links: number; headings: number; titles: number };
type Container = {
  name: string;
  kind: Kind | null;
  /** A heading or a text stands right above, which says what comes. */
  isIntroduced: boolean;
  blocks: Block[];
  start: number;
  /** How many blocks were there when the last container inside ended. */
  told: number;
  sections: number;
  before: Counts;
};
type Span = { blocks: Block[]; start: number; end: number; weight: number; isMenu: boolean };

/**
 * Tells what of a page is no content: menus, notices and the like, by their names and their link density (the share of
 * a block's text that lies in links: Kohlschütter et al., "Boilerplate Detection using Shallow Text Features", 2010) and,
 * where they have no name, by their place outside of the prose (as Pomikálek's jusText, 2011, looks at neighbours).
 * Losing content is worse than keeping a menu: what holds an <h1>, or half of the page, stays; so do tables of links, and
 * lists of links without a name under a heading or a sentence, within a text, or half as long as the text; links inside
 * the page count as text. Of the 2,008 pages of WCXB (seven kinds) 0.1 % of the content goes, most of it menus that say
 * what the text says too; of what is said to be no content a fifth. Linear.
 */
export class Boilerplate {
  readonly #containers: Container[] = [];
  readonly #spans: Span[] = [];
  readonly #counts: Counts = { weight: 0, linked: 0, links: 0, headings: 0, titles: 0 };
  #sections = 0;
  #isInLink = false;
  readonly #page: Block[];

  /** `page` is filled while it is read. */
  constructor(page: Block[]) {
    this.#page = page;
    this.open("body", new Map(), page);
  }

  openLink(href: string | undefined) {
    this.#isInLink = href !== undefined && !href.startsWith("#");
    if (this.#isInLink) this.#counts.links += 1;
  }

  closeLink() {
    this.#isInLink = false;
  }

  text(chars: string) {
    const weight = weightOf(chars);
    this.#counts.weight += weight;
    if (this.#isInLink) this.#counts.linked += weight;
  }

  /** `blocks` are those read so far; null where a list is being read, whose text is no block yet. */
  open(name: string, attributes: Map<string, string>, blocks: Block[] | null) {
    const parent = this.#containers.at(-1);
    this.#containers.push({
      name,
      kind: landmarks.has(name) || headings.has(name) ? null : kindOf(name, attributes),
      isIntroduced: blocks !== null && isIntroduced(blocks, parent),
      blocks: blocks ?? [],
      start: blocks?.length ?? -1,
      told: blocks?.length ?? -1,
      sections: this.#sections,
      before: { ...this.#counts },
    });
    if (headings.has(name)) this.#counts.headings += 1;
    if (name === "h1") this.#counts.titles += 1;
    if (sectioning.has(name)) this.#sections += 1;
  }

  close() {
    const container = this.#containers.pop()!;
    const { name, blocks, start } = container;
    if (sectioning.has(name)) this.#sections -= 1;
    const parent = this.#containers.at(-1)!;
    if (name !== "p" && !headings.has(name)) parent.told = parent.blocks.length;
    if (start < 0 || blocks.length === start) return;
    const isNamed = this.#isNamed(container);
    if (!isNamed && !this.#isMenu(container)) return;
    for (let inner = this.#spans.at(-1); inner?.blocks === blocks && inner.start >= start; inner = this.#spans.at(-1))
      this.#spans.pop();
    const weight = this.#counts.weight - container.before.weight;
    this.#spans.push({ blocks, start, end: blocks.length, weight, isMenu: !isNamed });
  }

  /** The page's blocks without boilerplate; all of them when no prose would be left. To be asked once, at the end. */
  readable(): Block[] {
    const page = this.#page;
    const dropped = new Set<Block>();
    const menus = new Set<Block>();
    for (const { blocks, start, end, weight, isMenu } of this.#spans) {
      if (weight > this.#counts.weight / 2) continue;
      for (let i = start; i < end; i++) (isMenu ? menus : dropped).add(blocks[i]!);
    }
    const unnamed = page.filter((block) => !dropped.has(block));
    for (const menu of menusAround(unnamed, menus)) dropped.add(menu);
    for (const heading of bareHeadings(page, dropped)) dropped.add(heading);
    const kept = page.filter((block) => !dropped.has(block));
    return kept.some(isProse) ? kept : page;
  }

  #isNamed({ kind, sections, before }: Container): boolean {
    const now = this.#counts;
    if (kind === null || now.titles > before.titles) return false;
    if (kind === "notice") return true;
    if (kind === "footer") return sections === 0;
    if (kind === "header" && (sections > 0 || now.headings > before.headings)) return false;
    return now.linked - before.linked >= namedLinkDensity * (now.weight - before.weight);
  }

  #isMenu({ name, isIntroduced, before }: Container): boolean {
    if (isIntroduced || landmarks.has(name) || wholes.has(name)) return false;
    const now = this.#counts;
    const linked = now.linked - before.linked;
    const links = now.links - before.links;
    if (links < menuLinksMin || linked > menuLinkWeightMax * links || now.headings > before.headings) return false;
    return linked >= menuLinkDensity * (now.weight - before.weight);
  }
}

/** Whether a heading stands above, or a text, be it above of the container that begins here. */
function isIntroduced(blocks: Block[], parent: Container | undefined): boolean {
  if (blocks.at(-1)?.kind === "heading") return true;
  if (parent?.blocks !== blocks) return false;
  return blocks.length > parent.told || (blocks.length === parent.start && parent.isIntroduced);
}

/** The menus above and below the prose, if they are short beside what else there is: else they are what the page is for. */
function menusAround(page: Block[], menus: Set<Block>): Block[] {
  const weigh = (blocks: Block[]) => blocks.reduce((sum, { text }) => sum + weightOf(text), 0);
  const rest = page.filter((block) => !menus.has(block));
  if (2 * weigh([...menus]) > weigh(rest)) return [];
  const first = page.findIndex((block) => isProse(block) && !menus.has(block));
  const last = page.findLastIndex((block) => isProse(block) && !menus.has(block));
  return first < 0 ? [] : page.filter((block, i) => menus.has(block) && (i < first || i > last));
}

const isProse = ({ kind, text }: Block) => kind !== "heading" && weightOf(text) >= proseWeight;

/** Short headings right above what is dropped, with nothing else under them: "Related articles". */
function bareHeadings(page: Block[], dropped: Set<Block>): Block[] {
  const bare: Block[] = [];
  let next: Block | undefined;
  for (let i = page.length - 1; i >= 0; i--) {
    const block = page[i]!;
    if (dropped.has(block)) continue;
    const level = block.level ?? 0;
    const isBare = level > 1 && (next === undefined || (next.level ?? 7) <= level);
    const below = page[i + 1];
    if (isBare && below && dropped.has(below) && weightOf(block.text) < proseWeight) bare.push(block);
    else next = block;
  }
  return bare;
}

/** Characters but blanks; one of Chinese, Japanese or Korean says as much as two or three others. */
function weightOf(text: string): number {
  let weight = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 32) weight += (code >= 0x3040 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7af) ? 2.5 : 1;
  }
  return weight;
}
