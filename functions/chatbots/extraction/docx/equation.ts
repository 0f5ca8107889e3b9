import { type Attributes, attribute } from "./attribute.ts";
import { Gathered } from "./gathered.ts";

/** What of an equation is read apart before it is put into the whole. */
const grouped = new Set(["num", "den", "sup", "sub", "lim", "rad", "deg", "e", "d", "m", "fName"]);
const signs: Record<string, string> = { den: "/", sup: "^", sub: "_", lim: "_" };

type Group = {
  name: string;
  within: Group | null;
  text: Gathered;
  parts: number;
  begin: string;
  end: string;
  separator: string;
};

/** An equation as one line, such as "(a+b)/2", "x^2" or "∑_(i=1)^n i". */
export class Equation {
  #group: Group = newGroup("", null);
  #operator = "";

  add(text: string) {
    this.#group.text.add(text);
  }

  open(name: string, attributes: Attributes) {
    const value = attribute(attributes, "val") ?? "";
    if (grouped.has(name)) this.#group = newGroup(name, this.#group);
    else if (name === "naryPr") this.#operator = "∫";
    else if (name === "chr") this.#operator = value.slice(0, 8);
    else if (name === "begChr") this.#group.begin = value.slice(0, 8);
    else if (name === "endChr") this.#group.end = value.slice(0, 8);
    else if (name === "sepChr") this.#group.separator = value.slice(0, 8);
  }

  close(name: string) {
    if (name === "naryPr") this.add(this.#operator);
    else if (name === "mr") this.#group.separator = "; ";
    const { within } = this.#group;
    if (name === this.#group.name && within) this.#closeGroup(this.#group, within);
  }

  take(): string {
    while (this.#group.within) this.#closeGroup(this.#group, this.#group.within);
    return this.#group.text.take();
  }

  #closeGroup(group: Group, within: Group) {
    this.#group = within;
    const text = group.begin + group.text.take() + group.end;
    if (text === "") return;
    const { name } = group;
    if (name === "fName") this.add(`${text} `);
    else if (name === "num" || name === "deg" || name in signs) this.add((signs[name] ?? "") + wrapped(text));
    else if (name === "e" && within.name === "rad") this.add(`√${wrapped(text)}`);
    else if (name === "e") this.#addPart(within, text);
    else this.add(text);
  }

  /** The parts of what stands in brackets, and of a matrix. */
  #addPart(group: Group, text: string) {
    if ((group.name === "d" || group.name === "m") && group.parts > 0) this.add(group.separator);
    if (group.name === "m") group.separator = ", ";
    group.parts += 1;
    this.add(text);
  }
}

function newGroup(name: string, within: Group | null): Group {
  const [begin = "", end = ""] = name === "d" ? "()" : name === "m" ? "[]" : "";
  return { name, within, text: new Gathered(), parts: 0, begin, end, separator: name === "m" ? ", " : "|" };
}

const wrapped = (text: string) => (/^(?:.|[\p{N}.]+)$/u.test(text) ? text : `(${text})`);
