import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { type Evaluation, SIDES } from "./evaluation.ts";
import { METRICS } from "./metrics.ts";

const FILE = new URL("report.md", import.meta.url);
const HEAD = `# Retrieval, measured

Written by \`npm run eval -- --data DIR --report\`, one row a set; a set that is measured again replaces its row. Each cell is
${SIDES.join(" / ")}. The vectors are those of the local
stand-in, an English sentence encoder.

| set | documents, questions | ${METRICS.join(" | ")} | date, machine |
|---|---|${METRICS.map(() => "---").join("|")}|---|
`;

export type Measured = { name: string; documents: number; queries: number; evaluation: Evaluation };

export const tableOf = (evaluation: Evaluation) =>
  [
    `${"".padEnd(10)}${METRICS.map((metric) => metric.padStart(12)).join("")}`,
    ...SIDES.map(
      (side) =>
        `${side.padEnd(10)}${METRICS.map((metric) => evaluation[side][metric].toFixed(4).padStart(12)).join("")}`,
    ),
  ].join("\n");

/** As many digits as mean something. */
export const rounded = (evaluation: Evaluation) =>
  Object.fromEntries(
    SIDES.map((side) => [
      side,
      Object.fromEntries(METRICS.map((metric) => [metric, +evaluation[side][metric].toFixed(4)])),
    ]),
  );

export function writeReport(measured: Measured): void {
  const before = existsSync(FILE) ? readFileSync(FILE, "utf8").split("\n") : [];
  const rows = before.filter((line) => line.startsWith("| ") && !line.startsWith("| set |"));
  const others = rows.filter((line) => !line.startsWith(`| ${measured.name} |`));
  writeFileSync(FILE, `${HEAD}${[...others, rowOf(measured)].sort().join("\n")}\n`);
}

function rowOf({ name, documents, queries, evaluation }: Measured): string {
  const cells = METRICS.map((metric) => SIDES.map((side) => evaluation[side][metric].toFixed(4)).join(" / "));
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  return `| ${name} | ${documents}, ${queries} | ${cells.join(" | ")} | ${date}, ${machine} |`;
}
