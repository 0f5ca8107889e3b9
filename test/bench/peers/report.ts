import { cpus, totalmem } from "node:os";
import type { Measured } from "./measure.ts";

export type Row = Measured & { indexSeconds: number; bytes: number | null };
export type Run = {
  command: string;
  versions: string[];
  collections: string[];
  texts: number;
  entries: number;
  questions: number;
  embeddings: "sentences" | "hashing";
  /** Of the minute before the last question; more than the number of processors, and every time is too long. */
  load: number;
  rows: Row[];
};

const VECTORS = { sentences: "the local encoder", hashing: "hashed words: the figures of quality say little" };

export function toTable({ rows, collections }: Run): string {
  const head = [
    "",
    ...collections.flatMap((name) => [`${name} nDCG@10`, "R@10"]),
    "p50 ms",
    "p95 ms",
    "index s",
    "disk MB",
  ];
  const body = rows.map((row) => [
    row.name,
    ...collections.flatMap((name) => {
      const { ndcg, recall } = row.quality.get(name)!;
      return [ndcg.toFixed(4), recall.toFixed(4)];
    }),
    row.p50.toFixed(1),
    row.p95.toFixed(1),
    row.indexSeconds.toFixed(1),
    row.bytes === null ? "in memory" : (row.bytes / 1e6).toFixed(0),
  ]);
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...body.map(line)].join("\n");
}

export function toReport(run: Run): string {
  const { texts, entries, questions, rows } = run;
  return `# Side by side with peers

${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}; load ${run.load.toFixed(1)}.
${run.versions.join(", ")}.

    ${run.command}

${texts} texts as ${entries} entries in one index, ${questions} questions one after the other. Everyone has the same strings and the same
vectors (1,024 dimensions, ${VECTORS[run.embeddings]}); a question's vector is at hand, but for ours over HTTP, which asks the
Bedrock stand-in for it. The index time of ours is that of the whole pipeline: ${texts} uploads, their jobs, one model call an entry.

${toTable(run)}

${rows.map(({ name, settings }) => `- ${name}: ${settings}.`).join("\n")}

${reading(run)}
`;
}

/** Two sentences, also about where ours does not lead. */
export function reading({ rows, collections }: Run): string {
  const isOurs = ({ name }: Row) => name.startsWith("Edgelore");
  const peers = rows.filter((row) => !isOurs(row));
  const ours = rows.filter(isOurs);
  const [request, statement] = [ours[0]!, ours.at(-1)!];
  const verdicts = collections.map((name) => {
    const best = peers.reduce((a, b) => (b.quality.get(name)!.ndcg > a.quality.get(name)!.ndcg ? b : a));
    const [own, other] = [request.quality.get(name)!.ndcg, best.quality.get(name)!.ndcg];
    return `${name} ${own.toFixed(4)} against ${other.toFixed(4)} (${best.name})`;
  });
  const faster = (row: Row) => {
    const names = peers.filter(({ p50 }) => p50 < row.p50).map(({ name, p50 }) => `${name} (${p50.toFixed(1)} ms)`);
    return names.length === 0 ? "no peer is faster" : `faster are ${names.join(", ")}`;
  };
  return `In quality, ours and the best peer: nDCG@10 ${verdicts.join("; ")}. In time (p50), ${faster(statement)} than our statement alone
(${statement.p50.toFixed(1)} ms), and ${faster(request)} than our whole request (${request.p50.toFixed(1)} ms), which does more: they are libraries and a bare connection.`;
}
