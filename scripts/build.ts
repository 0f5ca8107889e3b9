import { rm } from "node:fs/promises";
import { build } from "esbuild";

/** The worker as modules in `dist/`: `worker.js` is read at start, the others when they are first imported. */
export async function buildWorker(outdir = "dist") {
  await rm(outdir, { recursive: true, force: true });
  return build({
    entryPoints: ["functions/worker.ts"],
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    platform: "browser",
    conditions: ["workerd", "worker", "browser"],
    mainFields: ["browser", "module", "main"],
    external: ["node:*", "cloudflare:*"],
    minify: true,
    keepNames: true,
    metafile: true,
    logLevel: "warning",
  });
}

if (import.meta.main) await buildWorker();
