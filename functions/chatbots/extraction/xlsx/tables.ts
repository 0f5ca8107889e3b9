import type { Block } from "../extracted.ts";
import { officeRegionCostChars } from "../limits.ts";
import type { TextBudget } from "../ooxml.ts";
import type { Merges } from "./merges.ts";
import type { PackedRows, Row } from "./rows.ts";
import { isAmount, isLabels, isWords, Table } from "./table.ts";

/** So many empty rows may stand within a table, when what follows has no header of its own. */
const gapRowsMax = 2;

/** Rows without an empty row between them: the columns they use, and the first of them that is more than a title. */
type Region = { columns: Map<number, ColumnUse>; head: Row | null };
type ColumnUse = { first: string; words: number; amounts: number };

/**
 * The cells of a sheet as tables and paragraphs, from the top. Empty rows part tables, unless the rows below go on without
 * a header; an empty column parts them when both sides can stand alone, the right one beginning with words or with the same
 * name as the left one. Takes the rows away; time and memory are linear in the cells.
 */
export function sheetBlocks(rows: PackedRows, merges: Merges, budget: TextBudget): Block[] {
  const blocks: Block[] = [];
  const scout = rows.read(false);
  const reader = rows.read(true);
  let open: Table | null = null;
  let last = 0;
  const close = () => {
    for (const block of open?.blocks() ?? []) blocks.push(block);
    open = null;
  };
  for (const size of rows.regionSizes) {
    budget.spend(officeRegionCostChars);
    const region = regionOf(scout, size);
    const groups = columnGroups(region.columns);
    if (groups.length > 1) {
      close();
      for (const block of besideOneAnother(reader, size, groups, merges, budget)) blocks.push(block);
      continue;
    }
    for (let i = 0; i < size; i++) {
      const row = reader.next().value!;
      if (i === 0 && !(open && row.number - last - 1 <= gapRowsMax && goesOn(open, region))) {
        close();
        open = new Table(groups[0]!, merges, budget);
      }
      open!.add(row);
      last = row.number;
    }
  }
  close();
  return blocks;
}

function regionOf(rows: Generator<Row, undefined>, size: number): Region {
  const region: Region = { columns: new Map(), head: null };
  for (let i = 0; i < size; i++) {
    const row = rows.next().value!;
    if (row.texts.length > 1) region.head ??= row;
    for (const [j, column] of row.columns.entries()) {
      const use = region.columns.get(column);
      if (!use) region.columns.set(column, { first: row.texts[j]!, words: 0, amounts: 0 });
      else if (isAmount(row.texts[j]!)) use.amounts += 1;
      else if (isWords(row.texts[j]!)) use.words += 1;
    }
  }
  return region;
}

/** Whether a region belongs to the table above it: within its columns, with amounts where a header would be. */
function goesOn(table: Table, { columns, head }: Region): boolean {
  if (!head || isLabels(head)) return false;
  return table.covers(columns.keys());
}

function columnGroups(uses: Map<number, ColumnUse>): number[][] {
  const columns = [...uses.keys()].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const column of columns) {
    if (column - 1 === runs.at(-1)?.at(-1)) runs.at(-1)!.push(column);
    else runs.push([column]);
  }
  const groups: number[][] = [];
  for (const run of runs) {
    const { first, words, amounts } = uses.get(run[0]!)!;
    const left = groups.at(-1);
    const beginsAnew = words > amounts || (left && isWords(first) && first === uses.get(left[0]!)!.first);
    if (left && !(left.length > 1 && run.length > 1 && beginsAnew)) for (const column of run) left.push(column);
    else groups.push(run);
  }
  return groups;
}

function besideOneAnother(
  rows: Generator<Row, undefined>,
  size: number,
  groups: number[][],
  merges: Merges,
  budget: TextBudget,
): Block[] {
  const groupOf = new Map(groups.flatMap((columns, group) => columns.map((column) => [column, group] as const)));
  const sides = groups.map(() => ({ table: null as Table | null, last: 0, blocks: [] as Block[] }));
  const close = (side: (typeof sides)[number]) => {
    for (const block of side.table?.blocks() ?? []) side.blocks.push(block);
  };
  for (let i = 0; i < size; i++) {
    for (const [group, row] of partsOf(rows.next().value!, groupOf)) {
      const side = sides[group]!;
      if (side.last !== row.number - 1 || !side.table) {
        close(side);
        side.table = new Table(groups[group]!, merges, budget);
      }
      side.table.add(row);
      side.last = row.number;
    }
  }
  for (const side of sides) close(side);
  return sides.flatMap((side) => side.blocks);
}

/** A row's cells by the group of columns they belong to. */
function partsOf(row: Row, groupOf: Map<number, number>): Map<number, Row> {
  const parts = new Map<number, Row>();
  for (const [i, column] of row.columns.entries()) {
    const group = groupOf.get(column)!;
    const part = parts.get(group) ?? { number: row.number, columns: [], texts: [] };
    part.columns.push(column);
    part.texts.push(row.texts[i]!);
    parts.set(group, part);
  }
  return parts;
}
