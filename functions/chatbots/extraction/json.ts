import type { Extracted } from "./extracted.ts";
import { isJsonLines, linesOf, otherLines } from "./json-lines.ts";
import { elementsOf, endOfValue, type Member, membersOf, scalarText, skipBlanks, type Value } from "./json-text.ts";
import { jsonDepthMax, recordSampleChars } from "./limits.ts";
import { headingOf, headingRank, isQuestionAndAnswer, RecordWriter } from "./records.ts";

type Read = Omit<Extracted, "pageCount" | "format">;

/** Objects in an array are a table when no more than this stands in a cell, on average in a row, and in a header. */
const cellCharsMax = 120;
const rowCharsMax = 300;
const columnsMax = 50;
const objectCharsMax = 3_000;
const sampleElementsMax = 100;
/** An array of objects within a record is told in lines of it up to this length, in sections of its own above. */
const inlineCharsMax = 2_000;
const inlineListCharsMax = 120;
const cellDepthMax = 4;

/**
 * JSON, or JSON Lines, as blocks; null when it is neither, or a bare string or number. Objects are `key: value` lines
 * (`a.b: value` for what lies deeper), arrays of like and short objects tables, of others a section each, so that
 * question and answer stay together. Keys that are written twice are told twice, numbers as they are written.
 * `warnings` names lines of JSON Lines that are no JSON. Linear; no tree is built. Throws ExtractionError: too_large.
 */
export function extractJson(text: string): Read | null {
  const start = skipBlanks(text, 0);
  const end = text[start] === "{" || text[start] === "[" ? endOfValue(text, start) : -1;
  const isWhole = end >= 0 && skipBlanks(text, end) === text.length;
  if (!isWhole && !isJsonLines(text)) return null;
  const reader = new JsonReader(text);
  const warnings: string[] = [];
  let title: string | null = null;
  if (!isWhole) warnings.push(...reader.readLines());
  else if (text[start] === "[") reader.records(() => elementsOf(text, start), 1, 0);
  else title = reader.document(start);
  reader.writer.flush();
  return { title, language: null, metadata: {}, warnings, blocks: reader.writer.blocks };
}

type Plan = { kind: "table"; columns: string[] } | { kind: "sections"; isFaq: boolean } | { kind: "list" };

class JsonReader {
  readonly writer = new RecordWriter();
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** One object as a document; gives its title. */
  document(start: number): string | null {
    this.#members(start, "", 0, null);
    this.#subsections(start, "", 1, 0);
    const heading = this.#headingOf(start);
    return heading && heading.rank <= 3 ? heading.text : null;
  }

  readLines(): string[] {
    const { writer } = this;
    const text = this.#text;
    const others: number[] = [];
    const elements = (tellsOthers: boolean) =>
      function* () {
        for (const line of linesOf(text)) {
          if (line.isJson) yield line;
          else if (tellsOthers) {
            others.push(line.number);
            writer.paragraph(text.slice(line.at, line.end).trim());
          }
        }
      };
    this.records(elements(true), 1, 0, elements(false));
    return others.length === 0 ? [] : [otherLines(others)];
  }

  /** The elements of an array, each as a row, a section or a line of a list. `looked` gives them to look at first. */
  records(elements: () => Iterable<Value>, level: number, depth: number, looked = elements) {
    const plan = this.#planFor(looked());
    let columns: string[] = [];
    let count = 0;
    for (const element of elements()) {
      count += 1;
      const isObject = this.#text[element.at] === "{";
      if (isObject && isEmpty(this.#text, element)) continue;
      const cells = plan.kind === "table" && isObject ? this.#cells(element) : null;
      if (cells && cells.size > 0 && cells.size <= columnsMax) columns = this.#row(cells, columns, plan);
      else if (isObject && plan.kind !== "list") {
        this.#section(element, `Item ${count}`, level, depth);
        columns = [];
      } else this.#item(element, depth);
    }
    this.writer.flush();
  }

  #row(cells: Map<string, string>, columns: string[], plan: Plan): string[] {
    let header = columns;
    if (header.length === 0 || [...cells.keys()].some((key) => !header.includes(key))) {
      const planned = plan.kind === "table" && [...cells.keys()].every((key) => plan.columns.includes(key));
      header = planned ? plan.columns : [...cells.keys()];
      this.writer.flush();
      this.writer.row(header);
    }
    this.writer.row(header.map((key) => cells.get(key) ?? ""));
    return header;
  }

  #section({ at }: Value, otherwise: string, level: number, depth: number) {
    const heading = this.#headingOf(at);
    this.writer.heading(heading?.text ?? otherwise, level);
    this.#members(at, "", depth + 1, heading && heading.rank <= 3 ? heading.at : null);
    this.#subsections(at, "", level + 1, depth + 1);
    this.writer.flush();
  }

