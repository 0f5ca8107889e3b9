import { globSync, readFileSync } from "node:fs";

const PARAGRAPH = { charsMin: 80, charsMax: 490, wordsMin: 12 };
/** Every so many-th text is held out: its first sentence is asked, and it is not indexed. */
const HELD_OUT = 20;

/** Paragraphs of the Markdown that came with the dependencies: real English at hand wherever `npm ci` ran, none of it ours to ship. */
export function realTexts(max: number): { texts: string[]; questions: string[] } {
  const root = new URL("../../", import.meta.url).pathname;
  const paragraphs = new Set<string>();
  for (const name of globSync("node_modules/**/*.md", { cwd: root }).sort())
    for (const block of readFileSync(root + name, "utf8").split(/\n\s*\n/)) {
      const paragraph = proseOf(block);
      if (paragraph) paragraphs.add(paragraph);
    }
  const all = [...paragraphs];
  // In steps through all of them, so that no package stands for the rest.
  const step = Math.max(1, all.length / max);
  const chosen = Array.from({ length: Math.min(max, all.length) }, (_, i) => all[Math.floor(i * step)]!);
  return {
    texts: chosen.filter((_, i) => i % HELD_OUT !== 0),
    questions: [
      ...new Set(
        chosen.filter((_, i) => i % HELD_OUT === 0).map((text) => text.split(/(?<=[.?!:])\s/)[0]!.slice(0, 200)),
      ),
    ],
  };
}

function proseOf(block: string): string | undefined {
  if (/^(\s*[#|<>]|```| {4}|\[!?\[)/.test(block)) return undefined;
  const text = block
    .replace(/\]\([^)]*\)/g, "]")
    .replace(/[[\]*_`]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, PARAGRAPH.charsMax);
  return text.length >= PARAGRAPH.charsMin && text.split(" ").length >= PARAGRAPH.wordsMin ? text : undefined;
}
