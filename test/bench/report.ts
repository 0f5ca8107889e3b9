import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { plot } from "./plot.ts";
import { isMet, round, type Section } from "./section.ts";

type Run = { command: string; server: string; sections: readonly Section[]; isQuick: boolean };

const HEADING = "# Benchmark";
const FILE = new URL("./report.md", import.meta.url);

/** The tables for the screen; each section says on what it was measured, for another may be of another day. */
export function report({ command, server, sections, isQuick }: Run): string[] {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${round(totalmem() / 2 ** 30, 0)} GB, load ${round(loadavg()[0]!, 1)} at the end`;
  const made = `\`${command}\`, ${new Date().toISOString().slice(0, 10)}. ${server}. ${machine}.`;
  const warning = isQuick ? ["**`--quick` says that everything runs; the sizes are too small for the figures.**"] : [];
  return sections.map((section) => sectionText(section, [made, ...warning]));
}

function sectionText({ title, notes, tables, figures, plots }: Section, made: readonly string[]): string {
  return [
    `## ${title}`,
    ...made,
    ...notes,
    ...tables.flatMap(({ title: name, columns, rows }) => [`**${name}**`, markdownTable(columns, rows)]),
    ...(figures.length > 0
      ? [
          markdownTable(
            ["figure", "measured", "promised", ""],
            figures.map((figure) => [
              figure.name,
              `${round(figure.value, 3)}${figure.unit ?? ""}`,
              `${figure.atMost ? "≤" : "≥"} ${figure.limit}${figure.unit ?? ""}`,
              isMet(figure) ? "✓" : "✗",
            ]),
          ),
        ]
      : []),
    ...plots.map(({ file, title: name }) => `![${name}](${file})`),
  ].join("\n\n");
}

const markdownTable = (columns: readonly string[], rows: readonly (readonly (string | number)[])[]) =>
  [columns, columns.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** Into `report.md`, in place of what it said of the same sections; the plots beside it. */
export function writeReport(run: Run): void {
  const known = existsSync(FILE)
    ? readFileSync(FILE, "utf8")
        .split(/\n+(?=## )/)
        .slice(1)
    : [];
  const sections = new Map([...known, ...report(run)].map((text) => [text.split("\n")[0]!, text.trim()]));
  writeFileSync(FILE, `${[HEADING, ...sections.values()].join("\n\n")}\n`);
  for (const { file, ...plotted } of run.sections.flatMap(({ plots }) => plots))
    writeFileSync(new URL(file, FILE), plot(plotted));
}
