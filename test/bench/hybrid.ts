import type { BenchDatabase } from "./database.ts";
import type { Material } from "./growth.ts";
import { milliseconds, takeTurns } from "./measure.ts";
import { openOurs } from "./ours.ts";
import { round, type Section } from "./section.ts";

const LIMIT = 10;
const P50_MAX = 20;
const P95_MAX = 25;

/** A whole hybrid search: both lists, fusion, the texts, the row in the log; as the application's role. */
export async function hybrid(
  database: BenchDatabase,
  organizationId: string,
  entries: number,
  material: Material,
): Promise<Section> {
  const ours = openOurs(database, organizationId);
  await ours.remember(material.asked);
  const strategies = new Set<string>();
  const way = (mode: "hybrid" | "lexical" | "vector") => async (question: number) => {
    const found = await ours.search({ text: material.asked[question]!.text, mode, limit: LIMIT });
    if (mode === "hybrid") for (const { lexical, vector } of found.strategies) strategies.add(`${lexical} + ${vector}`);
    return { ...found, inDatabaseMs: found.ms, ms: found.statementMs };
  };
  const taken = await takeTurns(
    { hybrid: way("hybrid"), lexical: way("lexical"), vector: way("vector") },
    material.asked.length,
  );
  const found = taken.hybrid.reduce((sum, { ids }) => sum + ids.length, 0);
  if (found === 0) throw new Error("the hybrid search found nothing");
  const whole = milliseconds(taken.hybrid);
  const rows = (["hybrid", "lexical", "vector"] as const).map((mode) => {
    const { p50, p95 } = milliseconds(taken[mode]);
    return [mode, round(p50), round(p95)];
  });
  return {
    title: `Hybrid search at ${entries.toLocaleString("en")} chunks of a tenant`,
    notes: [
      `The transaction of one search from \`begin\` to \`commit\` in milliseconds, tenant set by its first statement, role \`edgelore_app\`, embedding cached; lists by ${[...strategies].join(", ")}.`,
    ],
    tables: [{ title: "One search", columns: ["mode", "p50", "p95"], rows }],
    figures: [
      { name: "hybrid search, p50", value: whole.p50, limit: P50_MAX, atMost: true, unit: " ms" },
      { name: "hybrid search, p95", value: whole.p95, limit: P95_MAX, atMost: true, unit: " ms" },
    ],
    plots: [],
  };
}
