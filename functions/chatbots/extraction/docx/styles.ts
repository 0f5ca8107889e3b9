import { docxDefinitionsMax } from "../limits.ts";
import type { XmlListener } from "../xml.ts";
import { type Attributes, attribute, isOn, wholeNumber } from "./attribute.ts";

/** Word follows 10 styles at most; a chain that is longer, or a cycle, ends here. */
const chainMax = 32;
/** Word keeps the names of its own styles in English in every language; other programs translate them. */
const headingName =
  /^(?:heading|überschrift|titre|título|titulo|titolo|encabezado|kop|rubrik|nagłówek|nadpis|otsikko|overskrift|címsor|başlık|tiêu đề|judul|заголовок|見出し|标题|標題|제목|หัวเรื่อง|หัวข้อ|عنوان|כותרת) ?([1-9])$/iu;

/** `outline` counts from 0; 9 is body text. `list` is a numbering id, "0" for none. */
export type Style = {
  basedOn?: string;
  outline?: number;
  list?: string;
  listLevel?: number;
  isHidden?: boolean;
  startsPage?: boolean;
  isTitle?: boolean;
};

/** The styles of a Word file by their ids, each with what it takes over from those it is based on. */
export class Styles implements XmlListener {
  readonly #styles = new Map<string, Style>();
  readonly #complete = new Map<string, Style>();
  readonly #path: string[] = [];
  #default = "";
  #current: Style | null = null;

  open(name: string, attributes: Attributes) {
    const parent = this.#path.at(-1);
    this.#path.push(name);
    if (name === "style") this.#openStyle(attributes);
    else if (this.#current && this.#path.at(-2) === "style") this.#readHead(this.#current, name, attributes);
    else if (this.#current && (parent === "numPr" || this.#path.at(-3) === "style")) {
      this.#readProperty(this.#current, name, attributes);
    }
  }

  close(name: string) {
    this.#path.pop();
    if (name === "style") this.#current = null;
  }

  text() {}

  /** The style of a paragraph (the default one without an id), or of a run, with what it inherits. */
  paragraph(id: string | undefined): Style {
    return this.run(id ?? this.#default);
  }

  run(id: string): Style {
    let style = this.#complete.get(id);
    if (!style) {
      style = this.#inherited(id);
      if (this.#complete.size < docxDefinitionsMax) this.#complete.set(id, style);
    }
    return style;
  }

  #inherited(id: string): Style {
    // A file without its styles still has their ids, most of which are English.
    const chain: Style[] = this.#styles.has(id) ? [] : [named(id)];
    let style = this.#styles.get(id);
    for (; style && chain.length < chainMax; style = this.#styles.get(style.basedOn ?? "")) chain.push(style);
    return Object.assign({}, ...chain.reverse());
  }

  #openStyle(attributes: Attributes) {
    const id = attribute(attributes, "styleId");
    this.#current = null;
    if (id === undefined || this.#styles.size >= docxDefinitionsMax) return;
    this.#current = {};
    this.#styles.set(id, this.#current);
    const isDefault =
      attribute(attributes, "type") === "paragraph" && /^(?:1|true|on)$/.test(attribute(attributes, "default") ?? "");
    if (isDefault) this.#default = id;
  }

  #readHead(style: Style, name: string, attributes: Attributes) {
    const value = attribute(attributes, "val") ?? "";
    if (name === "basedOn") style.basedOn = value;
    else if (name === "name" || name === "aliases") Object.assign(style, { ...named(value), ...style });
  }

  #readProperty(style: Style, name: string, attributes: Attributes) {
    const value = attribute(attributes, "val");
    if (name === "outlineLvl") style.outline = wholeNumber(value, 0, 9) ?? 9;
    else if (name === "numId") style.list = value;
    else if (name === "ilvl") style.listLevel = wholeNumber(value, 0, 8) ?? 0;
    else if (name === "vanish" && this.#path.at(-2) === "rPr") style.isHidden = isOn(attributes);
    else if (name === "pageBreakBefore") style.startsPage = isOn(attributes);
  }
}

/** What a style's name tells: names may be several, parted by commas. */
function named(names: string): Style {
  for (const name of names.slice(0, 1_000).split(",")) {
    const level = name
      .replace(/[\s_-]+/g, " ")
      .trim()
      .match(headingName)?.[1];
    if (level) return { outline: Number(level) - 1 };
    if (/^title$/i.test(name.trim())) return { isTitle: true, outline: 9 };
  }
  return { isTitle: false };
}
