import type { Block } from "../extracted.ts";
import { officeItemCostChars } from "../limits.ts";
import { tableText } from "../lines.ts";
import { type NumberFormat, numberFormat, numberText } from "../number-format.ts";
import { officeText, type TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

type Values = { format: NumberFormat; byIndex: Map<number, string> };
/** `categories` has the innermost level first. */
type Series = { name: string; categories: Values[]; values: Values; sizes: Values };

const noValues = (): Values => ({ format: { kind: "general" }, byIndex: new Map() });
const newSeries = (): Series => ({ name: "", categories: [], values: noValues(), sizes: noValues() });

const axes = new Set(["catAx", "dateAx", "valAx", "serAx"]);

/** Reads a chart: its titles, and the values of its series as the file last knew them. */
export class ChartReader implements XmlListener {
  readonly #budget: TextBudget;
  readonly #path: string[] = [];
  readonly #series: Series[] = [];
  readonly #titles = { chart: "", category: "", value: "" };
  #index = 0;
  #parts: string[] = [];
  /** Until when (in depth) and into what the text of a title or the values of a series go. */
  #title: { depth: number; of: "chart" | "category" | "value" } | null = null;
  #role: { depth: number; name: string } | null = null;
  #seriesDepth = 0;
  #is1904 = false;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  open(name: string, attributes: Readonly<Record<string, string>>) {
    const parent = this.#path.at(-1) ?? "";
    const depth = this.#path.push(name);
    this.#parts = [];
    if (name === "ser" || name === "lvl") this.#budget.spend(officeItemCostChars);
    if (name === "ser") {
      this.#series.push(newSeries());
      this.#seriesDepth = depth;
    } else if (this.#seriesDepth > 0 && depth === this.#seriesDepth + 1) this.#openRole(name, depth);
    else if (name === "title" && (parent === "chart" || axes.has(parent)))
      this.#title = { depth, of: parent === "chart" ? "chart" : parent === "valAx" ? "value" : "category" };
    else if (name === "lvl" && this.#role?.name === "cat") this.#series.at(-1)!.categories.push(noValues());
    else if (name === "date1904") this.#is1904 = attributes.val !== "0" && attributes.val !== "false";
    else if (name === "pt") this.#index = Number(attributes.idx) || 0;
  }

  close(name: string) {
    const depth = this.#path.length;
    if (name === "v" || name === "formatCode") this.#take(name, officeText(this.#parts.join("")).trim());
    else if (name === "t" && this.#title) this.#titles[this.#title.of] += officeText(this.#parts.join(""));
    else if (name === "p" && this.#title) this.#titles[this.#title.of] += " ";
    if (this.#title?.depth === depth) this.#title = null;
    if (this.#role?.depth === depth) this.#role = null;
    if (this.#seriesDepth === depth) this.#seriesDepth = 0;
    this.#path.pop();
    this.#parts = [];
  }

  text(text: string) {
    const name = this.#path.at(-1);
    if (name !== "v" && name !== "t" && name !== "formatCode") return;
    this.#budget.spend(text.length);
    this.#parts.push(text);
  }

  #openRole(name: string, depth: number) {
    this.#role = { depth, name };
    // A cache of one level has no <lvl>, and a chart of points has x-values for categories.
    if (name === "cat" || name === "xVal") this.#series.at(-1)!.categories = [];
  }

  #take(name: string, text: string) {
    if (this.#title) {
      if (name === "v") this.#titles[this.#title.of] += `${text} `;
      return;
    }
    const series = this.#series.at(-1);
    if (!this.#role || !series) return;
    if (this.#role.name === "tx") {
      if (name === "v") series.name += `${series.name && " "}${text}`;
      return;
    }
    const values = this.#valuesOf(series, this.#role.name);
    if (!values) return;
    this.#budget.spend(officeItemCostChars);
    if (name === "formatCode") values.format = numberFormat(text);
    else values.byIndex.set(this.#index, numberText(text, values.format, this.#is1904));
  }

  #valuesOf(series: Series, role: string): Values | undefined {
    if (role === "val" || role === "yVal") return series.values;
    if (role === "bubbleSize") return series.sizes;
    if (role !== "cat" && role !== "xVal") return undefined;
    if (series.categories.length === 0) series.categories.push(noValues());
    return series.categories.at(-1);
  }

  /** A paragraph with the titles and a table with a row for each category; several when series have categories of their own. */
  blocks(): Block[] {
    const [title, category, value] = [this.#titles.chart, this.#titles.category, this.#titles.value].map((text) =>
      text.replace(/\s+/g, " ").trim(),
    );
    const blocks: Block[] = [];
    if (title || value) blocks.push({ kind: "paragraph", text: `Chart: ${[title, value].filter(Boolean).join(", ")}` });
    const groups = new Map<string, { labels: Map<number, string>; series: Series[] }>();
    const unnamed = this.#series.length > 1 ? "Series" : "Value";
    for (const [i, series] of this.#series.entries()) {
      series.name ||= this.#series.length > 1 ? `${unnamed} ${i + 1}` : value || unnamed;
      const labels = labelsOf(series);
      const key = JSON.stringify([...labels]);
      const group = groups.get(labels.size === 0 ? (groups.keys().next().value ?? key) : key);
      if (group) group.series.push(series);
      else groups.set(key, { labels, series: [series] });
    }
    for (const { labels, series } of groups.values()) {
      const rows = this.#rows(labels, series, category ?? "");
      if (rows.length > 1) blocks.push({ kind: "table", text: tableText(rows) });
    }
    return blocks;
  }

  #rows(labels: Map<number, string>, series: Series[], corner: string): string[][] {
    const columns = series.flatMap(({ name, values, sizes }) => [
      { name, values },
      ...(sizes.byIndex.size > 0 ? [{ name: `${name} (size)`, values: sizes }] : []),
    ]);
    const indexes = new Set(labels.keys());
    for (const { values } of columns) for (const index of values.byIndex.keys()) indexes.add(index);
    const rows = [[corner, ...columns.map(({ name }) => name)]];
    for (const index of [...indexes].sort((a, b) => a - b)) {
      const row = [labels.get(index) ?? String(index + 1), ...columns.map((c) => c.values.byIndex.get(index) ?? "")];
      this.#budget.spend(row.length * 3);
      rows.push(row);
    }
    return rows;
  }
}

/** An outer level names its first category only; the others below it carry it on. */
function labelsOf({ categories }: Series): Map<number, string> {
  const [inner, ...outer] = categories;
  const labels = new Map<number, string>();
  const current = outer.map(() => "");
  for (const index of [...(inner?.byIndex.keys() ?? [])].sort((a, b) => a - b)) {
    for (const [i, level] of outer.entries()) current[i] = level.byIndex.get(index) ?? current[i]!;
    labels.set(index, [...current.toReversed(), inner!.byIndex.get(index)!].filter(Boolean).join(" "));
  }
  return labels;
}
