import { docxDefinitionsMax } from "../limits.ts";
import type { XmlListener } from "../xml.ts";
import { type Attributes, attribute, isOn, wholeNumber } from "./attribute.ts";
import { readable } from "./gathered.ts";
import { formatNumber } from "./number-format.ts";

const levelMax = 8;
const numberMax = 32_767;
const markCharsMax = 64;

/** `restartsAfter` is how many of the levels above, from the top, begin this one anew. */
type Level = { start: number; format: string; text: string; isLegal: boolean; restartsAfter: number; style?: string };
type Abstract = { levels: (Level | undefined)[]; counts: (number | undefined)[]; styleLink?: string };
type List = { abstract: string; starts: (number | undefined)[]; levels: (Level | undefined)[]; started: Set<number> };

/** The lists of a Word file and how far each one has counted: paragraphs must ask in their order. */
export class Numbering implements XmlListener {
  readonly #abstracts = new Map<string, Abstract>();
  readonly #lists = new Map<string, List>();
  readonly #listOfStyle: (style: string) => string | undefined;
  #abstract: Abstract | null = null;
  #list: List | null = null;
  #overridden = 0;
  #level: Level | null = null;

  /** `listOfStyle` gives the list of a numbering style, which a list may refer to instead of having levels. */
  constructor(listOfStyle: (style: string) => string | undefined) {
    this.#listOfStyle = listOfStyle;
  }

  open(name: string, attributes: Attributes) {
    const value = attribute(attributes, "val") ?? "";
    if (name === "abstractNum") {
      this.#abstract = { levels: [], counts: [] };
      remember(this.#abstracts, attribute(attributes, "abstractNumId"), this.#abstract);
    } else if (name === "num") {
      this.#list = { abstract: "", starts: [], levels: [], started: new Set() };
      remember(this.#lists, attribute(attributes, "numId"), this.#list);
    } else if (name === "abstractNumId" && this.#list) this.#list.abstract = value;
    else if (name === "numStyleLink" && this.#abstract) this.#abstract.styleLink = value;
    else if (name === "lvlOverride") this.#overridden = levelOf(attributes);
    else if (name === "startOverride" && this.#list) this.#list.starts[this.#overridden] = numberOf(value);
    else if (name === "lvl") this.#openLevel(levelOf(attributes));
    else if (this.#level) readLevel(this.#level, name, attributes);
  }

  close(name: string) {
    if (name === "abstractNum") this.#abstract = null;
    else if (name === "num") this.#list = null;
    else if (name === "lvl") this.#level = null;
  }

  text() {}

  /** The level of a list which a paragraph style stands for. */
  levelOfStyle(id: string, style: string | undefined): number | null {
    const list = this.#lists.get(id);
    if (!list || style === undefined) return null;
    const level = this.#abstractOf(list)?.levels.findIndex((l) => l?.style === style) ?? -1;
    return level < 0 ? null : level;
  }

  /** Counts one paragraph of a list and gives its mark, such as "1.2" or "-"; '' for a paragraph that shows none. */
  next(id: string, level: number): string {
    const list = this.#lists.get(id);
    const abstract = list && this.#abstractOf(list);
    if (!list || !abstract) return "";
    const { counts } = abstract;
    const isRestart = list.starts[level] !== undefined && !list.started.has(level);
    list.started.add(level);
    const count = counts[level];
    counts[level] = isRestart || count === undefined ? startOf(list, abstract, level) : Math.min(count + 1, numberMax);
    for (let deeper = level + 1; deeper <= levelMax; deeper++) {
      if (level < (levelIn(list, abstract, deeper)?.restartsAfter ?? deeper)) counts[deeper] = undefined;
    }
    return markOf(list, abstract, level);
  }

  #openLevel(index: number) {
    this.#level = { start: 1, format: "decimal", text: "", isLegal: false, restartsAfter: index };
    const levels = this.#abstract?.levels ?? this.#list?.levels;
    if (levels) levels[index] = this.#level;
  }

  #abstractOf(list: List): Abstract | undefined {
    const abstract = this.#abstracts.get(list.abstract);
    if (abstract?.styleLink === undefined || abstract.levels.length > 0) return abstract;
    const linked = this.#lists.get(this.#listOfStyle(abstract.styleLink) ?? "");
    return this.#abstracts.get(linked?.abstract ?? "") ?? abstract;
  }
}

const levelOf = (attributes: Attributes) => wholeNumber(attribute(attributes, "ilvl"), 0, levelMax) ?? 0;
const numberOf = (value: string) => wholeNumber(value, 0, numberMax) ?? 1;

function remember<Value>(map: Map<string, Value>, id: string | undefined, value: Value) {
  if (id !== undefined && map.size < docxDefinitionsMax) map.set(id, value);
}

function readLevel(level: Level, name: string, attributes: Attributes) {
  const value = attribute(attributes, "val") ?? "";
  if (name === "start") level.start = numberOf(value);
  else if (name === "numFmt") level.format = value;
  else if (name === "lvlText") level.text = readable(value.slice(0, markCharsMax));
  else if (name === "isLgl") level.isLegal = isOn(attributes);
  else if (name === "lvlRestart") level.restartsAfter = wholeNumber(value, 0, levelMax) ?? level.restartsAfter;
  else if (name === "pStyle") level.style = value;
}

const levelIn = (list: List, abstract: Abstract, level: number) => list.levels[level] ?? abstract.levels[level];

const startOf = (list: List, abstract: Abstract, level: number) =>
  list.starts[level] ?? levelIn(list, abstract, level)?.start ?? 1;

function markOf(list: List, abstract: Abstract, level: number): string {
  const own = levelIn(list, abstract, level);
  if (!own || own.format === "bullet") return "-";
  return own.text
    .replace(/%([1-9])/g, (_, digit: string) => {
      const shown = Number(digit) - 1;
      const format = levelIn(list, abstract, shown)?.format ?? "decimal";
      if (format === "none") return "";
      const number = abstract.counts[shown] ?? startOf(list, abstract, shown);
      return formatNumber(number, own.isLegal ? "decimal" : format);
    })
    .trim();
}