  /** An object's own lines and lists; `toldAt` is the value that its heading tells already. */
  #members(start: number, path: string, depth: number, toldAt: number | null) {
    for (const member of membersOf(this.#text, start)) {
      const key = path + inOneLine(member.key);
      const opening = this.#text[member.at];
      if (member.at === toldAt) continue;
      if (opening !== "{" && opening !== "[") this.writer.field(key, scalarText(this.#text, member));
      else if (isEmpty(this.#text, member)) continue;
      else if (depth >= jsonDepthMax) this.writer.field(key, this.#text.slice(member.at, member.end));
      else if (opening === "{") this.#members(member.at, `${key}.`, depth + 1, null);
      else if (!this.#isInSections(member)) this.#list(member, key, depth);
    }
  }

  /** What #members leaves out: arrays whose objects are sections. They come last, as what follows a section is its own. */
  #subsections(start: number, path: string, level: number, depth: number) {
    if (depth >= jsonDepthMax) return;
    for (const member of membersOf(this.#text, start)) {
      const key = path + inOneLine(member.key);
      if (this.#text[member.at] === "{") this.#subsections(member.at, `${key}.`, level, depth + 1);
      else if (this.#text[member.at] === "[" && this.#isInSections(member)) {
        this.writer.heading(key, level);
        this.records(() => elementsOf(this.#text, member.at), level + 1, depth + 1);
      }
    }
  }

  #isInSections({ at, end }: Value): boolean {
    const plan = this.#planFor(elementsOf(this.#text, at));
    return plan.kind === "sections" && (plan.isFaq || end - at > inlineCharsMax);
  }

  #list(member: Member, key: string, depth: number) {
    const plan = this.#planFor(elementsOf(this.#text, member.at));
    if (plan.kind === "list" && member.end - member.at <= inlineListCharsMax)
      return this.writer.field(key, this.#oneLine(member, depth));
    this.writer.line(`${key}:`);
    this.writer.flush();
    if (plan.kind === "table") return this.records(() => elementsOf(this.#text, member.at), 1, depth + 1);
    for (const element of elementsOf(this.#text, member.at)) this.#item(element, depth + 1);
    this.writer.flush();
  }

  #item(element: Value, depth: number) {
    const text = this.#oneLine(element, depth);
    if (text !== "") this.writer.line(`- ${text}`);
  }

  #planFor(elements: Iterable<Value>): Plan {
    const objects: Value[] = [];
    let count = 0;
    let first = -1;
    for (const element of elements) {
      if (first < 0) first = element.at;
      if (this.#text[element.at] === "{") objects.push(element);
      count += 1;
      if (count === sampleElementsMax || element.end - first > recordSampleChars) break;
    }
    if (objects.length === 0 || objects.length < count / 2) return { kind: "list" };
    const keys = new Set(objects.slice(0, 3).flatMap((object) => firstKeys(this.#text, object)));
    if (isQuestionAndAnswer([...keys])) return { kind: "sections", isFaq: true };
    const columns = count > 1 ? this.#columnsOf(objects) : null;
    return columns ? { kind: "table", columns } : { kind: "sections", isFaq: false };
  }

  /** The keys of objects that are alike and short, or null. */
  #columnsOf(objects: Value[]): string[] | null {
    const columns = new Set<string>();
    let filled = 0;
    let chars = 0;
    for (const object of objects) {
      const cells = this.#cells(object);
      if (!cells) return null;
      for (const [key, value] of cells) {
        if (value.length > cellCharsMax || value.includes("\n")) return null;
        columns.add(key);
        chars += value.length;
      }
      filled += cells.size;
    }
    if (columns.size === 0 || columns.size > columnsMax) return null;
    const isAlike = filled >= columns.size * objects.length * 0.6;
    return isAlike && chars <= rowCharsMax * objects.length ? [...columns] : null;
  }

  /** An object as the cells of a row, or null when it holds objects in arrays, a key twice, much text, or lies too deep. */
  #cells(object: Value): Map<string, string> | null {
    if (object.end - object.at > objectCharsMax) return null;
    const cells = new Map<string, string>();
    const add = (start: number, path: string, depth: number): boolean => {
      for (const member of membersOf(this.#text, start)) {
        const key = path + inOneLine(member.key);
        const opening = this.#text[member.at];
        if (opening === "{") {
          if (depth === cellDepthMax || !add(member.at, `${key}.`, depth + 1)) return false;
          continue;
        }
        if (cells.has(key) || cells.size > columnsMax) return false;
        const value = opening === "[" ? this.#scalars(member) : scalarText(this.#text, member);
        if (value === null) return false;
        cells.set(key, value);
      }
      return true;
    };
    return add(object.at, "", 0) ? cells : null;
  }

  #scalars(array: Value): string | null {
    const texts: string[] = [];
    for (const element of elementsOf(this.#text, array.at)) {
      if (this.#text[element.at] === "{" || this.#text[element.at] === "[") return null;
      texts.push(scalarText(this.#text, element));
    }
    return texts.join(", ");
  }

  /** A value in one line: `a, b` of an array, `key: a; other.key: b` of an object. */
  #oneLine(value: Value, depth: number): string {
    const text = this.#text;
    const opening = text[value.at];
    if (opening !== "{" && opening !== "[") return inOneLine(scalarText(text, value));
    if (depth >= jsonDepthMax) return text.slice(value.at, value.end);
    const parts: string[] = [];
    if (opening === "{") this.#fieldsInto(parts, value.at, "", depth);
    else for (const element of elementsOf(text, value.at)) parts.push(this.#oneLine(element, depth + 1));
    return parts.filter((part) => part !== "").join(opening === "[" ? ", " : "; ");
  }

  #fieldsInto(parts: string[], start: number, path: string, depth: number) {
    for (const member of membersOf(this.#text, start)) {
      const key = path + inOneLine(member.key);
      if (this.#text[member.at] === "{" && depth < jsonDepthMax) {
        this.#fieldsInto(parts, member.at, `${key}.`, depth + 1);
        continue;
      }
      const told = isEmpty(this.#text, member) ? "" : this.#oneLine(member, depth + 1);
      if (told !== "") parts.push(`${key}: ${told}`);
    }
  }

  #headingOf(start: number): { text: string; at: number; rank: number } | null {
    let best: { text: string; at: number; rank: number } | null = null;
    for (const member of membersOf(this.#text, start)) {
      const rank = headingRank(member.key);
      const opening = this.#text[member.at];
      if (rank === null || opening === "{" || opening === "[" || (best && best.rank <= rank)) continue;
      const text = headingOf(scalarText(this.#text, member));
      if (text) best = { text, at: member.at, rank };
    }
    return best;
  }
}

/** A text of this length stays as it is: to replace millions of blanks takes a hundred megabytes. */
const collapsedCharsMax = 100_000;
const inOneLine = (text: string) =>
  text.length > collapsedCharsMax ? text : text.replace(/[^\S ]+| {2,}/g, " ").trim();

/** An object or array without anything in it. */
const isEmpty = (text: string, { at, end }: Value) =>
  (text[at] === "{" || text[at] === "[") && skipBlanks(text, at + 1) === end - 1;

function firstKeys(text: string, object: Value): string[] {
  const keys: string[] = [];
  for (const { key } of membersOf(text, object.at)) if (keys.push(key) === columnsMax) break;
  return keys;
}
