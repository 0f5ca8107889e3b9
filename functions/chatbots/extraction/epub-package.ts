import { ExtractionError } from "./extracted.ts";
import { epubEntriesMax, epubPathCharsMax } from "./limits.ts";
import { xmlReader } from "./xml.ts";
import type { Archive } from "./zip.ts";

/** What a book says about itself: its documents in reading order, where its tables of contents are, its metadata. */
export type Package = {
  title: string | null;
  language: string | null;
  metadata: Record<string, string>;
  /** Paths in the archive, each once. */
  spine: string[];
  /** Documents that the book names in its spine, but which are no text, or not there. */
  missing: string[];
  nav: string | null;
  ncx: string | null;
  /** Documents that the book calls its table of contents. */
  contents: Set<string>;
};

/** `path` is the reference as it is written when it leads out of the archive, where no member has such a name. */
type Item = { path: string; mediaType: string; properties: string };

const containerPath = "META-INF/container.xml";
const metadataCharsMax = 2_000;
const metadataKeys = ["title", "creator", "publisher", "date", "identifier", "language"] as const;

/** A reference in the document `from` as a path in the archive and a place there; null when it leads out of the archive. */
export function resolve(from: string, href: string): { path: string; fragment: string } | null {
  if (href.length > epubPathCharsMax || /^(?:[a-z][a-z\d+.-]*:|\/\/)/i.test(href)) return null;
  const [place = "", fragment = ""] = href.split("#", 2).map(decoded);
  if (place === "") return { path: from, fragment };
  const parts = place.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of place.split("/")) {
    if (part === ".." && parts.length === 0) return null;
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return { path: parts.join("/"), fragment };
}

function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href; // a per cent sign of its own
  }
}

/** Reads container.xml and the package document. Throws ExtractionError: damaged, encrypted, too_large. */
export async function readPackage(archive: Archive): Promise<Package> {
  const path = await packagePath(archive);
  const items = new Map<string, Item>();
  const order = new Set<string>();
  const contents = new Set<string>();
  const said = new Map<string, string[]>();
  let ncxId = "";
  let field: { key: string; text: string } | null = null;
  const reader = xmlReader("the book's package document", {
    open(name, attributes) {
      if (items.size > epubEntriesMax || order.size > epubEntriesMax) throw tooManyParts();
      const at = attributes.href ? resolve(path, attributes.href) : null;
      if (name === "item" && attributes.id && attributes.href) {
        const item = { mediaType: attributes["media-type"] ?? "", properties: attributes.properties ?? "" };
        items.set(attributes.id, { ...item, path: at?.path ?? attributes.href.slice(-epubPathCharsMax) });
      } else if (name === "spine") ncxId = attributes.toc ?? "";
      else if (name === "itemref" && attributes.idref) order.add(attributes.idref);
      else if (name === "reference" && attributes.type === "toc" && at && at.fragment === "") contents.add(at.path);
      else if (isTold(name)) field = { key: name, text: "" };
    },
    close(name) {
      if (field?.key !== name) return;
      const text = field.text.replace(/\s+/g, " ").trim();
      if (text !== "") said.set(name, [...(said.get(name) ?? []), text].slice(0, 20));
      field = null;
    },
    text(text) {
      if (field && field.text.length < metadataCharsMax) field.text += text.slice(0, metadataCharsMax);
    },
  });
  await archive.read(path, reader.write);
  reader.end();
  const withProperty = (property: string) =>
    [...items.values()].find(({ properties }) => properties.split(/\s+/).includes(property));
  const ncx = items.get(ncxId) ?? [...items.values()].find((item) => item.mediaType === "application/x-dtbncx+xml");
  const nav = withProperty("nav")?.path ?? null;
  if (nav) contents.add(nav);
  return { ...documentsOf(archive, items, order), ...described(said), nav, ncx: ncx?.path ?? null, contents };
}

const isTold = (name: string): name is (typeof metadataKeys)[number] =>
  (metadataKeys as readonly string[]).includes(name);

async function packagePath(archive: Archive): Promise<string> {
  const paths: string[] = [];
  if (archive.has(containerPath)) {
    const reader = xmlReader("the book's container.xml", {
      open(name, attributes) {
        const at = name === "rootfile" && attributes["full-path"] ? resolve("", attributes["full-path"]) : null;
        if (at && paths.length < 10) paths.push(at.path);
      },
      close() {},
      text() {},
    });
    await archive.read(containerPath, reader.write);
    reader.end();
  }
  const path = [...paths, ...archive.names.filter((name) => name.endsWith(".opf"))].find((p) => archive.has(p));
  if (path && path.length <= epubPathCharsMax) return path;
  throw new ExtractionError(
    "damaged",
    "The book is damaged: it does not say which documents it is made of. Export or download it again and upload the new file.",
  );
}

/** Each document once, however often it is named, in the order of its first place. */
function documentsOf(archive: Archive, items: Map<string, Item>, order: Set<string>) {
  const spine = new Set<string>();
  const missing = new Set<string>();
  for (const id of order) {
    const item = items.get(id) ?? { path: id.slice(0, epubPathCharsMax), mediaType: "" };
    const isText = /html|xml|^text\//i.test(item.mediaType) && !/^image\//i.test(item.mediaType);
    if (isText && archive.has(item.path)) spine.add(item.path);
    else missing.add(item.path);
  }
  return { spine: [...spine], missing: [...missing] };
}

function described(said: Map<string, string[]>): Pick<Package, "title" | "language" | "metadata"> {
  const first = (key: string) => said.get(key)?.[0];
  const entries = Object.entries({
    author: said.get("creator")?.join(", "),
    publisher: first("publisher"),
    published: first("date"),
    identifier: first("identifier"),
  }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { title: first("title") ?? null, language: first("language") ?? null, metadata: Object.fromEntries(entries) };
}

const tooManyParts = () =>
  new ExtractionError(
    "too_large",
    `The book names more than ${epubEntriesMax.toLocaleString("en")} parts. Split it into smaller books and upload those.`,
  );

const fontAlgorithms = new Set(["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"]);

/** Throws ExtractionError (`encrypted`) when text of the book is encrypted; fonts may be, as they often are. */
export async function refuseEncrypted(archive: Archive, { spine }: Package): Promise<void> {
  const documents = new Set(spine);
  let isProtected = archive.has("META-INF/sinf.xml");
  let algorithm = "";
  if (archive.has("META-INF/encryption.xml")) {
    const reader = xmlReader("the book's encryption.xml", {
      open(name, attributes) {
        if (name === "EncryptedData") algorithm = "";
        else if (name === "EncryptionMethod") algorithm ||= attributes.Algorithm ?? "";
        else if (name === "CipherReference" && !fontAlgorithms.has(algorithm))
          isProtected ||= documents.has(resolve("", attributes.URI ?? "")?.path ?? "");
      },
      close() {},
      text() {},
    });
    await archive.read("META-INF/encryption.xml", reader.write);
    reader.end();
  }
  if (isProtected)
    throw new ExtractionError(
      "encrypted",
      "The book is locked by copy protection (DRM), so its text cannot be read. Upload a copy without it, which the publisher or the shop may give you, or the text as PDF.",
    );
}
