import { resolve } from "./epub-package.ts";
import { pageNumber, readXhtml } from "./epub-xhtml.ts";
import { epubEntriesMax } from "./limits.ts";
import { xmlReader } from "./xml.ts";

/** A place in a document of a book; "" is the document's beginning. */
export type Place = { path: string; fragment: string };
export type Contents = {
  titles: (Place & { title: string; depth: number })[];
  pages: (Place & { page: number })[];
};

const titleCharsMax = 300;

/** What is being read of an entry: its text comes before or after its place. */
type Entry = { kind: "title" | "page"; depth: number; text: string; href: string };

function contentsOf(path: string, entries: Entry[]): Contents {
  const contents: Contents = { titles: [], pages: [] };
  for (const { kind, depth, text, href } of entries) {
    const place = href === "" ? null : resolve(path, href);
    const title = text.replace(/\s+/g, " ").trim();
    if (!place || title === "") continue;
    if (kind === "page") contents.pages.push({ ...place, page: pageNumber(title) });
    else contents.titles.push({ ...place, title, depth });
  }
  return contents;
}

function addText(entry: Entry | null | undefined, text: string) {
  if (entry && entry.text.length < titleCharsMax) entry.text += text.slice(0, titleCharsMax);
}

/** The navigation document of EPUB 3: its table of contents and its list of printed pages. */
export function readNav(path: string, markup: string): Contents {
  const entries: Entry[] = [];
  let kind: Entry["kind"] | null = null;
  let depth = 0;
  let entry: Entry | null = null;
  readXhtml(markup, {
    open(name, attributes, isEmpty) {
      if (isEmpty) return;
      if (name === "nav") {
        const types = (attributes.get("epub:type") ?? attributes.get("role") ?? "toc").split(/\s+/);
        const isPages = types.includes("page-list") || types.includes("doc-pagelist");
        kind = isPages ? "page" : types.includes("toc") || types.includes("doc-toc") ? "title" : null;
        depth = 0;
      } else if (name === "ol") depth += 1;
      else if (name === "a" && kind && entries.length < epubEntriesMax) {
        entry = { kind, depth: Math.max(1, depth), text: "", href: attributes.get("href") ?? "" };
        entries.push(entry);
      }
    },
    close(name) {
      if (name === "nav") kind = null;
      else if (name === "ol") depth -= 1;
      else if (name === "a") entry = null;
    },
    text: (text) => addText(entry, text),
  });
  return contentsOf(path, entries);
}

/** The NCX of EPUB 2, in pieces. Throws ExtractionError (`damaged`) when it is not XML. */
export function ncxReader(path: string) {
  const entries: Entry[] = [];
  const open: Entry[] = [];
  let isInLabel = false;
  const reader = xmlReader("the book's table of contents", {
    open(name, attributes) {
      if (name === "navPoint" || name === "pageTarget") {
        const kind = name === "navPoint" ? "title" : "page";
        const entry: Entry = { kind, depth: open.length + 1, text: "", href: "" };
        open.push(entry);
        if (entries.length < epubEntriesMax) entries.push(entry);
      } else if (name === "navLabel") isInLabel = true;
      else if (name === "content") {
        const entry = open.at(-1);
        if (entry) entry.href ||= attributes.src ?? "";
      }
    },
    close(name) {
      if (name === "navPoint" || name === "pageTarget") open.pop();
      else if (name === "navLabel") isInLabel = false;
    },
    text(text) {
      if (isInLabel) addText(open.at(-1), text);
    },
  });
  return {
    write: reader.write,
    end(): Contents {
      reader.end();
      return contentsOf(path, entries);
    },
  };
}
