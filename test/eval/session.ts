import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { troubleLine } from "../../scripts/local/log-line.ts";
import type { StackOptions } from "../../scripts/local/stack.ts";

const CACHE = ".local/eval-embeddings";

/** Standard output is for figures alone. */
export const say = (line: string) => console.error(line);

/** As many of the items, evenly spread over all. */
export function spread<T>(items: readonly T[], max: number): T[] {
  if (items.length <= max) return [...items];
  return Array.from({ length: Math.floor(max) }, (_, i) => items[Math.floor((i * items.length) / max)]!);
}

/**
 * The whole platform, with an encoder whose vectors are kept between runs. Where answers are not looked at, their model compares sources by
 * words alone, which is faster.
 */
export async function stackOptions({ comparesMeaning = true } = {}): Promise<StackOptions> {
  const outdir = mkdtempSync(join(tmpdir(), "edgelore-eval-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const onLog = (line: string) => {
    const trouble = troubleLine(line);
    if (trouble) say(trouble);
  };
  return {
    outdir,
    databaseUrl: process.env.DATABASE_URL,
    bedrock: { embeddings: "sentences", cacheDirectory: CACHE, comparesMeaning },
    onStep: (step) => say(`${step} …`),
    onLog,
  };
}
