import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectionOf } from "../functions/chatbots/extraction/pdf/character-maps.ts";

/** The release of pdf.js that unpdf bundles: its maps are in its own format, so the two must be of one release. */
const PACKAGE = "pdfjs-dist@6.1.200";
const OUT = "functions/chatbots/extraction/pdf/character-maps";

/** Writes Adobe's character maps, as pdf.js packs them, into one module per collection, with their licence. */
if (import.meta.main) {
  const scratch = mkdtempSync(join(tmpdir(), "edgelore-character-maps-"));
  execFileSync("npm", ["pack", PACKAGE, "--silent", "--pack-destination", scratch]);
  execFileSync("tar", ["-xzf", join(scratch, readdirSync(scratch)[0]!), "-C", scratch]);
  const folder = join(scratch, "package", "cmaps");
  const byCollection = Map.groupBy(
    readdirSync(folder)
      .filter((file) => file.endsWith(".bcmap"))
      .map((file) => file.replace(/\.bcmap$/, ""))
      .sort(),
    collectionOf,
  );
  for (const [collection, names] of byCollection) {
    if (collection === null) throw new Error(`Of no collection: ${names.join(", ")}`);
    const entries = names.map((name) => {
      const bytes = readFileSync(join(folder, `${name}.bcmap`)).toString("base64");
      const key = /^[A-Za-z]+$/.test(name) ? name : `"${name}"`;
      return `  ${key}: "${bytes}",\n`;
    });
    const head = `/** Made by scripts/character-maps.ts from ${PACKAGE}, see LICENSE beside it: maps in pdf.js's format, as base64. */\n`;
    writeFileSync(
      join(OUT, `${collection}.ts`),
      `${head}export const maps: Record<string, string> = {\n${entries.join("")}};\n`,
    );
  }
  copyFileSync(join(folder, "LICENSE"), join(OUT, "LICENSE"));
  rmSync(scratch, { recursive: true });
  execFileSync("node_modules/.bin/biome", ["format", "--write", OUT]);
}
