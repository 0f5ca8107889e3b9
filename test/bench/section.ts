import type { Series } from "./plot.ts";

/** What is promised: `value` at most or at least `limit`. */
export type Figure = { name: string; value: number; limit: number; atMost: boolean; unit?: string };
export type Table = { title: string; columns: readonly string[]; rows: readonly (readonly (string | number)[])[] };
export type Plotted = { file: string; title: string; x: Axis; y: Axis; series: readonly Series[] };
type Axis = { label: string; log?: boolean; min?: number; max?: number };
export type Section = {
  title: string;
  notes: readonly string[];
  tables: readonly Table[];
  figures: readonly Figure[];
  plots: readonly Plotted[];
};

export const isMet = ({ value, limit, atMost }: Figure): boolean => (atMost ? value <= limit : value >= limit);

export const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
