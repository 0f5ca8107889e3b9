import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { newId } from "../../db/columns.ts";
import { archive } from "./archive.ts";
import { openDatabase } from "./database.ts";
import { documents } from "./documents.ts";
import { growth, type Material } from "./growth.ts";
import { http } from "./http.ts";
import { hybrid } from "./hybrid.ts";
import { ingest } from "./ingest.ts";
import { ledger } from "./ledger.ts";
import { loadTenants } from "./load.ts";
import { metrics } from "./metrics.ts";
import { report, writeReport } from "./report.ts";
import { isMet, type Section } from "./section.ts";
import { realTexts } from "./texts.ts";
import { type Encoding, encode } from "./vectors.ts";
import { words } from "./words.ts";

const SECTIONS = ["growth", "words", "hybrid", "ingest", "http", "documents", "archive", "ledger", "metrics"] as const;
const FULL = {
  texts: 5_000,
  questions: 100,
  tenant: 10_000,
  ingested: 2_000,
  documents: 10_000,
  archived: 1_000_000,
  calls: 200,
  messages: 1_000_000,
};
const QUICK = {
  texts: 400,
  questions: 10,
  tenant: 600,
  ingested: 50,
  documents: 100,
  archived: 2_000,
  calls: 10,
  messages: 2_400,
};
const usage = `usage: node test/bench/bench.ts [${SECTIONS.join("] [")}] [--quick]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const unknown = positionals.filter((name) => !SECTIONS.some((section) => section === name));
if (unknown.length > 0) {
  console.error(`${unknown.join(", ")}: no such section.\n${usage}`);
  process.exit(2);
}
const chosen = SECTIONS.filter((name) => positionals.length === 0 || positionals.includes(name));
const sizes = values.quick ? QUICK : FULL;
const encoding: Encoding = values.quick
  ? { embeddings: "hashing" }
  : { embeddings: "sentences", cacheDirectory: ".local/bench-embeddings" };
const serverUrl =
  process.env.DATABASE_URL ??
  execFileSync("bash", ["scripts/local/native-postgres.sh", "start"], { encoding: "utf8" }).trim();
const onStep = (step: string) => process.stderr.write(`\r\x1b[K${step}`);

const material = await realMaterial();
const database = await openDatabase(serverUrl);
try {
  const tenant = newId();
  const needsTenant = chosen.some((name) => name === "words" || name === "hybrid" || name === "http");
  if (needsTenant)
    await loadTenants(database, [{ id: tenant, entries: sizes.tenant, hasWords: true }], material, onStep);
  const run: Record<(typeof SECTIONS)[number], () => Promise<Section>> = {
    growth: () => growth({ database, material, isQuick: values.quick, onStep }),
    words: () => words(database, tenant, material),
    hybrid: () => hybrid(database, tenant, sizes.tenant, material),
    ingest: () => ingest(database, material, sizes.ingested),
    http: () => http(database, tenant, material, encoding),
    documents: () => documents(database, material, sizes.documents, onStep),
    archive: () => archive(database, sizes.archived, onStep),
    ledger: () => ledger(database, sizes.calls),
    metrics: () => metrics(database, sizes.messages, onStep),
  };
  const sections: Section[] = [];
  for (const name of chosen) {
    onStep(name);
    sections.push(await run[name]());
  }
  onStep("");
  const command = ["npm run bench", ...(process.argv.length > 2 ? ["--", ...process.argv.slice(2)] : [])].join(" ");
  const result = { command, server: database.server, sections, isQuick: values.quick };
  console.log(report(result).join("\n\n"));
  // A quick run says that every result is there, not what it is.
  const incomplete = sections.filter(
    ({ tables, figures }) => figures.length === 0 || tables.some(({ rows }) => rows.length === 0),
  );
  const missing = sections.flatMap(({ figures }) => figures).filter(({ value }) => !Number.isFinite(value));
  if (incomplete.length + missing.length > 0) {
    console.error(
      `No result: ${[...incomplete.map(({ title }) => title), ...missing.map(({ name }) => name)].join(", ")}`,
    );
    process.exitCode = 1;
  }
  if (!values.quick) {
    writeReport(result);
    if (sections.some(({ figures }) => !figures.every(isMet))) process.exitCode = 1;
  }
} finally {
  await database.close();
}

async function realMaterial(): Promise<Material> {
  const { texts, questions } = realTexts(sizes.texts);
  const asked = questions.slice(0, sizes.questions);
  const vectors = await encode([...texts, ...asked], encoding, onStep);
  return {
    texts,
    vectors: vectors.slice(0, texts.length),
    asked: asked.map((text, i) => ({ text, embedding: vectors[texts.length + i]! })),
  };
}
