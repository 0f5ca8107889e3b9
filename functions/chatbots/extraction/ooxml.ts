import { type Extracted, ExtractionError } from "./extracted.ts";
import { officeRelationshipsMax, officeTextCharsMax } from "./limits.ts";
import { type XmlListener, xmlReader } from "./xml.ts";
import { type Archive, openArchive } from "./zip.ts";

/** `type` is the last word of the relationship's type, such as "slide" or "sharedStrings"; `part` a name in the archive. */
export type Relationship = { type: string; part: string };

/** An Office file (OOXML): parts of XML and the relationships between them. Throws ExtractionError, and nothing else. */
export class OfficePackage {
  readonly #archive: Archive;
  readonly #names: Map<string, string>;

  private constructor(archive: Archive) {
    this.#archive = archive;
    this.#names = new Map(archive.names.map((name) => [name.toLowerCase(), name]));
  }

  static async open(bytes: Uint8Array): Promise<OfficePackage> {
    return new OfficePackage(await openArchive(bytes));
  }

  /** Part names differ in case only by mistake, so case does not count. */
  has(part: string): boolean {
    return this.#names.has(part.toLowerCase());
  }

  get hasMacros(): boolean {
    return this.#archive.names.some((name) => /(?:^|\/)vbaProject\.bin$/i.test(name));
  }

  /** Tells the listener a part piece by piece. Of content in two versions, only that for newer programs is told. */
  async read(part: string, what: string, listener: XmlListener): Promise<void> {
    const reader = xmlReader(what, withoutFallbacks(listener));
    await this.#archive.read(this.#names.get(part.toLowerCase()) ?? part, reader.write);
    reader.end();
  }

  /** The relationships of a part by their id, or of the file itself (""); links to the outside are left out. */
  async relationshipsOf(part: string): Promise<Map<string, Relationship>> {
    const slash = part.lastIndexOf("/") + 1;
    const rels = `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`;
    const found = new Map<string, Relationship>();
    if (!this.has(rels)) return found;
    await this.read(rels, `its part ${rels}`, {
      open(name, { Id, Type, Target, TargetMode }) {
        if (name !== "Relationship" || !Id || !Type || !Target || TargetMode === "External") return;
        found.set(Id, { type: Type.slice(Type.lastIndexOf("/") + 1), part: resolved(part, Target) });
        if (found.size > officeRelationshipsMax)
          throw new ExtractionError(
            "too_large",
            `The file links more than ${officeRelationshipsMax.toLocaleString("en")} parts. Split it into smaller files.`,
          );
      },
      close() {},
      text() {},
    });
    return found;
  }

  /** The part that everything else hangs on, which is `usual` when the file does not say. */
  async mainPart(usual: string): Promise<string> {
    const relationships = await this.relationshipsOf("");
    return [...relationships.values()].find(({ type }) => type === "officeDocument")?.part ?? usual;
  }

  /** What the file says about itself in docProps/core.xml. */
  async properties(warnings: string[]): Promise<Pick<Extracted, "title" | "language" | "metadata">> {
    const values = new Map<string, string>();
    const part = "docProps/core.xml";
    if (this.has(part)) {
      const name = { open: "" };
      await orWarn(warnings, "The file's properties (title, author, dates) could not be read.", () =>
        this.read(part, "the list of its properties", {
          open: (opened) => {
            name.open = opened;
          },
          close: () => {
            name.open = "";
          },
          text: (text) => {
            if (propertyNames.has(name.open))
              values.set(name.open, ((values.get(name.open) ?? "") + text).slice(0, propertyCharsMax));
          },
        }),
      );
    }
    const value = (name: string) => values.get(name)?.replace(/\s+/g, " ").trim() || null;
    const named = {
      author: value("creator"),
      subject: value("subject"),
      description: value("description"),
      keywords: value("keywords"),
      created: value("created"),
      modified: value("modified"),
    };
    const metadata = Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => !!entry[1]));
    return { title: value("title"), language: value("language"), metadata };
  }
}

const propertyCharsMax = 10_000;
const propertyNames = new Set("title language creator subject description keywords created modified".split(" "));

/** What is damaged becomes a warning and gives undefined; any other refusal is of the whole file. */
export async function orWarn<T>(warnings: string[], sentence: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ExtractionError) || error.reason !== "damaged") throw error;
    if (warnings.at(-1) !== sentence) warnings.push(sentence);
  }
}

/** The value of an attribute such as r:id, whatever its prefix. */
export function prefixed(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  for (const key in attributes)
    if (key.endsWith(name) && key[key.length - name.length - 1] === ":") return attributes[key];
}

/** Text as Office writes it in XML: _x000B_ stands for a character; control characters are taken away. */
export function officeText(text: string): string {
  const decoded = text.includes("_x")
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\0-\x1f\x7f]/.test(decoded)
    ? decoded
        .replace(/\r\n?|[\v\f]/g, "\n")
        // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
        .replace(/[\0-\x08\x0e-\x1f\x7f]/g, "")
    : decoded;
}

/** Counts what is kept of a file, so that it stays within memory. */
export class TextBudget {
  readonly #what: string;
  #left = officeTextCharsMax;

  constructor(what: string) {
    this.#what = what;
  }

  spend(chars: number) {
    this.#left -= chars;
    if (this.#left < 0)
      throw new ExtractionError(
        "too_large",
        `The ${this.#what} holds more than ${officeTextCharsMax / 1e6} million characters. Split it into smaller files and upload these.`,
      );
  }
}

function withoutFallbacks(listener: XmlListener): XmlListener {
  let ignoredDepth = 0;
  return {
    open(name, attributes) {
      if (ignoredDepth > 0 || name === "Fallback") ignoredDepth += 1;
      else listener.open(name, attributes);
    },
    close(name) {
      if (ignoredDepth > 0) ignoredDepth -= 1;
      else listener.close(name);
    },
    text(text) {
      if (ignoredDepth === 0) listener.text(text);
    },
  };
}

function resolved(from: string, target: string): string {
  const segments = target.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const segment of target.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments.join("/");
}
