import type { Eval, EvalFigures } from "../client/wire.ts";
import { clipped, oneLine, out } from "./terminal.ts";

const SHOWN_MAX = 20;
const QUESTION_CHARS = 100;

const ROWS: [what: string, figure: keyof EvalFigures][] = [
  ["recall of the expected sources", "recall"],
  ["reciprocal rank of the first", "reciprocalRank"],
  ["said of what should be said", "correctness"],
  ["refused, of the unanswerable", "refusedUnanswerable"],
  ["refused, of the answerable", "refusedAnswerable"],
  ["quotes", "quotes"],
  ["quotes that are not in their chunk", "wrongQuotes"],
  ["questions without an answer", "failed"],
  ["first words, ms (median)", "firstTokenMsP50"],
  ["whole answer, ms (median)", "latencyMsP50"],
  ["whole answer, ms (95 %)", "latencyMsP95"],
  ["cost, micro-USD", "costMicroUsd"],
];

/** The figures, beside those of the eval that it is compared with, and which questions got better or worse. */
export function print({ id, revision, status, total, completed, summary, comparison }: Eval) {
  out(`Eval ${id} of revision ${revision}: ${status}, ${completed} of ${total} questions\n`);
  if (!summary) return;
  const width = Math.max(...ROWS.map(([what]) => what.length));
  const row = (what: string, ...cells: string[]) =>
    out(`${what.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join("")}\n`);
  const before = comparison ? ["of these", "before"] : [];
  row("", "now", ...before);
  for (const [what, figure] of ROWS)
    row(
      what,
      ...[summary, ...(comparison ? [comparison.figures, comparison.before] : [])].map((one) => cell(one[figure])),
    );
  if (!comparison) return;
  const { questions } = comparison.before;
  out(
    `\nCompared with eval ${comparison.evalId} on ${questions} question${questions === 1 ? "" : "s"} that both asked.\n`,
  );
  for (const [word, changed] of [
    ["Better", comparison.better],
    ["Worse", comparison.worse],
  ] as const) {
    if (changed.length > 0) out(`${word}:\n`);
    for (const { question, what } of changed.slice(0, SHOWN_MAX))
      out(`  ${clipped(oneLine(question), QUESTION_CHARS)} (${what.join(", ")})\n`);
    if (changed.length > SHOWN_MAX) out(`  and ${changed.length - SHOWN_MAX} more\n`);
  }
}

const cell = (value: number | null) =>
  value === null
    ? "–"
    : Number.isInteger(value) && value > 1
      ? String(value)
      : value > 1
        ? value.toFixed(0)
        : value.toFixed(3);

/** Figures that one wants high, and how each bound names them. */
const WANTED = {
  recall: (figures: EvalFigures) => figures.recall,
  correctness: (figures: EvalFigures) => figures.correctness,
  refused: (figures: EvalFigures) => figures.refusedUnanswerable,
  answered: ({ refusedAnswerable }: EvalFigures) => (refusedAnswerable === null ? null : 1 - refusedAnswerable),
};
type Wanted = keyof typeof WANTED;
export type Bounds = { min: Partial<Record<Wanted, number>>; maxDrop: number | undefined };

/** Why the run is not good enough, a line each. */
export function objectionsTo({ status, failureReason, summary, comparison }: Eval, { min, maxDrop }: Bounds): string[] {
  if (status !== "completed" || !summary) return [`The eval is ${status}. ${failureReason ?? ""}`.trim()];
  const objections: string[] = [];
  if (summary.wrongQuotes > 0) objections.push(`${summary.wrongQuotes} quotes are not in their chunk.`);
  if (summary.failed > 0) objections.push(`${summary.failed} questions got no answer.`);
  for (const [name, figureOf] of Object.entries(WANTED) as [Wanted, (typeof WANTED)[Wanted]][]) {
    const value = figureOf(summary);
    const least = min[name];
    if (least !== undefined && (value ?? 0) < least)
      objections.push(
        `${name} is ${value === null ? "not measured" : value.toFixed(3)}, and should be ${least} at least.`,
      );
    if (maxDrop === undefined || !comparison) continue;
    const drop = (figureOf(comparison.before) ?? 0) - (figureOf(comparison.figures) ?? 0);
    if (drop > maxDrop + 1e-9) objections.push(`${name} is worse than last time by ${drop.toFixed(3)}.`);
  }
  return objections;
}
