import type { Block } from "../extracted.ts";
import { officeItemCostChars } from "../limits.ts";
import { officeText, type TextBudget } from "../ooxml.ts";
import type { XmlListener } from "../xml.ts";

const listIndentMax = 8;

/** Reads the data of a SmartArt diagram: its points, and which hangs below which. */
export class DiagramReader implements XmlListener {
  readonly #budget: TextBudget;
  readonly #texts = new Map<string, string>();
  readonly #children = new Map<string, { point: string; order: number }[]>();
  readonly #roots: string[] = [];
  #point: string | null = null;
  #parts: string[] = [];
  #paragraphDepth = 0;

  constructor(budget: TextBudget) {
    this.#budget = budget;
  }

  open(name: string, { modelId, type, srcId, destId, srcOrd }: Readonly<Record<string, string>>) {
    if (name === "pt" && modelId !== undefined) {
      this.#budget.spend(officeItemCostChars);
      this.#point = modelId;
      this.#parts = [];
      if (type === "doc") this.#roots.push(modelId);
    } else if (name === "p") this.#paragraphDepth += 1;
    else if (name === "cxn" && srcId && destId && (type === undefined || type === "parOf")) {
      this.#budget.spend(officeItemCostChars);
      const children = this.#children.get(srcId);
      const child = { point: destId, order: Number(srcOrd) || 0 };
      if (children) children.push(child);
      else this.#children.set(srcId, [child]);
    }
  }

  close(name: string) {
    if (name === "p") {
      this.#paragraphDepth -= 1;
      this.#parts.push(" ");
    } else if (name === "pt" && this.#point !== null) {
      const text = officeText(this.#parts.join("")).replace(/\s+/g, " ").trim();
      if (text !== "") this.#texts.set(this.#point, text);
      this.#point = null;
    }
  }

  text(text: string) {
    if (this.#paragraphDepth === 0) return;
    this.#budget.spend(text.length);
    this.#parts.push(text);
  }

  /** The diagram as a nested list. A point is told once, even in a circle; points that hang nowhere come last. */
  blocks(): Block[] {
    const told = new Set<string>();
    const lines: string[] = [];
    for (const start of [...this.#roots, ...this.#texts.keys()]) {
      const open = [{ point: start, level: 0 }];
      for (let next = open.pop(); next; next = open.pop()) {
        if (told.has(next.point)) continue;
        told.add(next.point);
        const text = this.#texts.get(next.point);
        if (text) lines.push(`${"  ".repeat(Math.min(next.level, listIndentMax))}- ${text}`);
        const level = next.level + (text ? 1 : 0);
        const children = (this.#children.get(next.point) ?? []).sort((a, b) => b.order - a.order);
        for (const { point } of children) open.push({ point, level });
      }
    }
    if (lines.length === 0) return [];
    return [
      lines.length === 1 ? { kind: "paragraph", text: lines[0]!.slice(2) } : { kind: "list", text: lines.join("\n") },
    ];
  }
}
