import { sheetMergesMax } from "../limits.ts";
import { cellAt } from "./reference.ts";

export type Merge = { top: number; bottom: number; left: number; right: number };

/** The merged cells of a sheet by the row they begin in. More than 100,000 are not kept: their text stands in their first cell. */
export class Merges {
  readonly #byRow = new Map<number, Merge[]>();
  #count = 0;

  /** `reference` is a range such as B1:D2; anything else counts as no merge. */
  add(reference: string | undefined) {
    const [first, last] = (reference ?? "").split(":").map(cellAt);
    if (!first || !last || this.#count >= sheetMergesMax) return;
    this.#count += 1;
    const merge = { top: first.row, bottom: last.row, left: first.column, right: last.column };
    const others = this.#byRow.get(first.row);
    if (others) others.push(merge);
    else this.#byRow.set(first.row, [merge]);
  }

  startingIn(row: number): readonly Merge[] {
    return this.#byRow.get(row) ?? none;
  }
}

const none: readonly Merge[] = [];
