import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildWorker } from "./build.ts";

/** Evals, the improvement loop and conversations that people join took the last of 500,000. */
const START_BYTES_MAX = 560_000;

/** What of the worker is evaluated at its start (the entry and what it imports statically), gzipped, and what comes later. */
export async function reportSize(outdir: string) {
  const { metafile } = await buildWorker(outdir);
  const outputs = metafile.outputs;
  const entry = Object.keys(outputs).find((path) => path.endsWith("worker.js"))!;
  const atStart = new Set<string>();
  const visit = (path: string) => {
    if (atStart.has(path)) return;
    atStart.add(path);
    for (const { path: next, kind } of outputs[path]!.imports)
      if (kind === "import-statement" && outputs[next]) visit(next);
  };
  visit(entry);
  const sizes = Object.keys(outputs).map((path) => ({
    path,
    gzipBytes: gzipSync(readFileSync(join(process.cwd(), path))).byteLength,
    atStart: atStart.has(path),
  }));
  const startBytes = sizes.filter((size) => size.atStart).reduce((sum, size) => sum + size.gzipBytes, 0);
  return {
    sizes: sizes.sort((a, b) => b.gzipBytes - a.gzipBytes),
    startBytes,
    isSmallEnough: startBytes < START_BYTES_MAX,
  };
}

if (import.meta.main) {
  const { sizes, startBytes, isSmallEnough } = await reportSize("dist");
  for (const { path, gzipBytes, atStart } of sizes)
    console.log(`${(gzipBytes / 1000).toFixed(1).padStart(8)} kB  ${atStart ? "at start" : "later   "}  ${path}`);
  console.log(`${(startBytes / 1000).toFixed(1).padStart(8)} kB  gzipped at start, of ${START_BYTES_MAX / 1000} kB`);
  if (!isSmallEnough) process.exit(1);
}
