import type { Block } from "./extracted.ts";

/** A heading (none at a document's beginning) with the blocks up to the next heading of any level. */
export type Section = { path: Block[]; parent: Section | null; blocks: Block[] };

const levelOf = (heading: Block) => heading.level ?? 1;

/** A document's sections in order; `path` are the headings from the outermost to the section's own. */
export function sectionsOf(blocks: Block[]): Section[] {
  const sections: Section[] = [];
  const above: Section[] = [];
  for (const block of blocks) {
    if (block.kind !== "heading") {
      if (sections.length === 0) sections.push({ path: [], parent: null, blocks: [] });
      sections.at(-1)!.blocks.push(block);
      continue;
    }
    while (above.length > 0 && levelOf(above.at(-1)!.path.at(-1)!) >= levelOf(block)) above.pop();
    const parent = above.at(-1) ?? null;
    const section = { path: [...(parent?.path ?? []), block], parent, blocks: [block] };
    sections.push(section);
    above.push(section);
  }
  return sections;
}
